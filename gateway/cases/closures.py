"""Disaster closures: days or half days on which a mayor sends everybody home. Pure.

A working day is two halves. The morning are the office windows that begin before noon, the afternoon
the rest; where no window begins after noon, the one that runs past it is cut there. A half without
windows of its own ends at closing time.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

NOON = 12 * 60
MORNING, AFTERNOON = 0, 1
HALVES_A_DAY = 2
Window = tuple[int, int]
"""Minutes since local midnight: from (inclusive) and to."""


class Part(StrEnum):
    """How much of a day."""

    ALL = "all"
    AM = "am"
    PM = "pm"


PART_HALVES = {Part.ALL: (MORNING, AFTERNOON), Part.AM: (MORNING,), Part.PM: (AFTERNOON,)}
PART_OF = {frozenset(halves): part for part, halves in PART_HALVES.items()}
PART_TEXT = {Part.ALL: ("全日", "all day"), Part.AM: ("上午", "morning"), Part.PM: ("下午", "afternoon")}


@dataclass(frozen=True)
class Closure:
    """The offices are closed on `day`, or on half of it, and why.

    `announced_at` is when it was made known, where that is on record: it may be after the half began.
    It changes no count; it is shown with the reason.
    """

    day: date
    part: Part
    zh: str
    en: str
    announced_at: datetime | None = None


@dataclass(frozen=True)
class ClosedDay:
    """What all closures of one day come to."""

    halves: frozenset[int]
    zh: str
    en: str
    announced_at: datetime | None

    @property
    def part(self) -> Part:
        """The part of the day that is closed."""
        return PART_OF[self.halves]


def closed_days(closures: Iterable[Closure]) -> dict[date, ClosedDay]:
    """The closures by day: parts joined, each reason once, the latest announcement."""
    by_day: dict[date, list[Closure]] = {}
    for closure in sorted(closures, key=_order):
        by_day.setdefault(closure.day, []).append(closure)
    return {day: _joined(rows) for day, rows in by_day.items()}


def closure_text(closures: Iterable[Closure]) -> str:
    """The closures as one text, the same for any order and for repetitions: what a version is made of."""
    rows = sorted({(c.day.isoformat(), c.part.value, c.zh, c.en) for c in closures})
    return "\n".join("\t".join(row) for row in rows)


def halves_of(windows: Sequence[Window]) -> tuple[tuple[Window, ...], tuple[Window, ...]]:
    """The windows of the morning and of the afternoon."""
    morning = tuple(window for window in windows if window[0] < NOON)
    afternoon = tuple(window for window in windows if window[0] >= NOON)
    if morning and not afternoon and morning[-1][1] > NOON:
        opens, closes = morning[-1]
        return (*morning[:-1], (opens, NOON)), ((NOON, closes),)
    return morning, afternoon


def half_ends(windows: Sequence[Window]) -> tuple[int, int]:
    """The minutes of the day at which the morning and the afternoon end."""
    morning, _ = halves_of(windows)
    closing = windows[-1][1]
    return (morning[-1][1] if morning else closing), closing


def _order(closure: Closure) -> tuple[date, str, str, str]:
    return closure.day, closure.part.value, closure.zh, closure.en


def _joined(rows: Sequence[Closure]) -> ClosedDay:
    announced = [row.announced_at for row in rows if row.announced_at is not None]
    return ClosedDay(
        halves=frozenset(half for row in rows for half in PART_HALVES[row.part]),
        zh="、".join(dict.fromkeys(row.zh for row in rows)),
        en=", ".join(dict.fromkeys(row.en for row in rows)),
        announced_at=max(announced, default=None),
    )
