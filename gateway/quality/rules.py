"""States of a sheet, points, scores and grades, and how a sample is drawn. Pure."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from fractions import Fraction
from typing import Final
from zoneinfo import ZoneInfo

from gateway.quality.errors import InvalidMarks, InvalidPeriod, OwnSheet, SheetActRefused
from gateway.quality.standard import WHOLE, Grade


class State(StrEnum):
    """How far a sheet is."""

    DRAWN = "drawn"
    DRAFTED = "drafted"
    FINAL = "final"


class Act(StrEnum):
    """What is done to a sheet once it is drawn."""

    SAVE = "save"
    FINISH = "finish"
    REOPEN = "reopen"
    REPLY = "reply"


class ReplyKind(StrEnum):
    """How an operator answers a final sheet."""

    ACKNOWLEDGE = "acknowledge"
    OBJECT = "object"


MOVES: Final[Mapping[tuple[State, Act], State]] = {
    (State.DRAWN, Act.SAVE): State.DRAFTED,
    (State.DRAWN, Act.FINISH): State.FINAL,
    (State.DRAFTED, Act.SAVE): State.DRAFTED,
    (State.DRAFTED, Act.FINISH): State.FINAL,
    (State.FINAL, Act.REOPEN): State.DRAFTED,
    (State.FINAL, Act.REPLY): State.FINAL,
}
"""The law: in which state what may be done, and what comes of it. A final sheet is changed by nothing."""

SIZES: Final = range(1, 51)
"""Conversations that may be drawn of each operator at once."""
LONGEST_PERIOD: Final = timedelta(days=366)
HALVES: Final = 2
"""Points are given in halves."""
_HUNDREDTHS: Final = 100
_POINTS: Final = re.compile(r"(?P<whole>\d{1,3})(?:\.(?P<part>[05])0?)?", re.ASCII)


_UNSTORABLE: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")


@dataclass(frozen=True)
class Mark:
    """What one criterion has got: of `weight` points so many halves, or None while nobody has said."""

    criterion: str
    weight: int
    halves: int | None = None
    left_out: bool = False
    """The criterion has no place in this conversation: its weight does not count."""
    remark: str = ""

    @property
    def points(self) -> Fraction | None:
        """Points, in halves."""
        return None if self.halves is None else Fraction(self.halves, HALVES)


def kept_text(text: str) -> str:
    """What somebody wrote, as it is kept: one kind of line end, nothing that a database refuses."""
    return _UNSTORABLE.sub("", text.replace("\r\n", "\n")).strip()


def next_state(state: State, act: Act) -> State:
    """What comes of an act. Raises SheetActRefused."""
    if (state, act) not in MOVES:
        raise SheetActRefused(f"{act} of a sheet that is {state}")
    return MOVES[state, act]


def check_assessor(assessor: str, operator: str) -> None:
    """Raise OwnSheet where somebody would assess themselves."""
    if assessor == operator:
        raise OwnSheet


def halves_of(text: str) -> int | None:
    """Half points that somebody typed, such as `7.5`; None for nothing. Raises ValueError."""
    if not text.strip():
        return None
    found = _POINTS.fullmatch(text.strip())
    if found is None:
        raise ValueError(text)
    return HALVES * int(found["whole"]) + (found["part"] == "5")


def check_marks(marks: Iterable[Mark], optional: Iterable[str], *, whole: bool) -> None:
    """Raise InvalidMarks for points out of range, a criterion of which none may say that it has no place,
    and, for a `whole` sheet, points that are missing."""
    marks, optional = list(marks), set(optional)
    if whole and all(mark.left_out for mark in marks):
        raise InvalidMarks({mark.criterion: "missing" for mark in marks})
    problems = {}
    for mark in marks:
        if mark.left_out and mark.criterion not in optional:
            problems[mark.criterion] = "needed"
        elif not mark.left_out and mark.halves is None and whole:
            problems[mark.criterion] = "missing"
        elif mark.halves is not None and not 0 <= mark.halves <= HALVES * mark.weight:
            problems[mark.criterion] = "range"
    if problems:
        raise InvalidMarks(problems)


def score_of(marks: Sequence[Mark]) -> Fraction | None:
    """The exact score of 100, from the criteria that have a place; None while points are missing."""
    counted = [mark for mark in marks if not mark.left_out]
    weight = sum(mark.weight for mark in counted)
    if not weight or any(mark.halves is None for mark in counted):
        return None
    return Fraction(WHOLE * sum(mark.halves or 0 for mark in counted), HALVES * weight)


def hundredths(score: Fraction) -> int:
    """A score as it is kept: rounded down, so that what is shown never reaches a grade that is not given."""
    return int(score * _HUNDREDTHS)


def shown_score(kept: int) -> str:
    """A kept score as people read it: `90`, `89.5`, `89.99`."""
    whole, part = divmod(kept, _HUNDREDTHS)
    return f"{whole}.{part:02d}".rstrip("0").rstrip(".")


def grade_of(score: Fraction, grades: Sequence[Grade]) -> Grade:
    """The grade of a score from 0 to 100. Nothing is rounded up: 89.99 is below 90."""
    return next(grade for grade in grades if score >= grade.least)


def average(kept: Sequence[int]) -> Fraction | None:
    """The exact average of kept scores, as a score of 100."""
    return Fraction(sum(kept), _HUNDREDTHS * len(kept)) if kept else None


def sample(pool: Iterable[int], size: int, seed: str) -> list[int]:
    """At most `size` of the pool, each as likely as any other. The same pool and seed give the same sample.

    Each number's place is the SHA-256 of `seed:number`, and the first ones are drawn: anybody can
    repeat that with `sha256sum`.
    """
    ordered = sorted(set(pool), key=lambda one: (hashlib.sha256(f"{seed}:{one}".encode()).digest(), one))
    return sorted(ordered[:size])


def check_period(first: date, last: date, today: date) -> None:
    """Raise InvalidPeriod unless the days are in order, within a year and not to come."""
    if not first <= last <= today or last - first >= LONGEST_PERIOD:
        raise InvalidPeriod


def bounds(first: date, last: date, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """The instants at which a period begins and is over."""
    after = datetime.combine(last, time.min, zone) + timedelta(days=1)
    return datetime.combine(first, time.min, zone), after


def last_month(today: date) -> tuple[date, date]:
    """First and last day of the month before."""
    last = today.replace(day=1) - timedelta(days=1)
    return last.replace(day=1), last
