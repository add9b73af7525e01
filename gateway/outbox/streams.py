"""Streams: messages to many people, at a pace and within hours. The pace is kept in the database, so that
any number of workers keep it together, and one that was killed or away does not pour out what it missed.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, or_, select
from sqlalchemy.orm import Session

from gateway.outbox import queue
from gateway.outbox.models import OutboxStream
from gateway.outbox.queue import Letter
from gateway.outbox.rules import Pace


@dataclass(frozen=True)
class Taken:
    """What a worker has taken of the streams, and whether there is more to come before long."""

    letters: list[Letter]
    open: bool


def take(session: Session, transport: str, now: datetime, limit: int) -> Taken:
    """Take what the open streams let go now by a transport, the longest waiting stream first.

    A stream that another worker is at is passed over.
    """
    open_now = (
        select(OutboxStream)
        .where(
            OutboxStream.opens_at <= now,
            or_(OutboxStream.closes_at.is_(None), OutboxStream.closes_at > now),
        )
        .order_by(OutboxStream.next_at, OutboxStream.name)
        .with_for_update(skip_locked=True)
    )
    streams = session.scalars(open_now).all()
    letters: list[Letter] = []
    for stream in streams:
        pace = Pace(stream.per_minute, stream.next_at)
        count = min(pace.worth_taking(now), limit - len(letters))
        found = queue.take(session, transport, now, count, stream.name) if count else []
        if found:
            stream.next_at = pace.after(len(found), now)
            letters += found
    return Taken(letters, bool(streams))


def open_stream(
    session: Session, name: str, per_minute: int, opens_at: datetime, closes_at: datetime | None
) -> None:
    """Open a stream, or set the hours and the pace of one that is open."""
    stream = session.get(OutboxStream, name, with_for_update=True)
    if stream is None:
        session.add(
            OutboxStream(
                name=name, per_minute=per_minute, next_at=opens_at, opens_at=opens_at, closes_at=closes_at
            )
        )
    else:
        stream.per_minute, stream.opens_at, stream.closes_at = per_minute, opens_at, closes_at
    session.flush()


def close_stream(session: Session, name: str) -> None:
    """Nothing more leaves with a stream."""
    session.execute(delete(OutboxStream).where(OutboxStream.name == name))
