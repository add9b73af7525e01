"""Stays in the queue, read from the events of conversations: the one place where they are told apart."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import ColumnElement, Select, and_, func, or_, select
from sqlalchemy.orm import Session

from gateway.conversations.models import Conversation, ConversationEvent
from gateway.conversations.rules import Owner
from gateway.handoff.figures import Stay

_CHANGE: Final = "owner_changed"
_LONG: Final = timedelta(days=2)
"""Nearly every stay has ended after so long; what became of the others is looked up one by one."""
_BEFORE, _AFTER = (ConversationEvent.detail[name].as_string() for name in ("from", "to"))
_AT_ONCE: Final = 500
"""Conversations that are looked up in one question."""


def stays_between(session: Session, start: datetime, end: datetime) -> list[Stay]:
    """Every stay that began in [`start`, `end`), in the order of beginning, with what has become of it since.

    A stay begins when a conversation passes from the bot into the queue, and ends with its next change.
    """
    rows = session.execute(_begun(_with_next(_at(start, end + _LONG)), start, end)).all()
    unknown = [row.conversation_id for row in rows if row.until is None]
    ends = _ends(session, unknown, start)
    return [_stay(row, ends) for row in rows]


def put_back_or_stepped_in(
    session: Session, start: datetime, end: datetime
) -> list[tuple[datetime, str, str]]:
    """When and by which channel staff put a citizen back into the queue (`queue`), or a person took over
    from the bot unasked (`operator`)."""
    returned = and_(_BEFORE == Owner.OPERATOR, _AFTER == Owner.QUEUE)
    stepped_in = and_(_BEFORE == Owner.BOT, _AFTER == Owner.OPERATOR)
    rows = session.execute(
        select(ConversationEvent.at, _AFTER.label("to"), Conversation.channel)
        .join(Conversation, Conversation.id == ConversationEvent.conversation_id)
        .where(ConversationEvent.act == _CHANGE, _at(start, end), or_(returned, stepped_in))
        .order_by(ConversationEvent.at, ConversationEvent.id)
    )
    return [(row.at, row.to, row.channel) for row in rows]


def _at(start: datetime, end: datetime) -> ColumnElement[bool]:
    return and_(ConversationEvent.at >= start, ConversationEvent.at < end)


def _with_next(which: ColumnElement[bool]) -> Select[Any]:
    """Changes of owner, each with the next one of its conversation among `which`."""
    event = ConversationEvent

    def following(column: Any) -> Any:
        return func.lead(column, type_=column.type).over(
            partition_by=event.conversation_id, order_by=event.id
        )

    return select(
        event.id, event.conversation_id, event.at, event.reason, _BEFORE.label("before"),
        _AFTER.label("after"), following(event.at).label("until"), following(_AFTER).label("to"),
        following(event.reason).label("why"), following(event.actor).label("by"),
    ).where(event.act == _CHANGE, which)  # fmt: skip


def _begun(changes: Select[Any], start: datetime, end: datetime) -> Select[Any]:
    change = changes.subquery()
    return (
        select(change, Conversation.channel, Conversation.visitor)
        .join(Conversation, Conversation.id == change.c.conversation_id)
        .where(change.c.before == Owner.BOT, change.c.after == Owner.QUEUE)
        .where(change.c.at >= start, change.c.at < end)
        .order_by(change.c.at, change.c.id)
    )


def _ends(session: Session, conversations: Sequence[str], start: datetime) -> dict[int, Any]:
    """What followed each change of these conversations, however late."""
    found: dict[int, Any] = {}
    for place in range(0, len(conversations), _AT_ONCE):
        these: Collection[str] = conversations[place : place + _AT_ONCE]
        concerned = and_(ConversationEvent.conversation_id.in_(these), ConversationEvent.at >= start)
        found.update({row.id: row for row in session.execute(_with_next(concerned))})
    return found


def _stay(row: Any, ends: dict[int, Any]) -> Stay:
    number, talk, since, reason, _, _, *ended, channel, visitor = row
    if ended[0] is None and number in ends:
        found = ends[number]
        ended = [found.until, found.to, found.why, found.by]
    until, to, why, by = ended
    return Stay(since, reason, until, to or "", why or "", talk, channel, visitor or talk, by or "")
