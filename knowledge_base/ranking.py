"""From signals to an order of topics, and from the order to how sure one may be of it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from knowledge_base.rules import OFFERED, Chances
from knowledge_base.signals import SIGNALS, Measured, SignalIndex

DEPTH = 10
"""How many of the best topics the evidence is taken from; the same when fitting and when deciding."""

Weights = tuple[float, ...]
Floats = npt.NDArray[np.float32]


@dataclass(frozen=True)
class TopicWeights:
    """What each signal counts for topics with phrasings and for those without, and where these start."""

    phrased: Weights
    bare: Weights
    bare_start: float

    def scores(self, signals: Floats, phrased: npt.NDArray[np.bool_]) -> Floats:
        """One number for every topic; only differences between topics mean anything."""
        with_them = signals @ np.array(self.phrased, dtype=np.float32)
        without = signals @ np.array(self.bare, dtype=np.float32) + np.float32(self.bare_start)
        return np.where(phrased, with_them, without).astype(np.float32)


@dataclass(frozen=True)
class Logistic:
    """A fitted chance: weights of the evidence and a constant."""

    weights: Weights
    bias: float

    def chance(self, evidence: Sequence[float]) -> float:
        """In [0, 1]."""
        logit = self.bias + sum(w * x for w, x in zip(self.weights, evidence, strict=True))
        return 1.0 / (1.0 + math.exp(-max(-60.0, min(60.0, logit))))


@dataclass(frozen=True)
class Tuning:
    """All that was fitted for one encoder: the order by language of the question, and the two chances."""

    model: str
    chinese: TopicWeights
    english: TopicWeights
    first: Logistic
    """That the best topic is the right one."""
    offered: Logistic
    """That the right one is among the first OFFERED."""

    def ranked(self, measured: Measured, index: SignalIndex, k: int) -> Ranking:
        """The `k` best topics of the index, best first; nothing where the question says nothing."""
        if not measured.words or k <= 0:
            return Ranking((), Chances(0.0, 0.0))
        weights = self.english if measured.latin else self.chinese
        scores = weights.scores(measured.signals, index.phrased)
        order = np.argsort(-scores, kind="stable")[: max(k, DEPTH)]
        evidence = evidence_of(measured, scores, order, index.phrased)
        chances = Chances.of(self.first.chance(evidence), self.offered.chance(evidence))
        beside = np.exp(scores[order] - scores[order[0]])
        found = zip(order.tolist(), beside.tolist(), strict=True)
        return Ranking(tuple(Ranked(index.ids[i], chances.first * share) for i, share in found)[:k], chances)


@dataclass(frozen=True)
class Ranked:
    """A topic and the estimated chance, in [0, 1], that it is the one that was meant."""

    id: str
    score: float


@dataclass(frozen=True)
class Ranking:
    """Topics, best first, and how sure one may be of the first and of the first few."""

    topics: tuple[Ranked, ...]
    chances: Chances


def evidence_of(
    measured: Measured, scores: Floats, order: npt.NDArray[np.intp], phrased: npt.NDArray[np.bool_]
) -> tuple[float, ...]:
    """What the chances are told from: the best topic's signals and how it stands among the others."""
    best = int(order[0])
    near = scores[order[:DEPTH]]
    share = np.exp(near - near[0])
    share = share / share.sum()
    lead = float(near[0] - near[1]) if len(near) > 1 else _FAR
    behind = float(near[0] - near[OFFERED]) if len(near) > OFFERED else _FAR
    latin = float(measured.latin)
    signals = measured.signals[best]
    return (
        *signals.tolist(),
        float(share[0]),
        float(share[:OFFERED].sum()),
        min(lead, _FAR),
        min(behind, _FAR),
        math.log1p(measured.words),
        float(phrased[best]),
        latin,
        latin * float(signals[_MEANING]),
        float(signals[_COVERED_ASKED] * signals[_MEANING]),
    )


_FAR = 8.0
_MEANING = SIGNALS.index("meaning")
_COVERED_ASKED = SIGNALS.index("covered_asked")
