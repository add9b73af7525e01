"""How far what was said has come: to the citizen's device, before their eyes."""

from __future__ import annotations

from typing import Any, cast

from sqlalchemy import ColumnElement, CursorResult, case, or_, update
from sqlalchemy.orm import InstrumentedAttribute

from gateway.conversations.models import Conversation
from gateway.conversations.rules import Owner
from gateway.database import Database


def reached(database: Database, conversation_id: str, *, received: int = 0, seen: int = 0) -> bool:
    """What is said to have reached the citizen's device or eyes; whether that is news to staff.

    Numbers only rise, and never above what was said. Kept while a person is in charge: the bot does not ask.
    """
    marks = {
        "citizen_received": (Conversation.citizen_received, max(received, seen)),
        "citizen_seen": (Conversation.citizen_seen, seen),
    }
    rising = or_(*(column < _at_most_said(number) for column, number in marks.values()))
    values = {name: _the_greater(column, _at_most_said(number)) for name, (column, number) in marks.items()}
    with database.write() as session:
        changed = session.execute(
            update(Conversation)
            .where(Conversation.id == conversation_id, Conversation.owner == Owner.OPERATOR, rising)
            .values(values)
        )
        return bool(cast("CursorResult[Any]", changed).rowcount)


def _at_most_said(number: int) -> ColumnElement[int]:
    return case((Conversation.last_seq < number, Conversation.last_seq), else_=number)


def _the_greater(column: InstrumentedAttribute[int], other: ColumnElement[int]) -> ColumnElement[int]:
    return case((column < other, other), else_=column)
