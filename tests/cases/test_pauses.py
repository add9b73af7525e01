"""A clock that stands still: what is paused never counts, and nothing gets earlier by it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.cases.calendar import OfficeCalendar
from gateway.cases.deadlines import Limit, LimitUnit, Verdict, compute, due_at, office_time_between, verdict
from gateway.cases.office import Office
from gateway.cases.pauses import Pause, merged

TAIPEI = ZoneInfo("Asia/Taipei")
OFFICE = Office.from_text(OfficeCalendar.load(), "08:00-12:00,13:30-17:30", "Asia/Taipei")
INSTANTS = st.datetimes(datetime(2023, 1, 1), datetime(2026, 12, 31), timezones=st.just(TAIPEI))  # noqa: DTZ001
MINUTES = 60 * 24 * 20
SPANS = st.lists(st.tuples(st.integers(-2000, MINUTES), st.integers(0, 6000)), max_size=6)
LIMITS = st.one_of(
    st.builds(
        lambda n, at: Limit(n, LimitUnit.WORKING_DAYS, "test", True, at),
        st.integers(1, 15),
        st.sampled_from([None, "09:00", "24:00"]),
    ),
    st.builds(
        lambda n, at: Limit(n, LimitUnit.CALENDAR_DAYS, "test", True, at),
        st.integers(0, 20),
        st.sampled_from([None, "12:00", "24:00"]),
    ),
    st.builds(lambda n: Limit(n, LimitUnit.OFFICE_MINUTES, "test", True), st.integers(1, 5000)),
    st.builds(lambda n: Limit(n, LimitUnit.HOURS, "test", True), st.integers(1, 300)),
)


def limit(amount: int, unit: str, due_time: str | None = None) -> Limit:
    return Limit(amount, LimitUnit(unit), "test", True, due_time)


def taipei(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=TAIPEI)


def pause(start: str, end: str | None) -> Pause:
    return Pause(taipei(start), taipei(end) if end else None)


def pauses_of(start: datetime, spans: list[tuple[int, int]]) -> list[Pause]:
    begins = [(start + timedelta(minutes=at), length) for at, length in spans]
    return [Pause(at, at + timedelta(minutes=length)) for at, length in begins]


@pytest.mark.parametrize(
    ("rule", "pauses", "due"),
    [
        # Received Monday 23 November 2026, 10:00.
        (limit(4, "hours"), [("2026-11-23T11:00", "2026-11-23T11:20")], "2026-11-23T14:20"),
        (limit(4, "hours"), [("2026-11-23T14:00", "2026-11-23T15:00")], "2026-11-23T14:00"),
        (limit(4, "hours"), [("2026-11-23T09:00", "2026-11-23T10:30")], "2026-11-23T14:30"),
        (
            limit(4, "hours"),
            [("2026-11-23T13:00", "2026-11-23T15:00"), ("2026-11-23T15:30", "2026-11-23T16:30")],
            "2026-11-23T17:00",
        ),
        # Nested, overlapping and touching pauses are one.
        (
            limit(4, "hours"),
            [
                ("2026-11-23T11:00", "2026-11-23T13:00"),
                ("2026-11-23T11:30", "2026-11-23T12:00"),
                ("2026-11-23T12:30", "2026-11-23T14:00"),
                ("2026-11-23T14:00", "2026-11-23T15:00"),
            ],
            "2026-11-23T18:00",
        ),
        # Office minutes: 90 before the pause, which spans the lunch break and some of the afternoon.
        (limit(120, "office_minutes"), [("2026-11-23T11:30", "2026-11-23T14:00")], "2026-11-23T14:30"),
        (limit(120, "office_minutes"), [("2026-11-23T12:00", "2026-11-23T13:30")], "2026-11-23T12:00"),
        (limit(120, "office_minutes"), [("2026-11-23T18:00", "2026-11-24T07:00")], "2026-11-23T12:00"),
        # Working days: whoever stands still at the end of a half loses that half.
        (limit(2, "working_days"), [("2026-11-24T09:00", "2026-11-24T11:00")], "2026-11-25T17:30"),
        (limit(2, "working_days"), [("2026-11-24T11:00", "2026-11-24T13:00")], "2026-11-26T12:00"),
        (limit(2, "working_days"), [("2026-11-24T11:00", "2026-11-25T11:00")], "2026-11-26T17:30"),
        (limit(2, "working_days"), [("2026-11-24T12:00", "2026-11-25T12:00")], "2026-11-26T17:30"),
        (limit(2, "working_days"), [("2026-11-25T17:30", "2026-11-27T09:00")], "2026-11-25T17:30"),
        (limit(2, "working_days"), [("2026-11-25T17:00", "2026-11-27T17:30")], "2026-11-30T12:00"),
        # The weekend has no halves to lose.
        (limit(4, "working_days"), [("2026-11-27T18:00", "2026-11-30T08:00")], "2026-11-27T17:30"),
        (limit(5, "working_days"), [("2026-11-27T18:00", "2026-11-30T08:00")], "2026-11-30T17:30"),
        # An own time of day that is paused is that of the next working day.
        (limit(4, "working_days", "24:00"), [("2026-11-27T18:00", "2026-11-28T09:00")], "2026-12-01T00:00"),
        # Calendar days: a day that ends in a pause does not count.
        (limit(3, "calendar_days"), [("2026-11-24T09:00", "2026-11-24T17:00")], "2026-11-26T17:30"),
        (limit(3, "calendar_days"), [("2026-11-24T17:00", "2026-11-24T18:00")], "2026-11-27T17:30"),
        (limit(3, "calendar_days"), [("2026-11-26T17:00", "2026-11-28T17:30")], "2026-11-29T17:30"),
        (limit(0, "calendar_days", "24:00"), [("2026-11-23T20:00", "2026-11-24T06:00")], "2026-11-25T00:00"),
    ],
)
def test_worked_examples(rule: Limit, pauses: list[tuple[str, str]], due: str) -> None:
    stood = [pause(*span) for span in pauses]
    assert due_at(rule, taipei("2026-11-23T10:00"), OFFICE, stood) == taipei(due)


@given(LIMITS, INSTANTS, SPANS, st.tuples(st.integers(-2000, MINUTES), st.integers(0, 6000)))
def test_one_more_pause_never_makes_it_earlier(
    rule: Limit, start: datetime, spans: list[tuple[int, int]], more: tuple[int, int]
) -> None:
    without = due_at(rule, start, OFFICE, pauses_of(start, spans))
    assert start <= without <= due_at(rule, start, OFFICE, pauses_of(start, [*spans, more]))


@given(LIMITS, INSTANTS, SPANS)
def test_nothing_is_due_while_the_clock_stands(
    rule: Limit, start: datetime, spans: list[tuple[int, int]]
) -> None:
    pauses = pauses_of(start, spans)
    due = due_at(rule, start, OFFICE, pauses)
    assert not any(pause.start < due < pause.end for pause in pauses if pause.end)


@given(LIMITS, INSTANTS, st.integers(0, MINUTES), SPANS)
def test_who_files_later_is_never_due_earlier(
    rule: Limit, start: datetime, later: int, spans: list[tuple[int, int]]
) -> None:
    pauses = pauses_of(start, spans)
    after = start + timedelta(minutes=later)
    assert due_at(rule, start, OFFICE, pauses) <= due_at(rule, after, OFFICE, pauses)


@given(INSTANTS, st.integers(1, 3000), SPANS)
def test_the_work_between_is_the_budget(start: datetime, minutes: int, spans: list[tuple[int, int]]) -> None:
    pauses = pauses_of(start, spans)
    due = due_at(limit(minutes, "office_minutes"), start, OFFICE, pauses)
    worked = office_time_between(start, due, OFFICE.windows_of, TAIPEI, pauses)
    assert worked == timedelta(minutes=minutes)


@given(INSTANTS, st.integers(1, 10), SPANS)
def test_the_halves_between_are_the_budget(start: datetime, days: int, spans: list[tuple[int, int]]) -> None:
    found = compute(limit(days, "working_days"), start, OFFICE, pauses_of(start, spans))
    ends = OFFICE.half_ends.index(
        int((found.due_at.astimezone(TAIPEI) - _midnight(found.due_at)).seconds / 60)
    )
    counted = sum(len(day.counting_halves) for day in found.days[:-1])
    counted += sum(half <= ends for half in found.days[-1].counting_halves)
    assert counted == 2 * days


@given(LIMITS, INSTANTS, st.integers(0, MINUTES), st.integers(1, 5000))
def test_a_running_pause_counts_as_if_it_ended_now(
    rule: Limit, start: datetime, at: int, length: int
) -> None:
    began = start + timedelta(minutes=at)
    now = began + timedelta(minutes=length)
    running = due_at(rule, start, OFFICE, [Pause(began)], now)
    assert running == due_at(rule, start, OFFICE, [Pause(began, now)])


def test_a_running_pause_needs_to_know_what_time_it_is() -> None:
    with pytest.raises(ValueError, match="still runs"):
        due_at(limit(1, "hours"), taipei("2026-11-23T10:00"), OFFICE, [pause("2026-11-23T10:10", None)])


def test_a_pause_does_not_end_before_it_begins() -> None:
    with pytest.raises(ValueError, match="before it begins"):
        pause("2026-11-23T10:10", "2026-11-23T10:09")


def test_pauses_are_one_where_they_meet() -> None:
    at = [datetime(2026, 11, 23, hour, tzinfo=UTC) for hour in range(8)]
    rows = [Pause(at[4], at[5]), Pause(at[0], at[2]), Pause(at[1], at[3]), Pause(at[3], at[3]), Pause(at[7])]
    assert merged(rows, now=at[6]) == [(at[0], at[3]), (at[4], at[5])]


def test_a_clock_that_stands_before_its_due_time_cannot_run_out() -> None:
    due, hour = taipei("2026-11-23T17:30"), timedelta(hours=1)
    later = due + timedelta(days=30)
    assert verdict(due, None, later, paused_since=due - hour) is Verdict.OPEN
    assert verdict(due, None, later, paused_since=due) is Verdict.OVERDUE
    assert verdict(due, None, later, paused_since=due + hour) is Verdict.OVERDUE
    assert verdict(due, later, later, paused_since=due - hour) is Verdict.ON_TIME
    assert verdict(due, later, later, paused_since=due + hour) is Verdict.OVERDUE


def _midnight(instant: datetime) -> datetime:
    return instant.astimezone(TAIPEI).replace(hour=0, minute=0, second=0, microsecond=0)
