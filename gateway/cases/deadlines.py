"""When a case is due. Pure functions: instants in and out in UTC, rules in the office's own zone.

Hours run from the instant of receipt through nights and holidays. Day limits start the day after
receipt and end at closing time of their last day. Minutes of office hours run inside the windows;
a budget that ends exactly at closing time is due at that instant. Seconds are kept.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from typing import Protocol
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from gateway.cases.errors import DateOutOfCalendar, InvalidOfficeHours

MINUTES_A_DAY = 24 * 60
Window = tuple[int, int]
"""Minutes since local midnight: from (inclusive) and to."""


class LimitUnit(StrEnum):
    """What a limit counts."""

    HOURS = "hours"
    WORKING_DAYS = "working_days"
    CALENDAR_DAYS = "calendar_days"


class Verdict(StrEnum):
    """The only two results, and the clock that still runs in time."""

    OPEN = "open"
    ON_TIME = "on_time"
    OVERDUE = "overdue"


@dataclass(frozen=True)
class Limit:
    """A limit as the catalogue states it. `example` marks 示範值: a value no source gives.

    `due_time` ("HH:MM", "24:00" for midnight) replaces closing time for day limits.
    """

    amount: int
    unit: LimitUnit
    source: str
    example: bool
    due_time: str | None = None

    def __post_init__(self) -> None:
        least = 0 if self.unit is LimitUnit.CALENDAR_DAYS else 1
        if self.amount < least:
            raise ValueError(f"a limit of {self.amount} {self.unit}")
        if self.due_time is not None:
            minute_of_day(self.due_time)


@dataclass(frozen=True)
class DayNature:
    """Whether a day counts, and the reason in both languages; `usual` is a plain weekday at work."""

    day: date
    works: bool
    zh: str
    en: str
    usual: bool = False


class Calendar(Protocol):
    """What a deadline needs to know about days."""

    version: str

    def nature(self, day: date) -> DayNature:
        """What `day` is, and why."""

    def working_day_after(self, day: date, count: int) -> date:
        """The `count`-th working day after `day`."""


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

    def windows_of(self, day: date) -> tuple[Window, ...]:
        """The windows of one day; none when the offices are closed."""
        return self.windows if self.calendar.nature(day).works else ()


@dataclass(frozen=True)
class DueTime:
    """A due time and how it came about. `days` are those after receipt that were looked at."""

    due_at: datetime
    days: tuple[DayNature, ...]


def minute_of_day(text: str) -> int:
    """Minutes since midnight of "HH:MM", up to "24:00". Raises InvalidOfficeHours."""
    found = re.fullmatch(r"(\d{2}):([0-5]\d)", text.strip())
    minutes = int(found[1]) * 60 + int(found[2]) if found else -1
    if not 0 <= minutes <= MINUTES_A_DAY:
        raise InvalidOfficeHours(f"not a time of day: {text!r}")
    return minutes


def parse_windows(text: str) -> tuple[Window, ...]:
    """Office windows of one day, in order and apart. Raises InvalidOfficeHours."""
    windows: list[Window] = []
    for part in text.split(","):
        opens, _, closes = part.partition("-")
        window = (minute_of_day(opens), minute_of_day(closes))
        if window[0] >= window[1] or (windows and window[0] < windows[-1][1]):
            raise InvalidOfficeHours(f"office windows must be in order: {text!r}")
        windows.append(window)
    return tuple(windows)


def local_instant(day: date, minute: int, zone: ZoneInfo) -> datetime:
    """The UTC instant of a local time of day; minute 1440 is the midnight that ends the day."""
    wall = datetime.combine(day, time()) + timedelta(minutes=minute)
    return wall.replace(tzinfo=zone).astimezone(UTC)


def due_at(limit: Limit, received_at: datetime, office: Office) -> datetime:
    """When `limit` runs out for a case received at `received_at` (any zone), in UTC."""
    if limit.unit is LimitUnit.HOURS:
        return received_at.astimezone(UTC) + timedelta(hours=limit.amount)
    minute = minute_of_day(limit.due_time) if limit.due_time else office.windows[-1][1]
    received_on = received_at.astimezone(office.zone).date()
    if limit.unit is LimitUnit.WORKING_DAYS:
        last = office.calendar.working_day_after(received_on, limit.amount)
    else:
        last = received_on + timedelta(days=limit.amount)
    return local_instant(last, minute, office.zone)


def compute(limit: Limit, received_at: datetime, office: Office) -> DueTime:
    """The due time with every day after receipt up to the last, each with its nature."""
    due = due_at(limit, received_at, office)
    if limit.unit is not LimitUnit.WORKING_DAYS:
        return DueTime(due, ())
    received_on = received_at.astimezone(office.zone).date()
    last = office.calendar.working_day_after(received_on, limit.amount)
    days = (received_on + timedelta(days=n) for n in range(1, (last - received_on).days + 1))
    return DueTime(due, tuple(office.calendar.nature(day) for day in days))


def add_office_minutes(
    start: datetime,
    minutes: float,
    windows_of: Callable[[date], Sequence[Window]],
    zone: ZoneInfo,
    horizon_days: int = 3660,
) -> datetime:
    """The instant at which `minutes` of office hours have passed since `start`, in UTC.

    `windows_of` gives the windows of each local day. Raises DateOutOfCalendar when the budget does
    not run out within `horizon_days`.
    """
    left = timedelta(minutes=minutes)
    begin = start.astimezone(UTC)
    for opens, closes in _office_spans(begin.astimezone(zone).date(), windows_of, zone, horizon_days):
        begin_here = max(begin, opens)
        if closes <= begin_here:
            continue
        if left <= closes - begin_here:
            return begin_here + left
        left -= closes - begin_here
    raise DateOutOfCalendar(f"{minutes} office minutes after {start}")


def _office_spans(
    first: date, windows_of: Callable[[date], Sequence[Window]], zone: ZoneInfo, horizon_days: int
) -> Iterator[tuple[datetime, datetime]]:
    for offset in range(horizon_days):
        day = first + timedelta(days=offset)
        for opens, closes in windows_of(day):
            yield local_instant(day, opens, zone), local_instant(day, closes, zone)


def verdict(due: datetime, met_at: datetime | None, now: datetime) -> Verdict:
    """On time or overdue, by timestamps alone; exactly at the due time is on time."""
    if met_at is None:
        return Verdict.OPEN if now <= due else Verdict.OVERDUE
    return Verdict.ON_TIME if met_at <= due else Verdict.OVERDUE
