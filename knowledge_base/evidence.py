"""What a ranking says about how far it may be trusted."""

from __future__ import annotations

from collections.abc import Sequence

from knowledge_base.hybrid import Ranked
from knowledge_base.rules import Evidence
from knowledge_base.text import script


def evidence_of(question: str, ranked: Sequence[Ranked]) -> Evidence | None:
    """The evidence of a ranking, best first; None for an empty one."""
    if not ranked:
        return None
    best = ranked[0]
    lead = best.score - ranked[1].score if len(ranked) > 1 else best.score
    return Evidence(best.dense, best.lexical, lead, script(question) == "latin")
