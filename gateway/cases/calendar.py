"""The office calendar: the government's holidays with make-up workdays, and what the city adds.

Working days are kept as one sorted index and closed halves as a second, short one, so the n-th
working day after any day is a few look-ups, with closures as without.
"""

from __future__ import annotations

import copy
import hashlib
from bisect import bisect_left, bisect_right
from datetime import date, timedelta
from functools import lru_cache
from pathlib import Path

import holidays
import yaml
from pydantic import BaseModel, ConfigDict, TypeAdapter, model_validator

from gateway.cases.closures import (
    HALVES_A_DAY,
    ClosedDay,
    Closure,
    Part,
    closed_days,
    closure_text,
)
from gateway.cases.errors import DateOutOfCalendar
from gateway.cases.office import DayNature

EXCEPTIONS_FILE = Path(__file__).parent / "office_exceptions.yml"
# The five-day week of the offices began in 2001.
FIRST_YEAR, LAST_YEAR = 2001, 2045
SATURDAY = 5
WEEKEND = ("週末", "weekend")
WORKDAY = ("上班日", "working day")
MAKE_UP = ("補行上班日", "make-up working day")


class DayException(BaseModel):
    """A day on which the city differs from the national calendar, and why.

    Offices that are closed may be so for half of the day; a day that is worked is worked whole.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    day: date
    works: bool
    zh: str
    en: str
    part: Part = Part.ALL

    @model_validator(mode="after")
    def _works_whole_days(self) -> DayException:
        if self.works and self.part is not Part.ALL:
            raise ValueError("only a closure may be for half a day")
        return self


class OfficeCalendar:
    """Which days the offices work, from the first of 2001 to the end of 2045."""

    def __init__(self, exceptions: tuple[DayException, ...] = ()) -> None:
        worked = {e.day: DayNature(e.day, True, e.zh, e.en) for e in exceptions if e.works}
        self._natures = {**_national_days(), **worked}
        self._working = _working_days(frozenset(worked))
        self._own = tuple(Closure(e.day, e.part, e.zh, e.en) for e in exceptions if not e.works)
        self._base_version = _version(exceptions)
        self.version = self._base_version
        self._close(self._own)

    @classmethod
    def load(cls, path: Path = EXCEPTIONS_FILE) -> OfficeCalendar:
        """The calendar with the exceptions that ship with the project."""
        rows = yaml.safe_load(path.read_text(encoding="utf-8")) or []
        return cls(tuple(TypeAdapter(list[DayException]).validate_python(rows)))

    def with_closures(self, closures: tuple[Closure, ...]) -> OfficeCalendar:
        """This calendar under these closures, in place of any given before; its exceptions stay.

        The version names them: the same closures in any order make the same version.
        """
        made = copy.copy(self)
        made._close((*self._own, *closures))
        made.version = self._base_version
        if closures:
            made.version += f"+closures-{_hash(closure_text(closures))}"
        return made

    def is_working(self, day: date) -> bool:
        """Whether the offices work on `day`, be it half of it. Raises DateOutOfCalendar."""
        return self.nature(day).works

    def nature(self, day: date) -> DayNature:
        """What `day` is: at work or off, and why. Raises DateOutOfCalendar outside the known years."""
        self._check(day)
        usual = self._usual_nature(day)
        closed = self._closed_days.get(day)
        if closed is None or not usual.works:
            return usual
        works = closed.part is not Part.ALL
        return DayNature(
            day, works, closed.zh, closed.en, closed=closed.part, announced_at=closed.announced_at
        )

    def working_day_after(self, day: date, count: int) -> date:
        """The day that completes `count` (at least 1) working days after `day`, which never counts."""
        if count < 1:
            raise DateOutOfCalendar(f"{count} working days after {day}")
        return self.half_at(self.rank(day, HALVES_A_DAY) + HALVES_A_DAY * count - 1)[0]

    def rank(self, day: date, half: int) -> int:
        """How many open halves come before that half of `day`; half 2 is the end of the day.

        Raises DateOutOfCalendar outside the known years.
        """
        self._check(day)
        index = bisect_left(self._working, day)
        halves = HALVES_A_DAY * index
        if half and index < len(self._working) and self._working[index] == day:
            halves += half
        return halves - bisect_left(self._closed, halves) if self._closed else halves

    def half_at(self, rank: int) -> tuple[date, int]:
        """The open half with `rank` open halves before it, as day and half. Raises DateOutOfCalendar."""
        index = rank + bisect_right(self._open_before, rank) if self._closed else rank
        place, half = divmod(index, HALVES_A_DAY)
        if place >= len(self._working):
            raise DateOutOfCalendar(f"after {self._working[-1]}")
        return self._working[place], half

    def _usual_nature(self, day: date) -> DayNature:
        named = self._natures.get(day)
        if named is not None:
            return named
        if day.weekday() >= SATURDAY:
            return DayNature(day, False, *WEEKEND)
        return DayNature(day, True, *WORKDAY, usual=True)

    def _close(self, closures: tuple[Closure, ...]) -> None:
        """Index the closed halves by their number among all halves of working days."""
        self._closed_days: dict[date, ClosedDay] = closed_days(closures)
        self._closed = sorted(
            HALVES_A_DAY * bisect_left(self._working, day) + half
            for day, closed in self._closed_days.items()
            if FIRST_YEAR <= day.year <= LAST_YEAR and self._usual_nature(day).works
            for half in closed.halves
        )
        self._open_before = [number - place for place, number in enumerate(self._closed)]

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


@lru_cache(maxsize=4)
def _working_days(more: frozenset[date]) -> list[date]:
    """Every working day in order, with those in `more` besides the national ones."""
    national = _national_days()
    first, last = date(FIRST_YEAR, 1, 1), date(LAST_YEAR, 12, 31)
    days = (first + timedelta(days=offset) for offset in range((last - first).days + 1))
    return [
        day
        for day in days
        if day in more or (national[day].works if day in national else day.weekday() < SATURDAY)
    ]


def _version(exceptions: tuple[DayException, ...]) -> str:
    base = f"TW-holidays-{holidays.__version__}"
    if not exceptions:
        return base
    rows = sorted(exception.model_dump_json() for exception in exceptions)
    return f"{base}+{_hash(chr(10).join(rows))}"


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:8]
