"""The events' transactions: taking what is due, in order, and writing down what became of it."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, delete, exists, or_, select, update
from sqlalchemy.orm import Session, aliased

from gateway.channels.line.models import LineEvent, LineLinkCode, LineReplyToken
from gateway.channels.line.rules import KEPT, TRIES, State, wait_after


@dataclass(frozen=True)
class Taken:
    """An event that this process is to carry out."""

    id: int
    event_id: str
    kind: str
    message_id: str | None
    body: dict[str, Any]
    at: datetime
    received_at: datetime
    attempts: int
    """This one included."""


def take(session: Session, me: int, living: Collection[int], now: datetime, limit: int) -> list[Taken]:
    """Take up to `limit` events: of every source the earliest only, and none that a living process has.

    Events whose process is gone are free at once. On SQLite the transaction must hold the write lock, as
    `Database.write` does; on PostgreSQL processes pass over each other's rows.
    """
    due = (
        select(LineEvent)
        .where(
            LineEvent.state == State.PENDING,
            LineEvent.next_attempt_at <= now,
            or_(LineEvent.taken_by.is_(None), LineEvent.taken_by.not_in(living)),
            ~_waits_for_another(),
        )
        .order_by(LineEvent.at, LineEvent.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    taken = []
    for row in session.scalars(due).all():
        row.attempts += 1
        if row.attempts > len(TRIES) + 1:
            # It has taken its process with it every time; without an end it would go on for ever.
            _finish(row, State.FAILED, now, "the process died over it")
            continue
        row.taken_by = me
        taken.append(
            Taken(
                row.id, row.event_id, row.kind, row.message_id, row.body, row.at, row.received_at,
                row.attempts,
            )
        )  # fmt: skip
    return taken


def done(session: Session, event: Taken, now: datetime) -> None:
    """The event had its effect: its words are gone, and a repeat of it is known."""
    _finish(session.get_one(LineEvent, event.id), State.DONE, now, None)


def broke(session: Session, event: Taken, why: str, now: datetime) -> State:
    """It could not be carried out this time; what it is now."""
    row, wait = session.get_one(LineEvent, event.id), wait_after(event.attempts)
    if wait is None:
        _finish(row, State.FAILED, now, why)
    else:
        row.next_attempt_at, row.taken_by, row.error = now + wait, None, why
    return State(row.state)


def release(session: Session, me: int) -> None:
    """This process ends: what it has taken and not carried out is free."""
    mine = LineEvent.state == State.PENDING, LineEvent.taken_by == me
    session.execute(update(LineEvent).where(*mine).values(taken_by=None, attempts=LineEvent.attempts - 1))


def free(session: Session, ids: Collection[int]) -> None:
    """Events of which nobody knows what became of them may be taken again."""
    if ids:
        pending = LineEvent.state == State.PENDING, LineEvent.id.in_(ids)
        session.execute(update(LineEvent).where(*pending).values(taken_by=None))


def taken_back(session: Session, message_id: str) -> bool:
    """Whether the citizen has taken this message back, whichever event came first."""
    found = select(LineEvent.id).where(LineEvent.message_id == message_id, LineEvent.kind == "unsend")
    return session.scalar(found.limit(1)) is not None


def purge(session: Session, now: datetime) -> int:
    """Forget events, reply tokens and codes that nobody can come back to; how many events."""
    session.execute(delete(LineReplyToken).where(LineReplyToken.received_at < now - KEPT))
    session.execute(delete(LineLinkCode).where(LineLinkCode.expires_at < now - KEPT))
    settled = LineEvent.state != State.PENDING, LineEvent.received_at < now - KEPT
    gone = delete(LineEvent).where(*settled).returning(LineEvent.id)
    return len(session.scalars(gone.execution_options(synchronize_session=False)).all())


def _finish(row: LineEvent, state: State, now: datetime, why: str | None) -> None:
    row.state, row.done_at, row.error, row.taken_by = state.value, now, why, None
    row.body = {}


def _waits_for_another() -> ColumnElement[bool]:
    earlier = aliased(LineEvent)
    before = or_(earlier.at < LineEvent.at, and_(earlier.at == LineEvent.at, earlier.id < LineEvent.id))
    return exists().where(earlier.state == State.PENDING, earlier.source == LineEvent.source, before)
