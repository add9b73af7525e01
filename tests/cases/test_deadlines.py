"""Due times: the worked examples of the law, the rulings of the house, and what must hold for any case."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.cases.calendar import OfficeCalendar
from gateway.cases.deadlines import (
    Limit,
    LimitUnit,
    Office,
    Verdict,
    add_office_minutes,
    compute,
    due_at,
    parse_windows,
    verdict,
)
from gateway.cases.errors import DateOutOfCalendar, InvalidOfficeHours

TAIPEI = ZoneInfo("Asia/Taipei")
OFFICE = Office.from_text(OfficeCalendar.load(), "08:00-12:00,13:30-17:30", "Asia/Taipei")
INSTANTS = st.datetimes(datetime(2017, 1, 1), datetime(2030, 12, 31), timezones=st.just(TAIPEI))  # noqa: DTZ001
DAY_LIMITS = st.builds(
    Limit,
    st.integers(1, 40),
    st.sampled_from(LimitUnit),
    st.just("test"),
    st.just(True),
)


def limit(amount: int, unit: str, due_time: str | None = None) -> Limit:
    return Limit(amount, LimitUnit(unit), "test", True, due_time)


def taipei(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=TAIPEI)


@pytest.mark.parametrize(
    ("received", "rule", "due"),
    [
        # 文書處理手冊: received on the 7th, ten days counting holidays, from the 8th to the 17th.
        ("2005-10-07T10:00:00", limit(10, "calendar_days"), "2005-10-17T17:30:00"),
        # A project limit of 30 days approved on the 9th runs from the 10th to 8 November.
        ("2005-10-09T10:00:00", limit(30, "calendar_days"), "2005-11-08T17:30:00"),
        # Potholes: four hours from the moment of receipt, through the night, seconds kept.
        ("2026-11-21T22:15:07", limit(4, "hours"), "2026-11-22T02:15:07"),
        # Three working days over a weekend: Monday, Tuesday, Wednesday.
        ("2026-11-20T16:00:00", limit(3, "working_days"), "2026-11-25T17:30:00"),
        # Received on a Sunday: Monday is day 1.
        ("2026-11-22T09:00:00", limit(1, "working_days"), "2026-11-23T17:30:00"),
        # Received on a working day before the offices open: that day still does not count.
        ("2026-11-23T06:00:00", limit(1, "working_days"), "2026-11-24T17:30:00"),
        # Lunar New Year with a make-up Saturday.
        ("2024-02-07T16:00:00", limit(3, "working_days"), "2024-02-17T17:30:00"),
        # 市長信箱: five working days over 春節 2024, the make-up Saturday among them.
        ("2024-02-07T09:00:00", limit(5, "working_days"), "2024-02-20T17:30:00"),
        # Over 春節 2025, nine days off; Saturday 8 February 2025 was a make-up day.
        ("2025-01-24T17:00:00", limit(5, "working_days"), "2025-02-07T17:30:00"),
        ("2025-01-24T17:00:00", limit(6, "working_days"), "2025-02-08T17:30:00"),
        # Two hours of office time from half past eleven, over the lunch break.
        ("2026-11-23T11:30:07", limit(120, "office_minutes"), "2026-11-23T15:00:07"),
        # The same day until closing time, received after it: closing time of the next day.
        ("2026-11-23T18:00:00", limit(0, "calendar_days"), "2026-11-24T17:30:00"),
        # The day of receipt, to midnight.
        ("2026-11-22T23:10:00", limit(0, "calendar_days", "24:00"), "2026-11-23T00:00:00"),
        # A rule with its own time of day.
        ("2026-11-23T09:00:00", limit(1, "working_days", "12:00"), "2026-11-24T12:00:00"),
    ],
)
def test_worked_examples(received: str, rule: Limit, due: str) -> None:
    instant = due_at(rule, taipei(received), OFFICE)
    assert instant == taipei(due)
    assert instant.tzinfo is UTC


@given(DAY_LIMITS, INSTANTS, INSTANTS)
def test_who_files_later_is_never_due_earlier(rule: Limit, one: datetime, other: datetime) -> None:
    first, second = sorted([one, other])
    assert due_at(rule, first, OFFICE) <= due_at(rule, second, OFFICE)


@given(DAY_LIMITS, INSTANTS, st.integers(1, 10))
def test_a_longer_limit_is_never_due_earlier(rule: Limit, received: datetime, more: int) -> None:
    longer = Limit(rule.amount + more, rule.unit, rule.source, rule.example)
    assert received < due_at(rule, received, OFFICE) < due_at(longer, received, OFFICE)


@given(st.integers(1, 20), st.integers(1, 20), INSTANTS)
def test_working_days_add_up(first: int, second: int, received: datetime) -> None:
    half = due_at(limit(first, "working_days"), received, OFFICE)
    whole = due_at(limit(first + second, "working_days"), received, OFFICE)
    assert due_at(limit(second, "working_days"), half, OFFICE) == whole


@given(st.integers(1, 40), INSTANTS)
def test_the_working_counts_what_the_limit_says(amount: int, received: datetime) -> None:
    due = compute(limit(amount, "working_days"), received, OFFICE)
    assert sum(day.works for day in due.days) == amount
    assert due.days[-1].works
    assert due.days[-1].day == due.due_at.astimezone(TAIPEI).date()
    assert due.days[0].day == received.date() + timedelta(days=1)
    assert all(day.zh and day.en for day in due.days)


@given(st.integers(1, 40), INSTANTS)
def test_a_working_day_limit_ends_when_the_offices_close(amount: int, received: datetime) -> None:
    due = due_at(limit(amount, "working_days"), received, OFFICE).astimezone(TAIPEI)
    assert OFFICE.windows_of(due.date())[-1][1] == due.hour * 60 + due.minute


def test_a_budget_that_ends_at_closing_time_is_due_then() -> None:
    start = taipei("2026-11-23T13:30:00")
    assert add_office_minutes(start, 240, OFFICE.windows_of, TAIPEI) == taipei("2026-11-23T17:30:00")
    late = add_office_minutes(start, 240 + 1 / 60, OFFICE.windows_of, TAIPEI)
    assert late == taipei("2026-11-24T08:00:01")


@given(INSTANTS, st.integers(1, 3000), st.integers(1, 3000))
def test_office_minutes_add_up(start: datetime, first: int, second: int) -> None:
    half = add_office_minutes(start, first, OFFICE.windows_of, TAIPEI)
    whole = add_office_minutes(start, first + second, OFFICE.windows_of, TAIPEI)
    assert add_office_minutes(half, second, OFFICE.windows_of, TAIPEI) == whole


def test_an_office_that_never_opens_is_noticed() -> None:
    with pytest.raises(DateOutOfCalendar):
        add_office_minutes(taipei("2026-11-23T09:00:00"), 1, lambda _day: (), TAIPEI, horizon_days=30)


def test_the_verdict_is_made_of_timestamps() -> None:
    due, second = taipei("2026-11-23T17:30:00"), timedelta(seconds=1)
    assert verdict(due, None, due) is Verdict.OPEN
    assert verdict(due, None, due + second) is Verdict.OVERDUE
    assert verdict(due, due, due + timedelta(days=9)) is Verdict.ON_TIME
    assert verdict(due, due + second, due + timedelta(days=9)) is Verdict.OVERDUE


@pytest.mark.parametrize("text", ["", "8-12", "12:00-08:00", "08:00-25:00", "08:00-12:00,11:00-13:00", "a-b"])
def test_impossible_office_hours_are_refused(text: str) -> None:
    with pytest.raises(InvalidOfficeHours):
        parse_windows(text)


def test_an_unknown_zone_is_refused() -> None:
    with pytest.raises(InvalidOfficeHours):
        Office.from_text(OFFICE.calendar, "08:00-12:00", "Asia/Nowhere")


@pytest.mark.parametrize(("amount", "unit"), [(0, "hours"), (0, "working_days"), (-1, "calendar_days")])
def test_impossible_limits_are_refused(amount: int, unit: str) -> None:
    with pytest.raises(ValueError, match="a limit of"):
        limit(amount, unit)
