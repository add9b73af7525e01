"""Call-backs as citizens and staff may see them."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import case, select
from sqlalchemy.orm import Session

from gateway.conversations.catalogue import say
from gateway.handoff.call_back_rules import OPEN, CallState, masked
from gateway.handoff.models import CallBack
from gateway.handoff.views import CallBackView

LISTED_MAX = 200
READ_AFTERWARDS = timedelta(days=1)
"""So long after a call its caller may still read the conversation, to make a case of it."""


def open_of(session: Session, conversation_id: str) -> CallBack | None:
    """The call-back that a conversation waits for."""
    return session.scalar(
        select(CallBack).where(CallBack.conversation_id == conversation_id, CallBack.state.in_(OPEN))
    )


def listed(session: Session, me: str, *, over: bool = False) -> list[CallBackView]:
    """Those to be made: one's own, then who waits, by due time; or those that are over, the latest first."""
    if over:
        query = select(CallBack).where(CallBack.state.not_in(OPEN)).order_by(CallBack.finished_at.desc())
    else:
        mine = case((CallBack.taken_by == me, 0), (CallBack.state == CallState.WAITING, 1), else_=2)
        query = (
            select(CallBack)
            .where(CallBack.state.in_(OPEN))
            .order_by(mine, CallBack.due_at, CallBack.asked_at, CallBack.id)
        )
    rows = session.scalars(query.limit(LISTED_MAX)).all()
    return [view(row, me) for row in rows]


def calls(session: Session, conversation_id: str, username: str, now: datetime) -> bool:
    """Whether this person calls the citizen of a conversation, or did just now, and so may read it."""
    lately = CallBack.finished_at.is_(None) | (CallBack.finished_at >= now - READ_AFTERWARDS)
    found = select(CallBack.id).where(
        CallBack.conversation_id == conversation_id, CallBack.taken_by == username, lately
    )
    return session.scalar(found.limit(1)) is not None


def view(row: CallBack, me: str = "") -> CallBackView:
    """A call-back as `me` may see it: the number only if they have taken it and it is to be called."""
    mine = bool(me) and row.taken_by == me and row.state == CallState.TAKEN
    return CallBackView(
        id=row.id, conversation_id=row.conversation_id, state=row.state,
        phone=(row.phone or "") if mine else masked(row.phone), about=row.about, language=row.language,
        call_from=row.call_from, due_at=row.due_at, attempts=row.attempts, taken_by=row.taken_by,
        asked_at=row.asked_at, finished_at=row.finished_at,
    )  # fmt: skip


def told(start: datetime, end: datetime, zone: ZoneInfo, language: str) -> str:
    """A time to be called in, in words."""
    first, last = start.astimezone(zone), end.astimezone(zone)
    weekday = say("weekdays", language).split()[first.weekday()]
    return say(
        "call_window", language, month=first.month, day=first.day, weekday=weekday,
        start=f"{first:%H:%M}", end=f"{last:%H:%M}",
    )  # fmt: skip
