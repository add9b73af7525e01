"""The door that LINE knocks at."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

import structlog
from fastapi import APIRouter, Path, Request
from fastapi.responses import FileResponse, JSONResponse

from gateway.cases.attachments.routes import served
from gateway.channels.errors import refusals
from gateway.channels.line.events import BadSignature, check_signature, rows
from gateway.errors import NotFound

log = structlog.get_logger()
router = APIRouter(tags=["line"])


@router.post("/channels/line/webhook", responses=refusals(400, 404, 413, 503))
async def webhook(request: Request) -> JSONResponse:
    """Take LINE's events: stored, each once, when this answers 200. 404 without a channel's secret."""
    line = request.app.state.line_channel
    if line is None:
        raise NotFound("LINE is not set up")
    body = await request.body()
    try:
        check_signature(line.secret, body, request.headers.get("x-line-signature"))
    except BadSignature:
        log.warning("a webhook of LINE with a bad signature was refused", bytes=len(body))
        raise
    await line.store.keep(rows(body, datetime.now(UTC)))
    return JSONResponse({})


@router.get("/channels/line/files/{token}", response_class=FileResponse, responses=refusals(404, 422))
def read_file(request: Request, token: Annotated[str, Path(max_length=400)]) -> FileResponse:
    """A file that the staff has sent to a citizen in LINE, for whoever has the signed link."""
    state = request.app.state
    if state.line_channel is None:
        raise NotFound("LINE is not set up")
    conversation_id, public_id = state.line_channel.out.files.read(token)
    with state.database.read() as session:
        return served(*state.conversations.files.open(session, conversation_id, public_id))
