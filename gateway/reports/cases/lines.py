"""One row of a report on cases: what was counted for it, and each figure as it follows from that. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from math import ceil
from typing import Final

from gateway.reports.cases.figures import (
    ANSWERED,
    INCOMING,
    LATE,
    ON_TIME,
    OPEN,
    OUTGOING,
    UNKNOWN_TIME,
    Figure,
)
from gateway.reports.cases.live import OpenNow
from gateway.reports.cases.tally import Tally
from gateway.reports.tables import Form, Value

_HALVES: Final = 2


@dataclass
class Line:
    """What was counted for one row; it is read when all of it is there. `live` is None where the row does not
    stand for cases open now."""

    tally: Tally = field(default_factory=Tally)
    opening: int | None = 0
    live: OpenNow | None = None

    def count(self, tally: Tally) -> None:
        """Count these too; the tally is the line's from now on."""
        if self.tally:
            self.tally.take(tally)
        else:
            self.tally = tally

    def add(self, other: Line) -> None:
        """Count the other's too."""
        self.tally.take(other.tally)
        self.opening = None if self.opening is None or other.opening is None else self.opening + other.opening
        if other.live is not None:
            mine = self.live or OpenNow()
            self.live = OpenNow(
                mine.cases + other.live.cases, mine.overdue + other.live.overdue, mine.soon + other.live.soon
            )

    @property
    def closing(self) -> int | None:
        """Open cases at the end: those at the start, and what came, less what went."""
        if self.opening is None:
            return None
        came = sum(self.tally.of(figure) for figure in INCOMING)
        return self.opening + came - sum(self.tally.of(figure) for figure in OUTGOING)

    @cached_property
    def handling(self) -> dict[int, int]:
        """How many cases took how many half working days, the fewest first; without those that no calendar
        reaches."""
        found = self.tally.histogram(*ANSWERED)
        found.pop(UNKNOWN_TIME, None)
        return dict(sorted(found.items()))


def share(part: int, whole: int) -> float | None:
    """A share; None of nothing."""
    return part / whole if whole else None


def mean(histogram: Mapping[int, int]) -> float | None:
    """The mean of a histogram; None of nothing."""
    count = sum(histogram.values())
    return sum(value * times for value, times in histogram.items()) / count if count else None


def percentile(histogram: Mapping[int, int], per_cent: int) -> int | None:
    """The smallest value that so many per cent do not exceed (nearest rank); None of nothing."""
    rank = ceil(sum(histogram.values()) * per_cent / 100)
    reached = 0
    for value in sorted(histogram):
        reached += histogram[value]
        if rank and reached >= rank:
            return value
    return None


def _days(histogram: Mapping[int, int], per_cent: int) -> float | None:
    halves = percentile(histogram, per_cent)
    return None if halves is None else halves / _HALVES


def _mean_days(line: Line) -> float | None:
    halves = mean(line.handling)
    return None if halves is None else halves / _HALVES


def _count(*figures: Figure) -> Callable[[Line], Value]:
    return lambda line: sum(line.tally.of(figure) for figure in figures)


def _verdicts(figure: Figure, *verdicts: int) -> Callable[[Line], int]:
    return lambda line: line.tally.of(figure, *verdicts)


def _rate(figure: Figure, verdict: int, *among: int) -> Callable[[Line], Value]:
    return lambda line: share(line.tally.of(figure, verdict), line.tally.of(figure, *among))


