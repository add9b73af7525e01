"""Days cut into years, months and the rest: every day once, whole periods where there are any."""

from __future__ import annotations

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from gateway.reports.cases.dimensions import GROUPINGS, By
from gateway.reports.cases.figures import day_number, day_of
from gateway.reports.cases.lines import percentile
from gateway.reports.cases.periods import cut
from gateway.reports.cases.rows import days_of_period, period_key
from tests.reports.cases.recount import nearest_rank

DAYS = st.dates(date(2010, 1, 1), date(2030, 12, 31))


def days_in(total: int) -> set[date]:
    """The days of a year or a month."""
    day = date(total, 1, 1) if total < 10_000 else date(total // 100, total % 100, 1)
    found = set()
    while (day.year if total < 10_000 else day.year * 100 + day.month) == total:
        found.add(day)
        day += timedelta(days=1)
    return found


@given(DAYS, st.integers(0, 2_000), st.booleans())
def test_every_day_is_in_one_piece(first: date, length: int, years: bool) -> None:
    last = first + timedelta(days=length)
    pieces = cut(first, last, years=years)
    covered: list[date] = []
    for total in pieces.totals:
        assert years or total > 10_000
        covered += sorted(days_in(total))
    for begins, ends in pieces.days:
        day = day_of(begins)
        while day <= day_of(ends):
            covered.append(day)
            day += timedelta(days=1)
    assert sorted(covered) == [first + timedelta(days=n) for n in range(length + 1)]
    assert len(pieces.days) <= 2
    assert sum(total > 10_000 for total in pieces.totals) <= (22 if years else 70)


@given(DAYS, st.sampled_from([By.DAY, By.WEEK, By.MONTH, By.HALF_YEAR, By.YEAR]))
def test_a_day_lies_in_the_period_that_it_is_put_into(day: date, by: By) -> None:
    first, last = days_of_period(period_key(day, by), by)
    assert first <= day <= last
    assert period_key(first, by) == period_key(last, by)
    assert period_key(first - timedelta(days=1), by) != period_key(first, by)


@given(DAYS)
def test_days_as_numbers(day: date) -> None:
    assert day_of(day_number(day)) == day
    assert str(day_number(day)) == f"{day:%Y%m%d}"


@given(st.lists(st.integers(1, 60), min_size=1, max_size=200), st.sampled_from([50, 90, 95]))
def test_a_percentile_of_a_histogram_is_that_of_its_list(values: list[int], per_cent: int) -> None:
    histogram = {value: values.count(value) for value in values}
    assert percentile(histogram, per_cent) == nearest_rank(sorted(map(float, values)), per_cent)


def test_no_grouping_is_kept_twice() -> None:
    kept = [frozenset(grouping) for grouping in GROUPINGS]
    assert len(set(kept)) == len(kept)
    assert all(len(grouping) <= 2 for grouping in GROUPINGS)
