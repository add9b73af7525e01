"""Fitting: an order that puts the right topic first, and a chance that means what it says. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from knowledge_base.ranking import Logistic, TopicWeights

Floats = npt.NDArray[np.float64]

_RIDGE = 2e-3
_STEPS = 40
_HALVINGS = 20
_SMALL = 1e-6
_LEAST_SPREAD = 0.05


@dataclass(frozen=True)
class Choice:
    """One question as the ranker sees it: some topics' signals, which have phrasings, which is right."""

    signals: npt.NDArray[np.float32]
    phrased: npt.NDArray[np.bool_]
    right: int


def fit_weights(choices: Sequence[Choice]) -> TopicWeights:
    """Weights under which the right topics are the likeliest choice among those beside them.

    Conditional logit with a small ridge on standardised signals, by Newton's method.
    """
    designs = [_design(choice) for choice in choices]
    spread = np.concatenate(designs).std(axis=0)
    spread = np.maximum(spread, _LEAST_SPREAD)  # a signal that is nearly always 0 may not weigh a ton
    rows = [(design / spread, choice.right) for design, choice in zip(designs, choices, strict=True)]
    solution = np.zeros(len(spread))
    for _ in range(_STEPS):
        gradient, curvature = _slope(rows, solution)
        step: Floats = np.linalg.solve(curvature, gradient).astype(np.float64)
        solution = _shortened(rows, solution, step)
        if np.abs(step).max() < _SMALL:
            break
    weights = solution / spread
    half = (len(weights) - 1) // 2
    return TopicWeights(tuple(weights[:half].tolist()), tuple(weights[half:-1].tolist()), float(weights[-1]))


def _design(choice: Choice) -> Floats:
    signals = choice.signals.astype(np.float64)
    phrased = choice.phrased.astype(np.float64)[:, None]
    return np.hstack([signals * phrased, signals * (1 - phrased), 1 - phrased])


Rows = Sequence[tuple[Floats, int]]


def _slope(rows: Rows, solution: Floats) -> tuple[Floats, Floats]:
    """Gradient and curvature of the penalised likelihood."""
    strength = _RIDGE * len(rows)
    gradient, curvature = -strength * solution, strength * np.eye(len(solution))
    for design, right in rows:
        share = _softmax(design @ solution)
        mean = share @ design
        gradient += design[right] - mean
        curvature += (design * share[:, None]).T @ design - np.outer(mean, mean)
    return gradient, curvature


def _shortened(rows: Rows, solution: Floats, step: Floats) -> Floats:
    """The next solution: a whole Newton step, or the longest of its halves that makes things better."""
    before = _likelihood(rows, solution)
    for _ in range(_HALVINGS):
        if _likelihood(rows, solution + step) >= before:
            return solution + step
        step = step / 2
    return solution


def _likelihood(rows: Rows, solution: Floats) -> float:
    penalty = _RIDGE * len(rows) * float(solution @ solution) / 2
    return sum(_log_share(design @ solution, right) for design, right in rows) - penalty


def _log_share(logits: Floats, right: int) -> float:
    top = logits.max()
    return float(logits[right] - top - np.log(np.exp(logits - top).sum()))


def _softmax(logits: Floats) -> Floats:
    grown = np.exp(logits - logits.max())
    shares: Floats = grown / grown.sum()
    return shares


def fit_chance(evidence: Floats, happened: npt.NDArray[np.bool_], share: Floats) -> Logistic:
    """Weighted ridge logistic regression by Newton's method; `share` is each row's weight."""
    mean, spread = evidence.mean(axis=0), evidence.std(axis=0)
    spread = np.maximum(spread, _SMALL)
    design = np.hstack([(evidence - mean) / spread, np.ones((len(evidence), 1))])
    weight = share / share.sum() * len(share)
    penalty = np.full(design.shape[1], _RIDGE * len(share))
    penalty[-1] = 1e-9
    solution = np.zeros(design.shape[1])
    for _ in range(_STEPS):
        chance = 1.0 / (1.0 + np.exp(-np.clip(design @ solution, -30, 30)))
        gradient = design.T @ (weight * (happened - chance)) - penalty * solution
        curvature = (design * (weight * chance * (1 - chance))[:, None]).T @ design + np.diag(penalty)
        step = np.linalg.solve(curvature, gradient)
        solution += step
        if np.abs(step).max() < _SMALL:
            break
    weights = solution[:-1] / spread
    return Logistic(tuple(weights.tolist()), float(solution[-1] - weights @ mean))
