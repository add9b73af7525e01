"""Days on which volumes broke out, and when they were back to normal. Pure.

What is normal for a day is the median of like days within a season on both sides of it: half of them may be
stormy before it moves.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from typing import Final

import numpy as np

from gateway.reports.learning.days import Flags, Floats, Stretch

SEASON: Final = 90
"""Days on each side."""
FEWEST_LIKE: Final = 14
"""With fewer like days nothing can be said of a day."""
TIMES: Final = 1.5
CHANCE: Final = 6.0
DEVIATIONS: Final = 2.0
"""A day breaks out above so many times its usual number, so many deviations of chance alone, and so many of
those that quiet days really have."""
NORMAL: Final = 1.25
NORMAL_DAYS: Final = 2
"""Back to normal: so many days one after the other at most so many times the usual number."""
LONGEST_AFTER: Final = 60
APART: Final = 3
"""Days of outbreak that lie nearer to each other, or before it is normal again, are one storm."""
_MAD: Final = 1.4826


@dataclass(frozen=True)
class Storm:
    """One outbreak: its days of closure or of volumes far above the usual, and what came after."""

    first: date
    last: date
    normal_on: date | None
    """The first of the days that were back to normal; None while it has not come."""
    closed: bool
    """Whether the offices were closed in it."""
    places: slice
    """Its days in the stretch."""

    @property
    def days_to_normal(self) -> int | None:
        """Days from its last day to the first that was normal."""
        return None if self.normal_on is None else (self.normal_on - self.last).days


def usual(totals: Floats, stretch: Stretch, recorded: Flags) -> tuple[Floats, Floats]:
    """What is usual for each day, and by how much it may be exceeded; NaN where too little is known."""
    level, spread = np.full(len(totals), np.nan), np.full(len(totals), np.nan)
    worked, numbers = stretch.worked, np.arange(len(totals))
    for place in numbers:
        near = slice(max(place - SEASON, 0), place + SEASON + 1)
        like = recorded[near] & (worked[near] == worked[place]) & ~stretch.closed[near]
        like &= numbers[near] != place
        if like.sum() < FEWEST_LIKE:
            continue
        found = totals[near][like]
        level[place] = np.median(found)
        # From the quiet side: storms in the season must not make room for storms.
        below = level[place] - found[found <= level[place]]
        spread[place] = max(CHANCE * np.sqrt(level[place]), DEVIATIONS * _MAD * float(np.median(below)))
    return level, spread


def storms(totals: Floats, stretch: Stretch, recorded: Flags) -> list[Storm]:
    """Every storm, the first one first."""
    level, spread = usual(totals, stretch, recorded)
    with np.errstate(invalid="ignore"):
        out = recorded & (totals > TIMES * level) & (totals > level + spread)
        calm = recorded & (totals <= NORMAL * level)
    at = np.flatnonzero(out | stretch.closed)
    if not len(at):
        return []
    breaks = [place + 1 for place, (one, two) in enumerate(pairwise(at)) if two - one >= APART]
    found: list[Storm] = []
    for run in np.split(at, breaks):
        storm = _storm(stretch, calm, int(run[0]), int(run[-1]))
        if found and (found[-1].normal_on is None or storm.first < found[-1].normal_on):
            storm = _storm(stretch, calm, found.pop().places.start, int(run[-1]))
        found.append(storm)
    return found


def quiet(found: Sequence[Storm], stretch: Stretch) -> Flags:
    """Days that belong to no storm nor to what came after it."""
    calm = np.ones(len(stretch.kinds), bool)
    for storm in found:
        normal = storm.normal_on
        end = storm.places.stop + LONGEST_AFTER if normal is None else stretch.place(normal)
        calm[storm.places.start : end] = False
    return calm


def _storm(stretch: Stretch, calm: Flags, first: int, last: int) -> Storm:
    days, normal = stretch.days, None
    for place in range(last + 1, min(last + 1 + LONGEST_AFTER, len(calm) - NORMAL_DAYS + 1)):
        if calm[place : place + NORMAL_DAYS].all():
            normal = days[place]
            break
    closed = bool(stretch.closed[first : last + 1].any())
    return Storm(days[first], days[last], normal, closed, slice(first, last + 1))
