"""Periods that are kept as words and meant anew whenever they are asked: last month, this half-year. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, timedelta
from enum import StrEnum
from typing import Final

from gateway.reports.tables import Pair

PERIOD: Final = "period"
FROM: Final = "from"
TO: Final = "to"
_DAY: Final = timedelta(days=1)
_MONTHS_OF_HALF: Final = 6


class Period(StrEnum):
    """A period by its relation to today. A year begins in January, a half-year in January and July."""

    YESTERDAY = "yesterday"
    LAST_7_DAYS = "last_7_days"
    """Up to yesterday, as all that says `last`."""
    LAST_30_DAYS = "last_30_days"
    THIS_WEEK = "this_week"
    """From Monday until today, as all that says `this`."""
    LAST_WEEK = "last_week"
    THIS_MONTH = "this_month"
    LAST_MONTH = "last_month"
    THIS_HALF = "this_half"
    LAST_HALF = "last_half"
    THIS_YEAR = "this_year"
    LAST_YEAR = "last_year"


PERIOD_NAMES: Final[Mapping[Period, Pair]] = {
    Period.YESTERDAY: ("昨日", "Yesterday"),
    Period.LAST_7_DAYS: ("最近 7 日", "The last 7 days"),
    Period.LAST_30_DAYS: ("最近 30 日", "The last 30 days"),
    Period.THIS_WEEK: ("本週", "This week"),
    Period.LAST_WEEK: ("上週", "Last week"),
    Period.THIS_MONTH: ("本月", "This month"),
    Period.LAST_MONTH: ("上個月", "Last month"),
    Period.THIS_HALF: ("本半年度", "This half-year"),
    Period.LAST_HALF: ("前一個半年度", "Last half-year"),
    Period.THIS_YEAR: ("今年", "This year"),
    Period.LAST_YEAR: ("去年", "Last year"),
}
"""Each period's name for people."""


def days_of(period: Period, today: date) -> tuple[date, date]:
    """The first and the last day of a period, both included."""
    return _DAYS[period](today)


def resolved(asked: Mapping[str, str], today: date) -> dict[str, str]:
    """The question with its period in days: what the reports understand. Another word is left as it is."""
    found = dict(asked)
    if found.get(PERIOD, "") in set(Period):
        first, last = days_of(Period(found.pop(PERIOD)), today)
        found[FROM], found[TO] = first.isoformat(), last.isoformat()
    return found


def with_period(asked: Mapping[str, str], period: Period | None) -> dict[str, str]:
    """The question with a period as a word instead of days; None: as it stands."""
    if period is None:
        return dict(asked)
    kept = {name: text for name, text in asked.items() if name not in {FROM, TO, PERIOD}}
    return {**kept, PERIOD: period.value}


def _monday(today: date) -> date:
    return today - today.weekday() * _DAY


def _half(today: date) -> date:
    return today.replace(month=1 if today.month <= _MONTHS_OF_HALF else _MONTHS_OF_HALF + 1, day=1)


def _whole(begin: Callable[[date], date]) -> Callable[[date], tuple[date, date]]:
    """What came before the period in which today lies."""

    def days(today: date) -> tuple[date, date]:
        last = begin(today) - _DAY
        return begin(last), last

    return days


def _back(count: int) -> Callable[[date], tuple[date, date]]:
    return lambda today: (today - count * _DAY, today - _DAY)


def _until_today(begin: Callable[[date], date]) -> Callable[[date], tuple[date, date]]:
    return lambda today: (begin(today), today)


def _month(today: date) -> date:
    return today.replace(day=1)


def _year(today: date) -> date:
    return today.replace(month=1, day=1)


_DAYS: Final[Mapping[Period, Callable[[date], tuple[date, date]]]] = {
    Period.YESTERDAY: _back(1),
    Period.LAST_7_DAYS: _back(7),
    Period.LAST_30_DAYS: _back(30),
    Period.THIS_WEEK: _until_today(_monday),
    Period.LAST_WEEK: _whole(_monday),
    Period.THIS_MONTH: _until_today(_month),
    Period.LAST_MONTH: _whole(_month),
    Period.THIS_HALF: _until_today(_half),
    Period.LAST_HALF: _whole(_half),
    Period.THIS_YEAR: _until_today(_year),
    Period.LAST_YEAR: _whole(_year),
}
