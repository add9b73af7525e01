"""Order of the queue, who may take what, honest waiting times, full lines, staffed hours. Pure."""

from __future__ import annotations

import re
import statistics
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from gateway.errors import InvalidInput


class Priority(StrEnum):
    """How soon somebody must be answered."""

    EMERGENCY = "emergency"
    DISTRESS = "distress"
    TRANSFER = "transfer"
    NORMAL = "normal"


RANK = {priority.value: place for place, priority in enumerate(Priority)}
"""The order of priorities; within one, who has waited longest comes first."""


class Presence(StrEnum):
    """Whether somebody takes conversations."""

    AVAILABLE = "available"
    PAUSED = "paused"
    AWAY = "away"


class Ending(StrEnum):
    """How a stretch of handling ended."""

    CLOSED = "closed"
    RELEASED = "released"
    TRANSFERRED = "transferred"
    TAKEN_OVER = "taken_over"
    LOST = "lost"
    UNANSWERED = "unanswered"
    """The citizen waited too long for a word of who was in charge."""
    SILENT = "silent"
    """The citizen said nothing any more."""


CAPACITY = range(1, 21)
"""Conversations that one person may lead at once."""
LOST_AFTER = timedelta(seconds=60)
"""Without a sign of an operator for so long, their conversations go back to the queue."""
LINES_FRESH = timedelta(minutes=10)
"""An older report of the lines says nothing about now."""
FEWEST_HANDLINGS = 5
"""Below so many real handling times no waiting time is told: a guess would be no estimate."""
HANDLINGS_LOOKED_AT = 200
DAYS_OF_A_WEEK = 7
_DAYS = "一二三四五六日"


@dataclass(frozen=True)
class Waiting:
    """One conversation in the queue, as its order needs it."""

    id: str
    priority: str
    since: datetime
    language: str
    wanted_operator: str | None = None
    wanted_unit: str | None = None
    offered_to: str | None = None
    """Who is being asked to take it."""
    passed_over: Collection[str] = ()
    """Who was asked in vain."""


@dataclass(frozen=True)
class Taker:
    """Somebody who could take a conversation: languages they serve, units they work for, free places."""

    username: str
    languages: Collection[str]
    units: Collection[str]
    free: int


def in_order(waiting: Sequence[Waiting]) -> list[Waiting]:
    """The queue: by priority, then the longest waiting, then by id so that no two runs differ."""
    return sorted(waiting, key=lambda one: (RANK.get(one.priority, len(RANK)), one.since, one.id))


def fits(one: Waiting, taker: Taker) -> bool:
    """Whether this person is one of those it waits for, and speaks its language.

    While somebody is being asked, it is nobody else's; who picks it by hand is not asked this.
    """
    if one.offered_to not in {None, taker.username}:
        return False
    if one.wanted_operator is not None:
        return one.wanted_operator == taker.username
    if one.wanted_unit is not None and one.wanted_unit not in taker.units:
        return False
    return one.language in taker.languages


def next_for(waiting: Sequence[Waiting], taker: Taker) -> Waiting | None:
    """Whom this person should take now: who was offered to them, then the order of the queue.

    None without a free place or somebody who fits.
    """
    if taker.free < 1:
        return None
    fitting = [one for one in in_order(waiting) if fits(one, taker)]
    offered = (one for one in fitting if one.offered_to == taker.username)
    return next(offered, fitting[0] if fitting else None)


def wait_minutes(place: int, handling_seconds: Sequence[float], places: int, free: int) -> int | None:
    """How long who is at `place` will wait, in whole minutes: 0 when a place is free.

    Of the median of real handling times and of the places that operators who are there have in all. None
    where that cannot be said honestly: nobody is there, or too few conversations were handled.
    """
    if places < 1 or len(handling_seconds) < FEWEST_HANDLINGS:
        return None
    ahead = place - free
    if ahead <= 0:
        return 0
    each = statistics.median(handling_seconds) / places
    return max(1, round(ahead * each / 60))


def lines_are_full(busy: int, total: int, share: float) -> bool:
    """Whether so many of the telephone lines are busy that citizens should be told."""
    return total > 0 and busy >= share * total


@dataclass(frozen=True)
class StaffedHours:
    """When people answer: one window on each of some weekdays (0 is Monday); end 24:00 allowed."""

    days: frozenset[int]
    start: int
    end: int
    """Minutes of the day."""

    @classmethod
    def from_text(cls, text: str) -> StaffedHours:
        """From `24h`, `08:00-22:00` or `1-5 08:00-17:30`. Raises InvalidInput."""
        if text.strip() == "24h":
            return cls(frozenset(range(DAYS_OF_A_WEEK)), 0, 24 * 60)
        found = re.fullmatch(
            r"(?:(?P<a>[1-7])-(?P<b>[1-7])\s+)?(?P<h>\d\d):(?P<m>\d\d)-(?P<k>\d\d):(?P<n>\d\d)", text.strip()
        )
        if found is None:
            raise InvalidInput("staffed hours: 24h, 08:00-22:00 or 1-5 08:00-17:30")
        start = int(found["h"]) * 60 + int(found["m"])
        end = int(found["k"]) * 60 + int(found["n"])
        first, last = int(found["a"] or 1), int(found["b"] or 7)
        if not start < end <= 24 * 60 or first > last:
            raise InvalidInput("staffed hours: from before to")
        return cls(frozenset(range(first - 1, last)), start, end)

    def staffed(self, at: datetime, zone: ZoneInfo) -> bool:
        """Whether somebody should be there at this instant."""
        local = at.astimezone(zone)
        return local.weekday() in self.days and self.start <= local.hour * 60 + local.minute < self.end

    def told(self, language: str) -> str:
        """The hours in words."""
        clock = f"{self.start // 60:02d}:{self.start % 60:02d}–{self.end // 60:02d}:{self.end % 60:02d}"
        if len(self.days) == DAYS_OF_A_WEEK:
            return f"every day {clock}" if language == "en" else f"每日 {clock}"
        first, last = min(self.days), max(self.days)
        if language == "en":
            names = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
            return f"{names[first]}–{names[last]} {clock}"
        return f"週{_DAYS[first]}至週{_DAYS[last]} {clock}"
