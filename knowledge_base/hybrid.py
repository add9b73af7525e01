"""Meaning and wording in one absolute score, over any set of short documents.

score = (cos(q, best title) + cos(q, name + body)) / 2 + BM25(q, titles + body) / B(q)

where B(q) is what a document that is the query itself would score. Every part is bounded and
means the same for every query, so a threshold can say "this is not an answer".
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import faiss
import numpy as np
import numpy.typing as npt

from gateway.errors import Unavailable
from knowledge_base.encoder import Encoder, Vectors
from knowledge_base.lexical import LexicalIndex
from knowledge_base.text import normalise, script, tokens
from knowledge_base.wording import shipped_wording

MAX_SCORE = 2.0
_PHRASING_HANDICAP = 0.05
_LATIN_HANDICAP = 0.10
"""Most documents have no phrasings, and fewer have English ones; without a handicap those that do
would win by the mere number of their chances, and by language alone when the question is English."""
_VECTORS = "vectors.faiss"
_DOCUMENTS = "documents.json"
_LEXICAL = "lexical"
_BODY_CHARS = 400


class IndexDamaged(Unavailable):
    """The saved index cannot be used and must be built again."""

    code = "index_damaged"
    zh = "搜尋索引損毀，將重新建立。"
    en = "The search index is damaged and has to be built again."


@dataclass(frozen=True)
class Document:
    """Something that can be found. `titles[0]` is its name; more titles are names of equal standing.

    `phrasings` are what people say who mean it. They are compared by meaning alone: their everyday
    words would otherwise draw every chatty question to the documents that happen to have some.
    """

    id: str
    titles: tuple[str, ...]
    body: str = ""
    phrasings: tuple[str, ...] = ()


@dataclass(frozen=True)
class Ranked:
    """A document and how well it fits: `score` in [-1, 2], `dense` in [-1, 1], `lexical` in [0, 1]."""

    id: str
    score: float
    dense: float
    lexical: float


@dataclass(frozen=True)
class _Rows:
    """What each title or phrasing vector belongs to, and what it must be better by."""

    owner: npt.NDArray[np.int32]
    phrasing: npt.NDArray[np.bool_]
    latin: npt.NDArray[np.bool_]

    def handicap(self, latin_question: bool) -> Vectors:
        """What is taken off each row's cosine."""
        own_language = self.latin if latin_question else np.zeros_like(self.latin)
        taken = self.phrasing * (_PHRASING_HANDICAP + own_language * _LATIN_HANDICAP)
        return taken.astype(np.float32)


class HybridIndex:
    """Exact vector search and BM25 over the same documents. Immutable once built; safe to share."""

    def __init__(
        self, ids: Sequence[str], rows: _Rows, vectors: faiss.Index, lexical: LexicalIndex, encoder: Encoder
    ) -> None:
        self._ids = tuple(ids)
        self._rows = rows
        self._vectors = vectors
        self.lexical = lexical
        self._encoder = encoder

    @property
    def ids(self) -> tuple[str, ...]:
        """Ids of the documents, in the order they were given."""
        return self._ids

    @classmethod
    def build(cls, documents: Sequence[Document], encoder: Encoder) -> HybridIndex:
        """Index the documents; every one needs at least one title and an id of its own.

        Raises ValueError for no documents, a document without a title, or an id given twice.
        """
        ids = [document.id for document in documents]
        if not ids or len(set(ids)) != len(ids) or not all(d.titles for d in documents):
            raise ValueError("documents need distinct ids and at least one title each")
        said = [
            (place, text, text not in d.titles)
            for place, d in enumerate(documents)
            for text in dict.fromkeys((*d.titles, *d.phrasings))
        ]
        rows = _Rows(
            owner=np.array([place for place, _, _ in said], dtype=np.int32),
            phrasing=np.array([phrasing for _, _, phrasing in said], dtype=np.bool_),
            latin=np.array([script(text) == "latin" for _, text, _ in said], dtype=np.bool_),
        )
        full = [f"{d.titles[0]} {d.body}"[:_BODY_CHARS] for d in documents]
        vectors = faiss.IndexFlatIP(encoder.dimension)
        vectors.add(encoder.encode([normalise(text) for text in [*(text for _, text, _ in said), *full]]))
        lexical = LexicalIndex.build([" ".join((*d.titles, d.body)) for d in documents])
        return cls(ids, rows, vectors, lexical, encoder)

    def rank(self, text: str, k: int) -> list[Ranked]:
        """The `k` best documents for the text, best first; empty where the text says nothing."""
        wording = shipped_wording()
        plain = wording.plain(text)
        query = tokens(plain)
        if not query or k <= 0:
            return []
        related = [token for word in wording.related(plain) for token in tokens(word) if len(token) > 1]
        dense = self.dense(self._encoder.encode([plain]), script(plain) == "latin")
        lexical = self.lexical.scores(query, related)
        score = dense + lexical
        best = np.argsort(-score, kind="stable")[:k]
        return [
            Ranked(self._ids[i], float(score[i]), float(dense[i]), float(lexical[i])) for i in best.tolist()
        ]

    def dense(self, query: Vectors, latin: bool) -> Vectors:
        """Half the best title or phrasing, half name and body, for every document and one vector."""
        similarity, row = self._vectors.search(query, self._vectors.ntotal)
        by_row = np.empty(self._vectors.ntotal, dtype=np.float32)
        by_row[row[0]] = similarity[0]
        said = len(self._rows.owner)
        best = np.full(len(self._ids), -1.0, dtype=np.float32)
        np.maximum.at(best, self._rows.owner, by_row[:said] - self._rows.handicap(latin))
        halves: Vectors = (best + by_row[said:]) * np.float32(0.5)
        return halves

    def save(self, folder: Path) -> None:
        """Write the index into an empty folder."""
        faiss.write_index(self._vectors, str(folder / _VECTORS))
        content = {
            "ids": self._ids,
            "owner": self._rows.owner.tolist(),
            "phrasing": self._rows.phrasing.tolist(),
            "latin": self._rows.latin.tolist(),
        }
        (folder / _DOCUMENTS).write_text(json.dumps(content, ensure_ascii=False), encoding="utf-8")
        (folder / _LEXICAL).mkdir()
        self.lexical.save(folder / _LEXICAL)

    @classmethod
    def load(cls, folder: Path, encoder: Encoder) -> HybridIndex:
        """The index a folder holds. Raises IndexDamaged where it is not whole or not of this encoder."""
        try:
            vectors = faiss.read_index(str(folder / _VECTORS))
            content = json.loads((folder / _DOCUMENTS).read_text(encoding="utf-8"))
            rows = _Rows(
                owner=np.array(content["owner"], dtype=np.int32),
                phrasing=np.array(content["phrasing"], dtype=np.bool_),
                latin=np.array(content["latin"], dtype=np.bool_),
            )
            lexical = LexicalIndex.load(folder / _LEXICAL)
        except (OSError, RuntimeError, ValueError, KeyError) as error:
            raise IndexDamaged(f"{folder.name}: {error}") from error
        if vectors.d != encoder.dimension or vectors.ntotal != len(rows.owner) + len(content["ids"]):
            raise IndexDamaged(f"{folder.name}: vectors do not fit the encoder or the documents")
        return cls(content["ids"], rows, vectors, lexical, encoder)
