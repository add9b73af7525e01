"""Days cut into whole years, whole months and what is left over. Pure."""

from __future__ import annotations

from calendar import monthrange
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from gateway.reports.cases.figures import day_number

ONE_DAY: Final = timedelta(days=1)
BEGINNING: Final = date(1912, 1, 1)
"""No case is older (民國元年)."""
LAST_YEAR: Final = 9999


@dataclass(frozen=True)
class Cut:
    """A span of days: `totals` are years (2018) and months (201807) that lie in it whole, `days` the spans of
    the rest, by their first and last day as numbers."""

    totals: tuple[int, ...]
    days: tuple[tuple[int, int], ...]


def cut(first: date, last: date, *, years: bool = True) -> Cut:
    """The days from `first` to `last`, both included; `years` False: by months alone.

    >>> cut(date(2017, 12, 30), date(2019, 2, 1))
    Cut(totals=(2018, 201901), days=((20171230, 20171231), (20190201, 20190201)))
    """
    totals: list[int] = []
    days: list[tuple[int, int]] = []
    day = first
    while day <= last:
        end, number = _whole(day, last, years)
        if number:
            totals.append(number)
        else:
            days.append((day_number(day), day_number(end)))
        day = end + ONE_DAY
    return Cut(tuple(totals), tuple(days))


def _whole(day: date, last: date, years: bool) -> tuple[date, int]:
    """Up to where one piece goes that begins at `day`, and which period it is; 0: none whole."""
    year_end, month_end = date(day.year, 12, 31), end_of_month(day)
    if years and (day.month, day.day) == (1, 1) and year_end <= last:
        return year_end, day.year
    if day.day == 1 and month_end <= last:
        return month_end, day.year * 100 + day.month
    return min(month_end, last), 0


def end_of_month(day: date) -> date:
    """The last day of the month of `day`."""
    return day.replace(day=monthrange(day.year, day.month)[1])
