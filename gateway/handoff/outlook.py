"""Places and estimates of everybody who waits, read once for all who ask."""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from gateway.conversations.models import Conversation
from gateway.conversations.rules import Owner
from gateway.handoff import reading
from gateway.handoff.rules import in_order, wait_minutes
from gateway.handoff.service import Handoffs
from gateway.handoff.views import Desks, LineState

GOOD_FOR_SECONDS = 2.0
"""Nothing told is older. The queue is read anew at once when its length, its newest instant or the number of
its messages has changed; only a change that leaves all three alike waits so long."""

Signature = tuple[int, datetime | None, int]


@dataclass(frozen=True)
class _Snapshot:
    signature: Signature = (-1, None, 0)
    read_at: float = float("-inf")
    places: Mapping[str, int] = field(default_factory=dict)
    desks: Desks = field(default_factory=Desks)


class Outlook:
    """What each of those who wait is told, for any thread of this process.

    Hundreds ask again and again: each costs one small question to the database, whether the queue is still
    the same, and only the first after a change reads it.
    """

    def __init__(self, handoffs: Handoffs) -> None:
        self._handoffs = handoffs
        self._reading = threading.Lock()
        self._last = _Snapshot()

    def of(self, session: Session, conversation_id: str) -> LineState:
        """Place in line and honest estimate."""
        found = self._now(session)
        place = found.places.get(conversation_id)
        desks = found.desks
        minutes = None
        if place is not None:
            minutes = wait_minutes(place, desks.handling_seconds, desks.places, desks.free)
        return LineState(place, minutes, desks.operators)

    def _now(self, session: Session) -> _Snapshot:
        signature = _signature(session)
        with self._reading:
            last, now = self._last, time.monotonic()
            if signature != last.signature or now - last.read_at > GOOD_FOR_SECONDS:
                ordered = enumerate(in_order(reading.waiting(session)), start=1)
                places = {one.id: place for place, one in ordered}
                self._last = _Snapshot(signature, now, places, reading.desks(session, self._handoffs.clock()))
            return self._last


def _signature(session: Session) -> Signature:
    """What changes with whoever joins, leaves, or is moved up in the queue: each of these says something."""
    row = session.execute(
        select(func.count(), func.max(Conversation.updated_at), func.sum(Conversation.last_seq)).where(
            Conversation.owner == Owner.QUEUE
        )
    ).one()
    return row[0], row[1], int(row[2] or 0)
