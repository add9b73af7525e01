"""What a citizen hears of the service by people: place in line, opening hours, and the rating afterwards."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Request
from pydantic import BaseModel, ConfigDict, Field

from gateway.channels.errors import refusals
from gateway.channels.web.routes import Token
from gateway.handoff import reading
from gateway.handoff.rules import StaffedHours

router = APIRouter(prefix="/api/v1", tags=["conversations"])
Score = Annotated[int, Field(ge=1, le=5, strict=True)]


class ServiceOut(BaseModel):
    """How the service by people stands now: for a widget that has no conversation yet."""

    lines_full: bool
    """Whether so many telephone lines are busy that the chat should say so."""
    staffed: bool
    hours: str
    operators: int
    line: bool
    """Whether citizens can go on in LINE."""
    push_key: str | None
    """With this key a browser can ask to be told of answers; null where no browser is told."""


class PlaceOut(BaseModel):
    """Where a citizen stands in line; `minutes` only where it can be said honestly."""

    place: int | None
    minutes: int | None
    operators: int


class RatingIn(BaseModel):
    """How content the citizen was, 1 to 5: with the speed and with the result."""

    model_config = ConfigDict(extra="forbid")

    speed: Score
    result: Score
    comment: Annotated[str, Field(max_length=1000)] = ""


@router.get("/service")
def service(request: Request) -> ServiceOut:
    """Whether the telephone lines are full, and whether people are there."""
    state = request.app.state
    now: datetime = state.handoffs.clock()
    hours: StaffedHours = state.handoffs.hours
    with state.database.read() as session:
        full = reading.lines(session, now, state.settings.lines_full_share).full
        there = reading.operators_there(session, now)
        zone = state.cases.office(session).zone
    english = request.headers.get("accept-language", "").lower().startswith("en")
    return ServiceOut(
        lines_full=full,
        staffed=hours.staffed(now, zone),
        hours=hours.told("en" if english else "zh-TW"),
        operators=there,
        line=state.line_channel is not None,
        push_key=state.push_key,
    )


@router.get("/conversations/{conversation_id}/place", responses=refusals(401, 404, 422))
def place(request: Request, conversation_id: str, token: Token) -> PlaceOut:
    """The place in line of who waits for a person; asking for it is a sign that they still do."""
    state = request.app.state
    state.conversations.tokens.check(token, conversation_id)
    state.line.seen(conversation_id)
    with state.database.read() as session:
        found = state.outlook.of(session, conversation_id)
    return PlaceOut(place=found.place, minutes=found.minutes, operators=found.operators)


@router.post(
    "/conversations/{conversation_id}/rating",
    status_code=204,
    responses=refusals(400, 401, 404, 409, 413, 422),
)
def rate(request: Request, conversation_id: str, token: Token, rating: RatingIn) -> None:
    """Rate the service by a person, once, after it has ended."""
    state = request.app.state
    state.conversations.tokens.check(token, conversation_id)
    state.handoffs.rate(conversation_id, rating.speed, rating.result, rating.comment)
