"""The queue's transactions: taking what is due, keeping it, and writing down what became of it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, exists, or_, select, update
from sqlalchemy.orm import Session, aliased

from gateway.outbox.models import OutboxMessage
from gateway.outbox.rules import LEASE, State, Transport, wait_after


@dataclass(frozen=True)
class Letter:
    """A message that a worker has taken to deliver."""

    id: int
    key: str
    topic: str
    recipient: str
    payload: dict[str, Any]
    attempts: int
    """This one included."""
    leased_until: datetime


def take(session: Session, transport: str, now: datetime, limit: int) -> list[Letter]:
    """Take up to `limit` due messages of a transport; they are this worker's until their lease ends.

    Of each ordering only the foremost is taken. On PostgreSQL workers pass over each other's rows; on
    SQLite the transaction must hold the write lock, as `Database.write` does.
    """
    due = (
        select(OutboxMessage)
        .where(
            OutboxMessage.state == State.PENDING,
            OutboxMessage.transport == transport,
            OutboxMessage.next_attempt_at <= now,
            or_(OutboxMessage.leased_until.is_(None), OutboxMessage.leased_until <= now),
            ~_waits_for_another(),
        )
        .order_by(OutboxMessage.next_attempt_at, OutboxMessage.id)
        .limit(limit)
        .with_for_update(skip_locked=True, of=OutboxMessage)
    )
    letters = []
    for row in session.scalars(due).all():
        row.attempts += 1
        row.leased_until = now + LEASE
        letters.append(
            Letter(row.id, row.key, row.topic, row.recipient, row.payload, row.attempts, now + LEASE)
        )
    return letters


def keep(session: Session, letter: Letter, now: datetime) -> Letter:
    """Renew the lease of a letter that takes long; as it was where another worker has taken it since."""
    renewed = replace(letter, leased_until=now + LEASE)
    kept = session.scalar(
        update(OutboxMessage)
        .where(OutboxMessage.id == letter.id, OutboxMessage.leased_until == letter.leased_until)
        .values(leased_until=renewed.leased_until)
        .returning(OutboxMessage.id)
    )
    return letter if kept is None else renewed


def mark_sent(session: Session, letter: Letter, now: datetime) -> None:
    """The letter went out, be it cancelled meanwhile; one that is no longer this worker's stays as it is."""
    session.execute(
        update(OutboxMessage)
        .where(OutboxMessage.id == letter.id, OutboxMessage.leased_until == letter.leased_until)
        .values(state=State.SENT.value, sent_at=now, leased_until=None, last_error=None)
    )


def mark_failed(session: Session, letter: Letter, reason: str, now: datetime, *, for_good: bool) -> State:
    """This attempt failed: again after the table's wait, or, `for_good` or after the last wait, no more.

    Says what the message is now; a letter that is no longer this worker's stays as it is.
    """
    wait = None if for_good else wait_after(letter.attempts)
    state = State.FAILED if wait is None else State.PENDING
    session.execute(
        update(OutboxMessage)
        .where(
            OutboxMessage.id == letter.id,
            OutboxMessage.state == State.PENDING,
            OutboxMessage.leased_until == letter.leased_until,
        )
        .values(
            state=state.value,
            next_attempt_at=now if wait is None else now + wait,
            leased_until=None,
            last_error=reason,
        )
    )
    return state


def show_due(session: Session, now: datetime, limit: int) -> int:
    """Show up to `limit` messages of the desk whose time has come; how many there were."""
    due = (
        select(OutboxMessage.id)
        .where(
            OutboxMessage.state == State.PENDING,
            OutboxMessage.transport == Transport.DESK,
            OutboxMessage.next_attempt_at <= now,
        )
        .order_by(OutboxMessage.next_attempt_at)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    shown = session.scalars(
        update(OutboxMessage)
        .where(OutboxMessage.id.in_(due))
        .values(state=State.SENT.value, sent_at=now)
        .returning(OutboxMessage.id)
        .execution_options(synchronize_session=False)
    )
    return len(shown.all())


def _waits_for_another() -> ColumnElement[bool]:
    earlier = aliased(OutboxMessage)
    before = or_(
        earlier.not_before < OutboxMessage.not_before,
        and_(earlier.not_before == OutboxMessage.not_before, earlier.id < OutboxMessage.id),
    )
    return exists().where(earlier.ordering == OutboxMessage.ordering, earlier.state == State.PENDING, before)
