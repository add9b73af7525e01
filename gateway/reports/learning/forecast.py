"""How many cases the next two weeks bring, by day, for the city and each district, and how sure that is."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

import numpy as np
from sqlalchemy.orm import Session

from gateway.reports.learning.asked import Asking
from gateway.reports.learning.daily import By, daily_counts
from gateway.reports.learning.days import Calendar, Floats, Kind, Stretch
from gateway.reports.learning.forecasting import AHEAD, NAIVE, History, Method, Model, Trial, naive, tried
from gateway.reports.learning.intervals import (
    Area,
    Errors,
    band,
    best,
    covered,
    errors,
    known_by,
    of_area,
)
from gateway.reports.learning.record import Record, record, rows
from gateway.reports.learning.report import Reach

LOOKED_AT: Final = 200
"""Days of the past that forecasts rest on."""
TRIED: Final = 70
"""On so many days of the past every method is tried."""
REFIT: Final = 7
FEWEST_TRIED: Final = 14
"""With fewer days of trial nothing is said about intervals."""
CITY: Final = "city"
ALL: Final = "all"


@dataclass(frozen=True)
class Wanted:
    """The last day that is over, and of what the forecast is told: the city, all districts, or one."""

    last: date
    area: str


@dataclass(frozen=True)
class Day:
    """What is told of one day."""

    day: date
    kind: Kind
    district: str | None
    """None with `city` unset: cases without a district."""
    expected: float
    low: float | None
    high: float | None
    city: bool = False


@dataclass(frozen=True)
class Made:
    """How the forecast of an area was made, and how it would have done."""

    method: Method
    errors: dict[Method, Errors]
    """Of each method on the same days of the past."""
    inside: float | None
    """Of those days, the share within the interval that would have been told; None: nothing can be said."""
    tried: int
    """Days of the past from which it was tried."""


@dataclass(frozen=True)
class Forecast:
    """The next days, and how they were told; no days where too little is known."""

    days: Sequence[Day]
    made: dict[Area, Made]
    known: int
    """Days with a whole record that it rests on."""


def read(asking: Asking) -> Wanted:
    """What an address asks for: `area` (city, all, or a district) and `to`. Raises CannotBeAsked."""
    return Wanted(asking.day_over("to"), asking.text("area") or CITY)


@dataclass(frozen=True)
class ForecastRoom:
    """Tells the next days by the recent ones."""

    calendar: Callable[[Session], Calendar]

    def reckon(self, session: Session, last: date, reach: Reach) -> Forecast:
        """The days after `last`."""
        calendar = self.calendar(session)
        known = record(session, calendar, last - timedelta(days=LOOKED_AT), last)
        if known is None:
            return Forecast((), {}, 0)
        counts = daily_counts(session, known.stretch.first, last, By.DISTRICT, units=reach.units)
        keys, cells = rows(counts, known.stretch)
        if not keys:
            return Forecast((), {}, int(known.whole.sum()))
        ahead = Stretch.of(calendar, known.stretch.first, last + timedelta(days=AHEAD))
        history = history_of(cells, known, ahead)
        return _told(history, [key[0] for key in keys], ahead)


def history_of(cells: Floats, known: Record, ahead: Stretch) -> History:
    """Counts of districts by day, without the days that have no whole record."""
    counts = cells.T.copy()
    counts[~known.whole] = np.nan
    return History(counts, ahead.kinds)


def _told(history: History, districts: Sequence[str | None], ahead: Stretch) -> Forecast:
    now = len(history.counts)
    known = len(history.known(0, now))
    if not history.can_tell(now):
        return Forecast((), {}, known)
    origins = [place for place in range(max(now - TRIED, 1), now) if history.can_tell(place)]
    trial = tried(history, origins, REFIT) if origins else None
    days: list[Day] = []
    made: dict[Area, Made] = {}
    told = {method: naive(history, now, method) for method in NAIVE}
    if history.can_learn(now):
        told[Method.MODEL] = Model(history, now).tell(history, now)
    for area in Area:
        of_it = None if trial is None else of_area(trial, area)
        made[area], low, high, said = _area(of_it, told, now, area)
        names: Sequence[str | None] = [None] if area is Area.CITY else districts
        days += [
            Day(
                ahead.days[now + day], Kind(ahead.kinds[now + day]), name, float(said[day, at]),
                None if low is None else float(low[day, at]), None if high is None else float(high[day, at]),
                city=area is Area.CITY,
            )
            for day in range(AHEAD)
            for at, name in enumerate(names)
        ]  # fmt: skip
    return Forecast(days, made, known)


def _area(
    trial: Trial | None, told: dict[Method, Floats], now: int, area: Area
) -> tuple[Made, Floats | None, Floats | None, Floats]:
    """How an area is told: method, least, most, and the number itself."""
    summed = area is Area.CITY
    if trial is None or len(trial.origins) < FEWEST_TRIED:
        said = told[Method.FOUR_WEEKS]
        said = said.sum(axis=1, keepdims=True) if summed else said
        return Made(Method.FOUR_WEEKS, {}, None, 0), None, None, said
    counted = known_by(trial, now)
    method = best(trial, counted)
    if method not in told:
        method = best(_plain(trial), counted)
    said = told[method].sum(axis=1, keepdims=True) if summed else told[method]
    modelled = ~np.isnan(trial.told[Method.MODEL])
    same = counted & modelled if modelled.any() else counted
    found = {one: errors(trial.told[one], trial.truth, same) for one in Method}
    reach = band(trial, method, counted)
    low, high = (None, None) if reach is None else reach.around(said)
    measured = covered(trial, trial.origins[FEWEST_TRIED - 1])
    inside = None if measured is None else measured[1]
    kept = {one: error for one, error in found.items() if error is not None}
    return Made(method, kept, inside, len(trial.origins)), low, high, said


def _plain(trial: Trial) -> Trial:
    """The trial without the model, where it cannot tell anything today."""
    nothing = np.full_like(trial.told[Method.MODEL], np.nan)
    return Trial(trial.origins, {**trial.told, Method.MODEL: nothing}, trial.truth)
