"""The page on which operators lead conversations; what is live on it comes by the desk's own interface."""

from __future__ import annotations

import json
from typing import Annotated, Final

from fastapi import APIRouter, Depends, Request
from starlette.responses import PlainTextResponse, Response

from gateway.channels.operator.routes import may_read
from gateway.console.routes_cases import words_of
from gateway.console.routes_session import frame_of
from gateway.console.visitor import visitor_of
from gateway.handoff import reading
from gateway.identity.rules import Permission
from gateway.identity.views import Staff
from gateway.identity.web import require

BASE: Final = "/console/live"
PREFIX: Final = "live."
TAKER: Final = Depends(require(Permission.CHAT_TAKE))
Taker = Annotated[Staff, TAKER]
router = APIRouter(include_in_schema=False, dependencies=[TAKER])


@router.get(BASE)
def live(request: Request, staff: Taker) -> Response:
    """Queue, one's own conversations, and the one that is looked at."""
    frame, language = frame_of(request), visitor_of(request).language
    keys = [key for key in frame.words.keys() if key.startswith(PREFIX)]  # noqa: SIM118 - no mapping
    words = {key.removeprefix(PREFIX): frame.words.raw(key, language) for key in keys}
    with request.app.state.database.read() as session:
        units = words_of(request, session).units()
    return frame.render(
        request, "live/desk.html", words=json.dumps(words, ensure_ascii=False), units=units,
        oversees=staff.may(Permission.CHAT_OVERSEE), may_file=staff.may(Permission.CASES_FILE),
        limit=request.app.state.settings.message_max_chars,
        offer_seconds=request.app.state.settings.offer_seconds,
    )  # fmt: skip


@router.get(BASE + "/{conversation_id}/transcript.txt")
def transcript(request: Request, staff: Taker, conversation_id: str) -> Response:
    """The conversation as a text file, notes of the staff left out."""
    state, frame = request.app.state, frame_of(request)
    language = visitor_of(request).language
    with state.database.read() as session:
        may_read(request, session, reading.card_of(session, conversation_id), staff)
        zone = state.cases.office(session).zone
    lines = [
        f"{one.created_at.astimezone(zone):%Y-%m-%d %H:%M:%S} "
        f"{frame.words.text(f'live.{one.sender}', language)}: {one.text}"
        for one in state.conversations.since(conversation_id, 0)[1]
    ]
    headers = {
        "content-disposition": f'attachment; filename="conversation-{conversation_id[:8]}.txt"',
        "cache-control": "no-store",
    }
    return PlainTextResponse("\n".join(lines) + "\n", headers=headers)
