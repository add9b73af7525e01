"""Office minutes in any zone: what a stopwatch that looks at the wall clock every minute would say."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.cases.calendar import OfficeCalendar
from gateway.cases.closures import Window
from gateway.cases.deadlines import office_instant_before
from gateway.cases.errors import DateOutOfCalendar
from gateway.cases.office import Office
from gateway.cases.office_hours import (
    add_office_minutes,
    day_spans,
    office_time_between,
    parse_windows,
    subtract_office_minutes,
)
from gateway.cases.pauses import Pause

TAIPEI = ZoneInfo("Asia/Taipei")
OFFICE = Office.from_text(OfficeCalendar.load(), "08:00-12:00,13:30-17:30", "Asia/Taipei")
MINUTE = timedelta(minutes=1)
WEEKS = [
    "08:00-12:00,13:30-17:30",
    "00:00-24:00",
    "00:00-01:30",
    "01:00-02:30,03:00-05:00",
    "02:10-02:50",
    "22:00-24:00",
    "00:30-03:30,23:00-24:00",
]
# Two days before the clocks change: at 1 and 2 o'clock, by half an hour, at midnight, back and forth.
CHANGES = [
    ("Europe/Berlin", "2026-03-27"),
    ("Europe/Berlin", "2026-10-23"),
    ("America/New_York", "2026-03-06"),
    ("America/New_York", "2026-10-30"),
    ("Australia/Lord_Howe", "2026-04-03"),
    ("Australia/Lord_Howe", "2026-10-02"),
    ("America/Havana", "2026-03-06"),
    ("America/Havana", "2026-10-30"),
    ("Africa/Cairo", "2026-04-22"),
    ("Africa/Cairo", "2026-10-28"),
    ("America/Sao_Paulo", "2018-11-02"),
    ("America/Sao_Paulo", "2018-02-16"),
    ("Pacific/Apia", "2011-12-28"),
    ("Asia/Taipei", "2026-11-23"),
]
INSTANTS = st.datetimes(datetime(2017, 1, 1), datetime(2030, 12, 31), timezones=st.just(TAIPEI))  # noqa: DTZ001


def stopwatch(start: datetime, minutes: int, windows: tuple[Window, ...], zone: ZoneInfo) -> datetime:
    """Look at the wall clock at the beginning of every minute and count those inside the windows."""
    at = start
    while minutes:
        wall = at.astimezone(zone)
        minutes -= any(a <= wall.hour * 60 + wall.minute < b for a, b in windows)
        at += MINUTE
    return at


@pytest.mark.parametrize(("zone", "day"), CHANGES)
@given(st.sampled_from(WEEKS), st.integers(0, 5 * 1440), st.integers(1, 400))
def test_it_is_what_a_stopwatch_says(
    zone: str, day: str, windows_text: str, starts_after: int, minutes: int
) -> None:
    windows, place = parse_windows(windows_text), ZoneInfo(zone)
    start = datetime.fromisoformat(day).replace(tzinfo=UTC) + starts_after * MINUTE
    due = add_office_minutes(start, minutes, lambda _day: windows, place)
    assert due == stopwatch(start, minutes, windows, place)
    assert office_time_between(start, due, lambda _day: windows, place) == minutes * MINUTE


@pytest.mark.parametrize(
    ("zone", "day", "windows", "minutes"),
    [
        ("Europe/Berlin", "2026-03-29", "02:00-03:00", 0),
        ("Europe/Berlin", "2026-03-29", "01:00-02:30,03:00-05:00", 60 + 120),
        ("Europe/Berlin", "2026-10-25", "02:00-03:00", 120),
        ("Europe/Berlin", "2026-10-25", "00:00-24:00", 25 * 60),
        ("Africa/Cairo", "2026-04-24", "00:00-02:00", 60),
        ("Pacific/Apia", "2011-12-30", "00:00-24:00", 0),
    ],
)
def test_minutes_of_a_day_on_which_the_clocks_change(zone: str, day: str, windows: str, minutes: int) -> None:
    spans = day_spans(date.fromisoformat(day), parse_windows(windows), ZoneInfo(zone))
    assert sum((b - a for a, b in spans), timedelta()) == minutes * MINUTE
    assert spans == sorted(spans)


@given(INSTANTS, st.integers(0, 3000), st.integers(0, 3000))
def test_budgets_add_up(start: datetime, first: int, second: int) -> None:
    part = add_office_minutes(start, first, OFFICE.windows_of, TAIPEI)
    whole = add_office_minutes(start, first + second, OFFICE.windows_of, TAIPEI)
    assert add_office_minutes(part, second, OFFICE.windows_of, TAIPEI) == whole


@given(INSTANTS, st.integers(0, 3000))
def test_it_ends_inside_a_window_or_where_one_ends(start: datetime, minutes: int) -> None:
    due = add_office_minutes(start, minutes, OFFICE.windows_of, TAIPEI)
    spans = day_spans(due.astimezone(TAIPEI).date(), OFFICE.windows, TAIPEI)
    assert OFFICE.calendar.nature(due.astimezone(TAIPEI).date()).works
    assert any(opens <= due <= closes for opens, closes in spans)
    assert due >= start


@given(INSTANTS, st.integers(0, 5000), st.integers(0, 10_000))
def test_a_later_start_and_a_longer_budget_are_never_due_earlier(
    start: datetime, minutes: int, more: int
) -> None:
    due = add_office_minutes(start, minutes, OFFICE.windows_of, TAIPEI)
    assert due <= add_office_minutes(start + more * MINUTE, minutes, OFFICE.windows_of, TAIPEI)
    assert due <= add_office_minutes(start, minutes + more, OFFICE.windows_of, TAIPEI)


@given(INSTANTS, st.integers(1, 3000))
def test_before_undoes_after(due: datetime, minutes: int) -> None:
    warned = office_instant_before(due, minutes, OFFICE)
    assert office_time_between(warned, due, OFFICE.windows_of, TAIPEI) == minutes * MINUTE
    assert warned < due


def test_a_warning_falls_on_the_latest_such_instant() -> None:
    due = datetime(2026, 11, 23, 17, 30, tzinfo=TAIPEI)
    assert office_instant_before(due, 240, OFFICE) == due.replace(hour=13)
    assert office_instant_before(due, 241, OFFICE) == due.replace(hour=11, minute=59)
    monday = datetime(2026, 11, 23, 8, 30, tzinfo=TAIPEI)
    assert office_instant_before(monday, 60, OFFICE) == datetime(2026, 11, 20, 17, 0, tzinfo=TAIPEI)


def test_offices_that_never_open_are_noticed_in_both_directions() -> None:
    now = datetime(2026, 11, 23, tzinfo=UTC)
    for count in (add_office_minutes, subtract_office_minutes):
        with pytest.raises(DateOutOfCalendar):
            count(now, 1, lambda _day: (), TAIPEI, horizon_days=30)


def test_a_budget_of_nothing_is_due_at_once_or_at_the_next_opening() -> None:
    noon = datetime(2026, 11, 23, 12, 0, tzinfo=TAIPEI)
    assert add_office_minutes(noon, 0, OFFICE.windows_of, TAIPEI) == noon
    assert add_office_minutes(noon + MINUTE, 0, OFFICE.windows_of, TAIPEI) == noon + 90 * MINUTE


def test_a_pause_that_begins_where_the_budget_ends_changes_nothing() -> None:
    start = datetime(2026, 11, 23, 9, 0, tzinfo=TAIPEI)
    pause = Pause(start + 60 * MINUTE, start + 90 * MINUTE)
    due = add_office_minutes(start, 60, OFFICE.windows_of, TAIPEI, pauses=[pause])
    assert due == start + 60 * MINUTE
    late = add_office_minutes(start, 61, OFFICE.windows_of, TAIPEI, pauses=[pause])
    assert late == start + 91 * MINUTE


@pytest.mark.parametrize("zone", ["UTC", "America/New_York", "Pacific/Apia"])
def test_the_process_own_zone_does_not_matter(zone: str) -> None:
    program = (
        "from gateway.cases.deadline_spec import answer\n"
        "from gateway.cases.calendar import OfficeCalendar\n"
        "row = {'start_utc': '2026-03-27 16:30', 'budget_minutes': 700, 'tz': 'Europe/Berlin',"
        " 'hours': {str(d): [[9, 0, 17, 0]] for d in range(5)}}\n"
        "print(answer(row, OfficeCalendar.load()))\n"
        "print(answer({'created': '2026-11-22 23:30:00', 'n_days': 2}, OfficeCalendar.load()))\n"
    )
    told = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "TZ": zone},
    )
    assert told.stdout.splitlines() == [
        "{'due_utc': '2026-03-31 10:40'}",
        "{'deadline': '2026-11-25 00:00:00'}",
    ]
