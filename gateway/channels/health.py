"""Is it alive, is it ready, what does it count."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import structlog
from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, PlainTextResponse, Response
from prometheus_client import (
    CONTENT_TYPE_LATEST,
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    generate_latest,
)
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from gateway.conversations.transcript import MessageView
from gateway.database import Database, migrate
from gateway.outbox.service import Backlog, Outbox
from gateway.outbox.worker import OutboxWorker

log = structlog.get_logger()
router = APIRouter(tags=["operations"])


class Metrics:
    """The platform's own figures, in a registry of their own."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.requests = Histogram(
            "wst_request_seconds", "Time of HTTP requests", ["method", "path", "status"],
            registry=self.registry,
        )  # fmt: skip
        self.conversations = Counter(
            "wst_conversations_total", "Conversations opened", registry=self.registry
        )
        self.replies = Counter(
            "wst_replies_total", "Replies committed, by kind", ["kind"], registry=self.registry
        )
        self.without_rasa = Counter(
            "wst_turns_without_rasa_total", "Turns answered while Rasa was away", registry=self.registry
        )
        self.sockets = Gauge("wst_open_sockets", "Open WebSockets", registry=self.registry)
        self.outbox_due = Gauge("wst_outbox_due", "Messages that should be out", registry=self.registry)
        self.outbox_oldest = Gauge(
            "wst_outbox_oldest_due_seconds",
            "How long the oldest of them has been due",
            registry=self.registry,
        )
        self.outbox_failed = Gauge("wst_outbox_failed", "Messages given up", registry=self.registry)

    def turn_finished(self, replies: Sequence[MessageView], without_rasa: bool) -> None:
        """Count a committed turn."""
        for reply in replies:
            self.replies.labels(reply.kind).inc()
        if without_rasa:
            self.without_rasa.inc()


@router.get("/healthz", response_class=PlainTextResponse)
async def alive() -> PlainTextResponse:
    """The process answers."""
    return PlainTextResponse("ok")


@router.get("/readyz", responses={503: {"description": "Citizens cannot be served"}})
async def ready(request: Request) -> JSONResponse:
    """Database, index and Rasa, each with its state; 503 when citizens cannot be served at all.

    Without Rasa the gateway still answers from the FAQ: that is `degraded`, not down.
    """
    state = request.app.state
    database = await asyncio.to_thread(_database_state, state.database)
    index: dict[str, Any] = state.knowledge_base.status()
    rasa = "ok" if await state.brain.healthy() else "down"
    serving = database == "ok" and bool(index.get("ready"))
    overall = "ok" if serving and rasa == "ok" else "degraded" if serving else "down"
    body = {"status": overall, "database": database, "index": index, "rasa": rasa}
    if database == "ok":
        body["outbox"] = await asyncio.to_thread(_outbox_state, state.database, state.outbox_worker)
    return JSONResponse(body, 200 if serving else 503)


@router.get("/metrics", response_class=PlainTextResponse)
async def metrics(request: Request) -> Response:
    """Prometheus."""
    counted: Metrics = request.app.state.metrics
    counted.sockets.set(request.app.state.hub.listeners)
    await asyncio.to_thread(
        _count_outbox, counted, request.app.state.database, request.app.state.outbox_worker
    )
    return Response(generate_latest(counted.registry), media_type=CONTENT_TYPE_LATEST)


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


def _count_outbox(counted: Metrics, database: Database, worker: OutboxWorker) -> None:
    try:
        late, _ = _backlog(database, worker)
    except SQLAlchemyError as error:  # the other figures are needed most when the database is away
        log.error("outbox not counted", error=type(error).__name__)
        return
    counted.outbox_due.set(late.waiting)
    counted.outbox_oldest.set(late.oldest_seconds)
    counted.outbox_failed.set(late.failed)
