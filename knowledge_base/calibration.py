"""Fitting the numbers of the search for one model and one corpus: `wanshitong kb calibrate`.

Every question is asked of an index that has not seen it: phrasings are left out in turns. As most entries of
another city have no phrasings, the same is done with half of the topics bare and with all of them bare.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from gateway.errors import InvalidInput
from knowledge_base.corpus import Topic
from knowledge_base.encoder import Encoder
from knowledge_base.fitting import Choice, Floats, fit_chance, fit_weights
from knowledge_base.ranking import DEPTH, TopicWeights, Tuning, evidence_of
from knowledge_base.rules import OFFERED
from knowledge_base.signals import Measured, SignalIndex

CALIBRATION_FOLDER = Path(__file__).resolve().parent / "calibration"
EVALUATION_FOLDER = Path(__file__).resolve().parent / "evaluation_set"
_IN_SCOPE = "in_scope.jsonl"
_OUT_OF_SCOPE = "out_of_scope.jsonl"

FOLDS = 6
QUESTIONS_A_FOLD = 500
QUESTIONS_BARE = 700
OUT_OF_SCOPE_SHARE = 0.35
"""Of the questions that citizens ask, as far as the chances are concerned."""
_RIVALS = 60
_SEED = 1999


class TooLittleToFit(InvalidInput):
    """The corpus has too few phrasings to fit anything on."""

    code = "too_little_to_fit"
    zh = "問法太少，無法校準；將沿用隨附的參數。"
    en = "There are too few phrasings to fit anything on. The numbers that ship stay in use."


@dataclass(frozen=True)
class Labelled:
    """A question and the addresses of the entries that answer it; none: nothing must."""

    question: str
    source_urls: tuple[str, ...] = ()


def labelled_questions(folder: Path = CALIBRATION_FOLDER) -> list[Labelled]:
    """The labelled questions of a folder that ships with the project."""
    inside = _lines(folder / _IN_SCOPE)
    outside = _lines(folder / _OUT_OF_SCOPE)
    return [Labelled(str(line["q"]), _addresses(line)) for line in (*inside, *outside)]


def _addresses(line: dict[str, object]) -> tuple[str, ...]:
    several = line.get("source_urls") or ([line["source_url"]] if "source_url" in line else [])
    return tuple(str(one) for one in several) if isinstance(several, list) else ()


@dataclass(frozen=True)
class Asked:
    """One question put to one index, with the place of the topic that is right; None where none is."""

    measured: Measured
    index: SignalIndex
    right: int | None


def calibrate(
    topics: Sequence[Topic], encoder: Encoder, labelled: Sequence[Labelled] | None = None
) -> Tuning:
    """The numbers for this model, fitted on the phrasings of these topics and on labelled questions.

    Raises TooLittleToFit for a corpus with hardly any phrasings.
    """
    known = asked_of(topics, encoder, labelled_questions() if labelled is None else labelled)
    chinese, english = fit_order(known)
    return _with_chances(encoder.name, chinese, english, known)


def asked_of(topics: Sequence[Topic], encoder: Encoder, labelled: Sequence[Labelled]) -> list[Asked]:
    """All that is fitted on: phrasings put to indexes that lack them, then the labelled questions.

    Raises TooLittleToFit.
    """
    whole, bare, mixed = _left_out(topics, encoder), _bare(topics, encoder), _half_bare(topics, encoder)
    known = [*whole, *mixed, *bare]
    if len(known) < QUESTIONS_A_FOLD:
        raise TooLittleToFit(f"{len(known)} phrasings")
    return known + _of_labelled(topics, encoder, labelled)


def fit_order(known: Sequence[Asked]) -> tuple[TopicWeights, TopicWeights]:
    """The weights for Chinese questions and for English ones."""
    chinese, english = (
        fit_weights(
            [
                _choice(one, one.right)
                for one in known
                if one.right is not None and one.measured.latin is latin
            ]
        )
        for latin in (False, True)
    )
    return chinese, english


def _with_chances(model: str, chinese: TopicWeights, english: TopicWeights, known: Sequence[Asked]) -> Tuning:
    rows: list[tuple[float, ...]] = []
    ranks: list[int | None] = []
    for one in known:
        weights = english if one.measured.latin else chinese
        scores = weights.scores(one.measured.signals, one.index.phrased)
        order = np.argsort(-scores, kind="stable")[:DEPTH]
        rows.append(evidence_of(one.measured, scores, order, one.index.phrased))
        ranks.append(next((n for n, i in enumerate(order.tolist()) if i == one.right), None))
    evidence = np.array(rows, dtype=np.float64)
    share = _shares([one.right is not None for one in known])
    first = fit_chance(evidence, np.array([rank == 0 for rank in ranks]), share)
    among = np.array([rank is not None and rank < OFFERED for rank in ranks])
    return Tuning(model, chinese, english, first, fit_chance(evidence, among, share))


def _shares(inside: Sequence[bool]) -> Floats:
    """Each question's weight, so that those out of scope have their expected share of the mass."""
    within = np.array(inside)
    mass = np.where(within, (1 - OUT_OF_SCOPE_SHARE) / max(int(within.sum()), 1), 0.0)
    shares: Floats = np.where(within, mass, OUT_OF_SCOPE_SHARE / max(int((~within).sum()), 1))
    return shares


