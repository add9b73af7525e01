"""Rows of other systems: their worked cases, and others of the same kind."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from gateway.cases.calendar import OfficeCalendar
from gateway.cases.deadline_spec import InvalidSpec, answer, answers, weekdays_after

CALENDAR = OfficeCalendar.load()
NINE_TO_FIVE = {str(day): [[9, 0, 17, 0]] for day in range(5)}
TWO_WINDOWS = {str(day): [[13, 30, 17, 30], [8, 0, 12, 0]] for day in range(5)}
LATE = {"4": [[20, 0, 24, 0]], "5": [[0, 0, 2, 0]]}
NAIVE = st.datetimes(datetime(2020, 1, 1), datetime(2030, 1, 1))  # noqa: DTZ001


def minutes(start: str, budget: float, hours: dict[str, Any], tz: str = "UTC", **more: Any) -> dict[str, Any]:
    return {"start_utc": start, "budget_minutes": budget, "tz": tz, "hours": hours, **more}


@pytest.mark.city_data
def test_every_row_of_the_sample(city_data: Path) -> None:
    spec = json.loads((city_data / "deadlines" / "acceptance_sample.json").read_text(encoding="utf-8"))
    rows = [row for rows in spec.values() for row in rows]
    assert len(rows) == 25
    wanted = [row.get("expected_utc") or row.get("deadline") or row.get("python_holidays") for row in rows]
    assert [list(found.values()) for found in answers(spec, CALENDAR)] == [[text] for text in wanted]


@pytest.mark.parametrize(
    ("row", "due"),
    [
        # Chatwoot: within the day, after closing, in another zone, hours that differ by day.
        (minutes("2024-01-17 10:00", 120, NINE_TO_FIVE), "2024-01-17 12:00"),
        (minutes("2024-01-17 18:00", 120, NINE_TO_FIVE), "2024-01-18 11:00"),
        (minutes("2024-01-19 21:00", 120, NINE_TO_FIVE, "America/New_York"), "2024-01-22 15:00"),
        (
            minutes("2024-01-15 18:00", 600, {**NINE_TO_FIVE, "1": [[9, 0, 20, 0]]}),
            "2024-01-16 19:00",
        ),
        # Zammad: two pauses; filed on a holiday, with seconds.
        (
            minutes(
                "2013-06-04 09:00",
                120,
                {str(day): [[9, 0, 18, 0]] for day in range(7)},
                "Europe/Berlin",
                pauses_utc=[
                    ["2013-06-04T09:30:00+00:00", "2013-06-04T09:45:00+00:00"],
                    ["2013-06-04T10:00:00+00:00", "2013-06-04T10:30:00+00:00"],
                ],
            ),
            "2013-06-04 11:45",
        ),
        (
            minutes(
                "2016-11-01 13:56:21",
                1200,
                {str(day): [[8, 0, 20, 0]] for day in range(5)},
                "Europe/Berlin",
                holidays=["2016-11-01"],
            ),
            "2016-11-03 15:00",
        ),
        # Of our own: windows out of order, a lunch break, closing time reached exactly, seconds, offsets.
        (minutes("2026-11-23 11:00:30", 90, TWO_WINDOWS), "2026-11-23 14:00:30"),
        (minutes("2026-11-23 11:00", 60, TWO_WINDOWS), "2026-11-23 12:00"),
        (minutes("2026-11-23T19:00+08:00", 60, TWO_WINDOWS), "2026-11-23 12:00"),
        (minutes("2026-11-23T11:00:00Z", 60.5, TWO_WINDOWS), "2026-11-23 13:30:30"),
        # Windows to midnight and from it are one; overlapping windows count once.
        (minutes("2026-11-27 23:00", 120, LATE), "2026-11-28 01:00"),
        (minutes("2026-11-27 20:00", 240, LATE), "2026-11-28 00:00"),
        (minutes("2026-11-23 08:00", 300, {"0": [[8, 0, 11, 0], [10, 0, 14, 0]]}), "2026-11-23 13:00"),
        # Pauses that nest, overlap, touch, lie before the start, span closed hours, are empty.
        (
            minutes(
                "2026-11-23 09:00",
                60,
                TWO_WINDOWS,
                pauses_utc=[
                    ["2026-11-23 09:30", "2026-11-23 10:00"],
                    ["2026-11-23 09:40", "2026-11-23 09:50"],
                    ["2026-11-23 10:00", "2026-11-23 10:15"],
                    ["2026-11-23 10:10", "2026-11-23 10:20"],
                    ["2026-11-23 06:00", "2026-11-23 09:10"],
                    ["2026-11-23 11:00", "2026-11-23 11:00"],
                ],
            ),
            "2026-11-23 11:00",
        ),
        (
            minutes(
                "2026-11-23 17:00", 60, TWO_WINDOWS, pauses_utc=[["2026-11-23 17:10", "2026-11-25 16:00"]]
            ),
            "2026-11-25 16:50",
        ),
        # A budget of nothing, inside and outside the windows; a very long one.
        (minutes("2026-11-23 10:00", 0, NINE_TO_FIVE), "2026-11-23 10:00"),
        (minutes("2026-11-23 17:00", 0, NINE_TO_FIVE), "2026-11-23 17:00"),
        (minutes("2026-11-23 18:00", 0, NINE_TO_FIVE), "2026-11-24 09:00"),
        (minutes("2026-11-23 09:00", 480 * 5 * 1000, NINE_TO_FIVE), "2046-01-19 17:00"),
        # The clocks go forward and back.
        (minutes("2026-03-27 15:30", 60, NINE_TO_FIVE, "Europe/Berlin"), "2026-03-30 07:30"),
        (minutes("2026-10-23 14:30", 60, NINE_TO_FIVE, "Europe/Berlin"), "2026-10-26 08:30"),
        (minutes("2026-10-25 00:00", 120, {"6": [[1, 0, 4, 0]]}, "Europe/Berlin"), "2026-10-25 02:00"),
    ],
)
def test_office_minutes(row: dict[str, Any], due: str) -> None:
    assert answer(row, CALENDAR) == {"due_utc": due}


MOMENTS = st.datetimes(datetime(2026, 10, 20), datetime(2026, 11, 8)).map(  # noqa: DTZ001
    lambda at: at.replace(minute=at.minute // 15 * 15, second=0, microsecond=0)
)
WINDOWS = st.lists(
    st.tuples(st.integers(0, 95), st.integers(1, 96))
    .filter(lambda window: window[0] < window[1])
    .map(lambda window: [*divmod(window[0] * 15, 60), *divmod(window[1] * 15, 60)]),
    max_size=3,
)
ROWS = st.fixed_dictionaries(
    {
        "start_utc": MOMENTS.map(str),
        "budget_minutes": st.integers(1, 60).map(lambda quarters: quarters * 15),
        "tz": st.sampled_from(["UTC", "Asia/Taipei", "Europe/Berlin", "America/New_York", "Africa/Cairo"]),
        "hours": st.dictionaries(st.integers(0, 6).map(str), WINDOWS, max_size=7),
        "holidays": st.lists(st.dates(date(2026, 10, 20), date(2026, 11, 8)).map(str), max_size=4),
        "pauses_utc": st.lists(
            st.tuples(MOMENTS, st.integers(0, 200)).map(
                lambda pause: [str(pause[0]), str(pause[0] + timedelta(minutes=15 * pause[1]))]
            ),
            max_size=4,
        ),
    }
)


@given(ROWS)
@settings(max_examples=60)
def test_any_row_is_what_a_stopwatch_says(row: dict[str, Any]) -> None:
    """Look at every quarter of an hour: inside a window of its local day, no holiday, not paused."""
    zone, left = ZoneInfo(row["tz"]), row["budget_minutes"] // 15
    at = start = datetime.fromisoformat(row["start_utc"]).replace(tzinfo=UTC)
    pauses = [
        [datetime.fromisoformat(end).replace(tzinfo=UTC) for end in pause] for pause in row["pauses_utc"]
    ]
    windows = {day: [(a * 60 + b, c * 60 + d) for a, b, c, d in rows] for day, rows in row["hours"].items()}
    while left and at - start < timedelta(days=25):
        wall = at.astimezone(zone)
        opened = windows.get(str(wall.weekday()), []) if str(wall.date()) not in row["holidays"] else []
        left -= any(a <= wall.hour * 60 + wall.minute < b for a, b in opened) and not any(
            begins <= at < ends for begins, ends in pauses
        )
        at += timedelta(minutes=15)
    assume(not left)
    assert answer(row, CALENDAR) == {"due_utc": f"{at:%Y-%m-%d %H:%M}"}


@pytest.mark.parametrize(
    ("created", "n_days", "calendar_days", "factor", "deadline"),
    [
        ("2021-02-15 12:00:00", 1, False, 1, "2021-02-16 12:00:00"),
        ("2021-02-20 12:00:00", 1, False, 1, "2021-02-23 00:00:00"),
        ("2021-02-21 12:00:00", 1, False, 3, "2021-02-25 00:00:00"),
        ("2021-02-20 12:00:00", 1, True, 3, "2021-02-23 12:00:00"),
        ("2021-02-18 12:00:00", 2, False, 1, "2021-02-22 12:00:00"),
        ("2021-02-19 12:00:00", 10, False, 1, "2021-03-05 12:00:00"),
        ("2021-02-20 12:00:00", 5, False, 1, "2021-03-01 00:00:00"),
        ("2021-02-19T12:00:07Z", 5, False, 1, "2021-02-26 12:00:07+00:00"),
        ("2021-02-19 12:00:00", 0, False, 3, "2021-02-19 12:00:00"),
        ("2021-02-20 12:00:00", 0, False, 3, "2021-02-22 00:00:00"),
        ("2021-02-15 12:00:00", 3, True, 0.5, "2021-02-17 00:00:00"),
        ("2021-02-15 12:00:00", 3, False, 0.5, "2021-02-17 00:00:00"),
        ("2021-02-19 18:00:00", 1, False, 0.5, "2021-02-22 06:00:00"),
        ("2021-02-15 12:00:00", 10, False, 0.3, "2021-02-18 12:00:00"),
    ],
)
def test_days_by_a_factor(
    created: str, n_days: float, calendar_days: bool, factor: float, deadline: str
) -> None:
    row = {"created": created, "n_days": n_days, "calendar_days": calendar_days, "factor": factor}
    assert answer(row, CALENDAR) == {"deadline": deadline}


@given(NAIVE, st.integers(0, 60))
def test_weekdays_are_what_stepping_says(created: datetime, days: int) -> None:
    due = created
    if due.weekday() >= 5:
        due = datetime.combine(due.date() + timedelta(days=7 - due.weekday()), datetime.min.time())
    for _ in range(days):
        due += timedelta(days=3 if due.weekday() == 4 else 1)
    assert weekdays_after(created, Fraction(days)) == due


@given(NAIVE, st.fractions(0, 30), st.fractions(0, 30), st.integers(0, 20_000))
def test_parts_of_days_never_end_on_a_weekend_nor_run_backwards(
    created: datetime, days: Fraction, more: Fraction, later: int
) -> None:
    due = weekdays_after(created, days)
    assert due >= created
    assert due.weekday() < 5
    assert due <= weekdays_after(created, days + more)
    assert due <= weekdays_after(created + timedelta(minutes=later), days)


@pytest.mark.parametrize(
    ("filed", "days", "due"),
    [
        ("2024-02-07", 1, "2024-02-15"),
        ("2023-09-22", 1, "2023-09-23"),
        ("2027-12-30", 1, "2028-01-03"),
        ("2024-02-07T20:00:00Z", 1, "2024-02-15"),
        ("2026-11-20T17:00:00Z", 1, "2026-11-23"),
        ("2026-11-21", 5, "2026-11-27"),
        ("2026-11-20", 0, "2026-11-20"),
        ("2026-11-21", 0, "2026-11-23"),
        ("2025-01-20", 250, "2026-01-23"),
    ],
)
def test_working_days_of_taiwan(filed: str, days: int, due: str) -> None:
    assert answer({"filed": filed, "working_days": days}, CALENDAR) == {"due_date": due}


BAD_ROWS: list[Any] = [
    7,
    None,
    [],
    {},
    {"budget_minutes": 1},
    minutes("yesterday", 1, NINE_TO_FIVE),
    minutes("2026-11-23 09:00", -1, NINE_TO_FIVE),
    minutes("2026-11-23 09:00", float("nan"), NINE_TO_FIVE),
    minutes("2026-11-23 09:00", True, NINE_TO_FIVE),
    minutes("2026-11-23 09:00", 1, NINE_TO_FIVE, "Asia/Nowhere"),
    minutes("2026-11-23 09:00", 1, NINE_TO_FIVE, "../etc/passwd"),
    minutes("2026-11-23 09:00", 1, {"7": [[9, 0, 17, 0]]}),
    minutes("2026-11-23 09:00", 1, {"0": [[17, 0, 9, 0]]}),
    minutes("2026-11-23 09:00", 1, {"0": [[9, 0, 24, 1]]}),
    minutes("2026-11-23 09:00", 1, {"0": [[9, 60, 17, 0]]}),
    minutes("2026-11-23 09:00", 1, {"0": [[9, 17]]}),
    minutes("2026-11-23 09:00", 1, NINE_TO_FIVE, holidays=["soon"]),
    minutes("2026-11-23 09:00", 1, NINE_TO_FIVE, pauses_utc=[["2026-11-23 10:00"]]),
    minutes("2026-11-23 09:00", 1, NINE_TO_FIVE, pauses_utc=[["2026-11-23 10:00", None]]),
    minutes("2026-11-23 09:00", 1, NINE_TO_FIVE, pauses_utc=[["2026-11-23 10:00", "2026-11-23 09:00"]]),
    {"created": "2021-02-15", "n_days": -1},
    {"created": "2021-02-15", "n_days": 1, "factor": "three"},
    {"created": "2021-02-15", "n_days": 1, "calendar_days": "perhaps"},
    {"created": "2021-02-15", "n_days": 1e300},
    {"created": "2021-02-15", "n_days": 10**400},
    {"created": "0001-01-01T00:00+08:00", "n_days": 1e7, "calendar_days": True},
    {"filed": "2024-02-30", "working_days": 1},
    {"filed": "2024-02-07", "working_days": 1.5},
    {"filed": "2024-02-07"},
]


@pytest.mark.parametrize("row", BAD_ROWS, ids=str)
def test_a_row_that_cannot_be_read_says_why(row: Any) -> None:
    found = answer(row, CALENDAR)["error"]
    assert found["code"] == "invalid_spec_row"
    assert found["reason"]


@pytest.mark.parametrize(
    "row",
    [
        minutes("2026-11-23 09:00", 1, {}),
        minutes("2026-11-23 09:00", 1, {"0": []}),
        minutes("2026-11-23 09:00", 1e12, NINE_TO_FIVE),
        {"filed": "1999-09-21", "working_days": 1},
        {"filed": "2045-12-30", "working_days": 9},
        {"filed": "2024-02-07", "working_days": 10**12},
    ],
    ids=str,
)
def test_what_lies_outside_every_calendar_says_so(row: Any) -> None:
    found = answer(row, CALENDAR)["error"]
    assert found["code"] == "date_out_of_calendar"
    assert found["reason"]


def test_lists_mixed_or_in_an_object_are_answered_in_order() -> None:
    rows = [
        {"filed": "2024-02-07", "working_days": 1},
        {"created": "2021-02-15 12:00:00", "n_days": 1},
        minutes("2024-01-17 10:00", 120, NINE_TO_FIVE),
    ]
    keys = ["due_date", "deadline", "due_utc"]
    assert [next(iter(found)) for found in answers(rows, CALENDAR)] == keys
    assert [next(iter(found)) for found in answers({"b": rows[:1], "a": rows[1:]}, CALENDAR)] == keys
    assert list(answers([], CALENDAR)) == []


@pytest.mark.parametrize("spec", [7, "rows", None, {"rows": 7}, {"rows": {}}])
def test_what_is_no_list_is_refused(spec: Any) -> None:
    with pytest.raises(InvalidSpec):
        list(answers(spec, CALENDAR))
