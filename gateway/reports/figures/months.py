"""Months and periods of whole months, in years of the Republic (民國107年 is 2018). Pure."""

from __future__ import annotations

import re
import unicodedata
from calendar import monthrange
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from gateway.reports.figures.errors import InvalidMonth, InvalidPeriod

REPUBLIC: Final = 1911
"""The year before the Republic's first."""
LONGEST: Final = 24
"""Months of a period at most."""
YEARS: Final = range(2000, 2200)
_YEAR, _HALF = 12, 6
_FULL_YEAR_DIGITS: Final = 4
_SPELLINGS: Final = (
    re.compile(r"(?P<year>\d{4}|\d{2,3})[-/.](?P<month>\d{1,2})", re.ASCII),
    re.compile(r"(?:民國)?(?P<year>\d{4}|\d{2,3})年(?P<month>\d{1,2})月", re.ASCII),
)
_NAMES: Final = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October",
    "November", "December",
)  # fmt: skip


@dataclass(frozen=True, order=True)
class Month:
    """One month of the calendar."""

    year: int
    month: int

    @classmethod
    def of(cls, day: date) -> Month:
        """The month of a day."""
        return cls(day.year, day.month)

    @classmethod
    def read(cls, text: str) -> Month:
        """A month as people write it: 2018-07, 107-07, 107年7月, 民國107年7月. Raises InvalidMonth."""
        plain = unicodedata.normalize("NFKC", text).replace(" ", "")
        found = next((match for one in _SPELLINGS if (match := one.fullmatch(plain))), None)
        if found is None:
            raise InvalidMonth(text[:40])
        year = int(found["year"]) + (0 if len(found["year"]) == _FULL_YEAR_DIGITS else REPUBLIC)
        if year not in YEARS or not 1 <= int(found["month"]) <= _YEAR:
            raise InvalidMonth(text[:40])
        return cls(year, int(found["month"]))

    def __str__(self) -> str:
        return f"{self.year:04d}-{self.month:02d}"

    @property
    def first(self) -> date:
        """Its first day."""
        return date(self.year, self.month, 1)

    @property
    def last(self) -> date:
        """Its last day."""
        return date(self.year, self.month, monthrange(self.year, self.month)[1])

    @property
    def zh(self) -> str:
        """Such as 107年7月."""
        return f"{self.year - REPUBLIC}年{self.month}月"

    @property
    def en(self) -> str:
        """Such as July 2018."""
        return f"{_NAMES[self.month - 1]} {self.year}"

    def moved(self, months: int) -> Month:
        """The month so many later, or earlier."""
        year, month = divmod(self.year * _YEAR + self.month - 1 + months, _YEAR)
        return Month(year, month + 1)


@dataclass(frozen=True)
class Period:
    """Whole months from `first` to `last`, both of them in it. Raises InvalidPeriod."""

    first: Month
    last: Month

    def __post_init__(self) -> None:
        if self.last < self.first:
            raise InvalidPeriod(f"{self.first} to {self.last} ends before it begins")
        if len(self) > LONGEST:
            raise InvalidPeriod(f"{self.first} to {self.last} has {len(self)} months, {LONGEST} at most")

    def __len__(self) -> int:
        return _span(self.first, self.last)

    @classmethod
    def read(cls, begins: str, ends: str) -> Period:
        """A period by its first and its last day, or by months. Raises InvalidPeriod, InvalidMonth.

        A day within a month is refused: a figure of half a month was never entered.
        """
        first, last = _day(begins), _day(ends)
        period = cls(*(Month.of(one) if isinstance(one, date) else one for one in (first, last)))
        if isinstance(first, date) and first != period.first.first:
            raise InvalidPeriod(f"{begins} is not the first day of a month")
        if isinstance(last, date) and last != period.last.last:
            raise InvalidPeriod(f"{ends} is not the last day of a month")
        return period

    @classmethod
    def half_before(cls, today: date) -> Period:
        """The last half-year that is over."""
        begins = Month(today.year, 1 if today.month <= _HALF else _HALF + 1)
        return cls(begins.moved(-_HALF), begins.moved(-1))

    @property
    def months(self) -> Sequence[Month]:
        """Every month of it, in order."""
        return months_between(self.first, self.last)

    @property
    def before(self) -> Period:
        """As many months, right before."""
        return Period(self.first.moved(-len(self)), self.first.moved(-1))

    @property
    def year_so_far(self) -> Period | None:
        """From January on, where the period begins later in the year in which it ends."""
        begins = Month(self.last.year, 1)
        return Period(begins, self.last) if begins < self.first else None

    @property
    def zh(self) -> str:
        """Its days: 民國107年7月1日至12月31日."""
        ends = roc_day(self.last.last)
        if self.first.year == self.last.year:
            ends = ends.partition("年")[2]
        return f"民國{roc_day(self.first.first)}至{ends}"

    @property
    def short_zh(self) -> str:
        """As it is called in a sentence: 107年下半年, 107年, 107年7月, 107年7月至108年1月."""
        whole_years = (self.first.month, len(self)) == (1, _YEAR)
        if whole_years:
            return f"{self.first.year - REPUBLIC}年"
        if len(self) == _HALF and self.first.month in {1, _HALF + 1}:
            return f"{self.first.year - REPUBLIC}年{'上' if self.first.month == 1 else '下'}半年"
        return months_zh(self.months)

    @property
    def en(self) -> str:
        """Such as July to December 2018."""
        if len(self) == 1:
            return self.first.en
        begins = self.first.en if self.first.year != self.last.year else _NAMES[self.first.month - 1]
        return f"{begins} to {self.last.en}"

    def instants(self, zone: ZoneInfo) -> tuple[datetime, datetime]:
        """When it begins, and when it is over: the first instant of the day after."""
        after = self.last.last + timedelta(days=1)
        return datetime.combine(self.first.first, time.min, zone), datetime.combine(after, time.min, zone)


def months_between(first: Month, last: Month) -> list[Month]:
    """Every month from `first` to `last`, both of them too."""
    return [first.moved(n) for n in range(_span(first, last))]


def roc_day(day: date) -> str:
    """A day in the Republic's years: 107年7月1日."""
    return f"{day.year - REPUBLIC}年{day.month}月{day.day}日"


def months_zh(months: Sequence[Month]) -> str:
    """Months in order, neighbours joined: 107年7月至9月、11月、108年1月."""
    runs: list[list[Month]] = []
    for month in months:
        if runs and runs[-1][-1].moved(1) == month:
            runs[-1].append(month)
        else:
            runs.append([month])
    told, year = [], 0
    for run in runs:
        words = []
        for month in (run[0], run[-1])[: len(run)]:
            words.append(month.zh if month.year != year else f"{month.month}月")
            year = month.year
        told.append("至".join(words))
    return "、".join(told)


def _span(first: Month, last: Month) -> int:
    return (last.year - first.year) * _YEAR + last.month - first.month + 1


def _day(text: str) -> date | Month:
    try:
        day = date.fromisoformat(text.strip())
    except ValueError:
        return Month.read(text)
    if day.year not in YEARS:
        raise InvalidMonth(text[:40])
    return day
