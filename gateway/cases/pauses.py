"""Spans in which a clock stands still, such as the wait for what the citizen was asked. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

Span = tuple[datetime, datetime]
"""Two UTC instants in order."""


@dataclass(frozen=True)
class Pause:
    """A clock stood still from `start` to `end`, or still does (None). Raises ValueError when reversed."""

    start: datetime
    end: datetime | None = None

    def __post_init__(self) -> None:
        if self.end is not None and self.end < self.start:
            raise ValueError(f"a pause that ends before it begins: {self.start}")


def merged(pauses: Iterable[Pause], now: datetime | None = None) -> list[Span]:
    """The paused spans in order and apart, in UTC; one that still runs is taken to end at `now`.

    Raises ValueError when one still runs and `now` is not given.
    """
    spans: list[Span] = []
    for start, end in sorted(_span(pause, now) for pause in pauses):
        if start >= end:
            continue
        if spans and start <= spans[-1][1]:
            spans[-1] = spans[-1][0], max(spans[-1][1], end)
        else:
            spans.append((start, end))
    return spans


def delayed(start: datetime, budget: timedelta, pauses: Sequence[Span]) -> datetime:
    """The instant at which `budget` has run since `start` outside the pauses."""
    due = start + budget
    for begins, ends in pauses:
        if begins >= due:
            break
        due += max(ends - max(begins, start), timedelta())
    return due


def unpaused(spans: Iterable[Span], pauses: Sequence[Span]) -> Iterator[Span]:
    """What is left of `spans` outside the pauses; both in order."""
    place = 0
    for begins, ends in spans:
        at = begins
        while place < len(pauses) and pauses[place][0] < ends:
            stops, resumes = pauses[place]
            if stops > at:
                yield at, stops
            at = max(at, resumes)
            if resumes > ends:
                break
            place += 1
        if at < ends:
            yield at, ends


def counted(first: int, target: int, pauses: Sequence[Span], ended_by: Callable[[datetime], int]) -> int:
    """The unit on which a count that would end on `target` ends, when paused units do not count.

    Units (days, half days) are numbered in order and `first` is the first that may count; `ended_by`
    gives how many have ended by an instant. A unit is paused when its end lies inside a pause: after
    the instant the pause begins, up to and including the instant it ends.
    """
    for begins, ends in pauses:
        lost_from, lost_to = max(ended_by(begins), first), ended_by(ends)
        if lost_from > target:
            break
        target += max(lost_to - lost_from, 0)
    return target


def _span(pause: Pause, now: datetime | None) -> Span:
    end = now if pause.end is None else pause.end
    if end is None:
        raise ValueError(f"a pause since {pause.start} still runs, and it is not said what time it is")
    return pause.start.astimezone(UTC), end.astimezone(UTC)
