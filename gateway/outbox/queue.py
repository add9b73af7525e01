"""The queue's transactions: taking what is due, keeping it, and writing down what became of it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, exists, or_, select, true, update
from sqlalchemy.orm import Session, aliased

from gateway.outbox import preferences
from gateway.outbox.models import OutboxMessage
from gateway.outbox.rules import (
    TOPICS,
    AddressGone,
    DeliveryFailed,
    State,
    Transport,
    Undeliverable,
    chance_of,
    is_too_late,
    lease_of,
    named_wait,
    wait_after,
)

REASON_MAX = 500


@dataclass(frozen=True)
class Letter:
    """A message that a worker has taken to deliver."""

    id: int
    key: str
    topic: str
    recipient: str
    payload: dict[str, Any]
    attempts: int
    """This one included; those whose next instant the other end named do not count."""
    leased_until: datetime
    transport: str = Transport.EMAIL
    tried_before: bool = False
    """Whether an attempt was made before this one, be it one that does not count."""


def take(session: Session, transport: str, now: datetime, limit: int, stream: str = "") -> list[Letter]:
    """Take up to `limit` due messages of a transport; they are this worker's until their lease ends.

    What belongs to a stream is taken by its name only and in no order, so that a hundred thousand of
    them stand in nobody's way. Of each ordering only the foremost is taken; what nobody wants or can get
    is withheld. On PostgreSQL workers pass over each other's rows; on SQLite the transaction must hold the
    write lock, as `Database.write` does.
    """
    # Not a plain NOT EXISTS: PostgreSQL would make a join of it, and after a hundred thousand letters it has
    # no figures of yet, one that takes a minute.
    foremost = true() if stream else or_(OutboxMessage.ordering.is_(None), ~_waits_for_another())
    due = (
        select(OutboxMessage)
        .where(*_due(transport, now, stream), foremost)
        .order_by(OutboxMessage.next_attempt_at, *([] if stream else [OutboxMessage.id]))
        .limit(limit)
        .with_for_update(skip_locked=True, of=OutboxMessage)
    )
    while rows := session.scalars(due).all():
        stopped = preferences.stopped(session, transport, [(row.topic, row.recipient) for row in rows])
        letters = []
        for row in rows:
            why = stopped.get((row.topic, row.recipient))
            if why is not None:
                row.state, row.last_error = State.WITHHELD.value, why.value
                continue
            row.attempts += 1
            tried_before = row.first_tried_at is not None
            row.first_tried_at = row.first_tried_at or now
            row.leased_until = now + lease_of(transport)
            letters.append(
                Letter(
                    row.id, row.key, row.topic, row.recipient, row.payload, row.attempts, row.leased_until,
                    transport, tried_before,
                )
            )  # fmt: skip
        if letters:
            return letters
        session.flush()
    return []


def put_off(session: Session, transport: str, now: datetime, until: datetime) -> None:
    """In quiet hours: what is due and can wait is due again in the morning. Streams keep their own hours."""
    waiting = [name for name, rule in TOPICS.items() if rule.waits]
    passing = [name for name, rule in TOPICS.items() if not rule.waits]
    within = or_(
        OutboxMessage.topic.in_(waiting),
        *(OutboxMessage.topic.startswith(f"{name}.", autoescape=True) for name in waiting if "." not in name),
    )
    due = (
        select(OutboxMessage.id)
        .where(*_due(transport, now), within, OutboxMessage.topic.not_in(passing))
        .with_for_update(skip_locked=True)
    )
    session.execute(
        update(OutboxMessage)
        .where(OutboxMessage.id.in_(due))
        .values(not_before=until, next_attempt_at=until)
        .execution_options(synchronize_session=False)
    )


def keep(session: Session, letter: Letter, now: datetime) -> Letter:
    """Renew the lease of a letter that takes long; as it was where another worker has taken it since."""
    renewed = replace(letter, leased_until=now + lease_of(letter.transport))
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


def mark_failed(session: Session, letter: Letter, error: BaseException, now: datetime) -> State:
    """This attempt failed: again after a wait, or, where no other can succeed or all were tried, no more.

    Says what the message is now; a letter that is no longer this worker's stays as it is.
    """
    first, wait = session.scalar(_first_try(letter)), None
    named = error.retry_after if isinstance(error, DeliveryFailed) else None
    if not isinstance(error, Undeliverable):
        chance = chance_of(letter.key, letter.attempts)
        wait = wait_after(letter.attempts, chance) if named is None else named_wait(named, chance)
        tried_for = now - (first or now)
        if wait is not None and is_too_late(letter.transport, tried_for, wait, named=named is not None):
            wait = None
    state = State.FAILED if wait is None else State.PENDING
    reason = (str(error) if isinstance(error, DeliveryFailed) else type(error).__name__)[:REASON_MAX]
    changed = session.scalar(
        update(OutboxMessage)
        .where(
            OutboxMessage.id == letter.id,
            OutboxMessage.state == State.PENDING,
            OutboxMessage.leased_until == letter.leased_until,
        )
        .values(
            state=state.value,
            attempts=letter.attempts if named is None or wait is None else letter.attempts - 1,
            next_attempt_at=now if wait is None else now + wait,
            leased_until=None,
            last_error=reason,
        )
        .returning(OutboxMessage.id)
    )
    if changed is not None and isinstance(error, AddressGone):
        preferences.note_dead(session, letter.transport, letter.recipient, reason, now)
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


def _first_try(letter: Letter) -> Select[datetime | None]:
    return select(OutboxMessage.first_tried_at).where(OutboxMessage.id == letter.id)


def _due(transport: str, now: datetime, stream: str = "") -> tuple[ColumnElement[bool], ...]:
    return (
        OutboxMessage.state == State.PENDING,
        OutboxMessage.transport == transport,
        OutboxMessage.stream == stream,
        OutboxMessage.next_attempt_at <= now,
        or_(OutboxMessage.leased_until.is_(None), OutboxMessage.leased_until <= now),
    )


def _waits_for_another() -> ColumnElement[bool]:
    earlier = aliased(OutboxMessage)
    before = or_(
        earlier.not_before < OutboxMessage.not_before,
        and_(earlier.not_before == OutboxMessage.not_before, earlier.id < OutboxMessage.id),
    )
    return exists().where(earlier.ordering == OutboxMessage.ordering, earlier.state == State.PENDING, before)
