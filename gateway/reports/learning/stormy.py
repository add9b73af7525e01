"""Storms of the past: what came in on their days beside quiet ones, and how long until it was as before."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

import numpy as np
from sqlalchemy.orm import Session

from gateway.reports.learning.asked import Asking, CannotBeAsked
from gateway.reports.learning.daily import By, daily_counts
from gateway.reports.learning.days import Calendar, Flags, Floats
from gateway.reports.learning.excess import FEWEST, Comparison, comparison
from gateway.reports.learning.outbreaks import SEASON, Storm
from gateway.reports.learning.record import Record, record, rows
from gateway.reports.learning.report import Reach

YEAR: Final = 366
MOST_DAYS: Final = 3660


@dataclass(frozen=True)
class Period:
    """Storms of which days."""

    first: date
    last: date


@dataclass(frozen=True)
class Wanted:
    """Storms of a period; one of them (by its first day) in detail, by item or by district."""

    period: Period
    storm: date | None
    by: By


@dataclass(frozen=True)
class Share:
    """What came in during a storm, of one item or district or of all, and what quiet days would have."""

    key: str | None
    observed: int
    expected: float | None
    """None where there are too few quiet days of the same kind."""

    @property
    def ratio(self) -> float | None:
        """How many times what quiet days would have."""
        return self.observed / self.expected if self.expected else None


@dataclass(frozen=True)
class Told:
    """One storm in figures."""

    storm: Storm
    whole: Share
    peak_day: date
    peak: int
    items: Sequence[Share]
    """Those with the most beyond what was expected first."""
    districts: Sequence[Share]

    @property
    def worst_items(self) -> Sequence[Share]:
        """Three items of which the most came in beyond the usual."""
        return self.items[:3]

    @property
    def worst_districts(self) -> Sequence[Share]:
        """Three such districts."""
        return self.districts[:3]


@dataclass(frozen=True)
class Stormy:
    """The storms of a period."""

    told: Sequence[Told]
    known: int
    """Days with a whole record."""


def read(asking: Asking) -> Wanted:
    """What an address asks for: `from`, `to`, `storm`, `by`. Raises CannotBeAsked."""
    last = asking.day_over("to")
    first = asking.day_over("from") if asking.text("from") else last - timedelta(days=YEAR)
    if not first <= last or (last - first).days > MOST_DAYS:
        raise CannotBeAsked(f"from {first} to {last}")
    storm = asking.day_over("storm") if asking.text("storm") else None
    by = By(asking.choice("by", By.ITEM.value, (By.ITEM, By.DISTRICT)))
    return Wanted(Period(first, last), storm, by)


@dataclass(frozen=True)
class StormRoom:
    """Finds storms by closures and by volumes of the whole city, and counts what the reader may see."""

    calendar: Callable[[Session], Calendar]

    def reckon(self, session: Session, period: Period, reach: Reach) -> Stormy:
        """The storms, the last one first."""
        known = record(session, self.calendar(session), period.first, period.last)
        if known is None:
            return Stormy((), 0)
        found = [storm for storm in known.storms if period.first <= storm.last and storm.first <= period.last]
        told = [self._told(session, storm, known, reach) for storm in reversed(found)]
        return Stormy([one for one in told if one is not None], int(known.whole.sum()))

    def _told(self, session: Session, storm: Storm, known: Record, reach: Reach) -> Told | None:
        days, stretch = np.arange(len(known.totals)), known.stretch
        inside = (days >= storm.places.start) & (days < storm.places.stop)
        near = (days >= storm.places.start - SEASON) & (days < storm.places.stop + SEASON)
        compared = comparison(stretch, inside & known.whole, near & known.quiet)
        first = stretch.days[int(np.flatnonzero(near)[0])]
        last = stretch.days[int(np.flatnonzero(near)[-1])]
        cells = {
            by: rows(daily_counts(session, first, last, by, units=reach.units), stretch)
            for by in (By.ITEM, By.DISTRICT)
        }
        totals = cells[By.ITEM][1].sum(axis=0)
        if not totals[inside].sum():
            return None
        peak = storm.places.start + int(np.argmax(totals[inside]))
        parts = [
            _shares([key[0] for key in keys], numbers, inside, compared) for keys, numbers in cells.values()
        ]
        whole = _share(None, totals, inside, compared)
        return Told(storm, whole, stretch.days[peak], int(totals[peak]), *parts)


def _shares(
    keys: Sequence[str | None], cells: Floats, inside: Flags, compared: Comparison
) -> Sequence[Share]:
    found = [_share(key, row, inside, compared) for key, row in zip(keys, cells, strict=True)]
    enough = [one for one in found if one.observed >= FEWEST]
    return sorted(enough, key=lambda one: ((one.expected or 0.0) - one.observed, one.key or ""))


def _share(key: str | None, row: Floats, inside: Flags, compared: Comparison) -> Share:
    possible = np.array_equal(compared.looked_at, inside)
    return Share(key, int(row[inside].sum()), float(row @ compared.weights) if possible else None)
