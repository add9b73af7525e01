"""Periods as words, against a slow reckoning day by day."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.reports.saved.periods import PERIOD_NAMES, Period, days_of, resolved, with_period

DAY = timedelta(days=1)
TODAYS = st.dates(date(2001, 1, 1), date(2045, 12, 31))
GROUPS: dict[str, Callable[[date], tuple[int, int]]] = {
    "week": lambda day: day.isocalendar()[:2],
    "month": lambda day: (day.year, day.month),
    "half": lambda day: (day.year, (day.month - 1) // 6),
    "year": lambda day: (day.year, 0),
}


@settings(deadline=None)
@given(TODAYS, st.sampled_from(sorted(GROUPS)))
def test_this_and_last_are_what_counting_back_day_by_day_finds(today: date, unit: str) -> None:
    group = GROUPS[unit]
    first = today
    while group(first - DAY) == group(today):
        first -= DAY
    assert days_of(Period(f"this_{unit}"), today) == (first, today)
    before = last = first - DAY
    while group(before - DAY) == group(last):
        before -= DAY
    assert days_of(Period(f"last_{unit}"), today) == (before, last)


@settings(deadline=None)
@given(TODAYS)
def test_the_last_days_end_yesterday(today: date) -> None:
    assert days_of(Period.YESTERDAY, today) == (today - DAY, today - DAY)
    assert days_of(Period.LAST_7_DAYS, today) == (today - 7 * DAY, today - DAY)
    assert days_of(Period.LAST_30_DAYS, today) == (today - 30 * DAY, today - DAY)


@pytest.mark.parametrize(
    ("word", "today", "days"),
    [
        (Period.LAST_MONTH, date(2024, 3, 31), ("2024-02-01", "2024-02-29")),
        (Period.LAST_HALF, date(2019, 1, 1), ("2018-07-01", "2018-12-31")),
        (Period.LAST_HALF, date(2018, 12, 31), ("2018-01-01", "2018-06-30")),
        (Period.THIS_HALF, date(2018, 7, 1), ("2018-07-01", "2018-07-01")),
        (Period.YESTERDAY, date(2022, 1, 1), ("2021-12-31", "2021-12-31")),
    ],
)
def test_edges(word: Period, today: date, days: tuple[str, str]) -> None:
    asked = with_period({"by": "agency", "from": "2000-01-01", "to": "2000-01-02"}, word)
    assert asked == {"by": "agency", "period": word}
    assert resolved(asked, today) == {"by": "agency", "from": days[0], "to": days[1]}


def test_what_is_no_word_of_ours_stays() -> None:
    for asked in ({"from": "2018-07-01", "to": "2018-12-31"}, {"period": "2018-2"}, {}):
        assert with_period(asked, None) == asked
        assert resolved(asked, date(2026, 11, 26)) == asked


def test_every_period_has_a_name() -> None:
    assert set(PERIOD_NAMES) == set(Period)
