"""Fitting the judgement of one index and one model on labelled questions."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from knowledge_base.corpus import Topic
from knowledge_base.encoder import Encoder
from knowledge_base.evidence import evidence_of
from knowledge_base.hybrid import Document, HybridIndex, Ranked
from knowledge_base.rules import OFFERED, Judgement, Outcome, cost

CALIBRATION_FOLDER = Path(__file__).resolve().parent / "calibration"
_IN_SCOPE = "in_scope.jsonl"
_OUT_OF_SCOPE = "out_of_scope.jsonl"

_OUT_OF_SCOPE_SHARE = 0.35
_RIDGE = 0.01
_STEPS = 30
_GRID = np.linspace(0.02, 0.98, 97)

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Labelled:
    """A question and the address of the entry that answers it; no address: nothing must."""

    question: str
    source_url: str | None


def labelled_questions(folder: Path = CALIBRATION_FOLDER) -> list[Labelled]:
    """The calibration questions that ship with the project."""
    inside = _lines(folder / _IN_SCOPE)
    outside = _lines(folder / _OUT_OF_SCOPE)
    return [Labelled(line["q"], line.get("source_url")) for line in (*inside, *outside)]


def fit(topics: Sequence[Topic], index: HybridIndex, encoder: Encoder) -> Judgement:
    """The judgement that costs citizens least on the labelled questions.

    Most imported topics have no phrasings, so the questions are asked twice: of the index as it is
    and of one in which every topic has only its own question. To the bare one a phrasing of each
    topic is put as well: somebody's real wording that this index has not seen.
    """
    bare = HybridIndex.build([_bare(topic) for topic in topics], encoder)
    labelled = labelled_questions()
    unseen = [Labelled(topic.titles[-1], topic.shown.source_url) for topic in topics if len(topic.titles) > 1]
    encoder.encode([item.question for item in (*labelled, *unseen)])
    outcomes = [
        *_outcomes(labelled, topics, index),
        *_outcomes([*labelled, *unseen], topics, bare),
    ]
    return fit_judgement(outcomes)


def fit_judgement(outcomes: Sequence[Outcome]) -> Judgement:
    """Logistic regression on "the best topic is right", then the two limits of least total cost."""
    found = [outcome for outcome in outcomes if outcome.evidence is not None]
    features = np.array([o.evidence.features() for o in found if o.evidence is not None])
    right = np.array([o.rank == 0 for o in found], dtype=np.float64)
    share = _weights(found)
    weights, bias = _logistic(features, right, share)
    draft = Judgement(tuple(weights.tolist()), bias, 1.0, 1.0)
    sure = np.array([draft.confidence(o.evidence) for o in found if o.evidence is not None])
    answer_from, clarify_from = _limits(found, sure, share)
    return Judgement(draft.weights, draft.bias, answer_from, clarify_from)


def _limits(outcomes: Sequence[Outcome], sure: Floats, share: Floats) -> tuple[float, float]:
    costs = {
        decision: np.array([cost(decision, outcome) for outcome in outcomes]) * share
        for decision in ("answer", "clarify", "none")
    }
    best = (float("inf"), 1.0, 1.0)
    for clarify_from in _GRID:
        for answer_from in _GRID[clarify_from <= _GRID]:
            below = np.where(sure >= clarify_from, costs["clarify"], costs["none"])
            total = float(np.where(sure >= answer_from, costs["answer"], below).sum())
            best = min(best, (total, float(answer_from), float(clarify_from)))
    return best[1], best[2]


def _weights(outcomes: Sequence[Outcome]) -> Floats:
    """Each outcome's weight, so that questions out of scope have their expected share of the mass."""
    inside = np.array([outcome.in_scope for outcome in outcomes])
    count_inside, count_outside = max(int(inside.sum()), 1), max(int((~inside).sum()), 1)
    return np.where(
        inside, (1 - _OUT_OF_SCOPE_SHARE) / count_inside, _OUT_OF_SCOPE_SHARE / count_outside
    ).astype(np.float64)


def _logistic(features: Floats, right: Floats, share: Floats) -> tuple[Floats, float]:
    """Weighted ridge logistic regression by Newton's method."""
    design = np.hstack([features, np.ones((len(features), 1))])
    penalty = np.diag([_RIDGE / len(features)] * features.shape[1] + [1e-9])
    solution = np.zeros(design.shape[1])
    for _ in range(_STEPS):
        chance = 1.0 / (1.0 + np.exp(-np.clip(design @ solution, -30, 30)))
        gradient = design.T @ (share * (right - chance)) - penalty @ solution
        curvature = (design * (share * chance * (1 - chance))[:, None]).T @ design + penalty
        solution = solution + np.linalg.solve(curvature, gradient)
    return solution[:-1], float(solution[-1])


def _outcomes(labelled: Iterable[Labelled], topics: Sequence[Topic], index: HybridIndex) -> list[Outcome]:
    topic_at = {topic.shown.source_url: topic.id for topic in topics}
    outcomes: list[Outcome] = []
    for item in labelled:
        expected = topic_at.get(item.source_url) if item.source_url is not None else None
        if item.source_url is not None and expected is None:
            continue
        ranked = index.rank(item.question, OFFERED)
        outcomes.append(
            Outcome(evidence_of(item.question, ranked), _rank(ranked, expected), expected is not None)
        )
    return outcomes


def _rank(ranked: Sequence[Ranked], expected: str | None) -> int | None:
    return next((place for place, hit in enumerate(ranked) if hit.id == expected), None)


def _bare(topic: Topic) -> Document:
    document = topic.document()
    return Document(document.id, document.titles[:1], document.body)


def _lines(path: Path) -> list[dict[str, str]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]
