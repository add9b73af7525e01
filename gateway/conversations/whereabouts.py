"""A question with a place: which entries are for it, which for another district. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

import yaml

from knowledge_base.service import Hit, SearchResult
from knowledge_base.text import normalise

NEAR = 1 / 3
"""Entries with at least this share of the best one's chance are its equals: the place decides."""
_TOLD_NEAR = 2 / 3
"""The same for entries that only mention the district: lists of all of them say little."""


@dataclass(frozen=True)
class Coverage:
    """The districts that an entry is for, and those its text tells of; none: the whole city."""

    own: frozenset[str]
    told: frozenset[str]

    def share(self, district: str) -> float | None:
        """Which share of the best entry's chance is enough to come before it; None: none."""
        if district in self.own:
            return NEAR
        return _TOLD_NEAR if district in self.told else None

    def is_for_another(self, district: str) -> bool:
        """Whether the entry is another district's, so that it is no answer here."""
        return bool(self.own) and self.share(district) is None


def placed(result: SearchResult, district: str, coverage: Callable[[Hit], Coverage]) -> SearchResult:
    """The result for a question about a district: its entries before their equals, others' never answered.

    Another first entry than the search judged is answered only where both are near equals.
    """
    if not result.hits:
        return result
    best = result.hits[0]
    covers = {hit.id: coverage(hit) for hit in result.hits}

    def preferred(hit: Hit) -> bool:
        share = covers[hit.id].share(district)
        return share is not None and hit.score >= best.score * share

    def order(hit: Hit) -> tuple[bool, bool, float]:
        return covers[hit.id].is_for_another(district), not preferred(hit), -hit.score

    hits = sorted(result.hits, key=order)
    first = hits[0]
    judged = first.id == best.id or preferred(first)
    decision = result.decision
    if decision == "answer" and (not judged or covers[first.id].is_for_another(district)):
        decision = "clarify"
    return replace(result, decision=decision, hits=hits)


def means_here(text: str) -> bool:
    """Whether the words mean the place where the citizen is."""
    return _words("here").search(text) is not None


def states_only(text: str, names: Sequence[str]) -> bool:
    """Whether the words say that somebody is or lives at one of the `names`, and nothing else."""
    said = normalise(text)
    for name in names:
        said = said.replace(normalise(name), "#")
    return _words("i_am").fullmatch(said) is not None


@cache
def _words(name: str) -> re.Pattern[str]:
    words: dict[str, str] = yaml.safe_load(Path(__file__).with_name("whereabouts.yml").read_text("utf-8"))
    return re.compile(words[name], re.IGNORECASE)
