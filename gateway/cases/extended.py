"""Due times that were extended: a day and hour somebody approved, moved by what stops the clock. Pure."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

from gateway.cases.closures import AFTERNOON, MORNING
from gateway.cases.deadlines import LimitUnit
from gateway.cases.office import Office
from gateway.cases.office_hours import ONE_DAY, add_office_minutes, office_time_between
from gateway.cases.pauses import Span

ONE_MINUTE = timedelta(minutes=1)


def open_again(extended_to: datetime, office: Office) -> datetime:
    """An extended due time at which the offices are closed: the same time of the next day at work."""
    day = extended_to.astimezone(office.zone).date()
    at_work = _at_work(extended_to, office)
    return extended_to if at_work(day) else _on(_next(day, at_work, office), extended_to, office)


def resumed(extended_to: datetime, unit: LimitUnit, stood: Span, office: Office) -> datetime:
    """An extended due time after the clock stood still, and runs again.

    What is left is kept as for the limit itself: elapsed time for hours, office time for office
    minutes; a day is lost when its end (here the time of day approved) lies in the pause. What had run out
    when the pause began stays so. Raises DateOutOfCalendar.
    """
    begins, ends = stood
    if not begins < min(ends, extended_to):
        return extended_to
    if unit is LimitUnit.HOURS:
        return extended_to + (ends - begins)
    if unit is LimitUnit.OFFICE_MINUTES:
        left = office_time_between(begins, extended_to, office.windows_of, office.zone)
        due = add_office_minutes(ends, left / ONE_MINUTE, office.windows_of, office.zone)
        return max(extended_to, due)
    counts = _at_work(extended_to, office) if unit is LimitUnit.WORKING_DAYS else _every_day
    day, last = begins.astimezone(office.zone).date(), ends.astimezone(office.zone).date()
    due_on = extended_to.astimezone(office.zone).date()
    while day <= last:
        if counts(day) and begins < _on(day, extended_to, office) <= ends:
            due_on = _next(due_on, counts, office)
        day += ONE_DAY
    return _on(due_on, extended_to, office)


def _every_day(_day: date) -> bool:
    return True


def _at_work(instant: datetime, office: Office) -> Callable[[date], bool]:
    """Whether the offices work in that half of a day in which the time of day of `instant` falls."""
    local = instant.astimezone(office.zone)
    minute = local.hour * 60 + local.minute
    half = MORNING if minute <= office.half_ends[MORNING] else AFTERNOON
    return lambda day: half in office.calendar.nature(day).open_halves


def _next(day: date, counts: Callable[[date], bool], office: Office) -> date:
    """The first day after `day` that counts. Raises DateOutOfCalendar."""
    day += ONE_DAY
    while not counts(day):
        day = office.calendar.working_day_after(day, 1)
    return day


def _on(day: date, instant: datetime, office: Office) -> datetime:
    """The time of day of `instant` on another day of the office's own zone, in UTC."""
    local = instant.astimezone(office.zone)
    return datetime.combine(day, local.time(), tzinfo=office.zone).astimezone(UTC)
