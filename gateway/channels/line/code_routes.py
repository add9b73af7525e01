"""From the web to LINE: a code for one's conversation or case, and whether there is LINE at all."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any
from urllib.parse import quote

from fastapi import APIRouter, Depends, Request
from pydantic import BaseModel

from gateway.cases.routes import Holder
from gateway.channels.errors import refusals
from gateway.channels.line.codes import Issued
from gateway.channels.line.texts import line_text
from gateway.channels.web.routes import Token, check_rates
from gateway.errors import NotFound

router = APIRouter(prefix="/api/v1", tags=["line"])


class LineOn(BaseModel):
    """Whether citizens can talk to us on LINE, and the account's address there."""

    on: bool
    add_friend: str | None = None


class LineCode(BaseModel):
    """A code to send on LINE within a quarter of an hour; `link` opens the chat with the words filled in."""

    code: str
    words: str
    link: str | None
    expires_at: datetime


@router.get("/line")
async def line_on(request: Request) -> LineOn:
    """Whether there is LINE."""
    channel = request.app.state.line_channel
    if channel is None:
        return LineOn(on=False)
    friend = f"https://line.me/R/ti/p/{quote(channel.basic_id)}" if channel.basic_id else None
    return LineOn(on=True, add_friend=friend)


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
    link = None
    if channel.basic_id:
        link = f"https://line.me/R/oaMessage/{quote(channel.basic_id)}/?{quote(words)}"
    return LineCode(code=issued.code, words=words, link=link, expires_at=issued.expires_at)
