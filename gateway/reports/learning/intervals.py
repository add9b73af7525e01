"""Which way of telling did best on days of the past, and how far it was off: the interval. Pure.

The interval is conformal: it reaches as far as the errors of like forecasts did, in units of the square root
of what was told. Like are forecasts of the same size and of the same week ahead; those of one day are off
alike and count as one.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final

import numpy as np
import numpy.typing as npt

from gateway.reports.learning.days import Flags, Floats
from gateway.reports.learning.forecasting import AHEAD, NAIVE, WEEK, Method, Trial

COVERED: Final = 0.8
"""Of days, so many shall lie within the interval."""
SIZES: Final = (1.0, 4.0, 16.0)
FEWEST: Final = 30
"""With fewer errors of like forecasts, those of all sizes and weeks count."""
_LEAST: Final = 0.25


class Area(StrEnum):
    """Of what a forecast is; each has its own method and interval."""

    CITY = "city"
    DISTRICT = "district"


def of_area(trial: Trial, area: Area) -> Trial:
    """The trial by districts, or of their sum."""
    if area is Area.DISTRICT:
        return trial
    summed = {method: told.sum(axis=2, keepdims=True) for method, told in trial.told.items()}
    return replace(trial, told=summed, truth=trial.truth.sum(axis=2, keepdims=True))


def known_by(trial: Trial, origin: int) -> Flags:
    """Of each forecast of the trial, whether what came of it was known before the day `origin`."""
    days = np.array(trial.origins)[:, None] + np.arange(AHEAD)
    return np.broadcast_to((days < origin)[..., None], trial.truth.shape) & ~np.isnan(trial.truth)


@dataclass(frozen=True)
class Errors:
    """How far a method was off."""

    mae: float
    """Mean absolute error, in cases a day."""
    wape: float
    """All absolute errors beside all cases."""
    number: int


def errors(told: Floats, truth: Floats, counted: Flags) -> Errors | None:
    """The errors of the forecasts that count; None where there are none."""
    counted = counted & ~np.isnan(told) & ~np.isnan(truth)
    if not counted.any():
        return None
    apart = np.abs(told[counted] - truth[counted])
    cases = float(truth[counted].sum())
    return Errors(float(apart.mean()), float(apart.sum() / cases) if cases else 0.0, int(counted.sum()))


def best(trial: Trial, counted: Flags) -> Method:
    """The method with the least errors on the same forecasts; a plain one where the model is no better."""
    modelled = counted & ~np.isnan(trial.told[Method.MODEL])
    asked = modelled if modelled.any() else counted
    found = {method: errors(trial.told[method], trial.truth, asked) for method in (*NAIVE, Method.MODEL)}
    return min(found, key=lambda method: one.mae if (one := found[method]) is not None else float("inf"))


@dataclass(frozen=True)
class Band:
    """How far below and above what is told the interval reaches, by size of forecast and week ahead."""

    low: Floats
    high: Floats

    def around(self, told: Floats) -> tuple[Floats, Floats]:
        """Least and most cases of each day (AHEAD by districts); both are whole numbers, both are inside."""
        week = np.broadcast_to((np.arange(AHEAD) // WEEK)[:, None], told.shape)
        size, unit = _sizes(told), np.sqrt(np.maximum(told, _LEAST))
        low = np.maximum(told + self.low[size, week] * unit, 0.0)
        high = np.maximum(told + self.high[size, week] * unit, 0.0)
        whole_low, whole_high = np.ceil(low), np.floor(high)
        narrow = whole_low > whole_high
        return np.where(narrow, np.floor(low), whole_low), np.where(narrow, np.ceil(high), whole_high)


def band(trial: Trial, method: Method, counted: Flags) -> Band | None:
    """The interval of a method after the forecasts that count; None where they are too few."""
    told = trial.told[method]
    counted = counted & ~np.isnan(told)
    if counted.sum() < FEWEST:
        return None
    unit = np.sqrt(np.maximum(told, _LEAST))
    off = (trial.truth - told) / unit
    week = np.broadcast_to((np.arange(AHEAD) // WEEK)[None, :, None], told.shape)
    size, what = _sizes(told), _what(trial)
    sizes, weeks = len(SIZES) + 1, AHEAD // WEEK
    low, high = np.zeros((sizes, weeks)), np.zeros((sizes, weeks))
    for one in range(sizes):
        for ahead in range(weeks):
            like = counted & (size == one) & (week == ahead)
            like = like if like.sum() >= FEWEST else counted
            number = len(np.unique(what[like]))
            low[one, ahead], high[one, ahead] = -_reach(-off[like], number), _reach(off[like], number)
    return Band(low, high)


def covered(trial: Trial, first: int) -> tuple[Errors, float] | None:
    """Errors and share inside of what would have been told from the day `first` on, each day with the method
    and the interval that were best by what was known then. None where nothing can be said."""
    inside, told, truth = [], [], []
    for place, origin in enumerate(trial.origins):
        counted = known_by(trial, origin)
        if origin < first or not counted.any():
            continue
        method = best(trial, counted)
        reach, said = band(trial, method, counted), trial.told[method][place]
        there = ~np.isnan(trial.truth[place])
        if reach is None or np.isnan(said).any() or not there.any():
            continue
        low, high = reach.around(said)
        came = trial.truth[place][there]
        inside.append((low[there] <= came) & (came <= high[there]))
        told.append(said[there])
        truth.append(came)
    if not inside:
        return None
    all_told, all_truth = np.concatenate(told), np.concatenate(truth)
    found = errors(all_told, all_truth, np.ones(len(all_told), bool))
    return None if found is None else (found, float(np.concatenate(inside).mean()))


def _sizes(told: Floats) -> npt.NDArray[np.int64]:
    return np.digitize(np.nan_to_num(told), SIZES)


def _what(trial: Trial) -> npt.NDArray[np.int64]:
    """A number for each day and district that was told: forecasts of the same one are off alike."""
    districts = trial.truth.shape[2]
    days = np.array(trial.origins)[:, None] + np.arange(AHEAD)
    found: npt.NDArray[np.int64] = days[..., None] * districts + np.arange(districts)
    return found


def _reach(off: Floats, number: int) -> float:
    """The quantile that leaves half of the rest above it, further out the fewer different days were told."""
    share = min((1 - (1 - COVERED) / 2) * (number + 1) / number, 1.0)
    return float(np.quantile(off, share, method="higher"))
