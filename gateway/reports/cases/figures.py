"""What is counted of a case. Every figure of a report is made of these; `definitions.yml` says how. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from enum import StrEnum
from typing import Final

from gateway.cases.rules import Status


class Figure(StrEnum):
    """One kind of thing that happens to a case, on a day, in a unit."""

    RECEIVED = "received"
    """On the day of receipt, at the unit it was first given to."""
    MOVED_IN = "moved_in"
    """The lead came to this unit while the case was open; MOVED_OUT left it."""
    MOVED_OUT = "moved_out"
    REOPENED = "reopened"
    UNMERGED = "unmerged"
    FINISHED = "finished"
    """Released after the work; its value is the handling time."""
    NOT_PROCESSED = "not_processed"
    """Left unhandled for a legal reason; its value is the handling time too."""
    WITHDRAWN = "withdrawn"
    MERGED = "merged"
    CONVERTED = "converted"
    VERDICT = "verdict"
    """With FINISHED or NOT_PROCESSED: how the leading unit's completion clock was met, a verdict."""
    EXTENDED = "extended"
    EXTENSION_REFUSED = "extension_refused"
    REASSIGNED = "reassigned"
    """A part was given to another unit; counted where it left."""
    RETURNED = "returned"
    DUE_INSPECTION = "due_inspection"
    """On the day a clock was due: how it was met, a verdict, at the unit that holds it."""
    DUE_COMPLETION = "due_completion"
    RATED = "rated"
    """Its value is the score, 1 to 5."""


OPEN: Final = 0
"""Verdicts, the values of VERDICT and the two DUE figures: not met yet, its time over or not."""
ON_TIME: Final = 1
LATE: Final = 2
STOPPED: Final = 3
"""Ended by a merger, a conversion or a withdrawal: nobody did the work."""
UNTIMED: Final = 4
"""There was no such clock."""

CLOSINGS: Final[Mapping[Status, Figure]] = {
    Status.RELEASED: Figure.FINISHED,
    Status.NOT_PROCESSED: Figure.NOT_PROCESSED,
    Status.WITHDRAWN: Figure.WITHDRAWN,
    Status.MERGED: Figure.MERGED,
    Status.CONVERTED: Figure.CONVERTED,
}
"""Every state in which nobody has to do anything any more, and as what its beginning counts."""
ANSWERED: Final = (Figure.FINISHED, Figure.NOT_PROCESSED)
"""The closings by which an agency answers for its work: they have a verdict and a handling time."""
INCOMING: Final = (Figure.RECEIVED, Figure.MOVED_IN, Figure.REOPENED, Figure.UNMERGED)
OUTGOING: Final = (*CLOSINGS.values(), Figure.MOVED_OUT)
FLOWS: Final = (*INCOMING, *OUTGOING)
"""What makes the number of open cases grow, and what makes it smaller; there is nothing else."""
UNKNOWN_TIME: Final = 0
"""The handling time where the office calendar does not reach."""


def day_number(day: date) -> int:
    """A day as the ledger keeps it: 20180701."""
    return day.year * 10_000 + day.month * 100 + day.day


def day_of(number: int) -> date:
    """The day that `day_number` made this of."""
    return date(number // 10_000, number // 100 % 100, number % 100)
