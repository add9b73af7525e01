"""What became of a question, who was answered in time, and shares of it all. Pure."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from gateway.handoff.figures import Stay
from gateway.handoff.rules import Ending

AGAIN_WITHIN: Final = timedelta(hours=24)
"""So soon after an answer the same question says that it did not help; and so near a person was asked for."""
CONTENT_FROM: Final = 4
"""From which score of 1 to 5 on a citizen counts as content."""
DISCONTENT_TO: Final = 2
"""Up to which score as discontent."""


class Outcome(StrEnum):
    """What became of one question that was put to the bot: each question has exactly one."""

    PERSON = "person"
    """A person was asked for, or stepped in, within AGAIN_WITHIN before or after it."""
    UNANSWERED = "unanswered"
    """No entry was given, or the citizen was asked back and nothing was chosen."""
    DOWN = "down"
    """Answered, with a thumb down."""
    AGAIN = "again"
    """Answered, and the same citizen came to the same entry again within AGAIN_WITHIN."""
    PENDING = "pending"
    """Answered, but AGAIN_WITHIN is not over: nobody can know yet."""
    CONTAINED = "contained"
    """Answered, and none of the above."""


@dataclass(frozen=True)
class Facts:
    """What is known of one question."""

    given: bool
    """Whether an entry of the FAQ was given as its answer, at once or after asking back."""
    person: bool
    down: bool
    again: bool
    settled: bool
    """Whether AGAIN_WITHIN is over."""


def outcome_of(facts: Facts) -> Outcome:
    """The one outcome of a question; what speaks against the bot comes first."""
    if facts.person:
        return Outcome.PERSON
    if not facts.given:
        return Outcome.UNANSWERED
    if facts.down:
        return Outcome.DOWN
    if facts.again:
        return Outcome.AGAIN
    return Outcome.CONTAINED if facts.settled else Outcome.PENDING


def contained_share(outcomes: Mapping[Outcome, int]) -> float | None:
    """What the bot settled of the questions of which that can be said already."""
    known = sum(outcomes.values()) - outcomes.get(Outcome.PENDING, 0)
    return share(outcomes.get(Outcome.CONTAINED, 0), known)


def share(part: int, whole: int) -> float | None:
    """From 0 to 1; None of nothing."""
    return part / whole if whole else None


def mean(values: Sequence[float]) -> float | None:
    """The average; None of nothing."""
    return sum(values) / len(values) if values else None


def nearest_rank(values: Sequence[float], part: float) -> float | None:
    """The smallest value that at least `part` of all do not exceed; None of nothing."""
    if not values:
        return None
    return sorted(values)[max(math.ceil(round(part * len(values), 9)), 1) - 1]


def judged(stay: Stay, threshold: timedelta, now: datetime) -> bool:
    """Whether it can be said already if a stay was answered within the threshold."""
    return stay.until is not None or now - stay.since > threshold


def in_time(stay: Stay, threshold: timedelta) -> bool:
    """Whether a person took it within the threshold; exactly the threshold is in time."""
    return stay.waited is not None and stay.waited <= threshold.total_seconds()


def service_level(stays: Iterable[Stay], threshold: timedelta, now: datetime) -> float | None:
    """The share of stays, as far as they can be judged, that a person took within the threshold."""
    counted = [stay for stay in stays if judged(stay, threshold, now)]
    return share(sum(in_time(stay, threshold) for stay in counted), len(counted))


ENDED_BY_PERSON: Final = frozenset({Ending.CLOSED, Ending.RELEASED, Ending.SILENT})
"""Endings after which nobody of the staff goes on: what a handling came to can be judged."""
SETTLED_BY_PERSON: Final = frozenset({Ending.CLOSED, Ending.RELEASED})
"""Of them those where the person ended it, and the citizen had not just gone away."""


def settled_by_person(
    ending: str, ended_at: datetime, came_again: Iterable[datetime], now: datetime
) -> bool | None:
    """Whether a person's conversation settled the matter: they ended it, and the citizen did not enter the
    queue again within AGAIN_WITHIN. None where others go on with it, or where it is too early to say."""
    if ending not in ENDED_BY_PERSON:
        return None
    if ending not in SETTLED_BY_PERSON:
        return False
    if any(ended_at <= at < ended_at + AGAIN_WITHIN for at in came_again):
        return False
    return True if ended_at + AGAIN_WITHIN <= now else None
