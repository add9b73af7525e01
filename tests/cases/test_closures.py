"""Disaster closures: half a day moves a due time half a day, and none ever makes it earlier."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from gateway.cases.calendar import DayException, OfficeCalendar
from gateway.cases.closures import Closure, Part, closed_days, half_ends, halves_of
from gateway.cases.deadlines import Limit, LimitUnit, add_office_minutes, due_at, parse_windows
from gateway.cases.errors import DateOutOfCalendar
from gateway.cases.office import Office

TAIPEI = ZoneInfo("Asia/Taipei")
CALENDAR = OfficeCalendar.load()
OFFICE = Office.from_text(CALENDAR, "08:00-12:00,13:30-17:30", "Asia/Taipei")
INSTANTS = st.datetimes(datetime(2023, 1, 1), datetime(2026, 12, 31), timezones=st.just(TAIPEI))  # noqa: DTZ001
PARTS = st.sampled_from(Part)
OFFSETS = st.lists(st.tuples(st.integers(-5, 60), PARTS), max_size=12)
LIMITS = st.one_of(
    st.builds(
        lambda n, at: Limit(n, LimitUnit.WORKING_DAYS, "test", True, at),
        st.integers(1, 20),
        st.sampled_from([None, "09:00", "12:00", "24:00"]),
    ),
    st.builds(lambda n: Limit(n, LimitUnit.OFFICE_MINUTES, "test", True), st.integers(1, 6000)),
    st.builds(lambda n: Limit(n, LimitUnit.HOURS, "test", True), st.integers(1, 200)),
    st.builds(lambda n: Limit(n, LimitUnit.CALENDAR_DAYS, "test", True), st.integers(0, 40)),
)


def closure(day: str, part: str = "all") -> Closure:
    return Closure(date.fromisoformat(day), Part(part), "颱風停止上班", "typhoon closure")


def around(start: datetime, offsets: list[tuple[int, Part]]) -> tuple[Closure, ...]:
    return tuple(Closure(start.date() + timedelta(days=n), part, "颱風", "typhoon") for n, part in offsets)


def taipei(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=TAIPEI)


def working_days(amount: int, due_time: str | None = None) -> Limit:
    return Limit(amount, LimitUnit.WORKING_DAYS, "test", True, due_time)


@pytest.mark.parametrize(
    ("closures", "due"),
    [
        # Received Friday 20 November, three days: Monday, Tuesday, Wednesday.
        ([], "2026-11-25T17:30:00"),
        ([closure("2026-11-24", "am")], "2026-11-26T12:00:00"),
        ([closure("2026-11-24", "pm")], "2026-11-26T12:00:00"),
        ([closure("2026-11-25", "pm")], "2026-11-26T12:00:00"),
        ([closure("2026-11-24", "am"), closure("2026-11-24", "pm")], "2026-11-26T17:30:00"),
        ([closure("2026-11-23", "pm"), closure("2026-11-25", "am")], "2026-11-26T17:30:00"),
        ([closure("2026-11-24")], "2026-11-26T17:30:00"),
        ([closure("2026-11-24"), closure("2026-11-24", "pm")], "2026-11-26T17:30:00"),
        ([closure("2026-11-23"), closure("2026-11-26", "am")], "2026-11-27T12:00:00"),
        # On the day of receipt, on a weekend, after the end: nothing moves.
        ([closure("2026-11-20"), closure("2026-11-21"), closure("2026-11-26")], "2026-11-25T17:30:00"),
    ],
)
def test_a_half_day_moves_the_due_time_half_a_day(closures: list[Closure], due: str) -> None:
    office = OFFICE.with_closures(tuple(closures))
    assert due_at(working_days(3), taipei("2026-11-20T16:00:00"), office) == taipei(due)


def test_a_limit_with_its_own_time_is_due_on_the_day_its_last_half_falls_on() -> None:
    received, office = taipei("2026-11-20T16:00:00"), OFFICE.with_closures((closure("2026-11-24", "am"),))
    assert due_at(working_days(3, "24:00"), received, office) == taipei("2026-11-27T00:00:00")
    assert due_at(working_days(3, "09:00"), received, office) == taipei("2026-11-26T09:00:00")


def test_office_minutes_pass_over_a_closed_half() -> None:
    office = OFFICE.with_closures((closure("2026-11-23", "pm"), closure("2026-11-24", "am")))
    start = taipei("2026-11-23T11:00:00")
    assert add_office_minutes(start, 90, office.windows_of, TAIPEI) == taipei("2026-11-24T14:00:00")


@given(LIMITS, INSTANTS, OFFSETS, OFFSETS)
def test_a_closure_never_makes_it_earlier(
    rule: Limit, start: datetime, some: list[tuple[int, Part]], more: list[tuple[int, Part]]
) -> None:
    fewer = OFFICE.with_closures(around(start, some))
    all_of_them = OFFICE.with_closures(around(start, some + more))
    assert start <= due_at(rule, start, fewer) <= due_at(rule, start, all_of_them)


@given(st.integers(1, 20), INSTANTS, OFFSETS)
def test_the_index_says_what_counting_halves_says(
    amount: int, start: datetime, offsets: list[tuple[int, Part]]
) -> None:
    closures = around(start, offsets)
    shut = {(c.day, half) for c in closures for half in ("am", "pm") if c.part in (Part.ALL, half)}
    day, left, ends = start.date(), 2 * amount, ""
    while left:
        day += timedelta(days=1)
        for half, closing in (("am", "12:00"), ("pm", "17:30")):
            if left and CALENDAR.is_working(day) and (day, half) not in shut:
                left, ends = left - 1, f"{day}T{closing}"
    assert due_at(working_days(amount), start, OFFICE.with_closures(closures)) == taipei(ends)


def test_the_version_names_the_closures_in_any_order() -> None:
    one, other = closure("2026-11-24", "am"), closure("2026-11-25")
    versions = [
        CALENDAR.with_closures(rows).version
        for rows in [(), (one,), (other,), (one, other), (other, one, other)]
    ]
    assert versions[0] == CALENDAR.version
    assert len(set(versions)) == 4
    assert versions[3] == versions[4]


def test_closures_replace_those_given_before_and_leave_the_calendar_alone() -> None:
    first = CALENDAR.with_closures((closure("2026-11-24"),))
    second = first.with_closures((closure("2026-11-25"),))
    assert [first.is_working(date(2026, 11, n)) for n in (24, 25)] == [False, True]
    assert [second.is_working(date(2026, 11, n)) for n in (24, 25)] == [True, False]
    assert CALENDAR.is_working(date(2026, 11, 24))


def test_exceptions_of_the_file_stay_under_closures_and_may_be_half_days() -> None:
    half = DayException(day=date(2026, 11, 24), works=False, zh="停水", en="no water", part=Part.AM)
    made_up = DayException(day=date(2026, 11, 28), works=True, zh="補班", en="make-up day")
    calendar = OfficeCalendar((half, made_up)).with_closures((closure("2026-11-28", "pm"),))
    assert calendar.nature(date(2026, 11, 24)).closed is Part.AM
    assert calendar.nature(date(2026, 11, 28)).closed is Part.PM
    assert calendar.half_at(calendar.rank(date(2026, 11, 27), 2)) == (date(2026, 11, 28), 0)
    assert calendar.half_at(calendar.rank(date(2026, 11, 28), 1)) == (date(2026, 11, 30), 0)


def test_a_day_is_not_made_up_by_half() -> None:
    with pytest.raises(ValidationError):
        DayException(day=date(2026, 11, 28), works=True, zh="補班", en="make-up day", part=Part.AM)


def test_reasons_of_one_day_are_joined_once_each_with_the_latest_announcement() -> None:
    late = taipei("2026-11-24T10:00:00")
    rows = [
        Closure(date(2026, 11, 24), Part.AM, "颱風", "typhoon", taipei("2026-11-23T20:00:00")),
        Closure(date(2026, 11, 24), Part.PM, "颱風", "typhoon", late),
        Closure(date(2026, 11, 24), Part.PM, "停電", "power cut"),
    ]
    day = closed_days(rows)[date(2026, 11, 24)]
    assert day.part is Part.ALL
    assert set(day.zh.split("、")) == {"颱風", "停電"}
    assert day.announced_at == late


@pytest.mark.parametrize(
    ("windows", "morning", "afternoon", "ends"),
    [
        ("08:00-12:00,13:30-17:30", "08:00-12:00", "13:30-17:30", (720, 1050)),
        ("08:00-12:30,13:30-17:30", "08:00-12:30", "13:30-17:30", (750, 1050)),
        ("09:00-17:00", "09:00-12:00", "12:00-17:00", (720, 1020)),
        ("08:00-10:00,10:30-15:00", "08:00-10:00,10:30-12:00", "12:00-15:00", (720, 900)),
        ("08:00-12:00", "08:00-12:00", None, (720, 720)),
        ("12:00-20:00", None, "12:00-20:00", (1200, 1200)),
        ("00:00-24:00", "00:00-12:00", "12:00-24:00", (720, 1440)),
    ],
)
def test_which_windows_are_which_half(
    windows: str, morning: str | None, afternoon: str | None, ends: tuple[int, int]
) -> None:
    parsed = parse_windows(windows)
    assert halves_of(parsed) == tuple(parse_windows(text) if text else () for text in (morning, afternoon))
    assert half_ends(parsed) == ends


def test_a_closure_outside_the_calendar_changes_nothing() -> None:
    calendar = CALENDAR.with_closures((closure("1999-09-21"), closure("2099-01-01")))
    assert calendar.working_day_after(date(2001, 1, 1), 1) == date(2001, 1, 2)
    with pytest.raises(DateOutOfCalendar):
        calendar.working_day_after(date(2045, 12, 30), 10)
