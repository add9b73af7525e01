"""Call-backs as citizens ask for them instead of waiting."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, Field

from gateway.channels.address import client_address
from gateway.channels.errors import refusals
from gateway.channels.web.routes import Token, check_rates
from gateway.channels.web.schemas import Strict
from gateway.conversations.models import Conversation
from gateway.errors import NotFound
from gateway.handoff.call_back_reading import open_of, told, view
from gateway.handoff.call_backs import CallBacks
from gateway.handoff.views import CallBackView, CallWish

router = APIRouter(prefix="/api/v1/conversations", tags=["conversations"])


class WindowOut(BaseModel):
    """A time that can be chosen."""

    key: str
    label: str
    """In the conversation's language."""
    start: datetime
    end: datetime


class CallBackIn(Strict):
    """Who wants to be called: where, when, and what it is about."""

    client_id: Annotated[UUID, Field(strict=False)]
    phone: Annotated[str, Field(min_length=1, max_length=60)]
    window: Annotated[str, Field(min_length=1, max_length=40)]
    about: Annotated[str, Field(max_length=2000)] = ""


class CallBackOut(BaseModel):
    """A call-back as its citizen sees it; the number only in part."""

    state: Literal["waiting", "taken", "reached", "not_reached", "cancelled"]
    phone: str
    start: datetime
    end: datetime
    label: str


class CallBackOffer(BaseModel):
    """What can be chosen now, and what is asked for already."""

    windows: list[WindowOut]
    open: CallBackOut | None


@router.get("/{conversation_id}/call-back", responses=refusals(401, 404, 422))
def offer(request: Request, conversation_id: str, token: Token) -> CallBackOffer:
    """The times in which one can be called, and the call-back that is open."""
    state = request.app.state
    state.conversations.tokens.check(token, conversation_id)
    with state.database.read() as session:
        conversation = session.get(Conversation, conversation_id)
        if conversation is None:
            raise NotFound("no such conversation")
        row = open_of(session, conversation_id)
        asked = view(row) if row is not None else None
    windows, zone, language = _room(request).offered(), _zone(request), conversation.language
    return CallBackOffer(
        windows=[
            WindowOut(
                key=one.key, label=told(one.start, one.end, zone, language), start=one.start, end=one.end
            )
            for one in windows
        ],
        open=_out(asked, zone) if asked is not None else None,
    )


@router.post(
    "/{conversation_id}/call-back",
    status_code=201,
    responses={
        200: {"model": CallBackOut, "description": "Asked before: the same result again"},
        **refusals(400, 401, 404, 409, 413, 422, 429),
    },
)
def ask(
    request: Request, response: Response, conversation_id: str, token: Token, given: CallBackIn
) -> CallBackOut:
    """Ask to be called instead of waiting: whoever is in the queue leaves it. The same `client_id` again
    changes nothing (200)."""
    state = request.app.state
    state.conversations.tokens.check(token, conversation_id)
    state.limits.check("filing", client_address(request, state.settings))
    response.headers["cache-control"] = "no-store"
    wish = CallWish(str(given.client_id), given.phone, given.window, given.about)
    asked, created = _room(request).ask(conversation_id, wish)
    if not created:
        response.status_code = 200
    state.hub.announce(conversation_id)
    return _out(asked, _zone(request))


@router.post("/{conversation_id}/call-back/cancel", responses=refusals(401, 404, 422, 429))
def cancel(request: Request, conversation_id: str, token: Token) -> CallBackOut:
    """Take the wish back."""
    state = request.app.state
    state.conversations.tokens.check(token, conversation_id)
    check_rates(request, conversation_id)
    cancelled = _room(request).withdraw(conversation_id)
    state.hub.announce(conversation_id)
    return _out(cancelled, _zone(request))


def _room(request: Request) -> CallBacks:
    room: CallBacks = request.app.state.call_backs
    return room


def _zone(request: Request) -> ZoneInfo:
    return ZoneInfo(request.app.state.settings.timezone)


def _out(one: CallBackView, zone: ZoneInfo) -> CallBackOut:
    return CallBackOut.model_validate(
        {
            "state": one.state, "phone": one.phone,
            "start": one.call_from.astimezone(zone), "end": one.due_at.astimezone(zone),
            "label": told(one.call_from, one.due_at, zone, one.language),
        }
    )  # fmt: skip
