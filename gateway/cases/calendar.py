"""The office calendar: the government's holidays with make-up workdays, and local exceptions.

Working days are kept as one sorted index, so the n-th working day after any day is one look-up.
"""

from __future__ import annotations

import hashlib
from bisect import bisect_right
from datetime import date, timedelta
from functools import lru_cache
from pathlib import Path

import holidays
import yaml
from pydantic import BaseModel, ConfigDict, TypeAdapter

from gateway.cases.deadlines import DayNature
from gateway.cases.errors import DateOutOfCalendar

EXCEPTIONS_FILE = Path(__file__).parent / "office_exceptions.yml"
FIRST_YEAR, LAST_YEAR = 2010, 2045
SATURDAY = 5
WEEKEND = ("週末", "weekend")
WORKDAY = ("上班日", "working day")
MAKE_UP = ("補行上班日", "make-up working day")


class DayException(BaseModel):
    """A day on which the city differs from the national calendar, and why."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    day: date
    works: bool
    zh: str
    en: str


class OfficeCalendar:
    """Which days the offices work, from the first of 2010 to the end of 2045."""

    def __init__(self, exceptions: tuple[DayException, ...] = ()) -> None:
        self._natures = {**_national_days(), **{e.day: _exceptional(e) for e in exceptions}}
        first, last = date(FIRST_YEAR, 1, 1), date(LAST_YEAR, 12, 31)
        days = (first + timedelta(days=offset) for offset in range((last - first).days + 1))
        self._working = [day for day in days if self._works(day)]
        self.version = _version(exceptions)

    @classmethod
    def load(cls, path: Path = EXCEPTIONS_FILE) -> OfficeCalendar:
        """The calendar with the exceptions that ship with the project."""
        rows = yaml.safe_load(path.read_text(encoding="utf-8")) or []
        return cls(tuple(TypeAdapter(list[DayException]).validate_python(rows)))

    def is_working(self, day: date) -> bool:
        """Whether the offices work on `day`. Raises DateOutOfCalendar outside the known years."""
        self._check(day)
        return self._works(day)

    def nature(self, day: date) -> DayNature:
        """What `day` is: at work or off, and why."""
        self._check(day)
        named = self._natures.get(day)
        if named is not None:
            return named
        if day.weekday() >= SATURDAY:
            return DayNature(day, False, *WEEKEND)
        return DayNature(day, True, *WORKDAY, usual=True)

    def working_day_after(self, day: date, count: int) -> date:
        """The `count`-th working day after `day`; `day` itself never counts. `count` is at least 1."""
        self._check(day)
        position = bisect_right(self._working, day) + count - 1
        if count < 1 or position >= len(self._working):
            raise DateOutOfCalendar(f"{count} working days after {day}")
        return self._working[position]

    def _works(self, day: date) -> bool:
        named = self._natures.get(day)
        return day.weekday() < SATURDAY if named is None else named.works

    def _check(self, day: date) -> None:
        if not FIRST_YEAR <= day.year <= LAST_YEAR:
            raise DateOutOfCalendar(str(day))


@lru_cache(maxsize=1)
def _national_days() -> dict[date, DayNature]:
    years = range(FIRST_YEAR, LAST_YEAR + 1)
    zh = holidays.country_holidays("TW", years=years, language="zh_TW")
    en = holidays.country_holidays("TW", years=years, language="en_US")
    days = {day: DayNature(day, False, zh[day], en[day]) for day in zh}
    for day in zh.weekend_workdays:
        days[day] = DayNature(day, True, *MAKE_UP)
    return days


def _exceptional(exception: DayException) -> DayNature:
    return DayNature(exception.day, exception.works, exception.zh, exception.en)


def _version(exceptions: tuple[DayException, ...]) -> str:
    base = f"TW-holidays-{holidays.__version__}"
    if not exceptions:
        return base
    rows = sorted(exception.model_dump_json() for exception in exceptions)
    return f"{base}+{hashlib.sha256(chr(10).join(rows).encode()).hexdigest()[:8]}"
