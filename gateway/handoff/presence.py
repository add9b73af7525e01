"""Who is there, and for how many conversations. The conversation is always locked before the person is."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from gateway.conversations.models import Conversation
from gateway.handoff.models import OperatorPresence
from gateway.handoff.rules import LOST_AFTER, Presence, Taker
from gateway.handoff.views import Person, PresenceView
from gateway.settings import Settings

LANGUAGES = ("zh-TW", "en")


def presence_of(
    session: Session, username: str, settings: Settings, now: datetime, *, lock: bool = False
) -> OperatorPresence:
    """The row of somebody, made where there is none yet."""
    row = session.get(OperatorPresence, username, with_for_update=True if lock else None)
    if row is None:
        row = OperatorPresence(
            username=username, state=Presence.AWAY.value, reason=None, capacity=settings.operator_capacity,
            languages=list(LANGUAGES), changed_at=now, seen_at=now,
        )  # fmt: skip
        session.add(row)
        session.flush()
    return row


def leads(session: Session, username: str) -> int:
    """How many conversations somebody is in charge of."""
    found = select(func.count()).select_from(Conversation).where(Conversation.operator == username)
    return session.scalar(found) or 0


def leads_of_all(session: Session) -> dict[str, int]:
    """How many conversations each is in charge of who is of any."""
    rows = session.execute(
        select(Conversation.operator, func.count())
        .where(Conversation.operator.is_not(None))
        .group_by(Conversation.operator)
    )
    return {row[0]: row[1] for row in rows if row[0] is not None}


def taker_of(session: Session, who: Person, settings: Settings, now: datetime) -> Taker:
    """Somebody as the order of the queue sees them."""
    row = presence_of(session, who.username, settings, now)
    return Taker(who.username, row.languages, who.units, row.capacity - leads(session, who.username))


def takes_one_more(session: Session, username: str, settings: Settings, now: datetime) -> bool:
    """Whether somebody can lead one more, and notes that they do; counted under the lock of their row."""
    row = presence_of(session, username, settings, now, lock=True)
    if leads(session, username) >= row.capacity:
        return False
    row.took_at = now
    return True


def is_there(row: OperatorPresence, now: datetime) -> bool:
    """Whether somebody takes conversations at this instant."""
    return row.state == Presence.AVAILABLE and row.seen_at >= now - LOST_AFTER


def there(session: Session, now: datetime) -> dict[str, int]:
    """Who takes conversations at this instant, and how many each can lead."""
    rows = session.execute(
        select(OperatorPresence.username, OperatorPresence.capacity).where(
            OperatorPresence.state == Presence.AVAILABLE, OperatorPresence.seen_at >= now - LOST_AFTER
        )
    )
    return {row.username: row.capacity for row in rows}


def can_receive(session: Session, username: str, sender: str, now: datetime) -> bool:
    """Whether a colleague can be handed a conversation: there, with a free place, and not oneself."""
    row = session.get(OperatorPresence, username)
    if row is None or username == sender or not is_there(row, now):
        return False
    return leads(session, username) < row.capacity


def everybody(session: Session, now: datetime) -> list[PresenceView]:
    """Who is there or was lately, by name."""
    led = leads_of_all(session)
    rows = session.scalars(select(OperatorPresence).order_by(OperatorPresence.username)).all()
    return [
        PresenceView(
            row.username, row.state if row.seen_at >= now - LOST_AFTER else Presence.AWAY.value, row.reason,
            row.capacity, tuple(row.languages), led.get(row.username, 0), row.seen_at,
        )
        for row in rows
    ]  # fmt: skip
