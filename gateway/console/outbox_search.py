"""Messages that leave the house, for whoever sees to them: none of their words, masked recipients."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.orm import Session

from gateway.console.listing import Column, ListState
from gateway.outbox.masking import masked, told
from gateway.outbox.models import OutboxMessage
from gateway.outbox.rules import LOST, State, Stopped

COLUMNS: Final = (
    Column("id", "outbox.number", sortable=True, numeric=True, extra=True),
    Column("state", "outbox.state"),
    Column("transport", "outbox.transport"),
    Column("topic", "outbox.topic"),
    Column("subject", "outbox.subject"),
    Column("recipient", "outbox.recipient"),
    Column("not_before", "outbox.not_before", sortable=True),
    Column("attempts", "outbox.attempts", numeric=True),
    Column("error", "outbox.error", extra=True),
)
FILTERS: Final = ("state", "transport", "subject")
SORTS: Final = {"id": OutboxMessage.id, "not_before": OutboxMessage.not_before}


class Standing(StrEnum):
    """What a message's state means to whoever sees to it."""

    FAILED = "failed"
    LATE = "late"
    """Its time has come and it has not gone out, though its transport is set up."""
    STRANDED = "stranded"
    """It waits for a transport that is not set up."""
    WAITING = "waiting"
    SENT = "sent"
    CANCELLED = "cancelled"
    BOUNCED = "bounced"
    """It went out and came back."""
    WITHHELD = "withheld"
    """Its recipient does not want it, or the address is dead."""


OPEN: Final = "open"
"""Everything that someone may have to see to: it has not reached anybody, and should."""
TONES: Final = {
    Standing.FAILED: "alarm", Standing.BOUNCED: "alarm", Standing.LATE: "warn", Standing.STRANDED: "warn",
    Standing.WAITING: "info", Standing.SENT: "ok", Standing.CANCELLED: "quiet", Standing.WITHHELD: "quiet",
}  # fmt: skip
"""How each standing looks."""
UNSETTLED: Final = (Standing.FAILED, Standing.BOUNCED, Standing.LATE, Standing.STRANDED, Standing.WAITING)
"""What is counted by transport, the worst first."""


@dataclass(frozen=True)
class Row:
    """One message without its words."""

    id: int
    standing: Standing
    transport: str
    topic: str
    subject: str | None
    recipient: str
    not_before: datetime
    attempts: int
    error: str
    reason_key: str | None
    """The reason in the message catalogue, where it is one of ours."""

    @property
    def named(self) -> str:
        """What its box in a list is called."""
        return f"{self.id} {self.subject or ''}".strip()


@dataclass(frozen=True)
class Tally:
    """How many messages of one transport stand how."""

    transport: str
    is_set_up: bool
    counts: Mapping[Standing, int]


def failed_ids(session: Session, transport: str) -> list[int]:
    """Every message of a transport that failed or came back."""
    query = select(OutboxMessage.id).where(
        OutboxMessage.state.in_(LOST), OutboxMessage.transport == transport
    )
    return list(session.scalars(query))


def find_messages(
    session: Session, state: ListState, transports: Collection[str], now: datetime
) -> tuple[Sequence[Row], int]:
    """One page of messages, and how many there are."""
    fits = [*_conditions(state.filters, transports, now)]
    order = SORTS[state.sort].desc() if state.descending else SORTS[state.sort]
    query = select(OutboxMessage).where(*fits).order_by(order, OutboxMessage.id)
    rows = session.scalars(query.offset(state.offset).limit(state.size)).all()
    total = session.scalar(select(func.count()).select_from(OutboxMessage).where(*fits)) or 0
    return [row_of(message, transports, now) for message in rows], total


def tallies(session: Session, transports: Collection[str], now: datetime) -> list[Tally]:
    """What is not settled, by transport; those that are set up even with nothing to do."""
    counts: dict[str, dict[Standing, int]] = {name: {} for name in sorted(transports)}
    for standing in UNSETTLED:
        query = select(OutboxMessage.transport, func.count()).where(*_standing(standing, transports, now))
        for transport, count in session.execute(query.group_by(OutboxMessage.transport)):
            counts.setdefault(transport, {})[standing] = count
    return [Tally(name, name in transports, found) for name, found in counts.items()]


def _conditions(
    filters: Mapping[str, str], transports: Collection[str], now: datetime
) -> list[ColumnElement[bool]]:
    wanted = filters.get("state", OPEN)
    if wanted in set(Standing):
        fits = _standing(Standing(wanted), transports, now)
    else:
        fits = [OutboxMessage.state.in_((State.PENDING, State.FAILED, State.BOUNCED))]
    if "transport" in filters:
        fits.append(OutboxMessage.transport == filters["transport"])
    if "subject" in filters:
        fits.append(OutboxMessage.subject == filters["subject"].upper())
    return fits


def _standing(standing: Standing, transports: Collection[str], now: datetime) -> list[ColumnElement[bool]]:
    pending, served = OutboxMessage.state == State.PENDING, OutboxMessage.transport.in_(transports)
    return {
        Standing.FAILED: [OutboxMessage.state == State.FAILED],
        Standing.LATE: [pending, served, OutboxMessage.not_before <= now, OutboxMessage.stream == ""],
        Standing.STRANDED: [pending, ~served],
        Standing.WAITING: [pending, served, or_(OutboxMessage.not_before > now, OutboxMessage.stream != "")],
        Standing.SENT: [OutboxMessage.state == State.SENT],
        Standing.CANCELLED: [OutboxMessage.state == State.CANCELLED],
        Standing.BOUNCED: [OutboxMessage.state == State.BOUNCED],
        Standing.WITHHELD: [OutboxMessage.state == State.WITHHELD],
    }[standing]


def row_of(message: OutboxMessage, transports: Collection[str], now: datetime) -> Row:
    """A message without its words."""
    standing = Standing.WAITING
    if message.state != State.PENDING:
        standing = Standing(message.state)
    elif message.transport not in transports:
        standing = Standing.STRANDED
    elif message.not_before <= now and not message.stream:
        standing = Standing.LATE
    return Row(
        id=message.id,
        standing=standing,
        transport=message.transport,
        topic=message.topic,
        subject=message.subject,
        recipient=masked(message.recipient),
        not_before=message.not_before,
        attempts=message.attempts,
        error=told(message.last_error, message.recipient),
        reason_key=f"outbox.reasons.{message.last_error}" if message.last_error in set(Stopped) else None,
    )
