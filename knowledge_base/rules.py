"""When an answer may be given: pure functions over the evidence of one search."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal, get_args

Decision = Literal["answer", "clarify", "none"]
DECISIONS: tuple[Decision, ...] = get_args(Decision)

OFFERED = 3
"""How many topics a citizen chooses from when the platform asks back."""

_OLD_YEARS = 3


@dataclass(frozen=True)
class Evidence:
    """What one search found: the best topic's scores and its lead over the second one.

    `covered` is the share of the question's telling words that the best topic has, in whatever way
    it may be asked. `tokens` is how many different ones the question has: a long question never
    shares as large a part of its words with an entry as a short one. `agreed` tells that the best
    topic also shares the most words. `latin` marks questions in English, whose words Chinese texts
    cannot share.
    """

    dense: float
    lexical: float
    covered: float
    lead: float
    tokens: int
    agreed: bool
    latin: bool

    def features(self) -> tuple[float, ...]:
        """The numbers the judgement weighs."""
        latin = float(self.latin)
        length = math.log1p(self.tokens)
        return (
            self.dense,
            self.lexical,
            self.covered,
            self.lead,
            length,
            float(self.agreed),
            latin,
            latin * self.dense,
        )


@dataclass(frozen=True)
class Judgement:
    """A fitted logistic judgement: how sure one must be to answer, and how sure to ask back."""

    weights: tuple[float, ...]
    bias: float
    answer_from: float
    clarify_from: float

    def confidence(self, evidence: Evidence) -> float:
        """Estimated chance, in [0, 1], that the best topic is the right one."""
        pairs = zip(self.weights, evidence.features(), strict=True)
        logit = self.bias + sum(weight * feature for weight, feature in pairs)
        return 1.0 / (1.0 + math.exp(-max(-60.0, min(60.0, logit))))

    def decide(self, evidence: Evidence | None, current: bool = True, ours: bool = True) -> Decision:
        """What to do with the evidence; None means that nothing was found.

        A topic that is no longer `current`, or a question about another city (not `ours`), is never
        answered outright: the citizen is asked what was meant.
        """
        if evidence is None:
            return "none"
        sure = self.confidence(evidence)
        if sure >= self.answer_from and current and ours:
            return "answer"
        return "clarify" if sure >= self.clarify_from else "none"


@dataclass(frozen=True)
class Outcome:
    """One labelled question under judgement.

    `rank` is the place (from 0) of the first right topic, None where no topic is right or it was
    not found; `in_scope` tells whether there is a right topic at all.
    """

    evidence: Evidence | None
    rank: int | None
    in_scope: bool


def cost(decision: Decision, outcome: Outcome) -> float:
    """What a decision costs the citizen, 0 to 2.5: a wrong answer is worse than no help; asking is cheap."""
    if decision == "answer":
        return 0.0 if outcome.rank == 0 else 2.5
    if decision == "clarify":
        offered = outcome.rank is not None and outcome.rank < OFFERED
        return 0.5 if offered else 1.2
    return 2.0 if outcome.in_scope else 0.0


def total_cost(judgement: Judgement, outcomes: Sequence[Outcome]) -> float:
    """Summed cost of the judgement over labelled questions."""
    return sum(cost(judgement.decide(outcome.evidence), outcome) for outcome in outcomes)


def is_current(valid_until: date | None, today: date) -> bool:
    """Whether an entry may still be told as current; it is on its last day."""
    return valid_until is None or today <= valid_until


def is_old(source_date: date | None, today: date) -> bool:
    """Whether the source was last touched more than three years ago; an unknown day is not called old."""
    if source_date is None:
        return False
    return (today.year - _OLD_YEARS, today.month, today.day) > (
        source_date.year,
        source_date.month,
        source_date.day,
    )
