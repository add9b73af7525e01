"""The queue in figures, over HTTP."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel

from gateway.channels.errors import refusals
from gateway.channels.operator.access import caller_at_desk
from gateway.handoff.counts import counts
from gateway.handoff.figures import By, as_row, total
from gateway.identity.errors import NotPermitted
from gateway.identity.rules import Permission

router = APIRouter(prefix="/api/v1/operator", tags=["operator"])


class CountOut(BaseModel):
    """One day or hour. `entered` = `taken` + `abandoned` + `instead` + `waiting`."""

    start: datetime
    entered: int
    reasons: dict[str, int]
    """How many of them came why."""
    overflow: int
    """Of them, while the telephone lines were reported full."""
    taken: int
    abandoned: int
    """Left or fell silent before any person, without leaving a message or asking for a call-back."""
    silent: int
    """Of the abandoned, those who went away without a word."""
    instead: int
    waiting: int
    median_wait_seconds: int | None
    """Of those who were taken."""
    longest_wait_seconds: int | None
    returned: int
    """Put back by a transfer or a lost operator; they are not counted as entered again."""
    stepped_in: int
    calls_asked: int
    calls_reached: int


class CountsOut(BaseModel):
    """The rows in order, and all of them as one."""

    rows: list[CountOut]
    total: CountOut


@router.get("/counts", responses=refusals(401, 403, 422))
def read_counts(
    request: Request,
    first: Annotated[date, Query(alias="from")],
    last: Annotated[date, Query(alias="to")],
    by: Annotated[By, Query()] = By.DAY,
) -> CountsOut:
    """How many entered the queue and what became of them, for each day or hour; for people and programs
    that oversee."""
    if not caller_at_desk(request).may(Permission.CHAT_OVERSEE):
        raise NotPermitted(Permission.CHAT_OVERSEE)
    settings = request.app.state.settings
    with request.app.state.database.read() as session:
        rows = counts(session, first, last, by, ZoneInfo(settings.timezone), settings.lines_full_share)
    whole = total(rows, rows[0].start if rows else request.app.state.handoffs.clock())
    return CountsOut(
        rows=[CountOut.model_validate(as_row(one)) for one in rows],
        total=CountOut.model_validate(as_row(whole)),
    )
