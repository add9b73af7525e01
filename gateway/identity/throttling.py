"""Counting failed sign-ins in the database: it survives a restart and holds for every worker."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from gateway.database.inserting import insert_into
from gateway.identity.models import LoginThrottle
from gateway.identity.rules import ACCOUNT_THROTTLE, ADDRESS_THROTTLE, Throttle
from gateway.identity.sealing import Sealer

SWEEP_AT_ONCE = 500


@dataclass(frozen=True)
class Counter:
    """One thing whose failures are counted: an account's name (known or not) or an address."""

    key: str
    rule: Throttle


def counters(sealer: Sealer, username: str, address: str) -> tuple[Counter, Counter]:
    """The account's counter, then the address's. Only keyed hashes are stored."""
    return (
        Counter(f"account:{sealer.mark('account', username)}", ACCOUNT_THROTTLE),
        Counter(f"address:{sealer.mark('address', address)}", ADDRESS_THROTTLE),
    )


def admit(session: Session, counted: Sequence[Counter], now: datetime) -> timedelta | None:
    """Let one attempt begin, counted as failed until it is known better; or how long it must wait.

    Counting first leaves no gap for many guesses at once, and a process that dies gives none away.
    """
    rows = [_locked(session, counter, now) for counter in counted]
    waits = [row.blocked_until - now for row in rows if row.blocked_until and row.blocked_until > now]
    if waits:
        return max(waits)
    for counter, row in zip(counted, rows, strict=True):
        if counter.rule.forgotten(row.failures, now - row.last_at):
            row.failures = 0
        row.failures, row.last_at = row.failures + 1, now
        row.blocked_until = _blocked_until(counter, row)
    session.flush()
    return None


def forgive(session: Session, counter: Counter, now: datetime) -> None:
    """Take back the failure that `admit` counted in advance."""
    row = _locked(session, counter, now)
    row.failures = max(row.failures - 1, 0)
    row.blocked_until = _blocked_until(counter, row)
    session.flush()


def clear(session: Session, counter: Counter) -> None:
    """Forget every failure: the right person was there."""
    session.execute(delete(LoginThrottle).where(LoginThrottle.key == counter.key))


def waiting(session: Session, counter: Counter) -> bool:
    """Whether the failures so far cost a wait."""
    row = session.get(LoginThrottle, counter.key)
    return row is not None and row.failures >= counter.rule.free


def sweep(session: Session, now: datetime) -> None:
    """Drop counters that count no more."""
    oldest = now - max(ACCOUNT_THROTTLE.memory, ADDRESS_THROTTLE.memory)
    old = select(LoginThrottle.key).where(LoginThrottle.last_at < oldest)
    keys = session.scalars(old.with_for_update(skip_locked=True).limit(SWEEP_AT_ONCE)).all()
    session.execute(delete(LoginThrottle).where(LoginThrottle.key.in_(keys)))


def _blocked_until(counter: Counter, row: LoginThrottle) -> datetime | None:
    wait = counter.rule.wait(row.failures)
    return row.last_at + wait if wait else None


def _locked(session: Session, counter: Counter, now: datetime) -> LoginThrottle:
    # Another transaction may drop the row between making and locking it: this does both in one.
    fresh = insert_into(session, LoginThrottle).values(
        key=counter.key, failures=0, last_at=now, blocked_until=None
    )
    held = fresh.on_conflict_do_update(index_elements=["key"], set_={"failures": LoginThrottle.failures})
    session.execute(held)
    query = select(LoginThrottle).where(LoginThrottle.key == counter.key)
    return session.scalars(query.execution_options(populate_existing=True)).one()
