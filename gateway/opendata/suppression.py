"""Small numbers are not published, nor what they could be reckoned from. Pure.

One partition at a time: parts that add up to a total. A part from 1 to 4 is FEW. Where the total and the
other parts would narrow it down, further parts are HELD back, in the order given, which has nothing to do
with how large they are; where that does not do, the total is held back too. Zero is no small number: nobody
is in it.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from enum import StrEnum
from typing import Final, TypeVar

LEAST: Final = 5
"""The smallest number of cases that is published."""
LEAST_FOR_RATES: Final = 30
"""Of fewer cases no rate is published."""
_Key = TypeVar("_Key", bound=Hashable)


class Mark(StrEnum):
    """What stands in place of a number."""

    FEW = "few"
    """More than none and fewer than five."""
    HELD = "held"
    """Held back, so that a small number cannot be reckoned."""


Figure = int | Mark


def suppressed(
    partitions: Sequence[Mapping[_Key, int]], total: int
) -> tuple[list[dict[_Key, Figure]], Figure]:
    """Each partition of the same total as it may be published, and the total."""
    made = [_one(parts) for parts in partitions]
    hidden = not all(safe for _, safe in made)
    return [parts for parts, _ in made], _unsaid(total) if hidden else total


def alone(number: int) -> Figure:
    """A number that belongs to no published total."""
    return Mark.FEW if _is_few(number) else number


def rate(part: int, whole: int) -> int | None:
    """A whole percentage, which does not tell the number; None of too few."""
    return None if whole < LEAST_FOR_RATES else round(100 * part / whole)


def _one(parts: Mapping[_Key, int]) -> tuple[dict[_Key, Figure], bool]:
    few = {key for key, number in parts.items() if _is_few(number)}
    held: list[_Key] = []
    others = [key for key, number in parts.items() if number >= LEAST]
    while not _is_safe(len(few), len(held), sum(parts[key] for key in (*few, *held))) and others:
        held.append(others.pop(0))
    safe = _is_safe(len(few), len(held), sum(parts[key] for key in (*few, *held)))
    marks = {**dict.fromkeys(few, Mark.FEW), **dict.fromkeys(held, Mark.HELD)}
    return {key: marks.get(key, number) for key, number in parts.items()}, safe


def _is_safe(few: int, held: int, hidden: int) -> bool:
    """Whether each of the few could be anything from 1 to 4, where all that is hidden adds up to this."""
    if not few:
        return not held
    largest = (LEAST - 1) + (few - 1) + LEAST * held <= hidden
    smallest = held > 0 or 1 + (LEAST - 1) * (few - 1) >= hidden
    return largest and smallest


def _is_few(number: int) -> bool:
    return 0 < number < LEAST


def _unsaid(total: int) -> Figure:
    return Mark.FEW if _is_few(total) else Mark.HELD if total else 0
