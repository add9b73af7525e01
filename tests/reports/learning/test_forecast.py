"""The forecast: its interval holds what it promises, and the plain ways win where they are better."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

import numpy as np
import pytest

from gateway.cases.calendar import OfficeCalendar
from gateway.database import Database
from gateway.errors import InvalidInput
from gateway.reports.learning.days import Floats, Kind, Stretch
from gateway.reports.learning.forecasting import AHEAD, NAIVE, History, Method, Model, naive, tried
from gateway.reports.learning.intervals import COVERED, Area, best, covered, errors, known_by, of_area
from gateway.reports.tables import Reader, Table
from tests.reports.learning.worlds import put, steady

LAST = date(2026, 11, 25)
DAYS = 120
Ask = Callable[..., Table]


def world(
    calendar: OfficeCalendar, seed: int, *, spread: float, districts: int = 12, days: int = DAYS
) -> History:
    """Districts of all sizes, fewer cases on days off, and a city that drifts."""
    stretch = Stretch.of(calendar, LAST - timedelta(days=days - 1), LAST + timedelta(days=AHEAD))
    chance = np.random.default_rng(seed)
    drift = np.exp(0.1 * np.sin(np.arange(days + AHEAD) / 20))
    level = np.exp(chance.uniform(-1, 3, districts))
    rates = level * (np.where(stretch.worked, 1.0, 0.6) * drift)[:, None]
    if spread:
        rates = rates * chance.gamma(1 / spread, spread, rates.shape)
    return History(chance.poisson(rates[:days]).astype(float), stretch.kinds)


@pytest.mark.parametrize("spread", [0.0, 0.1])
def test_the_interval_covers_what_it_promises(calendar: OfficeCalendar, spread: float) -> None:
    inside: dict[Area, list[float]] = {area: [] for area in Area}
    for seed in range(6):
        trial = tried(world(calendar, seed, spread=spread), range(60, DAYS), refit=14)
        for area in Area:
            measured = covered(of_area(trial, area), 75)
            assert measured is not None
            inside[area].append(measured[1])
    # Of whole numbers the interval takes in a little more; a city's days are few and alike.
    assert COVERED - 0.03 <= np.mean(inside[Area.DISTRICT]) <= COVERED + 0.08, inside
    assert COVERED - 0.1 <= np.mean(inside[Area.CITY]) <= COVERED + 0.1, inside


def test_the_model_beats_the_plain_ways_where_there_is_something_to_learn(calendar: OfficeCalendar) -> None:
    history = world(calendar, 1, spread=0.05)
    trial = tried(history, range(60, DAYS), refit=14)
    known = known_by(trial, DAYS)
    found = {method: errors(trial.told[method], trial.truth, known) for method in Method}
    assert best(trial, known) is Method.MODEL
    assert found[Method.MODEL].mae < min(found[Method.LAST_WEEK].mae, found[Method.FOUR_WEEKS].mae)


def test_the_plain_way_is_taken_where_the_model_is_no_better(calendar: OfficeCalendar) -> None:
    history = world(calendar, 1, spread=0)
    trial = tried(history, range(60, DAYS), refit=14)
    trial.told[Method.MODEL] = trial.told[Method.MODEL] * 3
    assert best(trial, known_by(trial, DAYS)) in {Method.LAST_WEEK, Method.FOUR_WEEKS}


def test_nothing_of_the_future_is_used(calendar: OfficeCalendar) -> None:
    """Whatever comes after a day changes nothing of what is told on it."""
    history = world(calendar, 2, spread=0.1)
    other = History(history.counts.copy(), history.kinds)
    other.counts[100:] = 7777
    for method in NAIVE:
        assert np.array_equal(naive(history, 100, method), naive(other, 100, method))
    assert np.array_equal(Model(history, 100).tell(history, 100), Model(other, 100).tell(other, 100))
    trial, twin = (tried(one, range(60, 100), refit=14) for one in (history, other))
    known = known_by(trial, 100)
    assert known[0].all() and known[-1, 0].all() and not known[-1, 1:].any()
    assert np.array_equal(trial.truth[known], twin.truth[known_by(twin, 100)])


def test_days_without_a_record_are_passed_over(calendar: OfficeCalendar) -> None:
    history = world(calendar, 3, spread=0)
    holes: Floats = history.counts.copy()
    holes[50:58] = np.nan
    holes[-7:-5] = np.nan
    history = History(holes, history.kinds)
    told = [naive(history, DAYS, method) for method in NAIVE]
    told.append(Model(history, DAYS).tell(history, DAYS))
    assert all(np.isfinite(one).all() for one in told)
    assert np.isfinite(naive(history, 58, Method.LAST_WEEK)).all()


def test_a_holiday_never_seen_before_is_a_day_off(calendar: OfficeCalendar) -> None:
    """Only weekends were seen; the coming holiday is told lower than the working day after it."""
    history = world(calendar, 4, spread=0)
    kinds = history.kinds.copy()
    kinds[:DAYS][kinds[:DAYS] == Kind.HOLIDAY] = Kind.SUNDAY
    kinds[DAYS + 4], kinds[DAYS + 5] = Kind.HOLIDAY, Kind.TUESDAY
    history = History(history.counts, kinds)
    told = Model(history, DAYS).tell(history, DAYS).sum(axis=1)
    assert told[4] < 0.9 * told[5]


def cells(table: Table, key: str) -> list[object]:
    return [row.cells[table.place(key)] for row in table.rows]


@pytest.mark.parametrize("days", [0, 1, 3])
def test_of_too_little_nothing_is_told(both: Database, ask: Ask, days: int) -> None:
    put(both, steady(LAST - timedelta(days=days - 1), LAST, 30) if days else [])
    table = ask("forecast")
    assert table.rows == [] and "資料不足" in table.notes[0][0]


def test_two_weeks_of_data_are_told_plainly_and_without_an_interval(both: Database, ask: Ask) -> None:
    put(both, steady(LAST - timedelta(days=14), LAST, 30))
    table = ask("forecast")
    assert len(table.rows) == AHEAD
    assert cells(table, "day")[0] == LAST + timedelta(days=1)
    assert set(cells(table, "expected")) == {30.0} and set(cells(table, "low")) == {None}
    assert table.more["made"]["city"]["method"] == "four_weeks"  # type: ignore[index]
    assert "前四週同星期的平均" in table.notes[0][0]


def test_months_of_data_have_an_interval_and_say_how_good_it_was(both: Database, ask: Ask) -> None:
    chance = np.random.default_rng(3)
    first = LAST - timedelta(days=89)
    for district, rate in (("三民區", 9), ("苓雅區", 4)):
        numbers = {first + timedelta(days=day): int(chance.poisson(rate)) for day in range(90)}
        put(both, steady(first, LAST, 0, but=numbers, district=district))
    table = ask("forecast")
    told = (cells(table, key) for key in ("low", "expected", "high"))
    for low, expected, high in zip(*told, strict=True):
        assert low <= expected <= high and 7 < expected < 20  # type: ignore[operator]
    made = table.more["made"]["district"]  # type: ignore[index]
    assert set(made["tried"]) == set(Method) and 0.6 < made["inside"] <= 1
    assert len(ask("forecast", area="all").rows) == 2 * AHEAD
    one = ask("forecast", area="苓雅區")
    assert len(one.rows) == AHEAD and set(cells(one, "area")) == {"苓雅區"}
    assert ask("forecast", area="田寮區").rows == []
    assert ask("forecast", Reader("a", "b", frozenset({"環保局"}))).rows == []
    with pytest.raises(InvalidInput):
        ask("forecast", area="信義區")
