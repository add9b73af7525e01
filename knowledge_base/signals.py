"""What speaks for every topic when a question is asked: eight measures of meaning and of wording."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

import faiss
import numpy as np
import numpy.typing as npt

from knowledge_base.encoder import Encoder, Vectors
from knowledge_base.hybrid import Document, IndexDamaged
from knowledge_base.lexical import LexicalIndex
from knowledge_base.terms import TermIndex
from knowledge_base.text import normalise, script, tokens
from knowledge_base.wording import shipped_wording

SIGNALS = (
    "meaning", "text", "wording", "answer_words", "said_once", "said_often", "covered", "covered_asked",
)  # fmt: skip
"""In this order in every array.

`meaning`: cosine with the mean of the name and all phrasings; `text`: cosine with name and answer;
`wording`: likeness of words to name and phrasings; `answer_words`: BM25 over name and answer, with related
words; `said_once`, `said_often`: BM25 of the best one, and the mean of the three best, of name and
phrasings each by itself; `covered`, `covered_asked`: share of the question's telling words that the topic
has anywhere, and in its name and phrasings.
"""

OFTEN = 3
_VECTORS = "vectors.faiss"
_DOCUMENTS = "documents.json"
_PARTS = ("answers", "sayings", "asked", "everything")
_TEXT_CHARS = 400

Floats = npt.NDArray[np.float32]


@dataclass(frozen=True)
class Measured:
    """The signals of every topic for one question: shape (topics, len(SIGNALS))."""

    signals: Floats
    latin: bool
    """Whether the question is in English, whose words Chinese texts cannot share."""
    words: int
    """How many different tokens it has; 0: it says nothing."""


class SignalIndex:
    """Measures a question against every topic. Immutable once built; safe to share between threads."""

    def __init__(
        self,
        ids: Sequence[str],
        sayings: Sequence[int],
        vectors: faiss.Index,
        lexical: tuple[LexicalIndex, LexicalIndex],
        terms: tuple[TermIndex, TermIndex],
        encoder: Encoder,
    ) -> None:
        self._ids = tuple(ids)
        self._sayings = np.array(sayings, dtype=np.int64)
        self._vectors = vectors
        self._answers, self._said = lexical
        self._asked, self._everything = terms
        self._encoder = encoder
        self._table = _table(self._sayings)

    @property
    def ids(self) -> tuple[str, ...]:
        """Ids of the topics, in the order they were given."""
        return self._ids

    @property
    def phrased(self) -> npt.NDArray[np.bool_]:
        """Which topics have been given phrasings beside their name."""
        return self._sayings > 1

    @classmethod
    def build(cls, documents: Sequence[Document], encoder: Encoder) -> SignalIndex:
        """Index the documents; every one needs at least one title and an id of its own.

        Raises ValueError for no documents, a document without a title, or an id given twice.
        """
        ids = [document.id for document in documents]
        if not ids or len(set(ids)) != len(ids) or not all(d.titles for d in documents):
            raise ValueError("documents need distinct ids and at least one title each")
        said = [tuple(dict.fromkeys((*d.titles, *d.phrasings))) for d in documents]
        flat = [text for texts in said for text in texts]
        words = [tokens(text) for text in flat]
        ends = np.cumsum([len(texts) for texts in said]).tolist()
        asked = [
            list(chain.from_iterable(words[end - len(texts) : end]))
            for end, texts in zip(ends, said, strict=True)
        ]
        bodies = [tokens(f"{d.titles[0]} {d.body}") for d in documents]
        return cls(
            ids,
            [len(texts) for texts in said],
            _vectors(documents, flat, ends, encoder),
            (LexicalIndex.of_tokens(bodies), LexicalIndex.of_tokens(words)),
            (TermIndex.build(asked), TermIndex.build([a + b for a, b in zip(asked, bodies, strict=True)])),
            encoder,
        )

    def with_encoder(self, encoder: Encoder) -> SignalIndex:
        """The same index asking another instance of the same model."""
        lexical, terms = (self._answers, self._said), (self._asked, self._everything)
        return SignalIndex(self._ids, self._sayings.tolist(), self._vectors, lexical, terms, encoder)

    def measure(self, text: str) -> Measured:
        """The signals of every topic for the citizen's words."""
        wording = shipped_wording()
        plain = wording.plain(text)
        latin = script(plain) == "latin"
        query = tokens(plain)
        if not query:
            return Measured(np.zeros((len(self._ids), len(SIGNALS)), dtype=np.float32), latin, 0)
        related = [token for word in wording.related(plain) for token in tokens(word) if len(token) > 1]
        meaning, body = self._dense(self._encoder.encode([plain]))
        once, often = self._sayings_of(query)
        signals = np.stack(
            [
                meaning, body, self._asked.likeness(query), self._answers.scores(query, related), once, often,
                self._everything.coverage(query), self._asked.coverage(query),
            ],
            axis=1,
        )  # fmt: skip
        return Measured(signals, latin, len(set(query)))

    def _dense(self, query: Vectors) -> tuple[Floats, Floats]:
        """Cosine with every topic's mean phrasing, and with its name and answer."""
        similarity, row = self._vectors.search(query, self._vectors.ntotal)
        by_row = np.empty(self._vectors.ntotal, dtype=np.float32)
        by_row[row[0]] = similarity[0]
        return by_row[: len(self._ids)], by_row[len(self._ids) :]

    def _sayings_of(self, query: Sequence[str]) -> tuple[Floats, Floats]:
        """The best BM25 of every topic's sayings, and the mean of its three best."""
        scores = np.append(self._said.scores(query), np.float32(0))
        best = -np.partition(-scores[self._table], OFTEN - 1, axis=1)[:, :OFTEN]
        counted = np.minimum(self._sayings, OFTEN).astype(np.float32)
        return best.max(axis=1), best.sum(axis=1) / counted

    def save(self, folder: Path) -> None:
        """Write the index into an empty folder."""
        faiss.write_index(self._vectors, str(folder / _VECTORS))
        content = {"ids": self._ids, "sayings": self._sayings.tolist()}
        (folder / _DOCUMENTS).write_text(json.dumps(content, ensure_ascii=False), encoding="utf-8")
        for name, part in zip(_PARTS[:2], (self._answers, self._said), strict=True):
            (folder / name).mkdir()
            part.save(folder / name)
        self._asked.save(folder / _PARTS[2])
        self._everything.save(folder / _PARTS[3])

    @classmethod
    def load(cls, folder: Path, encoder: Encoder) -> SignalIndex:
        """The index a folder holds. Raises IndexDamaged where it is not whole or not of this encoder."""
        answers, sayings, asked, everything = (folder / name for name in _PARTS)
        try:
            vectors = faiss.read_index(str(folder / _VECTORS))
            content = json.loads((folder / _DOCUMENTS).read_text(encoding="utf-8"))
            index = cls(
                content["ids"], content["sayings"], vectors,
                (LexicalIndex.load(answers), LexicalIndex.load(sayings)),
                (TermIndex.load(asked), TermIndex.load(everything)), encoder,
            )  # fmt: skip
        except (OSError, RuntimeError, ValueError, KeyError) as error:
            raise IndexDamaged(f"{folder.name}: {error}") from error
        if vectors.d != encoder.dimension or vectors.ntotal != 2 * len(content["ids"]):
            raise IndexDamaged(f"{folder.name}: vectors do not fit the encoder or the documents")
        return index


def _table(sayings: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """Rows of each topic's sayings, filled up with the row after the last: it scores nothing."""
    wide = max(int(sayings.max(initial=1)), OFTEN)
    first = np.cumsum(sayings) - sayings
    column = np.arange(wide)
    return np.where(column < sayings[:, None], first[:, None] + column, int(sayings.sum()))


def _vectors(
    documents: Sequence[Document], said: Sequence[str], ends: Sequence[int], encoder: Encoder
) -> faiss.Index:
    """The mean direction of each topic's sayings, then each name with its answer."""
    each = encoder.encode([normalise(text) for text in said])
    summed = np.add.reduceat(each, [0, *ends[:-1]], axis=0)
    means = summed / np.maximum(np.linalg.norm(summed, axis=1, keepdims=True), 1e-9)
    full = encoder.encode([normalise(f"{d.titles[0]} {d.body}"[:_TEXT_CHARS]) for d in documents])
    index = faiss.IndexFlatIP(encoder.dimension)
    index.add(np.ascontiguousarray(means, dtype=np.float32))
    index.add(full)
    return index