_INSPECTION, _COMPLETION = Figure.DUE_INSPECTION, Figure.DUE_COMPLETION
FIGURES: Final[Mapping[str, tuple[Form, Callable[[Line], Value]]]] = {
    "opening": (Form.COUNT, lambda line: line.opening),
    "received": (Form.COUNT, _count(Figure.RECEIVED)),
    "moved_in": (Form.COUNT, _count(Figure.MOVED_IN)),
    "resumed": (Form.COUNT, _count(Figure.REOPENED, Figure.UNMERGED)),
    "reopened": (Form.COUNT, _count(Figure.REOPENED)),
    "finished": (Form.COUNT, _count(*ANSWERED)),
    "not_processed": (Form.COUNT, _count(Figure.NOT_PROCESSED)),
    "withdrawn": (Form.COUNT, _count(Figure.WITHDRAWN)),
    "merged": (Form.COUNT, _count(Figure.MERGED)),
    "converted": (Form.COUNT, _count(Figure.CONVERTED)),
    "moved_out": (Form.COUNT, _count(Figure.MOVED_OUT)),
    "closing": (Form.COUNT, lambda line: line.closing),
    "on_time": (Form.COUNT, _verdicts(Figure.VERDICT, ON_TIME)),
    "late": (Form.COUNT, _verdicts(Figure.VERDICT, LATE)),
    "late_rate": (Form.SHARE, _rate(Figure.VERDICT, LATE, ON_TIME, LATE)),
    "on_time_rate": (Form.SHARE, _rate(Figure.VERDICT, ON_TIME, ON_TIME, LATE)),
    "extended": (Form.COUNT, _count(Figure.EXTENDED)),
    "extension_refused": (Form.COUNT, _count(Figure.EXTENSION_REFUSED)),
    "reassigned": (Form.COUNT, _count(Figure.REASSIGNED)),
    "returned": (Form.COUNT, _count(Figure.RETURNED)),
    "mean_days": (Form.DAYS, _mean_days),
    "p50_days": (Form.DAYS, lambda line: _days(line.handling, 50)),
    "p90_days": (Form.DAYS, lambda line: _days(line.handling, 90)),
    "p95_days": (Form.DAYS, lambda line: _days(line.handling, 95)),
    "due_soon": (Form.COUNT, lambda line: line.live.soon if line.live else None),
    "overdue_now": (Form.COUNT, lambda line: line.live.overdue if line.live else None),
    "satisfaction": (Form.SCORE, lambda line: mean(line.tally.histogram(Figure.RATED))),
    "ratings": (Form.COUNT, _count(Figure.RATED)),
    "inspection_due": (Form.COUNT, _verdicts(_INSPECTION, OPEN, ON_TIME, LATE)),
    "inspection_on_time": (Form.COUNT, _verdicts(_INSPECTION, ON_TIME)),
    "inspection_late": (Form.COUNT, _verdicts(_INSPECTION, LATE)),
    "inspection_open": (Form.COUNT, _verdicts(_INSPECTION, OPEN)),
    "inspection_rate": (Form.SHARE, _rate(_INSPECTION, ON_TIME, OPEN, ON_TIME, LATE)),
    "completion_due": (Form.COUNT, _verdicts(_COMPLETION, OPEN, ON_TIME, LATE)),
    "completion_on_time": (Form.COUNT, _verdicts(_COMPLETION, ON_TIME)),
    "completion_late": (Form.COUNT, _verdicts(_COMPLETION, LATE)),
    "completion_open": (Form.COUNT, _verdicts(_COMPLETION, OPEN)),
    "completion_rate": (Form.SHARE, _rate(_COMPLETION, ON_TIME, OPEN, ON_TIME, LATE)),
}
"""Every figure by the key of its definition: what it is, and how it follows from what was counted."""

_ANY: Final = None
DRILLS: Final[Mapping[str, tuple[tuple[Figure, ...], int | None]]] = {
    "received": ((Figure.RECEIVED,), _ANY),
    "moved_in": ((Figure.MOVED_IN,), _ANY),
    "resumed": ((Figure.REOPENED, Figure.UNMERGED), _ANY),
    "reopened": ((Figure.REOPENED,), _ANY),
    "finished": (ANSWERED, _ANY),
    "not_processed": ((Figure.NOT_PROCESSED,), _ANY),
    "withdrawn": ((Figure.WITHDRAWN,), _ANY),
    "merged": ((Figure.MERGED,), _ANY),
    "converted": ((Figure.CONVERTED,), _ANY),
    "moved_out": ((Figure.MOVED_OUT,), _ANY),
    "on_time": ((Figure.VERDICT,), ON_TIME),
    "late": ((Figure.VERDICT,), LATE),
    "extended": ((Figure.EXTENDED,), _ANY),
    "extension_refused": ((Figure.EXTENSION_REFUSED,), _ANY),
    "reassigned": ((Figure.REASSIGNED,), _ANY),
    "returned": ((Figure.RETURNED,), _ANY),
    "ratings": ((Figure.RATED,), _ANY),
    "inspection_on_time": ((_INSPECTION,), ON_TIME),
    "inspection_late": ((_INSPECTION,), LATE),
    "inspection_open": ((_INSPECTION,), OPEN),
    "completion_on_time": ((_COMPLETION,), ON_TIME),
    "completion_late": ((_COMPLETION,), LATE),
    "completion_open": ((_COMPLETION,), OPEN),
}
"""Figures that lead to the cases they count: as what those were entered, and with which value."""
