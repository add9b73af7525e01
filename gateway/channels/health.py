"""Is it alive, is it ready, what does it count."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
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

from gateway.conversations.service import MessageView
from gateway.database import Database, migrate

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
    return JSONResponse(body, 200 if serving else 503)


@router.get("/metrics", response_class=PlainTextResponse)
async def metrics(request: Request) -> Response:
    """Prometheus."""
    counted: Metrics = request.app.state.metrics
    counted.sockets.set(request.app.state.hub.listeners)
    return Response(generate_latest(counted.registry), media_type=CONTENT_TYPE_LATEST)


def _database_state(database: Database) -> str:
    try:
        with database.read() as session:
            session.execute(text("SELECT 1"))
        return "ok" if migrate.is_current(database) else "migrations missing"
    except SQLAlchemyError as error:
        log.error("database unreachable", error=type(error).__name__)
        return "down"
