"""Is it alive, is it ready, what does it count."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import structlog
from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, PlainTextResponse, Response
from prometheus_client import CONTENT_TYPE_LATEST, Counter, Gauge, Histogram
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from gateway.channels.figures import Figures
from gateway.conversations.transcript import MessageView
from gateway.database import Database, migrate
from gateway.database.worker import DELIVERS, living
from gateway.outbox.service import Backlog, Outbox
from gateway.outbox.worker import OutboxWorker

log = structlog.get_logger()
router = APIRouter(tags=["operations"])


class Metrics:
    """The platform's own figures; those of all gateway processes together where there are several."""

    def __init__(self) -> None:
        self.figures = Figures()
        own: dict[str, Any] = {"registry": self.figures.registry}
        self.requests = Histogram(
            "wst_request_seconds", "Time of HTTP requests", ["method", "path", "status"], **own
        )
        self.conversations = Counter("wst_conversations_total", "Conversations opened", **own)
        self.replies = Counter("wst_replies_total", "Replies committed, by kind", ["kind"], **own)
        self.without_rasa = Counter(
            "wst_turns_without_rasa_total", "Turns answered while Rasa was away", **own
        )
        self.model_calls = Counter(
            "wst_language_model_total", "Calls of the language model, by use and result",
            ["use", "result"], **own,
        )  # fmt: skip
        self.news_lost = Gauge(
            "wst_live_news_lost", "Processes that do not hear the others", multiprocess_mode="livesum", **own
        )
        self.sockets = Gauge("wst_open_sockets", "Open WebSockets", multiprocess_mode="livesum", **own)
        # Every process sees the same outbox: what was seen last is true.
        seen_last: dict[str, Any] = {"multiprocess_mode": "livemostrecent", **own}
        self.outbox_due = Gauge("wst_outbox_due", "Messages that should be out", **seen_last)
        self.outbox_oldest = Gauge(
            "wst_outbox_oldest_due_seconds", "How long the oldest of them has been due", **seen_last
        )
        self.outbox_failed = Gauge("wst_outbox_failed", "Messages given up", **seen_last)

    def turn_finished(self, replies: Sequence[MessageView], without_rasa: bool) -> None:
        """Count a committed turn."""
        for reply in replies:
            self.replies.labels(reply.kind).inc()
        if without_rasa:
            self.without_rasa.inc()

    def model_called(self, use: str, result: str) -> None:
        """Count a call of the language model, or one that was spared."""
        self.model_calls.labels(use, result).inc()


@router.get("/healthz", response_class=PlainTextResponse)
async def alive() -> PlainTextResponse:
    """The process answers."""
    return PlainTextResponse("ok")


@router.get("/readyz", responses={503: {"description": "Citizens cannot be served"}})
async def ready(request: Request) -> JSONResponse:
    """Database, index, Rasa and live news, each with its state; 503 when citizens cannot be served at all.

    Without Rasa the gateway still answers from the FAQ, and without Redis everybody looks every few seconds:
    that is `degraded`, not down. `workers` counts the gateway processes that live.
    """
    state = request.app.state
    database = await asyncio.to_thread(_database_state, state.database)
    index: dict[str, Any] = state.knowledge_base.status()
    rasa = "ok" if await state.brain.healthy() else "down"
    serving = database == "ok" and bool(index.get("ready"))
    news = state.news.state if state.news is not None else "off"
    well = rasa == "ok" and news in {"ok", "off"}
    overall = "ok" if serving and well else "degraded" if serving else "down"
    body = {"status": overall, "database": database, "index": index, "rasa": rasa}
    body |= {"live_news": news, "workers": state.worker.count}
    if database == "ok":
        outbox = await asyncio.to_thread(_outbox_state, state.database, state.outbox_worker)
        if state.settings.outbox_worker == "separate":
            outbox["workers"] = await asyncio.to_thread(_deliver, state.database)
        body["outbox"] = outbox
    return JSONResponse(body, 200 if serving else 503)


@router.get("/metrics", response_class=PlainTextResponse)
async def metrics(request: Request) -> Response:
    """Prometheus."""
    counted: Metrics = request.app.state.metrics
    count_here(request.app.state)
    await asyncio.to_thread(
        _count_outbox, counted, request.app.state.database, request.app.state.outbox_worker
    )
    return Response(counted.figures.text(), media_type=CONTENT_TYPE_LATEST)


def count_here(state: Any) -> None:
    """Set the figures of this process that are read, not counted."""
    state.metrics.sockets.set(state.hub.listeners)
    state.metrics.news_lost.set(0 if state.news is None or state.news.state == "ok" else 1)


def _database_state(database: Database) -> str:
    try:
        with database.read() as session:
            session.execute(text("SELECT 1"))
        return "ok" if migrate.is_current(database) else "migrations missing"
    except SQLAlchemyError as error:
        log.error("database unreachable", error=type(error).__name__)
        return "down"


def _backlog(database: Database, worker: OutboxWorker) -> tuple[Backlog, dict[str, int]]:
    outbox = Outbox()
    with database.read() as session:
        late = outbox.backlog(session, worker.transports, datetime.now(UTC))
        return late, outbox.waiting_without_transport(session, worker.transports)


def _outbox_state(database: Database, worker: OutboxWorker) -> dict[str, Any]:
    late, waiting = _backlog(database, worker)
    return {
        "due": late.waiting,
        "oldest_due_seconds": round(late.oldest_seconds, 3),
        "failed": late.failed,
        "waiting_without_transport": waiting,
    }


def _deliver(database: Database) -> int:
    """How many processes of `wanshitong worker` live."""
    with database.read() as session:
        return len(living(session, DELIVERS))


def _count_outbox(counted: Metrics, database: Database, worker: OutboxWorker) -> None:
    try:
        late, _ = _backlog(database, worker)
    except SQLAlchemyError as error:  # the other figures are needed most when the database is away
        log.error("outbox not counted", error=type(error).__name__)
        return
    counted.outbox_due.set(late.waiting)
    counted.outbox_oldest.set(late.oldest_seconds)
    counted.outbox_failed.set(late.failed)
