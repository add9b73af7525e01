"""What is new: items, places and questions of which more came in than the weeks before let expect."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Final
from zoneinfo import ZoneInfo

import numpy as np
from sqlalchemy.orm import Session

from gateway.reports.learning.asked import Asking
from gateway.reports.learning.daily import By, DailyCount, Key, daily_counts
from gateway.reports.learning.days import Calendar, Flags, Floats
from gateway.reports.learning.excess import Comparison, comparison, excess
from gateway.reports.learning.record import Record, record, rows
from gateway.reports.learning.report import Reach
from gateway.reports.learning.topics import daily_topics

WEEKS: Final = 8
_WEEK: Final = 7
PERIODS: Final = ("1", "7", "14", "28")


class Level(StrEnum):
    """Of what something is new."""

    ITEM = "item"
    DISTRICT = "district"
    ITEM_DISTRICT = "item-district"
    VILLAGE = "village"
    QUESTION = "question"
    """An entry of the knowledge base, by questions that came nearest to it; for the whole city alone."""


@dataclass(frozen=True)
class Wanted:
    """Which days are looked at, how many weeks before them, and at which levels."""

    first: date
    last: date
    weeks: int
    levels: tuple[Level, ...]

    @property
    def begin(self) -> date:
        """The first day that is compared with."""
        return self.first - timedelta(days=_WEEK * self.weeks)


@dataclass(frozen=True)
class News:
    """One thing of which more came in than expected."""

    level: Level
    observed: int
    expected: float
    false_share: float
    """The share of false alarms among everything as unlikely as this (q-value)."""
    item: str | None = None
    district: str | None = None
    village: str | None = None
    entry: str | None = None

    @property
    def ratio(self) -> float | None:
        """How many times what was expected; None where nothing was."""
        return self.observed / self.expected if self.expected else None


@dataclass(frozen=True)
class Emerging:
    """Everything that is new, and how much it rests on."""

    news: Sequence[News]
    compared: int
    """Days that were looked at: those with a whole record and enough like days before them."""
    before: int
    """Days they were compared with."""
    left_out: int
    """Days before that belong to storms or have no whole record."""
    stormy: int
    """Of the days looked at, those that belong to a storm."""


def read(asking: Asking) -> Wanted:
    """What an address asks for: `to`, `days`, `weeks`, `by`. Raises CannotBeAsked."""
    last = asking.day_over("to")
    days = int(asking.choice("days", "7", PERIODS))
    level = asking.choice("by", "all", ("all", *Level))
    levels = tuple(Level) if level == "all" else (Level(level),)
    return Wanted(last - timedelta(days=days - 1), last, asking.number("weeks", WEEKS, 4, 26), levels)


@dataclass(frozen=True)
class EmergingRoom:
    """Reckons what is new, with the city's days off and without its storms."""

    zone: ZoneInfo
    calendar: Callable[[Session], Calendar]

    def reckon(self, session: Session, wanted: Wanted, reach: Reach) -> Emerging:
        """What is new on the wanted days."""
        known = record(session, self.calendar(session), wanted.begin, wanted.last)
        if known is None:
            return Emerging((), 0, 0, 0, 0)
        looked_at, before = known.flags(wanted.first, wanted.last), known.flags(wanted.begin, wanted.last)
        compared = _compared(known, looked_at, before)
        found: list[News] = []
        if compared.possible:
            for level in wanted.levels:
                if level is not Level.QUESTION or reach.units is None:
                    counts = self._counts(session, level, known, wanted, reach)
                    found += _news(level, *rows(counts, known.stretch), compared)
        found.sort(key=lambda one: (one.false_share, one.expected - one.observed, str(one)))
        stormy = looked_at & known.whole & ~known.quiet
        left_out = before & ~looked_at & ~known.quiet
        return Emerging(
            found, int(compared.looked_at.sum()), int((compared.weights > 0).sum()), int(left_out.sum()),
            int(stormy.sum()),
        )  # fmt: skip

    def _counts(
        self, session: Session, level: Level, known: Record, wanted: Wanted, reach: Reach
    ) -> Iterable[DailyCount]:
        first = max(wanted.begin, known.stretch.first)
        if level is Level.QUESTION:
            return daily_topics(session, self.zone, first, wanted.last)
        counts = daily_counts(session, first, wanted.last, *_PARTS[level], units=reach.units)
        # What lies nowhere is no place.
        return (one for one in counts if None not in one[1])


_PARTS: Final = {
    Level.ITEM: (By.ITEM,), Level.DISTRICT: (By.DISTRICT,), Level.ITEM_DISTRICT: (By.ITEM, By.DISTRICT),
    Level.VILLAGE: (By.DISTRICT, By.VILLAGE), Level.QUESTION: (),
}  # fmt: skip


def _compared(known: Record, looked_at: Flags, before: Flags) -> Comparison:
    return comparison(known.stretch, looked_at & known.whole, before & ~looked_at & known.quiet)


def _news(level: Level, keys: Sequence[Key], cells: Floats, compared: Comparison) -> list[News]:
    if not keys:
        return []
    result = excess(cells, compared)
    found = []
    for place in np.flatnonzero(result.told).tolist():
        observed, expected = int(result.observed[place]), float(result.expected[place])
        named = _named(level, tuple(str(part) for part in keys[place]))
        found.append(News(level, observed, expected, float(result.adjusted[place]), **named))
    return found


def _named(level: Level, key: tuple[str, ...]) -> dict[str, str]:
    names = ("entry",) if level is Level.QUESTION else tuple(part.value for part in _PARTS[level])
    return dict(zip(names, key, strict=True))
