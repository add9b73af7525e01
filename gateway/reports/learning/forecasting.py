"""How many cases the next days bring, by calendar and recent weeks. Pure.

Three ways to tell: as a week ago, as the mean of the last four such weekdays, or a Poisson regression over
all districts together on their recent levels and on what the day is (weekday, day off, make-up day).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

import numpy as np

from gateway.reports.learning.days import WORKED, Floats, Kind, Kinds

AHEAD: Final = 14
"""Days."""
WEEK: Final = 7
MONTH: Final = 28
FEWEST_DAYS: Final = 7
"""With fewer whole days in the last four weeks nothing is told."""
LEARNT_FROM: Final = 120
EVERY: Final = 2
"""Days on which the model looks, to learn what the following ones brought: every second of so many."""
LEARNS_FROM_DAYS: Final = 42
"""With fewer whole days there is no model."""
PENALTY: Final = 0.1
_A_BIT: Final = 0.1
_BEGIN: Final = 14


class Method(StrEnum):
    """How a forecast is made."""

    LAST_WEEK = "last_week"
    FOUR_WEEKS = "four_weeks"
    MODEL = "model"


NAIVE: Final = (Method.LAST_WEEK, Method.FOUR_WEEKS)


@dataclass(frozen=True)
class History:
    """Cases by day and district. `kinds` goes on for AHEAD days after the last one."""

    counts: Floats
    """Days by districts; NaN for days without a whole record."""
    kinds: Kinds

    def can_tell(self, origin: int) -> bool:
        """Whether enough is known of the four weeks before the day `origin`."""
        return len(self.known(origin - MONTH, origin)) >= FEWEST_DAYS

    def can_learn(self, origin: int) -> bool:
        """Whether enough is known before the day `origin` for the model."""
        return self.can_tell(origin) and len(self.known(0, origin)) >= LEARNS_FROM_DAYS

    def truth(self, origin: int) -> Floats:
        """What the days from `origin` on brought: AHEAD by districts, NaN where it is not known."""
        found = np.full((AHEAD, self.counts.shape[1]), np.nan)
        there = self.counts[origin : origin + AHEAD]
        found[: len(there)] = there
        return found

    def known(self, first: int, after: int) -> Floats:
        """The days from `first` to before `after` that have a whole record."""
        return _whole(self.counts[max(first, 0) : max(after, 0)])


def _whole(days: Floats) -> Floats:
    return days[~np.isnan(days[:, 0])] if days.size else days


def naive(history: History, origin: int, method: Method) -> Floats:
    """Each day as the same weekday a week ago, or as the mean of four of them; where they are not known, as
    the mean of the last four weeks."""
    mean = history.known(origin - MONTH, origin).mean(axis=0)
    told = []
    for ahead in range(AHEAD):
        weeks = 1 if method is Method.LAST_WEEK else MONTH // WEEK
        places = [origin - WEEK * week + ahead % WEEK for week in range(1, weeks + 1)]
        like = _whole(history.counts[[place for place in places if place >= 0]])
        told.append(like.mean(axis=0) if len(like) else mean)
    return np.stack(told)


class Model:
    """The regression, fitted on everything that was known before a day."""

    def __init__(self, history: History, origin: int) -> None:
        from sklearn.linear_model import PoissonRegressor  # noqa: PLC0415  (a second to import)
        from sklearn.pipeline import make_pipeline  # noqa: PLC0415
        from sklearn.preprocessing import StandardScaler  # noqa: PLC0415

        features, counts = [], []
        for begin in range(max(_BEGIN, origin - LEARNT_FROM), origin, EVERY):
            if not history.can_tell(begin):
                continue
            known = min(AHEAD, origin - begin)
            brought = history.truth(begin)[:known]
            there = ~np.isnan(brought)
            features.append(_features(history, begin)[:known][there])
            counts.append(brought[there])
        regression: Any = PoissonRegressor(alpha=PENALTY, solver="newton-cholesky", max_iter=100)
        self._fitted: Any = make_pipeline(StandardScaler(), regression)
        self._fitted.fit(np.concatenate(features), np.concatenate(counts))

    def tell(self, history: History, origin: int) -> Floats:
        """What the days from `origin` on will bring: AHEAD by districts."""
        features = _features(history, origin)
        told: Floats = self._fitted.predict(features.reshape(-1, features.shape[2]))
        return told.reshape(features.shape[:2])


def _features(history: History, origin: int) -> Floats:
    """For each day ahead and district: its levels of late, the city's trend, and what the day is."""
    month, week = history.known(origin - MONTH, origin), history.known(origin - WEEK, origin)
    monthly = month.mean(axis=0)
    weekly = week.mean(axis=0) if len(week) else monthly
    levels = np.log(_A_BIT + np.stack([weekly, monthly, np.median(month, axis=0)], axis=1))
    trend = np.log((_A_BIT + weekly.sum()) / (_A_BIT + monthly.sum()))
    kinds = history.kinds[origin : origin + AHEAD]
    what = np.zeros((AHEAD, len(Kind) + 1))
    what[np.arange(AHEAD), kinds] = 1
    # Beside its own kind: a holiday that has never been seen is a day off like the others.
    what[:, -1] = ~np.isin(kinds, sorted(WORKED))
    districts = len(weekly)
    parts = (
        np.broadcast_to(levels, (AHEAD, districts, levels.shape[1])),
        np.full((AHEAD, districts, 1), trend),
        np.broadcast_to(what[:, None], (AHEAD, districts, what.shape[1])),
    )
    return np.concatenate(parts, axis=2)


@dataclass(frozen=True)
class Trial:
    """What each method would have told on days of the past, and what came."""

    origins: Sequence[int]
    told: dict[Method, Floats]
    """Origins by AHEAD by districts; NaN where a method could tell nothing."""
    truth: Floats


def tried(history: History, origins: Sequence[int], refit: int = 1) -> Trial:
    """Let every method tell at each of the days, knowing only what was known then.

    The model is fitted anew at every `refit`-th of them: in between it knows less than it could.
    """
    told: dict[Method, list[Floats]] = {method: [] for method in Method}
    model = None
    for place, origin in enumerate(origins):
        for method in NAIVE:
            told[method].append(naive(history, origin, method))
        if history.can_learn(origin) and (model is None or place % refit == 0):
            model = Model(history, origin)
        nothing = np.full_like(told[NAIVE[0]][-1], np.nan)
        told[Method.MODEL].append(nothing if model is None else model.tell(history, origin))
    truth = np.stack([history.truth(origin) for origin in origins])
    return Trial(origins, {method: np.stack(found) for method, found in told.items()}, truth)
