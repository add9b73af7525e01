"""Who is asked to take whom: longest waiting first within priority, to whom has place and skill. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from gateway.handoff.rules import Taker, Waiting, fits, in_order


@dataclass(frozen=True)
class Candidate:
    """Somebody who is there, and when they last took a conversation."""

    taker: Taker
    last_took: datetime | None


@dataclass(frozen=True)
class Offer:
    """A conversation, and who is asked to take it."""

    conversation_id: str
    username: str


def offers(waiting: Sequence[Waiting], candidates: Sequence[Candidate]) -> list[Offer]:
    """Whom to ask now, in the order of the queue; nobody is asked for more than their free places.

    Of those who fit, whoever has the most free places is asked; between equals, who took one the longest
    ago; then by name, so that no two runs differ. Who was asked in vain is not asked again for the same
    waiting: it stays at its place in the queue for whoever picks it.
    """
    there = {one.taker.username: one for one in candidates}
    found = []
    for one in in_order(waiting):
        if one.offered_to is not None:
            continue
        fitting = [
            candidate
            for candidate in there.values()
            if candidate.taker.free > 0
            and candidate.taker.username not in one.passed_over
            and fits(one, candidate.taker)
        ]
        if fitting:
            chosen = min(fitting, key=_turn)
            taker = replace(chosen.taker, free=chosen.taker.free - 1)
            there[taker.username] = replace(chosen, taker=taker)
            found.append(Offer(one.id, taker.username))
    return found


def _turn(one: Candidate) -> tuple[int, bool, float, str]:
    took = one.last_took
    return (-one.taker.free, took is not None, took.timestamp() if took else 0.0, one.taker.username)
