"""Months and periods as people write them, in the Republic's years and over the new year."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.reports.figures.errors import InvalidMonth, InvalidPeriod
from gateway.reports.figures.months import LONGEST, Month, Period, months_between, months_zh, roc_day
from tests.reports.figures.books import TAIPEI

JULY = Month(2018, 7)
some_months = st.builds(Month, st.integers(2000, 2100), st.integers(1, 12))


@pytest.mark.parametrize(
    "text",
    [
        "2018-07",
        "2018-7",
        "107-07",
        "107年7月",
        "民國107年7月",
        "2018年7月",
        "2018/07",
        "107.7",
        " １０７年７月 ",
    ],
)
def test_a_month_in_every_spelling(text: str) -> None:
    assert Month.read(text) == JULY


@pytest.mark.parametrize(
    "text",
    ["", "2018", "2018-13", "2018-00", "107-7-1", "07-107", "1-07", "-07", "2018-07x", "七月", "99999-01"],
)
def test_what_is_no_month(text: str) -> None:
    with pytest.raises(InvalidMonth):
        Month.read(text)


@given(some_months)
def test_every_month_is_read_back_in_each_of_its_spellings(month: Month) -> None:
    roc = month.year - 1911
    for text in (str(month), month.zh, f"民國{month.zh}", f"{roc:03d}-{month.month:02d}"):
        assert Month.read(text) == month


@given(some_months, st.integers(-200, 200))
def test_moving_there_and_back(month: Month, by: int) -> None:
    assert month.moved(by).moved(-by) == month
    assert (month.moved(1).first - month.first).days == month.last.day


@given(some_months, st.integers(1, LONGEST))
def test_a_period_and_the_one_before_meet_without_a_gap(first: Month, length: int) -> None:
    period = Period(first, first.moved(length - 1))
    assert len(period) == len(period.months) == len(period.before) == length
    assert period.before.last.last + timedelta(days=1) == period.first.first
    starts, ends = period.instants(TAIPEI)
    assert (starts, ends) == (
        datetime.combine(period.first.first, datetime.min.time(), TAIPEI),
        datetime.combine(period.last.moved(1).first, datetime.min.time(), TAIPEI),
    )


@pytest.mark.parametrize(
    ("begins", "ends", "days", "name"),
    [
        ("2018-07-01", "2018-12-31", "民國107年7月1日至12月31日", "107年下半年"),
        ("2018-01", "2018-06", "民國107年1月1日至6月30日", "107年上半年"),
        ("107年1月", "107年12月", "民國107年1月1日至12月31日", "107年"),
        ("2018-12-01", "2019-01-31", "民國107年12月1日至108年1月31日", "107年12月至108年1月"),
        ("2020-02-01", "2020-02-29", "民國109年2月1日至2月29日", "109年2月"),
        ("2010-12", "2011-01", "民國99年12月1日至100年1月31日", "99年12月至100年1月"),
    ],
)
def test_a_period_in_the_republics_years(begins: str, ends: str, days: str, name: str) -> None:
    period = Period.read(begins, ends)
    assert (period.zh, period.short_zh) == (days, name)


@pytest.mark.parametrize(
    ("begins", "ends"),
    [
        ("2018-12-31", "2018-07-01"), ("2018-12", "2018-07"), ("2018-07-02", "2018-12-31"),
        ("2018-07-01", "2018-12-30"), ("2019-02-01", "2020-02-28"), ("2009-01-01", "2018-12-31"),
        ("2018-07", "2020-07"),
    ],
)  # fmt: skip
def test_what_is_no_period(begins: str, ends: str) -> None:
    with pytest.raises(InvalidPeriod):
        Period.read(begins, ends)


@pytest.mark.parametrize("text", ["", "yesterday", "1999-01-01", "0001-01-01", "2018-02-30", "9999-12-31"])
def test_no_day_at_all(text: str) -> None:
    with pytest.raises(InvalidMonth):
        Period.read(text, "2018-12-31")


def test_the_half_year_that_is_over() -> None:
    first, second = Period(Month(2018, 1), Month(2018, 6)), Period(Month(2018, 7), Month(2018, 12))
    assert Period.half_before(date(2018, 7, 1)) == first
    assert Period.half_before(date(2018, 12, 31)) == first
    assert Period.half_before(date(2019, 1, 1)) == second
    assert Period.half_before(date(2019, 6, 30)) == second


def test_since_january_only_where_the_period_begins_later() -> None:
    assert Period.read("2018-07", "2018-12").year_so_far == Period.read("2018-01", "2018-12")
    assert Period.read("2018-01", "2018-06").year_so_far is None
    assert Period.read("2018-12", "2019-01").year_so_far is None


def test_neighbours_are_told_together() -> None:
    months = [
        *months_between(Month(2018, 7), Month(2018, 9)),
        Month(2018, 11),
        Month(2019, 1),
        Month(2019, 2),
    ]
    assert months_zh(months) == "107年7月至9月、11月、108年1月至2月"
    assert roc_day(date(2019, 1, 1)) == "108年1月1日"
