"""Stays in the queue and what is counted of them. Pure.

A *stay* begins when a citizen passes from the bot into the queue and belongs to that hour, however it ends:
with a person (*taken*), with a call-back or a message (*instead*), without either (*abandoned*), or not yet.
"""

from __future__ import annotations

import statistics
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from functools import lru_cache
from typing import Final

from gateway.conversations.rules import Leaving, Owner, Wish


class By(StrEnum):
    """For how long one row counts."""

    DAY = "day"
    HOUR = "hour"


MOST_DAYS: Final = {By.DAY: 366, By.HOUR: 31}
OTHER: Final = "other"
REASONS: Final = (*(wish.name.lower() for wish in Wish), OTHER)
"""Why citizens came, by the names of the wishes."""
_INSTEAD = frozenset({Leaving.MESSAGE, Leaving.CALL_BACK})


@dataclass(frozen=True)
class Stay:
    """One stay in the queue that began with the bot."""

    since: datetime
    reason: str
    until: datetime | None = None
    to: str = ""
    why: str = ""
    """Reason of the change that ended it."""
    conversation_id: str = ""
    channel: str = ""
    citizen: str = ""
    """The same for all stays of one browser or LINE account; else the conversation."""
    by: str = ""
    """Who made the change that ended it: of a stay that was taken, the operator."""

    @property
    def taken(self) -> bool:
        """Whether a person ended it by taking the conversation."""
        return self.until is not None and self.to == Owner.OPERATOR

    @property
    def waited(self) -> float | None:
        """Seconds until a person came; None where none has."""
        return (self.until - self.since).total_seconds() if self.until and self.taken else None


@dataclass
class Count:
    """The figures of one day or hour. Waiting times are of the stays that a person ended."""

    start: datetime
    reasons: Counter[str] = field(default_factory=Counter)
    entered: int = 0
    overflow: int = 0
    """Entered while the telephone lines were reported full."""
    taken: int = 0
    abandoned: int = 0
    silent: int = 0
    """Of the abandoned, those who went away without a word."""
    instead: int = 0
    """Left a message or asked for a call-back instead."""
    waiting: int = 0
    """Whose stay has not ended."""
    returned: int = 0
    """Put back by a transfer or a lost operator; no new stays."""
    stepped_in: int = 0
    """Taken from the bot by a person unasked."""
    calls_asked: int = 0
    calls_reached: int = 0
    waits: list[float] = field(default_factory=list)

    @property
    def median_wait(self) -> int | None:
        """In whole seconds; None where nobody was taken."""
        return round(statistics.median(self.waits)) if self.waits else None

    @property
    def longest_wait(self) -> int | None:
        """In whole seconds; None where nobody was taken."""
        return round(max(self.waits)) if self.waits else None

    def add(self, other: Count) -> None:
        """Count the other's figures too."""
        self.reasons += other.reasons
        self.waits += other.waits
        for name in FIGURES:
            setattr(self, name, getattr(self, name) + getattr(other, name))


FIGURES: Final = (
    "entered", "overflow", "taken", "abandoned", "silent", "instead", "waiting", "returned", "stepped_in",
    "calls_asked", "calls_reached",
)  # fmt: skip


def total(rows: Iterable[Count], start: datetime) -> Count:
    """All rows as one; the median is of all waiting times, not of the medians."""
    whole = Count(start)
    for one in rows:
        whole.add(one)
    return whole


@lru_cache(maxsize=1_000)
def reason_name(reason: str) -> str:
    """Which of REASONS the words of an event are."""
    for wish in Wish:
        if reason == wish or reason.startswith(f"{wish}:"):
            return wish.name.lower()
    return OTHER


def count_stay(row: Count, stay: Stay, full: Callable[[datetime], bool]) -> None:
    """Add a stay; `full` tells whether the telephone lines were full at an instant."""
    row.entered += 1
    row.reasons[reason_name(stay.reason)] += 1
    row.overflow += full(stay.since)
    if stay.until is None:
        row.waiting += 1
    elif stay.waited is not None:
        row.taken += 1
        row.waits.append(stay.waited)
    elif stay.why in _INSTEAD:
        row.instead += 1
    else:
        row.abandoned += 1
        row.silent += stay.why == Leaving.SILENT


def as_row(count: Count) -> Mapping[str, object]:
    """The figures by name, as other programs get them."""
    return {
        "start": count.start, **{name: getattr(count, name) for name in FIGURES},
        "reasons": {name: count.reasons[name] for name in REASONS},
        "median_wait_seconds": count.median_wait, "longest_wait_seconds": count.longest_wait,
    }  # fmt: skip
