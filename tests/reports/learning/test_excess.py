"""What is told to be new: planted outbreaks are, chance is not, whatever the calendar does."""

from __future__ import annotations

from datetime import date, timedelta
from statistics import mean

import numpy as np
import pytest

from gateway.cases.calendar import OfficeCalendar
from gateway.reports.learning.days import Flags, Stretch
from gateway.reports.learning.excess import FALSE_SHARE, Comparison, comparison, excess
from tests.reports.learning.worlds import flags, poisson_world, stretch_of

LAST = date(2026, 9, 20)
DAYS = 63
WORLDS = 120
CELLS = 250


def last_week(stretch: Stretch, days: int = 7) -> Comparison:
    wanted = flags(stretch, stretch.days[-days], stretch.days[-1])
    return comparison(stretch, wanted, ~wanted)


@pytest.mark.parametrize(("spread", "length"), [(0.0, 7), (0.0, 1), (0.05, 7), (0.3, 7)])
def test_where_nothing_happens_hardly_a_world_alarms(
    calendar: OfficeCalendar, spread: float, length: int
) -> None:
    """Every alarm is false here, so the share of false ones is that of the worlds with any."""
    alarms = 0
    for seed in range(WORLDS):
        stretch = stretch_of(calendar, LAST + timedelta(days=seed), DAYS)
        world = poisson_world(seed, stretch, CELLS, spread=spread)
        alarms += bool(excess(world, last_week(stretch, length)).told.any())
    assert alarms <= 2 * FALSE_SHARE * WORLDS, alarms


def test_what_is_planted_is_found_and_few_others_are(calendar: OfficeCalendar) -> None:
    stretch = stretch_of(calendar, LAST, DAYS)
    compared, found, false = last_week(stretch), [], []
    for seed in range(WORLDS):
        world, chance = poisson_world(seed, stretch, CELLS), np.random.default_rng(1000 + seed)
        planted = np.argsort(-world.sum(axis=1))[10:25]
        more = chance.poisson(1.5 * world[planted].mean(axis=1, keepdims=True), (15, DAYS))
        world[planted] += more * compared.looked_at
        told = excess(world, compared).told
        found.append(told[planted].mean())
        false.append((told.sum() - told[planted].sum()) / max(told.sum(), 1))
    assert mean(found) >= 0.95
    assert mean(false) <= FALSE_SHARE


def test_a_new_thing_is_found_where_there_was_none_before(calendar: OfficeCalendar) -> None:
    stretch = stretch_of(calendar, LAST, DAYS)
    world = np.zeros((40, DAYS))
    world[3, -5:] = 2
    result = excess(world, last_week(stretch))
    assert np.flatnonzero(result.told).tolist() == [3]
    assert (result.observed[3], result.expected[3]) == (10, 0)


def test_hardly_more_than_usual_is_no_news_however_sure(calendar: OfficeCalendar) -> None:
    stretch = stretch_of(calendar, LAST, DAYS)
    world = np.full((1, DAYS), 1000.0)
    world[0, -7:] = 1200
    result = excess(world, last_week(stretch))
    assert result.adjusted[0] < 0.001 and not result.told.any()


def rates(stretch: Stretch) -> Flags:
    return np.where(stretch.worked, 30.0, 8.0)[None, :].repeat(60, axis=0)


@pytest.mark.parametrize(
    ("first", "last"),
    [
        (date(2024, 2, 8), date(2024, 2, 14)),  # Lunar New Year
        (date(2024, 2, 15), date(2024, 2, 21)),  # the week after it, with a make-up Saturday
        (date(2025, 1, 25), date(2025, 2, 2)),
        (date(2025, 2, 8), date(2025, 2, 8)),  # a make-up Saturday alone
        (date(2025, 10, 6), date(2025, 10, 12)),
    ],
)
def test_days_off_and_make_up_days_do_not_alarm(calendar: OfficeCalendar, first: date, last: date) -> None:
    """Working days bring four times what days off bring; each day is compared with its like."""
    stretch = Stretch.of(calendar, first - timedelta(days=56), last)
    wanted = flags(stretch, first, last)
    compared = comparison(stretch, wanted, ~wanted)
    assert compared.looked_at.sum() == wanted.sum()
    alarms = 0
    for seed in range(40):
        world = np.random.default_rng(seed).poisson(rates(stretch)).astype(float)
        alarms += bool(excess(world, compared).told.any())
    assert alarms <= 2 * FALSE_SHARE * 40


def test_a_real_outbreak_on_a_holiday_is_told(calendar: OfficeCalendar) -> None:
    first, last = date(2024, 2, 8), date(2024, 2, 14)
    stretch = Stretch.of(calendar, first - timedelta(days=56), last)
    wanted = flags(stretch, first, last)
    world = np.random.default_rng(7).poisson(rates(stretch)).astype(float)
    world[5, wanted] += 20
    assert np.flatnonzero(excess(world, comparison(stretch, wanted, ~wanted)).told).tolist() == [5]


def test_three_days_of_data_are_not_compared(calendar: OfficeCalendar) -> None:
    stretch = stretch_of(calendar, LAST, 3)
    compared = last_week(stretch, 1)
    assert not compared.possible
    assert not excess(np.full((2, 3), 50.0), compared).told.any()


def test_without_cells_or_days_nothing_breaks(calendar: OfficeCalendar) -> None:
    stretch = stretch_of(calendar, LAST, DAYS)
    assert len(excess(np.zeros((0, DAYS)), last_week(stretch)).told) == 0
    assert not excess(np.zeros((4, DAYS)), last_week(stretch)).told.any()
