"""The days that a question rests on: what each is, how many cases came in, which are whole or quiet."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
from sqlalchemy.orm import Session

from gateway.reports.cases.reading import first_and_last
from gateway.reports.learning.daily import DailyCount, Key, daily_counts
from gateway.reports.learning.days import Calendar, Flags, Floats, Stretch, recorded
from gateway.reports.learning.outbreaks import SEASON, Storm, quiet, storms


@dataclass(frozen=True)
class Record:
    """A stretch of days of the whole city."""

    stretch: Stretch
    totals: Floats
    """All cases of each day, whoever may see them: they say whether a day has a record at all."""
    whole: Flags
    """Days whose record is whole."""
    storms: Sequence[Storm]

    @property
    def quiet(self) -> Flags:
        """Whole days that belong to no storm."""
        return self.whole & quiet(self.storms, self.stretch)

    @property
    def last(self) -> date:
        """The last day."""
        return self.stretch.days[-1]

    def flags(self, first: date, last: date) -> Flags:
        """The days from `first` to `last`."""
        numbers = np.arange(len(self.totals))
        found: Flags = (numbers >= self.stretch.place(first)) & (numbers <= self.stretch.place(last))
        return found


def record(session: Session, calendar: Calendar, first: date, last: date) -> Record | None:
    """What is known of the days from `first` to `last`, and of a season before. None without any case."""
    known = first_and_last(session)
    if known is None or known[0] > last:
        return None
    begin = max(first - timedelta(days=SEASON), known[0])
    stretch = Stretch.of(calendar, begin, last)
    totals = rows(daily_counts(session, begin, last), stretch)[1]
    of_all = totals[0] if len(totals) else np.zeros(len(stretch.kinds))
    whole = recorded(of_all, stretch.place(known[0]))
    return Record(stretch, of_all, whole, storms(of_all, stretch, whole))


def rows(counts: Iterable[DailyCount], stretch: Stretch) -> tuple[list[Key], Floats]:
    """Each key, and its counts by day: a row of the array."""
    places: dict[Key, int] = {}
    found = [(places.setdefault(key, len(places)), stretch.place(day), cases) for day, key, cases in counts]
    cells = np.zeros((len(places), len(stretch.kinds)))
    for row, place, cases in found:
        cells[row, place] += cases
    return list(places), cells
