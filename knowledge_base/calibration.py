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
from knowledge_base.evidence import DEPTH, evidence_of
from knowledge_base.hybrid import Document, HybridIndex, Ranked
from knowledge_base.rules import DECISIONS, Judgement, Outcome, cost

CALIBRATION_FOLDER = Path(__file__).resolve().parent / "calibration"
_IN_SCOPE = "in_scope.jsonl"
_OUT_OF_SCOPE = "out_of_scope.jsonl"

_OUT_OF_SCOPE_SHARE = 0.35
_RIDGE = 0.01
_STEPS = 30
_RESAMPLES = 200
_SEED = 1999
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

    Most imported topics have no phrasings, so the questions are asked twice: of the index as it is,
    and of one in which their own topic has only its question while others keep their phrasings. To
    that one a phrasing of each topic is put as well: a wording that it has not seen.
    """
    labelled = labelled_questions()
    unseen = [Labelled(topic.titles[-1], topic.shown.source_url) for topic in topics if len(topic.titles) > 1]
    encoder.encode([item.question for item in (*labelled, *unseen)])
    halves = [topics[0::2], topics[1::2]]
    outcomes = _outcomes(labelled, topics, index, [topic.document() for topic in topics])
    for bare in halves:
        ids = {topic.id for topic in bare}
        documents = [_bare(topic) if topic.id in ids else topic.document() for topic in topics]
        half_bare = HybridIndex.build(documents, encoder)
        outcomes += _outcomes([*labelled, *unseen], bare, half_bare, documents)
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
    """The two limits of least cost, each the median over resampled questions: one minimum is luck.

    What answering saves over asking depends on the upper limit alone, and what asking saves over
    declining on the lower one, so each is found by itself.
    """
    answer, clarify, none = (
        np.array([cost(decision, outcome) for outcome in outcomes]) * share for decision in DECISIONS
    )
    above = (sure[None, :] >= _GRID[:, None]).astype(np.float64)
    draws = np.random.default_rng(_SEED).multinomial(
        len(outcomes), [1 / len(outcomes)] * len(outcomes), _RESAMPLES
    )
    answer_from = np.median(_GRID[np.argmin(above @ (draws * (answer - clarify)).T, axis=0)])
    clarify_from = np.median(_GRID[np.argmin(above @ (draws * (clarify - none)).T, axis=0)])
    return float(max(answer_from, clarify_from)), float(clarify_from)


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


def _outcomes(
    labelled: Iterable[Labelled], asked: Sequence[Topic], index: HybridIndex, documents: Sequence[Document]
) -> list[Outcome]:
    """Outcomes of the questions about the `asked` topics, and of those that are about no topic at all."""
    topic_at = {topic.shown.source_url: topic.id for topic in asked}
    by_id = {document.id: document for document in documents}
    outcomes: list[Outcome] = []
    for item in labelled:
        expected = None if item.source_url is None else topic_at.get(item.source_url)
        if item.source_url is not None and expected is None:
            continue
        ranked = index.rank(item.question, DEPTH)
        evidence = evidence_of(item.question, ranked, index, by_id)
        outcomes.append(Outcome(evidence, _rank(ranked, expected), expected is not None))
    return outcomes


def _rank(ranked: Sequence[Ranked], expected: str | None) -> int | None:
    return next((place for place, hit in enumerate(ranked) if hit.id == expected), None)


def _bare(topic: Topic) -> Document:
    document = topic.document()
    return Document(document.id, document.titles, document.body)


def _lines(path: Path) -> list[dict[str, str]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]
