"""When a case is due. Pure functions: instants in and out in UTC, rules in the office's own zone.

Hours run from the instant of receipt through nights and holidays. Day limits start the day after
receipt. Calendar days end at closing time of the last day; n working days are 2n open halves and end
with the last of them. Office minutes run inside the windows from the instant of receipt. A budget
that ends exactly at closing time is due at that instant. Paused time never counts. Seconds are kept.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum

from gateway.cases.closures import HALVES_A_DAY, MORNING, PART_OF, Closure, Part
from gateway.cases.office import Calendar, DayNature, Office
from gateway.cases.office_hours import (
    ONE_DAY,
    TEN_YEARS,
    add_office_minutes,
    local_instant,
    minute_of_day,
    office_time_between,
    parse_windows,
    subtract_office_minutes,
)
from gateway.cases.pauses import Pause, Span, counted, delayed, merged

__all__ = [
    "Calendar",
    "Closure",
    "DayNature",
    "DueTime",
    "Limit",
    "LimitUnit",
    "Office",
    "Part",
    "Pause",
    "Verdict",
    "add_office_minutes",
    "compute",
    "due_at",
    "local_instant",
    "minute_of_day",
    "office_instant_before",
    "office_time_between",
    "parse_windows",
    "subtract_office_minutes",
    "verdict",
]


class LimitUnit(StrEnum):
    """What a limit counts."""

    HOURS = "hours"
    OFFICE_MINUTES = "office_minutes"
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
class DueTime:
    """A due time and how it came about.

    `days` are those that were looked at: after receipt for working days, from receipt on for office
    minutes, the paused ones for calendar days, none for hours.
    """

    due_at: datetime
    days: tuple[DayNature, ...]
    received_at: datetime
    pauses: tuple[Span, ...] = ()


def due_at(
    limit: Limit,
    received_at: datetime,
    office: Office,
    pauses: Sequence[Pause] = (),
    now: datetime | None = None,
) -> datetime:
    """When `limit` runs out for a case received at `received_at` (any zone), in UTC.

    A pause that still runs is counted as if it ended at `now`: ValueError when that is not given.
    Raises DateOutOfCalendar where the office calendar does not reach.
    """
    received = received_at.astimezone(UTC)
    if limit.unit is LimitUnit.OFFICE_MINUTES:
        return add_office_minutes(
            received, limit.amount, office.windows_of, office.zone, TEN_YEARS, pauses, now
        )
    stops = merged(pauses, now) if pauses else []
    if limit.unit is LimitUnit.HOURS:
        return delayed(received, timedelta(hours=limit.amount), stops)
    last_of = _last_working if limit.unit is LimitUnit.WORKING_DAYS else _last_calendar
    day, minute = last_of(limit, received, office, stops)
    return local_instant(day, minute, office.zone)


def compute(
    limit: Limit,
    received_at: datetime,
    office: Office,
    pauses: Sequence[Pause] = (),
    now: datetime | None = None,
) -> DueTime:
    """The due time as `due_at` gives it, with the days that were looked at, each with its nature."""
    due = due_at(limit, received_at, office, pauses, now)
    stops, received = merged(pauses, now), received_at.astimezone(UTC)
    received_on = received.astimezone(office.zone).date()
    days: tuple[DayNature, ...] = ()
    if limit.unit is LimitUnit.WORKING_DAYS:
        last, _ = _last_working(limit, received, office, stops)
        natures = (office.calendar.nature(day) for day in _days(received_on + ONE_DAY, last))
        days = tuple(replace(nature, paused=_paused_part(nature, office, stops)) for nature in natures)
    elif limit.unit is LimitUnit.OFFICE_MINUTES:
        until = due.astimezone(office.zone).date()
        days = tuple(office.calendar.nature(day) for day in _days(received_on, until))
    elif limit.unit is LimitUnit.CALENDAR_DAYS and stops:
        last, minute = _last_calendar(limit, received, office, stops)
        stood = (
            day
            for day in _days(received_on + ONE_DAY, last)
            if _is_paused(local_instant(day, minute, office.zone), stops)
        )
        days = tuple(DayNature(day, True, "", "", paused=Part.ALL) for day in stood)
    return DueTime(due, days, received, tuple(span for span in stops if span[0] < due and span[1] > received))


def office_instant_before(due: datetime, minutes: float, office: Office) -> datetime:
    """The latest instant at which `minutes` of office hours are left until `due`, in UTC.

    For warnings counted in business time. Raises DateOutOfCalendar.
    """
    return subtract_office_minutes(due, minutes, office.windows_of, office.zone)


def verdict(
    due: datetime, met_at: datetime | None, now: datetime, paused_since: datetime | None = None
) -> Verdict:
    """On time or overdue, by timestamps alone; exactly at the due time is on time.

    A clock that was stopped before its due time (`paused_since`) and still stands cannot run out.
    """
    stands = paused_since is not None and paused_since < due
    if met_at is None:
        return Verdict.OPEN if stands or now <= due else Verdict.OVERDUE
    return Verdict.ON_TIME if stands or met_at <= due else Verdict.OVERDUE


def _last_working(
    limit: Limit, received: datetime, office: Office, stops: Sequence[Span]
) -> tuple[date, int]:
    """Day and minute at which a working-day limit ends: 2n open halves, or the limit's own time of that day.

    Where that own time is paused, it is that of the next working day on which it is not.
    """
    calendar = office.calendar
    first = calendar.rank(received.astimezone(office.zone).date() + ONE_DAY, MORNING)
    target = first + HALVES_A_DAY * limit.amount - 1
    if stops:
        target = counted(first, target, stops, office.halves_ended_by)
    day, half = calendar.half_at(target)
    if limit.due_time is None:
        return day, office.half_ends[half]
    minute = minute_of_day(limit.due_time)
    while stops and _is_paused(local_instant(day, minute, office.zone), stops):
        day = calendar.working_day_after(day, 1)
    return day, minute


def _last_calendar(
    limit: Limit, received: datetime, office: Office, stops: Sequence[Span]
) -> tuple[date, int]:
    """Day and minute at which a calendar-day limit ends: the first such minute that is not paused.

    A limit of 0 days whose time of day is already over ends at that time of the next day.
    """
    zone = office.zone
    minute = minute_of_day(limit.due_time) if limit.due_time else office.windows[-1][1]
    day = received.astimezone(zone).date() + timedelta(days=limit.amount)
    if limit.amount == 0 and local_instant(day, minute, zone) < received:
        day += ONE_DAY
    if not stops:
        return day, minute

    def days_ended_by(instant: datetime) -> int:
        local = instant.astimezone(zone).date()
        return local.toordinal() + (local_instant(local, minute, zone) <= instant)

    first = day.toordinal() - max(limit.amount - 1, 0)
    return date.fromordinal(counted(first, day.toordinal(), stops, days_ended_by)), minute


def _days(first: date, last: date) -> list[date]:
    return [first + timedelta(days=n) for n in range((last - first).days + 1)]


def _is_paused(instant: datetime, stops: Sequence[Span]) -> bool:
    return any(begins < instant <= ends for begins, ends in stops)


def _paused_part(nature: DayNature, office: Office, stops: Sequence[Span]) -> Part | None:
    stood = frozenset(
        half
        for half in nature.open_halves
        if _is_paused(local_instant(nature.day, office.half_ends[half], office.zone), stops)
    )
    return PART_OF.get(stood)
