"""What became of each notice of a case, for its page: by what, to whom (masked), how it stands, and why."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from gateway.console.outbox_search import TONES, Standing, row_of
from gateway.outbox.models import OutboxMessage
from gateway.outbox.rules import Transport

INNER: Final = frozenset({Transport.DESK, Transport.WEBHOOK})
"""These tell staff and machines, not citizens."""


@dataclass(frozen=True)
class LetterRow:
    """One notice as the page of its case tells of it."""

    title: str
    standing: Standing
    tone: str
    transport: str
    recipient: str
    """Masked; empty for a chat, which has no address."""
    at: datetime
    """When it went out, or will, or was written."""
    attempts: int
    reason: str
    """Why it failed, came back or was withheld."""
    reason_key: str | None
    """The reason in the message catalogue, where it is one of ours."""


def letters_of(
    messages: Iterable[OutboxMessage], transports: Collection[str], now: datetime
) -> list[LetterRow]:
    """The notices of a case in the order in which they were written."""
    return [_letter(one, transports, now) for one in messages if one.transport not in INNER]


def _letter(message: OutboxMessage, transports: Collection[str], now: datetime) -> LetterRow:
    row = row_of(message, transports, now)
    planned = message.next_attempt_at if row.standing in {Standing.WAITING, Standing.LATE} else None
    return LetterRow(
        title=str(message.payload.get("title", message.topic)),
        standing=row.standing,
        tone=TONES[row.standing],
        transport=row.transport,
        recipient="" if message.transport == Transport.CONVERSATION else row.recipient,
        at=message.sent_at or planned or message.created_at,
        attempts=row.attempts,
        reason=row.error,
        reason_key=row.reason_key,
    )
