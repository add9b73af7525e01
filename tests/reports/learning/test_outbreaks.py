"""Storms: found by closure or by volume, kept out of what is normal, and over when two days were calm."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pytest

from gateway.cases.calendar import OfficeCalendar
from gateway.cases.closures import Closure, Part
from gateway.reports.learning.days import Floats, Kind, Stretch, recorded
from gateway.reports.learning.excess import comparison, excess
from gateway.reports.learning.outbreaks import quiet, storms
from tests.reports.learning.worlds import flags, stretch_of

LAST = date(2026, 9, 20)
DAYS = 150
STORM = date(2026, 8, 11)


def usual_days(seed: int, stretch: Stretch, level: float = 200.0) -> Floats:
    return np.random.default_rng(seed).poisson(np.where(stretch.worked, level, 0.7 * level)).astype(float)


def whole(stretch: Stretch) -> np.ndarray:
    return np.ones(len(stretch.kinds), bool)


@pytest.mark.parametrize("level", [2.0, 20.0, 200.0])
def test_chance_is_no_storm(calendar: OfficeCalendar, level: float) -> None:
    stretch = stretch_of(calendar, LAST, DAYS)
    found = [storms(usual_days(seed, stretch, level), stretch, whole(stretch)) for seed in range(40)]
    assert sum(map(len, found)) <= 2


def test_a_storm_is_found_with_its_end_and_the_way_back(calendar: OfficeCalendar) -> None:
    stretch = stretch_of(calendar, LAST, DAYS)
    totals = usual_days(1, stretch)
    place = stretch.place(STORM)
    totals[place : place + 7] *= (2.5, 3.0, 2.2, 1.4, 1.35, 1.0, 1.0)
    found = storms(totals, stretch, whole(stretch))
    assert [(one.first, one.last, one.closed) for one in found] == [(STORM, STORM + timedelta(2), False)]
    assert found[0].normal_on == STORM + timedelta(5) and found[0].days_to_normal == 3
    calm = quiet(found, stretch)
    assert np.flatnonzero(~calm).tolist() == list(range(place, place + 5))


def test_a_closure_is_a_storm_however_few_came(calendar: OfficeCalendar) -> None:
    closed = calendar.with_closures((Closure(STORM, Part.PM, "颱風", "typhoon"),))
    stretch = stretch_of(closed, LAST, DAYS)
    found = storms(usual_days(1, stretch), stretch, whole(stretch))
    assert [(one.first, one.last, one.closed) for one in found] == [(STORM, STORM, True)]


def test_an_outbreak_before_it_is_normal_belongs_to_the_same_storm(calendar: OfficeCalendar) -> None:
    stretch = stretch_of(calendar, LAST, DAYS)
    totals = usual_days(2, stretch)
    place = stretch.place(STORM)
    totals[place : place + 10] *= (3, 2, 1.4, 1.4, 1.4, 1.4, 1.4, 2.5, 1.4, 1.4)
    found = storms(totals, stretch, whole(stretch))
    assert [(one.first, one.last) for one in found] == [(STORM, STORM + timedelta(7))]


def test_a_storm_that_goes_on_has_no_end(calendar: OfficeCalendar) -> None:
    stretch = stretch_of(calendar, LAST, DAYS)
    totals = usual_days(3, stretch)
    totals[-3:] *= 3
    found = storms(totals, stretch, whole(stretch))
    assert found[-1].normal_on is None and not quiet(found, stretch)[-1]


def test_a_storm_does_not_poison_what_is_expected(calendar: OfficeCalendar) -> None:
    """Trees fell in the storm; three weeks later an outbreak half as large is told all the same."""
    stretch = stretch_of(calendar, LAST, DAYS)
    world = np.random.default_rng(5).poisson(4.0, (50, DAYS)).astype(float)
    place = stretch.place(STORM)
    world[:, place : place + 4] *= 8
    world[7, -7:] *= 2.5
    calm = quiet(storms(world.sum(axis=0), stretch, whole(stretch)), stretch)
    wanted = flags(stretch, LAST - timedelta(6), LAST)
    before = flags(stretch, LAST - timedelta(62), LAST) & ~wanted
    assert np.flatnonzero(excess(world, comparison(stretch, wanted, before & calm)).told).tolist() == [7]
    poisoned = excess(world, comparison(stretch, wanted, before))
    assert not poisoned.told.any()


def test_days_without_a_record_are_not_quiet_days() -> None:
    totals = np.array([30, 250, 240, 0, 0, 0, 90, 230, 0, 240, 250], float)
    # The first day is cut, as are those at both edges of the hole; one empty day is missing alone.
    assert recorded(totals, 0).tolist() == [False, True, False] + [False] * 4 + [True, False, True, True]
    few = np.array([0, 2, 0, 0, 1, 3], float)
    assert recorded(few, 1).tolist() == [False, False, True, True, True, True]
    assert not recorded(np.zeros(3), 3).any()


@pytest.mark.parametrize(
    ("day", "kind"),
    [
        (date(2026, 11, 26), Kind.THURSDAY), (date(2026, 11, 28), Kind.SATURDAY),
        (date(2026, 11, 29), Kind.SUNDAY), (date(2024, 2, 17), Kind.MAKE_UP),
        (date(2024, 2, 9), Kind.HOLIDAY), (date(2024, 2, 12), Kind.HOLIDAY),
        (date(1999, 9, 21), Kind.TUESDAY),
    ],
)  # fmt: skip
def test_what_a_day_is(calendar: OfficeCalendar, day: date, kind: Kind) -> None:
    assert Kind(Stretch.of(calendar, day, day).kinds[0]) is kind
