"""From the web to LINE: a code for one's conversation or case."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any
from urllib.parse import quote

import segno
from fastapi import APIRouter, Depends, Request
from pydantic import BaseModel

from gateway.cases.routes import Holder
from gateway.channels.errors import refusals
from gateway.channels.line.codes import Issued
from gateway.channels.line.texts import line_text
from gateway.channels.web.routes import Token, check_rates
from gateway.errors import NotFound

router = APIRouter(prefix="/api/v1", tags=["line"])


class LineCode(BaseModel):
    """Words to send on LINE within a quarter of an hour.

    Where the account's id is known, `link` opens the chat with the words filled in, and `picture` is the same
    as a QR code (an SVG as data URI).
    """

    words: str
    account: str | None
    link: str | None
    picture: str | None
    expires_at: datetime


@router.post(
    "/conversations/{conversation_id}/line-code",
    status_code=201,
    responses=refusals(401, 404, 422, 429),
)
def conversation_code(conversation_id: str, token: Token, request: Request) -> LineCode:
    """A code with which this conversation goes on in LINE."""
    state = request.app.state
    channel = _channel(request)
    state.conversations.tokens.check(token, conversation_id)
    check_rates(request, conversation_id)
    with state.database.write() as session:
        issued = channel.codes.issue(session, state.cases.clock(), conversation_id=conversation_id)
    return _shown(channel, issued)


@router.post("/cases/{number}/line-code", status_code=201, responses=refusals(400, 404, 422, 429))
def case_code(holder: Annotated[Holder, Depends()], request: Request) -> LineCode:
    """A code with which LINE tells of this case, for who holds the case's code."""
    state = request.app.state
    channel = _channel(request)
    with state.database.write() as session:
        case = state.cases.public_view(session, holder.number, holder.code)
        issued = channel.codes.issue(session, state.cases.clock(), case_number=case.number)
    return _shown(channel, issued)


def _channel(request: Request) -> Any:
    if request.app.state.line_channel is None:
        raise NotFound("LINE is not set up")
    return request.app.state.line_channel


def _shown(channel: Any, issued: Issued) -> LineCode:
    words = line_text("code_words", "zh-TW", code=issued.code)
    link = picture = None
    if channel.basic_id:
        link = f"https://line.me/R/oaMessage/{quote(channel.basic_id)}/?{quote(words)}"
        picture = segno.make(link, error="m").svg_data_uri(scale=4, border=4, light="white")
    return LineCode(
        words=words, account=channel.basic_id, link=link, picture=picture, expires_at=issued.expires_at
    )
