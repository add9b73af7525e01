"""When an answer may be given: pure functions over the evidence of one search."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Literal, get_args

Decision = Literal["answer", "clarify", "none"]
DECISIONS: tuple[Decision, ...] = get_args(Decision)

OFFERED = 3
"""How many topics a citizen chooses from when the platform asks back."""

_OLD_YEARS = 3


@dataclass(frozen=True)
class Chances:
    """How likely, in [0, 1], the best topic is the right one, and one of the first OFFERED is."""

    first: float
    offered: float

    @classmethod
    def of(cls, first: float, offered: float) -> Chances:
        """The two estimates made consistent: whoever is first is among the first few."""
        return cls(first, max(first, offered))


@dataclass(frozen=True)
class Costs:
    """What each way of replying costs the citizen when it goes wrong; a right answer costs nothing.

    Only their proportions matter. A wrong answer sends somebody to the wrong counter; asking back costs a
    moment where the right topic is among those offered, and patience where it is not.
    """

    wrong: float = 5.0
    declined: float = 2.0
    asked: float = 0.5
    asked_in_vain: float = 1.2

    def expected(self, decision: Decision, chances: Chances) -> float:
        """Expected cost of a decision."""
        if decision == "answer":
            return (1 - chances.first) * self.wrong
        if decision == "clarify":
            return chances.offered * self.asked + (1 - chances.offered) * self.asked_in_vain
        return chances.offered * self.declined


def decide(chances: Chances, costs: Costs, current: bool = True, ours: bool = True) -> Decision:
    """The decision of least expected cost; between equal ones the more careful.

    A topic that is no longer `current`, or a question about another city (not `ours`), is never
    answered outright: the citizen is asked what was meant.
    """
    allowed = [d for d in reversed(DECISIONS) if d != "answer" or (current and ours)]
    return min(allowed, key=lambda decision: costs.expected(decision, chances))


def is_current(valid_until: date | None, today: date) -> bool:
    """Whether an entry may still be told as current; it is on its last day."""
    return valid_until is None or today <= valid_until


def is_old(source_date: date | None, today: date) -> bool:
    """Whether the source was last touched more than three years ago; an unknown day is not called old."""
    if source_date is None:
        return False
    return (today.year - _OLD_YEARS, today.month, today.day) > (
        source_date.year,
        source_date.month,
        source_date.day,
    )
