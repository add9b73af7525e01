"""Days, office windows and the zone in which they are meant: what a deadline needs to know. Pure."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import cached_property
from typing import Protocol
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from gateway.cases.closures import PART_HALVES, Closure, Part, Window, half_ends, halves_of
from gateway.cases.errors import InvalidOfficeHours
from gateway.cases.office_hours import local_instant, parse_windows


@dataclass(frozen=True)
class DayNature:
    """Whether a day counts, and the reason in both languages; `usual` is a plain weekday at work.

    `closed` is the part of a working day lost to a closure (`zh`, `en` are then its reason), `paused`
    the part during which the clock of one case stood still.
    """

    day: date
    works: bool
    zh: str
    en: str
    usual: bool = False
    closed: Part | None = None
    announced_at: datetime | None = None
    paused: Part | None = None

    @property
    def open_halves(self) -> tuple[int, ...]:
        """The halves in which the offices work."""
        if not self.works:
            return ()
        shut = PART_HALVES[self.closed] if self.closed else ()
        return tuple(half for half in PART_HALVES[Part.ALL] if half not in shut)

    @property
    def counting_halves(self) -> tuple[int, ...]:
        """The open halves in which the clock ran."""
        stood = PART_HALVES[self.paused] if self.paused else ()
        return tuple(half for half in self.open_halves if half not in stood)


class Calendar(Protocol):
    """What a deadline needs to know about days."""

    version: str

    def nature(self, day: date) -> DayNature:
        """What `day` is, and why."""

    def working_day_after(self, day: date, count: int) -> date:
        """The day that completes `count` working days after `day`."""

    def rank(self, day: date, half: int) -> int:
        """How many open halves come before that half of `day`; half 2 is the end of the day."""

    def half_at(self, rank: int) -> tuple[date, int]:
        """The open half that has `rank` open halves before it."""

    def with_closures(self, closures: tuple[Closure, ...]) -> Calendar:
        """The same calendar with these closures and no others but its own exceptions."""


@dataclass(frozen=True)
class Office:
    """Days, windows of office hours on each working day, and the zone in which they are meant."""

    calendar: Calendar
    windows: tuple[Window, ...]
    zone: ZoneInfo

    @classmethod
    def from_text(cls, calendar: Calendar, windows: str, zone: str) -> Office:
        """From settings such as "08:00-12:00,13:30-17:30" and "Asia/Taipei". Raises InvalidOfficeHours."""
        try:
            return cls(calendar, parse_windows(windows), ZoneInfo(zone))
        except (ZoneInfoNotFoundError, ValueError) as error:
            raise InvalidOfficeHours(f"{windows} in {zone}: {error}") from error

    def with_closures(self, closures: tuple[Closure, ...]) -> Office:
        """The same office under these disaster closures."""
        return replace(self, calendar=self.calendar.with_closures(closures))

    def windows_of(self, day: date) -> tuple[Window, ...]:
        """The windows of one day without its closed halves; none when the offices are closed."""
        nature = self.calendar.nature(day)
        if nature.closed is None:
            return self.windows if nature.works else ()
        return tuple(window for half in nature.open_halves for window in self.halves[half])

    def halves_ended_by(self, instant: datetime) -> int:
        """How many open halves of the calendar have ended by `instant`, at it included."""
        day = instant.astimezone(self.zone).date()
        over = sum(local_instant(day, minute, self.zone) <= instant for minute in self.half_ends)
        return self.calendar.rank(day, over)

    @cached_property
    def halves(self) -> tuple[tuple[Window, ...], tuple[Window, ...]]:
        """The windows of the morning and of the afternoon."""
        return halves_of(self.windows)

    @cached_property
    def half_ends(self) -> tuple[int, int]:
        """The minutes of the day at which the two halves end."""
        return half_ends(self.windows)
