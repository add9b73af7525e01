"""Words of texts, weighted by how telling they are: likeness and coverage of a question."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from itertools import chain
from pathlib import Path

import numpy as np
import numpy.typing as npt

Scores = npt.NDArray[np.float32]

_VOCABULARY = "vocabulary.json"
_ARRAYS = "postings.npz"


class TermIndex:
    """Postings of a fixed set of texts, each a list of tokens. Immutable; safe to share."""

    def __init__(
        self,
        vocabulary: Sequence[str],
        starts: npt.NDArray[np.int64],
        places: npt.NDArray[np.int32],
        weights: Scores,
        telling: Scores,
        count: int,
    ) -> None:
        self._vocabulary = list(vocabulary)
        self._number = {token: number for number, token in enumerate(vocabulary)}
        self._starts, self._places, self._weights, self._telling = starts, places, weights, telling
        self._count = count
        self._unknown = float(np.log1p(count) + 1)

    @classmethod
    def build(cls, texts: Sequence[Sequence[str]]) -> TermIndex:
        """Index the texts; scores come back in their order."""
        counted = [Counter(text) for text in texts]
        seen = Counter(chain.from_iterable(counted))
        vocabulary = sorted(seen)
        number = {token: place for place, token in enumerate(vocabulary)}
        often = np.array([seen[token] for token in vocabulary], dtype=np.float64)
        telling = np.log((1 + len(texts)) / (1 + often)) + 1
        starts = np.concatenate([[0], np.cumsum(often)]).astype(np.int64)
        places = np.empty(int(starts[-1]), dtype=np.int32)
        weights = np.empty(int(starts[-1]), dtype=np.float32)
        free = starts[:-1].copy()
        for place, words in enumerate(counted):
            numbers = np.array([number[word] for word in words], dtype=np.int64)
            weight = (1 + np.log(np.array(list(words.values()), dtype=np.float64))) * telling[numbers]
            at = free[numbers]
            places[at] = place
            weights[at] = weight / (np.linalg.norm(weight) or 1.0)
            free[numbers] += 1
        return cls(vocabulary, starts, places, weights, telling.astype(np.float32), len(texts))

    def likeness(self, question: Sequence[str]) -> Scores:
        """Cosine of the question with every text, in [0, 1]; words no text has count for nothing."""
        said = Counter(token for token in question if token in self._number)
        scores = np.zeros(self._count, dtype=np.float32)
        if not said:
            return scores
        numbers = [self._number[token] for token in said]
        weight = (1 + np.log(np.array(list(said.values())))) * self._telling[numbers]
        for number, share in zip(numbers, weight / np.linalg.norm(weight), strict=True):
            here = slice(self._starts[number], self._starts[number + 1])
            scores[self._places[here]] += np.float32(share) * self._weights[here]
        return scores

    def coverage(self, question: Sequence[str]) -> Scores:
        """Share, in [0, 1], of what the question's bigrams and words say that every text says too.

        Rare ones say more; one that no text has says the most.
        """
        telling = [token for token in dict.fromkeys(question) if len(token) > 1]
        scores = np.zeros(self._count, dtype=np.float32)
        whole = 0.0
        for token in telling:
            number = self._number.get(token)
            if number is None:
                whole += self._unknown
                continue
            whole += float(self._telling[number])
            scores[self._places[self._starts[number] : self._starts[number + 1]]] += self._telling[number]
        return scores / np.float32(whole) if whole else scores

    def save(self, folder: Path) -> None:
        """Write the index into the folder, which is made."""
        folder.mkdir()
        (folder / _VOCABULARY).write_text(json.dumps(self._vocabulary, ensure_ascii=False), encoding="utf-8")
        np.savez(
            folder / _ARRAYS, starts=self._starts, places=self._places, weights=self._weights,
            telling=self._telling, count=np.array(self._count),
        )  # fmt: skip

    @classmethod
    def load(cls, folder: Path) -> TermIndex:
        """The index a folder holds; OSError, ValueError or KeyError where it is damaged."""
        vocabulary = json.loads((folder / _VOCABULARY).read_text(encoding="utf-8"))
        with np.load(folder / _ARRAYS, allow_pickle=False) as arrays:
            return cls(
                vocabulary, arrays["starts"], arrays["places"], arrays["weights"], arrays["telling"],
                int(arrays["count"]),
            )  # fmt: skip