def _choice(asked: Asked, right: int) -> Choice:
    """The right topic among its strongest rivals: those far behind teach nothing."""
    signals = asked.measured.signals
    rough = signals.sum(axis=1)
    rivals = np.argsort(-rough)[:_RIVALS].tolist()
    places = list(dict.fromkeys([right, *rivals]))
    return Choice(signals[places], asked.index.phrased[places], 0)


def _left_out(topics: Sequence[Topic], encoder: Encoder) -> list[Asked]:
    """Questions to an index in which every topic lacks them, and nothing else."""
    found: list[Asked] = []
    for fold in range(FOLDS):
        index = _index([_without(topic, fold) for topic in topics], encoder)
        found += _put(_phrasings(topics, fold), index, QUESTIONS_A_FOLD, fold)
    return found


def _half_bare(topics: Sequence[Topic], encoder: Encoder) -> list[Asked]:
    """Questions to indexes in which every other topic has only its name."""
    found: list[Asked] = []
    for half in (0, 1):
        kept = [
            replace(topic, titles=topic.titles[:1]) if place % 2 == half else _without(topic, half)
            for place, topic in enumerate(topics)
        ]
        found += _put(_phrasings(topics, half), _index(kept, encoder), QUESTIONS_BARE, half)
    return found


def _bare(topics: Sequence[Topic], encoder: Encoder) -> list[Asked]:
    """Questions to an index in which every topic has only its name."""
    index = _index([replace(topic, titles=topic.titles[:1]) for topic in topics], encoder)
    return _put(_phrasings(topics, 0), index, QUESTIONS_BARE, FOLDS)


def _of_labelled(topics: Sequence[Topic], encoder: Encoder, labelled: Sequence[Labelled]) -> list[Asked]:
    """The labelled questions, to the whole index and to the bare one."""
    place = {topic.shown.source_url: number for number, topic in enumerate(topics)}
    found: list[Asked] = []
    for kept in (topics, [replace(topic, titles=topic.titles[:1]) for topic in topics]):
        index = _index(kept, encoder)
        for item in labelled:
            right = next((place[url] for url in item.source_urls if url in place), None)
            if right is None and item.source_urls:
                continue
            measured = index.measure(item.question)
            if measured.words:
                found.append(Asked(measured, index, right))
    return found


def _put(asked: Iterable[tuple[int, str]], index: SignalIndex, most: int, seed: int) -> list[Asked]:
    pairs = list(asked)
    chosen = np.random.default_rng([_SEED, seed]).permutation(len(pairs))[:most]
    questions = ((pairs[n][0], index.measure(pairs[n][1])) for n in chosen.tolist())
    return [Asked(measured, index, place) for place, measured in questions if measured.words]


def _phrasings(topics: Sequence[Topic], fold: int) -> Iterator[tuple[int, str]]:
    for place, topic in enumerate(topics):
        for text in topic.titles[1:][fold::FOLDS]:
            yield place, text


def _without(topic: Topic, fold: int) -> Topic:
    kept = [text for number, text in enumerate(topic.titles[1:]) if number % FOLDS != fold]
    return replace(topic, titles=(topic.titles[0], *kept))


def _index(topics: Sequence[Topic], encoder: Encoder) -> SignalIndex:
    return SignalIndex.build([topic.document() for topic in topics], encoder)


def _lines(path: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]
