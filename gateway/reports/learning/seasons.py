"""When cases come in: by month, weekday and hour, beside the average, as far as there is enough to say so."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from enum import StrEnum
from typing import Final
from zoneinfo import ZoneInfo

import numpy as np
from sqlalchemy.orm import Session

from gateway.reports.cases.dimensions import Dimension
from gateway.reports.cases.hours import by_hour
from gateway.reports.cases.reading import first_and_last
from gateway.reports.learning.asked import Asking
from gateway.reports.learning.daily import bounds_of
from gateway.reports.learning.days import Calendar, Floats
from gateway.reports.learning.record import Record, record
from gateway.reports.learning.report import Reach

YEARS: Final = 10
_YEAR: Final = 366
MONTHS, WEEKDAYS, HOURS = 12, 7, 24


class Profile(StrEnum):
    """By what cases are told apart."""

    MONTH = "month"
    WEEKDAY = "weekday"
    HOUR = "hour"
    WEEK = "week"
    """Each hour of each weekday."""


FEWEST_DAYS: Final = {
    Profile.MONTH: 2 * 365, Profile.WEEKDAY: 8 * 7, Profile.HOUR: 4 * 7, Profile.WEEK: 26 * 7,
}  # fmt: skip
"""Days with a whole record from which a profile is told: two years to speak of months."""
FEWEST_CASES: Final = 200
"""With fewer cases a profile is chance."""


@dataclass(frozen=True)
class Wanted:
    """Which profile, of which item (empty: all), up to which day."""

    profile: Profile
    item: str
    last: date


@dataclass(frozen=True)
class Part:
    """One month, weekday or hour."""

    place: tuple[int, ...]
    cases: int
    days: int
    """Days (for hours: days that had this hour) with a whole record."""
    index: float | None
    """Its average beside that of all parts: 1 is average. None where it has no day."""

    @property
    def a_day(self) -> float | None:
        """Cases on an average day of it, or in its hour of an average day."""
        return self.cases / self.days if self.days else None


@dataclass(frozen=True)
class Season:
    """A profile, and what it rests on."""

    parts: Sequence[Part]
    first: date | None
    days: int
    cases: int
    enough: bool


def read(asking: Asking) -> Wanted:
    """What an address asks for: `by`, `item`, `to`. Raises CannotBeAsked."""
    profile = Profile(asking.choice("by", Profile.MONTH.value, tuple(Profile)))
    return Wanted(profile, asking.text("item"), asking.day_over("to"))


@dataclass(frozen=True)
class SeasonRoom:
    """Counts by hour of every day, and gathers them."""

    zone: ZoneInfo
    calendar: Callable[[Session], Calendar]

    def reckon(self, session: Session, wanted: Wanted, reach: Reach) -> Season:
        """The profile over the last ten years at most."""
        known = first_and_last(session)
        first = wanted.last - timedelta(days=YEARS * _YEAR)
        whole = record(session, self.calendar(session), first, wanted.last)
        if known is None or whole is None:
            return Season((), None, 0, 0, enough=False)
        bounds = bounds_of(max(known[0], first), wanted.last, reach.units)
        if wanted.item:
            bounds = replace(bounds, within={**bounds.within, Dimension.ITEM: frozenset({wanted.item})})
        hours = np.zeros((len(whole.totals), HOURS))
        for day, hour, cases in by_hour(session, bounds, self.zone):
            hours[whole.stretch.place(day), hour] += cases
        return profile(wanted.profile, hours, whole)


def profile(by: Profile, hours: Floats, known: Record) -> Season:
    """Gather counts by day and hour; only days with a whole record count."""
    whole = known.whole
    dates = [day for day, counts in zip(known.stretch.days, whole, strict=True) if counts]
    hours = hours[whole]
    months, weekdays = (np.array([part(day) for day in dates], int) for part in (_month, date.weekday))
    days, cases = len(dates), int(hours.sum())
    enough = days >= FEWEST_DAYS[by] and cases >= FEWEST_CASES
    if by is Profile.HOUR:
        parts = [Part((hour,), int(hours[:, hour].sum()), days, None) for hour in range(HOURS)]
    elif by is Profile.WEEK:
        parts = [
            Part(
                (weekday, hour),
                int(hours[weekdays == weekday, hour].sum()),
                int((weekdays == weekday).sum()),
                None,
            )
            for weekday in range(WEEKDAYS)
            for hour in range(HOURS)
        ]
    else:
        number, of_day = (MONTHS, months) if by is Profile.MONTH else (WEEKDAYS, weekdays)
        parts = [
            Part((one,), int(hours[of_day == one].sum()), int((of_day == one).sum()), None)
            for one in range(number)
        ]
    return Season(_indexed(parts), dates[0] if dates else None, days, cases, enough)


def _indexed(parts: Sequence[Part]) -> Sequence[Part]:
    averages = [one.a_day for one in parts if one.a_day is not None]
    mean = sum(averages) / len(averages) if averages else 0.0
    return [
        Part(one.place, one.cases, one.days, None if one.a_day is None or not mean else one.a_day / mean)
        for one in parts
    ]


def _month(day: date) -> int:
    return day.month - 1
