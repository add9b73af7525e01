"""What a ranking says about how far it may be trusted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from knowledge_base.hybrid import Document, HybridIndex, Ranked
from knowledge_base.rules import Evidence
from knowledge_base.text import script, tokens
from knowledge_base.wording import shipped_wording

DEPTH = 10
"""How many ranked topics the evidence is taken from; the same when fitting and when deciding."""


def evidence_of(
    question: str, ranked: Sequence[Ranked], index: HybridIndex, documents: Mapping[str, Document]
) -> Evidence | None:
    """The evidence of a ranking of at least DEPTH topics (where there are as many); None for an empty one.

    `documents` are those the index was built of, by id.
    """
    if not ranked:
        return None
    best = ranked[0]
    return Evidence(
        dense=best.dense,
        lexical=best.lexical,
        covered=index.covered(question, documents[best.id]),
        lead=best.score - ranked[1].score if len(ranked) > 1 else best.score,
        tokens=len(set(tokens(shipped_wording().plain(question)))),
        agreed=best.lexical >= max(other.lexical for other in ranked[:DEPTH]),
        latin=script(question) == "latin",
    )
