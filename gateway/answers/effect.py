"""What publishing would do to labelled questions: verdicts before and after, and when that is worse. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final

from knowledge_base.calibration import Labelled
from knowledge_base.corpus import Topic
from knowledge_base.rules import OFFERED
from knowledge_base.service import SearchResult

Search = Callable[[str], SearchResult]
WORSE_WHEN_FEWER: Final = ("first", "among_three", "right_answers")
WORSE_WHEN_MORE: Final = ("wrong_answers", "answered_outside")


@dataclass(frozen=True)
class Figures:
    """How a corpus did on the evaluation set. Counts are questions."""

    inside: int
    """Questions that an entry answers."""
    outside: int
    """Questions that must not be answered."""
    first: int
    """The right entry came first."""
    among_three: int
    right_answers: int
    wrong_answers: int
    offered: int
    """Asked back, with the right entry among what was offered."""
    answered_outside: int
    refused_outside: int


@dataclass(frozen=True)
class Verdict:
    """What one question came to: `right`, `wrong`, `offered`, `missed` or `none`; outside `answered`,
    `asked_back` or `refused`."""

    outcome: str
    place: int | None
    """Of the right entry, from 0; only of the first three."""
    entry: str
    """Question of the entry that came first."""


@dataclass(frozen=True)
class Expected:
    """A labelled question, and the ids of entries that answer it; none: nothing must."""

    question: str
    ids: frozenset[str]


def expected(
    labelled: Sequence[Labelled], present: Sequence[Topic], proposed: Sequence[Topic]
) -> list[Expected]:
    """The questions that one of the two corpora can be asked, with the entries that answer them.

    Labels name an address. An entry that is given another one is still the right entry.
    """
    by_url: dict[str, set[str]] = {}
    for topic in (*present, *proposed):
        if topic.shown.source_url:
            by_url.setdefault(topic.shown.source_url, set()).update(topic.members)
    kept = [(one, {at for url in one.source_urls for at in by_url.get(url, ())}) for one in labelled]
    return [Expected(one.question, frozenset(ids)) for one, ids in kept if ids or not one.source_urls]


def verdict(search: Search, one: Expected) -> Verdict:
    """What the search says to one question."""
    result = search(one.question)
    best = result.hits[0].question if result.hits else ""
    if not one.ids:
        outcome = {"answer": "answered", "clarify": "asked_back", "none": "refused"}[result.decision]
        return Verdict(outcome, None, best)
    place = next((at for at, hit in enumerate(result.hits[:OFFERED]) if hit.id in one.ids), None)
    if result.decision == "answer":
        return Verdict("right" if place == 0 else "wrong", place, best)
    if result.decision == "clarify":
        return Verdict("missed" if place is None else "offered", place, best)
    return Verdict("none", place, best)


def figures(verdicts: Sequence[Verdict]) -> Figures:
    """The verdicts counted."""
    counts = Counter(one.outcome for one in verdicts)
    outside = counts["answered"] + counts["asked_back"] + counts["refused"]
    return Figures(
        inside=len(verdicts) - outside, outside=outside,
        first=sum(one.place == 0 for one in verdicts),
        among_three=sum(one.place is not None for one in verdicts),
        right_answers=counts["right"], wrong_answers=counts["wrong"], offered=counts["offered"],
        answered_outside=counts["answered"], refused_outside=counts["refused"],
    )  # fmt: skip


def worse(before: Figures, after: Figures) -> list[str]:
    """Names of the figures that got worse."""
    fewer = [name for name in WORSE_WHEN_FEWER if getattr(after, name) < getattr(before, name)]
    more = [name for name in WORSE_WHEN_MORE if getattr(after, name) > getattr(before, name)]
    return fewer + more


def compare(asked: Sequence[Expected], present: Search, proposed: Search) -> dict[str, Any]:
    """Both corpora on the same questions, as JSON: figures, what got worse, every outcome that changed."""
    pairs = [(one, verdict(present, one), verdict(proposed, one)) for one in asked]
    before = figures([old for _, old, _ in pairs])
    after = figures([new for _, _, new in pairs])
    changed = [
        {"question": one.question, "before": asdict(old), "after": asdict(new)}
        for one, old, new in pairs
        if (old.outcome, old.place) != (new.outcome, new.place)
    ]
    return {
        "before": asdict(before), "after": asdict(after), "worse": worse(before, after), "changed": changed,
    }  # fmt: skip


def share(figures: Mapping[str, int], name: str) -> float | None:
    """A figure as a share of the questions it is of; None where there are none."""
    whole = figures["outside" if name.endswith("_outside") else "inside"]
    return figures[name] / whole if whole else None
