"""Time inside office windows: adding, subtracting and measuring it. Pure.

Windows are wall-clock times of a local day; budgets run in real time. Where the clocks change, a
minute that does not exist is not worked and one that comes twice is worked twice.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from gateway.cases.closures import Window
from gateway.cases.errors import DateOutOfCalendar, InvalidOfficeHours
from gateway.cases.pauses import Pause, Span, merged, unpaused

MINUTES_A_DAY = 24 * 60
TEN_YEARS = 3660
ONE_DAY = timedelta(days=1)
WindowsOf = Callable[[date], Sequence[Window]]


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


def add_office_minutes(
    start: datetime,
    minutes: float,
    windows_of: WindowsOf,
    zone: ZoneInfo,
    horizon_days: int = TEN_YEARS,
    pauses: Iterable[Pause] = (),
    now: datetime | None = None,
) -> datetime:
    """The instant at which `minutes` of office hours have passed since `start`, in UTC.

    `windows_of` gives the windows of each local day; paused time does not count. A budget of 0 is
    due at once, or at the next opening where `start` lies outside the windows. Raises
    DateOutOfCalendar when the budget does not run out within `horizon_days`.
    """
    left = timedelta(minutes=minutes)
    begin = start.astimezone(UTC)
    spans = _spans(begin.astimezone(zone).date(), horizon_days, windows_of, zone)
    for opens, closes in unpaused(spans, merged(pauses, now)):
        begin_here = max(begin, opens)
        if closes < begin_here:
            continue
        if left <= closes - begin_here:
            return begin_here + left
        left -= closes - begin_here
    raise DateOutOfCalendar(f"{minutes} office minutes after {start}")


def subtract_office_minutes(
    end: datetime,
    minutes: float,
    windows_of: WindowsOf,
    zone: ZoneInfo,
    horizon_days: int = TEN_YEARS,
) -> datetime:
    """The latest instant from which `minutes` of office hours pass until `end`, in UTC.

    Raises DateOutOfCalendar when there are not as many within `horizon_days`.
    """
    left = timedelta(minutes=minutes)
    finish = end.astimezone(UTC)
    for opens, closes in _spans_backwards(finish.astimezone(zone).date(), horizon_days, windows_of, zone):
        finish_here = min(finish, closes)
        if finish_here < opens:
            continue
        if left <= finish_here - opens:
            return finish_here - left
        left -= finish_here - opens
    raise DateOutOfCalendar(f"{minutes} office minutes before {end}")


def office_time_between(
    start: datetime,
    end: datetime,
    windows_of: WindowsOf,
    zone: ZoneInfo,
    pauses: Iterable[Pause] = (),
    now: datetime | None = None,
) -> timedelta:
    """The office hours from `start` to `end`, without the paused ones."""
    begin, finish = start.astimezone(UTC), end.astimezone(UTC)
    first = begin.astimezone(zone).date()
    days = (finish.astimezone(zone).date() - first).days + 1
    spans = unpaused(_spans(first, days, windows_of, zone), merged(pauses, now))
    parts = (min(finish, closes) - max(begin, opens) for opens, closes in spans)
    return sum((part for part in parts if part > timedelta()), timedelta())


def day_spans(day: date, windows: Sequence[Window], zone: ZoneInfo) -> list[Span]:
    """The UTC spans of one local day's windows, in order, also on a day on which the clocks change."""
    if not windows:
        return []
    midnight = datetime.combine(day, time())
    before, after = _offset(midnight, zone), _offset(midnight + ONE_DAY, zone)
    walls = [(midnight + timedelta(minutes=a), midnight + timedelta(minutes=b)) for a, b in windows]
    early = [_utc_span(wall, before) for wall in walls]
    if before == after:
        return early
    change = _clock_change(midnight - before, midnight + ONE_DAY - after, after, zone)
    late = [_utc_span(wall, after) for wall in walls]
    clipped = [(a, min(b, change)) for a, b in early] + [(max(a, change), b) for a, b in late]
    return [(a, b) for a, b in clipped if a < b]


def _spans(first: date, days: int, windows_of: WindowsOf, zone: ZoneInfo) -> Iterator[Span]:
    for offset in range(min(days, (date.max - first).days)):
        day = first + timedelta(days=offset)
        yield from day_spans(day, windows_of(day), zone)


def _spans_backwards(last: date, days: int, windows_of: WindowsOf, zone: ZoneInfo) -> Iterator[Span]:
    for offset in range(min(days, (last - date.min).days)):
        day = last - timedelta(days=offset)
        yield from reversed(day_spans(day, windows_of(day), zone))


def _utc_span(wall: tuple[datetime, datetime], offset: timedelta) -> Span:
    return (wall[0] - offset).replace(tzinfo=UTC), (wall[1] - offset).replace(tzinfo=UTC)


def _offset(wall: datetime, zone: ZoneInfo) -> timedelta:
    return wall.replace(tzinfo=zone).utcoffset() or timedelta()


def _clock_change(low: datetime, high: datetime, after: timedelta, zone: ZoneInfo) -> datetime:
    """The first UTC instant (to the second) from `low` on at which the offset is `after`."""
    base = low.replace(tzinfo=UTC)
    first, last = 0, int((high - low).total_seconds())
    while first < last:
        middle = (first + last) // 2
        there = (base + timedelta(seconds=middle)).astimezone(zone).utcoffset()
        first, last = (first, middle) if there == after else (middle + 1, last)
    return base + timedelta(seconds=first)
