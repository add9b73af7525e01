"""What is fitted, what is weighed, and what is remembered between two builds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from knowledge_base.calibration import TooLittleToFit, calibrate
from knowledge_base.encoder import PACKAGED_MODEL, Vectors
from knowledge_base.fitting import Choice, fit_chance, fit_weights
from knowledge_base.ranking import DEPTH, evidence_of
from knowledge_base.signals import SIGNALS, Measured
from knowledge_base.terms import TermIndex
from knowledge_base.tuning import SHIPPED_TUNING, TuningBroken, local_path, read, tuning_for, write
from knowledge_base.vector_cache import VectorCache
from tests.knowledge_base.conftest import HashingEncoder, small_corpus

TEXTS = [["拖", "吊", "拖吊"], ["美", "術", "美術", "拖"], ["市", "集", "市集"]]


class Counting(HashingEncoder):
    """Counts what it is asked to encode."""

    asked = 0

    def encode(self, texts: Sequence[str]) -> Vectors:
        self.asked += len(texts)
        return super().encode(texts)


def test_a_text_is_most_like_itself_and_covers_itself() -> None:
    index = TermIndex.build(TEXTS)
    for place, text in enumerate(TEXTS):
        likeness, coverage = index.likeness(text), index.coverage(text)
        assert likeness[place] == pytest.approx(1.0, abs=1e-6) and likeness.argmax() == place
        assert coverage[place] == pytest.approx(1.0)
    assert not index.likeness(["無"]).any() and not index.coverage(["無有"]).any()
    assert 0 < index.coverage(["拖吊", "無有"])[0] < 0.5


def test_terms_are_the_same_once_loaded(tmp_path: Path) -> None:
    built = TermIndex.build(TEXTS)
    built.save(tmp_path / "terms")
    loaded = TermIndex.load(tmp_path / "terms")
    assert np.array_equal(loaded.likeness(TEXTS[1]), built.likeness(TEXTS[1]))
    assert np.array_equal(loaded.coverage(TEXTS[1]), built.coverage(TEXTS[1]))


def test_the_signal_that_tells_gets_the_weight() -> None:
    chance = np.random.default_rng(1)
    choices = []
    for _ in range(200):
        signals = chance.random((6, len(SIGNALS))).astype(np.float32)
        right = int(signals[:, 2].argmax())
        choices.append(Choice(signals, np.array([True, False] * 3), right))
    fitted = fit_weights(choices)
    assert np.argmax(fitted.phrased) == np.argmax(fitted.bare) == 2
    hits = [int(fitted.scores(one.signals, one.phrased).argmax()) == one.right for one in choices]
    assert np.mean(hits) > 0.9


def test_a_fitted_chance_means_what_it_says() -> None:
    chance = np.random.default_rng(2)
    evidence = chance.normal(size=(4000, 2))
    happened = chance.random(4000) < 1 / (1 + np.exp(-(1.5 * evidence[:, 0] - 0.5)))
    fitted = fit_chance(evidence, happened, np.ones(4000))
    said = np.array([fitted.chance(row.tolist()) for row in evidence])
    for low in (0.1, 0.3, 0.5, 0.7):
        within = (said >= low) & (said < low + 0.2)
        assert abs(happened[within].mean() - said[within].mean()) < 0.06


def test_a_corpus_with_few_phrasings_is_not_fitted_on(tmp_path: Path) -> None:
    with pytest.raises(TooLittleToFit):
        calibrate(small_corpus(tmp_path), HashingEncoder(), [])


def test_the_numbers_that_ship_fit_the_signals() -> None:
    shipped = read(SHIPPED_TUNING)
    assert shipped.model == PACKAGED_MODEL
    for weights in (shipped.chinese, shipped.english):
        assert len(weights.phrased) == len(weights.bare) == len(SIGNALS)
    measured = Measured(np.zeros((DEPTH, len(SIGNALS)), dtype=np.float32), False, 3)
    evidence = evidence_of(measured, np.zeros(DEPTH, np.float32), np.arange(DEPTH), np.ones(DEPTH, np.bool_))
    assert len(shipped.first.weights) == len(shipped.offered.weights) == len(evidence)


def test_a_citys_own_numbers_come_first_where_they_are_of_its_model(tmp_path: Path) -> None:
    own = replace(read(SHIPPED_TUNING), model="hashing")
    write(own, local_path(tmp_path))
    assert tuning_for("hashing", tmp_path) == own
    assert tuning_for(PACKAGED_MODEL, tmp_path) == read(SHIPPED_TUNING)
    local_path(tmp_path).write_text("{}", encoding="utf-8")
    with pytest.raises(TuningBroken):
        tuning_for("hashing", tmp_path)


def test_what_was_encoded_is_not_encoded_again(tmp_path: Path) -> None:
    first = VectorCache(Counting(), tmp_path)
    made = first.encode(["甲", "乙", "甲"])
    first.keep()
    encoder = Counting()
    again = VectorCache(encoder, tmp_path)
    assert np.array_equal(again.encode(["甲", "乙", "甲"]), made) and encoder.asked == 0
    again.encode(["丙"])
    assert encoder.asked == 1


def test_only_what_was_used_is_kept_and_a_broken_file_is_begun_anew(tmp_path: Path) -> None:
    first = VectorCache(Counting(), tmp_path)
    first.encode(["甲", "乙"])
    first.keep()
    second = VectorCache(Counting(), tmp_path)
    second.encode(["乙"])
    second.keep()
    encoder = Counting()
    VectorCache(encoder, tmp_path).encode(["甲", "乙"])
    assert encoder.asked == 1
    next(tmp_path.glob("vectors-*.npz")).write_bytes(b"PK broken")
    VectorCache(encoder, tmp_path).encode(["乙"])
    assert encoder.asked == 2
