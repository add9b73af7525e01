"""What a month and a period say of a figure, where it comes from, and what is missing. Pure.

The rule where a month has both a figure from outside and a count of the platform: of what the platform counts
whole, its count holds from the month on in which it went live, and before it the figure from outside; of what
the platform sees only in part, the figure from outside always holds. A zero of the platform is believed only
from the month on in which it went live: before it, it means that nobody counted.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from typing import Final

from gateway.reports.figures.book import Entries, Entry
from gateway.reports.figures.catalogue import Counted, Figure, Figures, Over
from gateway.reports.figures.months import Month, Period
from gateway.reports.figures.own import Number
from gateway.reports.tables import Pair

OwnOfMonth = Callable[[str, Month], Number]
"""The platform's count of a figure in one month."""


class Origin(StrEnum):
    """Where a value comes from."""

    OUTSIDE = "outside"
    PLATFORM = "platform"
    PART = "part"
    """Counted by the platform, which sees only a part, or saw only a part of that month."""
    PARTS = "parts"
    """The sum of the figures that it is made of, all of them counted by the platform."""
    OUTSIDE_PARTS = "outside_parts"
    """The same where one or more of them come from outside."""

    @property
    def is_outside(self) -> bool:
        """Whether something in the value was entered or imported."""
        return self in {Origin.OUTSIDE, Origin.OUTSIDE_PARTS}


ORIGIN_TEXT: Final[Mapping[Origin, Pair]] = {
    Origin.OUTSIDE: ("人工填報／匯入", "entered or imported"),
    Origin.PLATFORM: ("平台統計", "counted by the platform"),
    Origin.PART: ("平台統計（僅部分）", "counted by the platform (a part)"),
    Origin.PARTS: ("平台統計之細項加總", "sum of its parts, counted by the platform"),
    Origin.OUTSIDE_PARTS: ("人工填報／匯入之細項加總", "sum of its parts, entered or imported"),
}


@dataclass(frozen=True)
class Cell:
    """One figure in one month."""

    value: Fraction
    origin: Origin
    entry: Entry | None = None
    """What was entered from outside, whether or not it is the value."""
    own: Fraction | None = None
    """What the platform counts, whether or not it is the value."""

    @property
    def two_numbers(self) -> tuple[Fraction, Fraction] | None:
        """What was entered and what the platform counts, where both are there and differ."""
        if self.entry is None or self.entry.value is None or self.own is None:
            return None
        outside = Fraction(self.entry.value)
        return None if outside == self.own else (outside, self.own)


@dataclass(frozen=True)
class Sheet:
    """Every month's cell of every figure; a cell that nobody can fill is not there."""

    known: Figures
    cells: Mapping[tuple[Month, str], Cell]

    def cell(self, month: Month, code: str) -> Cell | None:
        """The cell of a month."""
        return self.cells.get((month, code))

    def over(self, figure: Figure, period: Period) -> Total:
        """The figure over a period."""
        months = period.months
        found = {month: cell for month in months if (cell := self.cell(month, figure.code)) is not None}
        if figure.over is Over.SUM or len(months) == 1:
            weighed = dict.fromkeys(found, Fraction(1))
        else:
            weighed = {
                month: weight for month in found if (weight := self._weight(figure, month)) is not None
            }
        missing = tuple(month for month in months if month not in weighed)
        return Total(_together(figure, found, weighed), missing, found)

    def _weight(self, figure: Figure, month: Month) -> Fraction | None:
        cell = self.cell(month, figure.weight or "")
        return cell.value if cell else None


@dataclass(frozen=True)
class Total:
    """A figure over a period: of the months that are known, and which are not."""

    value: Fraction | None
    missing: tuple[Month, ...]
    cells: Mapping[Month, Cell]

    @property
    def has_outside(self) -> bool:
        """Whether something in it was entered or imported."""
        return any(cell.origin.is_outside for cell in self.cells.values())

    @property
    def whole(self) -> Fraction | None:
        """The value where no month is missing."""
        return None if self.missing else self.value


def make_sheet(
    known: Figures, months: Sequence[Month], entries: Entries, own: OwnOfMonth, live: Month | None,
    this_month: Month,
) -> Sheet:  # fmt: skip
    """The cells of these months. `live` is the first month that the platform counts whole."""
    cells: dict[tuple[Month, str], Cell] = {}
    for month in months:
        for figure in known.all.values():
            entry = entries.get((month, figure.code))
            counts = figure.counted is not Counted.OUTSIDE and month <= this_month
            cell = settled(figure, entry, own(figure.code, month) if counts else None, month, live)
            if cell is not None:
                cells[month, figure.code] = cell
        _add_up(known, month, cells)
    return Sheet(known, cells)


def settled(
    figure: Figure, entry: Entry | None, counted: Number, month: Month, live: Month | None
) -> Cell | None:
    """The cell of a month by the rule above; None where nobody has a number."""
    is_live = live is not None and month >= live
    own = None if counted is None or (counted == 0 and not is_live) else Fraction(counted)
    outside = Fraction(entry.value) if entry is not None and entry.value is not None else None
    if own is not None and is_live and figure.counted is Counted.PLATFORM:
        return Cell(own, Origin.PLATFORM, entry, own)
    if outside is not None:
        return Cell(outside, Origin.OUTSIDE, entry, own)
    return None if own is None else Cell(own, Origin.PART, None, own)


def _add_up(known: Figures, month: Month, cells: dict[tuple[Month, str], Cell]) -> None:
    """Fill what is made of others and has no number of its own, the innermost first."""
    for figure in reversed(list(known.all.values())):
        if not figure.made_of or (month, figure.code) in cells:
            continue
        parts = [part for code in figure.made_of if (part := cells.get((month, code))) is not None]
        if len(parts) == len(figure.made_of):
            outside = any(part.origin.is_outside for part in parts)
            total = sum((part.value for part in parts), Fraction(0))
            cells[month, figure.code] = Cell(total, Origin.OUTSIDE_PARTS if outside else Origin.PARTS)


def _together(
    figure: Figure, found: Mapping[Month, Cell], weighed: Mapping[Month, Fraction]
) -> Fraction | None:
    if not weighed:
        return None
    total = sum((found[month].value * weight for month, weight in weighed.items()), Fraction(0))
    if figure.over is Over.SUM:
        return total
    weight = sum(weighed.values(), Fraction(0))
    return total / weight if weight else None
