"""What became of letters that came back: marked on the letter, and where nobody is there, on the address."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from gateway.outbox import preferences
from gateway.outbox.bounces import Bounce
from gateway.outbox.models import OutboxMessage
from gateway.outbox.rules import State, Transport, short_hash

LOOKED_BACK = timedelta(days=14)
"""Mail servers give up after days, not weeks; so far all letters are looked through if need be."""
_AT_ONCE = 1000


@dataclass(frozen=True)
class Returned:
    """What a notification changed."""

    message: int | None
    """The letter's number; None: it is none of ours."""
    subject: str | None
    marked: bool
    """Whether the letter was marked now; False for a delay, and for what was marked before."""
    dead: bool


def take_back(session: Session, bounces: Sequence[Bounce], now: datetime) -> list[Returned]:
    """Mark the letters that bounced with the reason, and note addresses where nobody is.

    A notification counts only for the recipient of the letter that it names: it comes from outside.
    """
    return [_take_back(session, bounce, now) for bounce in bounces]


def _take_back(session: Session, bounce: Bounce, now: datetime) -> Returned:
    letter = next(_letters(session, bounce, now), None)
    if letter is None:
        return Returned(None, None, marked=False, dead=False)
    if not bounce.failed or letter.state == State.BOUNCED:
        return Returned(letter.id, letter.subject, marked=False, dead=False)
    letter.state, letter.last_error = State.BOUNCED.value, bounce.reason
    letter.leased_until = None
    if bounce.dead:
        preferences.note_dead(session, Transport.EMAIL, letter.recipient, bounce.reason, now)
    return Returned(letter.id, letter.subject, marked=True, dead=bounce.dead)


def _letters(session: Session, bounce: Bounce, now: datetime) -> Iterator[OutboxMessage]:
    if bounce.letter_hash is None:
        return
    emails = select(OutboxMessage.id, OutboxMessage.key, OutboxMessage.recipient).where(
        OutboxMessage.transport == Transport.EMAIL
    )
    theirs = emails.where(OutboxMessage.recipient.in_(sorted(bounce.recipients)))
    older = func.lower(OutboxMessage.recipient).in_(sorted(bounce.recipients))
    lately = emails.where(OutboxMessage.created_at > now - LOOKED_BACK, older)
    for query in (theirs, lately):
        found = _of_hash(session, query, bounce.letter_hash)
        if found is not None:
            yield session.get_one(OutboxMessage, found, with_for_update=True)


def _of_hash(session: Session, query: Select[int, str, str], letter_hash: str) -> int | None:
    rows = session.execute(query.order_by(OutboxMessage.id.desc()).execution_options(yield_per=_AT_ONCE))
    return next((row.id for row in rows if short_hash(row.key) == letter_hash), None)
