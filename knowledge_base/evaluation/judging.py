"""One question asked and judged: where the right entry stood, and what the person got."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from knowledge_base.evaluation.questions import Question
from knowledge_base.rules import OFFERED, Decision
from knowledge_base.service import Hit, SearchResult

DEPTHS = (1, 3, 5, 10)
VERDICTS = ("right_answer", "wrong_answer", "right_offered", "wrong_offered", "none")

Search = Callable[[str], SearchResult]
Find = Callable[[str], Hit | None]


@dataclass(frozen=True)
class Judged:
    """A question with what came of it.

    `place` counts from 0 and is None where no right entry was found; `verdict` is one of VERDICTS, for a
    question out of scope the decision alone. `expected` is the first right entry that the index has.
    """

    question: Question
    decision: Decision
    place: int | None
    verdict: str
    first: Hit | None
    expected: Hit | None

    @property
    def right(self) -> bool:
        """Whether the right entry came first."""
        return self.place == 0

    @property
    def chance(self) -> float:
        """The estimated chance that the first entry is right; 0 where nothing was found."""
        return min(max(self.first.score, 0.0), 1.0) if self.first else 0.0

    @property
    def outcome(self) -> str:
        """What the person got and how deep the right entry was, in words."""
        if not self.question.ids:
            return f"out of scope: {self.decision}"
        depth = next((d for d in DEPTHS if self.place is not None and self.place < d), None)
        where = f"right entry among {depth}" if depth else "right entry not found"
        return f"{self.verdict.replace('_', ' ')}, {where}"


def judge(search: Search, find: Find, question: Question) -> Judged:
    """Ask one question and see what came of it."""
    result = search(question.q)
    wanted = set(question.ids)
    place = next((n for n, hit in enumerate(result.hits) if {hit.id, hit.source_url} & wanted), None)
    expected = next((hit for hit in map(find, question.ids) if hit is not None), None)
    first = result.hits[0] if result.hits else None
    return Judged(question, result.decision, place, _verdict(result.decision, place), first, expected)


def _verdict(decision: Decision, place: int | None) -> str:
    if decision == "answer":
        return "right_answer" if place == 0 else "wrong_answer"
    if decision == "clarify":
        return "right_offered" if place is not None and place < OFFERED else "wrong_offered"
    return "none"
