"""Which days may be compared: weekdays, holidays, make-up days, and days without a record. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import IntEnum
from itertools import pairwise
from typing import Protocol

import numpy as np
import numpy.typing as npt

from gateway.cases.calendar import WEEKEND
from gateway.cases.errors import DateOutOfCalendar
from gateway.cases.office import DayNature

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]
Kinds = npt.NDArray[np.int64]
BUSY = 20
"""From so many cases on a usual day, a day without any is no quiet day but one without a record."""
_SATURDAY, _SUNDAY = 5, 6
_HOLE = 2


class Kind(IntEnum):
    """What a day is, as far as it decides how many cases come in."""

    MONDAY = 0
    TUESDAY = 1
    WEDNESDAY = 2
    THURSDAY = 3
    FRIDAY = 4
    SATURDAY = 5
    SUNDAY = 6
    HOLIDAY = 7
    """Any day off that has a name, be it a Sunday."""
    MAKE_UP = 8
    """A Saturday or Sunday that is worked."""


WORKED = frozenset({*list(Kind)[:_SATURDAY], Kind.MAKE_UP})
LIKE: Mapping[Kind, frozenset[Kind]] = {
    **{kind: frozenset({kind}) for kind in Kind},
    # There are too few of them to compare them with each other.
    Kind.HOLIDAY: frozenset({Kind.HOLIDAY, Kind.SUNDAY}),
    Kind.MAKE_UP: WORKED,
}
"""With which days a day is compared."""


class Calendar(Protocol):
    """Says what days are."""

    def nature(self, day: date) -> DayNature:
        """What `day` is, and why."""


@dataclass(frozen=True)
class Stretch:
    """Days one after the other, and what each is."""

    first: date
    kinds: Kinds
    closed: Flags
    """Offices were closed by a disaster, be it for half of the day."""

    @classmethod
    def of(cls, calendar: Calendar, first: date, last: date) -> Stretch:
        """The days from `first` to `last`, both included."""
        natures = [_nature(calendar, day) for day in days_between(first, last)]
        kinds = [_kind(nature) for nature in natures]
        return cls(first, np.array(kinds, np.int64), np.array([one.closed is not None for one in natures]))

    @property
    def days(self) -> Sequence[date]:
        """Every day."""
        return [self.first + timedelta(days=number) for number in range(len(self.kinds))]

    @property
    def worked(self) -> Flags:
        """Days on which the offices work, or would have but for a closure."""
        return np.isin(self.kinds, sorted(WORKED))

    def place(self, day: date) -> int:
        """Where a day stands; of days outside, where it would."""
        return (day - self.first).days


def days_between(first: date, last: date) -> Sequence[date]:
    """Every day, both included."""
    return [first + timedelta(days=number) for number in range((last - first).days + 1)]


def recorded(totals: Floats, begun: int) -> Flags:
    """Days whose record is whole: after the first one, and none in or at the edge of a hole.

    `totals` are all cases of each day, `begun` is the place of the day of the first case.
    """
    whole = np.arange(len(totals)) > begun
    typical = np.median(totals[totals > 0]) if (totals > 0).any() else 0.0
    if typical < BUSY:
        return whole
    whole &= totals > 0
    empty = np.flatnonzero((totals == 0) & (np.arange(len(totals)) > begun))
    for run in np.split(empty, [at + 1 for at, (one, two) in enumerate(pairwise(empty)) if two > one + 1]):
        if len(run) >= _HOLE:
            whole[max(run[0] - 1, 0)] = False
            whole[run[-1] + 1 : run[-1] + 2] = False
    return whole


def _nature(calendar: Calendar, day: date) -> DayNature:
    try:
        return calendar.nature(day)
    except DateOutOfCalendar:
        return DayNature(day, day.weekday() < _SATURDAY, "", "", usual=day.weekday() < _SATURDAY)


def _kind(nature: DayNature) -> Kind:
    weekday = nature.day.weekday()
    if nature.works or nature.closed is not None:
        return Kind(weekday) if weekday < _SATURDAY else Kind.MAKE_UP
    if weekday < _SATURDAY or (nature.zh and nature.zh != WEEKEND[0]):
        return Kind.HOLIDAY
    return Kind(weekday)
