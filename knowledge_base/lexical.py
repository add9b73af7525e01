"""BM25 whose score says how much of the query a text covers, whatever the query."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import bm25s
import numpy as np
import numpy.typing as npt

from knowledge_base.text import tokens

_K1 = 1.5
_B = 0.75
_RELATED_WEIGHT = 0.5
_LENGTHS = "lengths.npy"

Scores = npt.NDArray[np.float32]


class LexicalIndex:
    """BM25 over texts, normalised by what a text that is the query itself would score."""

    def __init__(self, engine: bm25s.BM25, mean_length: float) -> None:
        self._engine = engine
        self._mean_length = mean_length
        frequency = np.diff(engine.scores["indptr"]).astype(np.float32)
        self._count = int(engine.scores["num_docs"])
        self._weights = np.log1p((self._count - frequency + 0.5) / (frequency + 0.5))
        self._unknown_weight = float(np.log1p((self._count + 0.5) / 0.5))

    @classmethod
    def build(cls, texts: Sequence[str]) -> LexicalIndex:
        """Index the texts; scores come back in their order."""
        return cls.of_tokens([tokens(text) for text in texts])

    @classmethod
    def of_tokens(cls, corpus: Sequence[Sequence[str]]) -> LexicalIndex:
        """Index texts that are tokens already."""
        engine = bm25s.BM25(method="lucene", k1=_K1, b=_B)
        engine.index([list(row) for row in corpus], show_progress=False)
        return cls(engine, float(np.mean([len(row) for row in corpus])))

    def scores(self, query: Sequence[str], related: Sequence[str] = ()) -> Scores:
        """Share of the best possible BM25 score each text reaches for the tokens, in [0, 1].

        Tokens of related words earn part of their score and are not expected: they can only help.
        """
        distinct = list(dict.fromkeys(query))
        if not distinct:
            return np.zeros(self._count, dtype=np.float32)
        known = self._known(distinct)
        reached = self._reached(known)
        helpful = self._known([token for token in dict.fromkeys(related) if token not in set(distinct)])
        reached += _RELATED_WEIGHT * self._reached(helpful)
        normalised: Scores = np.minimum(reached / self._best(known, len(distinct)), 1.0)
        return normalised

    def _known(self, distinct: list[str]) -> list[int]:
        found: list[int] = self._engine.get_tokens_ids(distinct)
        return found

    def _reached(self, known: list[int]) -> Scores:
        if not known:
            return np.zeros(self._count, dtype=np.float32)
        reached: Scores = self._engine.get_scores_from_ids(known)
        return reached

    def _best(self, known: Sequence[int], length: int) -> float:
        """The score of a text that consists of the query: every token once, as long as the query."""
        weight = float(self._weights[known].sum()) if known else 0.0
        unknown = (length - len(known)) * self._unknown_weight
        saturation = 1.0 / (1.0 + _K1 * (1.0 - _B + _B * length / self._mean_length))
        return (weight + unknown) * saturation

    def save(self, folder: Path) -> None:
        """Write the index into the folder."""
        self._engine.save(str(folder), show_progress=False)
        np.save(folder / _LENGTHS, np.array([self._mean_length], dtype=np.float64))

    @classmethod
    def load(cls, folder: Path) -> LexicalIndex:
        """The index a folder holds; OSError, ValueError or KeyError where it is damaged."""
        engine = bm25s.BM25.load(str(folder), show_progress=False)
        return cls(engine, float(np.load(folder / _LENGTHS)[0]))
