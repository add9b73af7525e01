"""The one way in which cases are counted: pages, files, programs, half-year and public all ask here."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Any, Final

from sqlalchemy import (
    ColumnElement,
    String,
    and_,
    cast,
    func,
    literal,
    literal_column,
    select,
    true,
    union_all,
)
from sqlalchemy.orm import Session

from gateway.cases.models import Case
from gateway.reports.cases.dimensions import Dimension, Grouping, grouping_for, name_of
from gateway.reports.cases.figures import Figure, day_number
from gateway.reports.cases.live import may_have_been_open
from gateway.reports.cases.models import LedgerState, ReportEntry, ReportTotal
from gateway.reports.cases.periods import cut
from gateway.reports.cases.totals import STANDING, column_of, growth, is_flow

LAST_YEAR: Final = 9999
_A_YEAR: Final = 100
_TO_MONTH: Final = 100
BEGINNING: Final = date(1912, 1, 1)
"""No case is older (民國元年)."""


@dataclass(frozen=True)
class Bounds:
    """Which entries count: of these days, both included, and of these values of each dimension named."""

    first: date
    last: date
    within: Mapping[Dimension, frozenset[str]] = field(default_factory=dict)


class Tally:
    """How many there are of each value of each figure."""

    def __init__(self) -> None:
        self._counted: dict[str, Counter[int]] = {}

    def add(self, figure: str, value: int, count: int) -> None:
        """So many more of it."""
        self._counted.setdefault(figure, Counter())[value] += count

    def take(self, other: Tally) -> None:
        """Count the other's too."""
        for figure, histogram in other._counted.items():
            self._counted.setdefault(figure, Counter()).update(histogram)

    def of(self, figure: Figure, *values: int) -> int:
        """How many of a figure: of these values, or of all."""
        counted = self._counted.get(figure)
        if counted is None:
            return 0
        return sum(counted[value] for value in values) if values else sum(counted.values())

    def histogram(self, *figures: Figure) -> Counter[int]:
        """How many of each value of these figures together."""
        found: Counter[int] = Counter()
        for figure in figures:
            found.update(self._counted.get(figure, {}))
        return found


@dataclass(frozen=True)
class _What:
    """What is summed: these figures (none named: all), month by month or not; or what stands open."""

    figures: Sequence[str]
    monthly: bool
    standing: bool


def counts(
    session: Session,
    bounds: Bounds,
    by: Dimension | None = None,
    figures: Sequence[Figure] = (),
    *,
    monthly: bool = False,
) -> dict[str, Tally]:
    """What there is within the bounds, for each value of `by` (None: all under ""), of these figures or all.

    `monthly`: for each month instead, as `201807`. The session must see one moment (`Database.snapshot`).
    """
    rows = session.execute(_asked(session, bounds, by, figures, monthly))
    found: dict[str, Tally] = {}
    for key, figure, value, amount in rows:
        if amount:
            found.setdefault(str(key), Tally()).add(figure, value, int(amount))
    return found


def stock(session: Session, bounds: Bounds, before: date, by: Dimension | None = None) -> dict[str, int]:
    """How many cases were open when the day `before` began, for each value of `by`: all that ever came in
    less all that went out."""
    everything = replace(bounds, first=BEGINNING, last=before - timedelta(days=1))
    found: Counter[str] = Counter()
    for key, _, _, amount in session.execute(_asked(session, everything, by, (), False, standing=True)):
        found[str(key)] += int(amount or 0)
    return found


def _asked(
    session: Session, bounds: Bounds, by: Dimension | None, figures: Sequence[Figure], monthly: bool,
    *, standing: bool = False,
) -> Any:  # fmt: skip
    """Sums of whole months and years, where they are kept; for the days beside them sums of days, else
    their entries; and the entries that are not added up yet."""
    wanted = {*bounds.within, *([by] if by else [])}
    grouping = grouping_for(wanted)
    what = _What([figure.value for figure in figures], monthly, standing)
    totalled = session.scalar(select(LedgerState.totalled_to)) or 0
    if grouping is None:
        among = [_open_lately(session, bounds.last + timedelta(days=1))] if standing else []
        return _entries(bounds, by, what, and_(_between(bounds), *among))
    years = not monthly and Dimension.DAY not in grouping
    pieces = cut(bounds.first, bounds.last, years=years)
    late = and_(ReportEntry.id > totalled, _between(bounds))
    daily = grouping_for({*wanted, Dimension.DAY})
    if daily is not None:
        parts = [_totals(bounds, by, what, daily, [days[0] // _TO_MONTH], days) for days in pieces.days]
    else:
        beside = [ReportEntry.day.between(*days) for days in pieces.days]
        late = and_(late, *[~some for some in beside])
        parts = [_entries(bounds, by, what, some) for some in beside]
    parts.append(_entries(bounds, by, what, late))
    if pieces.totals:
        parts.append(_totals(bounds, by, what, grouping, pieces.totals))
    return union_all(*parts)


def _open_lately(session: Session, day: date) -> ColumnElement[bool]:
    """Of a day not long ago, entries of the few cases that can have been open then are enough."""
    newest = select(func.max(ReportTotal.period)).where(ReportTotal.grouping == "")
    month = session.scalar(newest) or 0
    if day.year * 100 + day.month < month - _A_YEAR:
        return true()
    return ReportEntry.case_id.in_(select(Case.id).where(may_have_been_open(day)))


def _between(bounds: Bounds) -> ColumnElement[bool]:
    return ReportEntry.day.between(day_number(bounds.first), day_number(bounds.last))


def _entries(bounds: Bounds, by: Dimension | None, what: _What, which: ColumnElement[bool]) -> Any:
    key: Any = literal_column("''") if by is None else column_of(by)
    if what.monthly:
        key = func.substr(column_of(Dimension.DAY), literal_column("1"), literal_column("6"))
    fits = [column_of(name).in_(sorted(values)) for name, values in bounds.within.items()]
    grouped = [key] if by is not None or what.monthly else []
    if what.standing:
        grown = func.sum(growth()).label("amount")
        return _grouped(
            select(key.label("a"), literal(STANDING), literal(0), grown).where(which, is_flow(), *fits),
            grouped,
        )
    if what.figures:
        fits.append(ReportEntry.figure.in_(what.figures))
    amount = func.sum(ReportEntry.amount).label("amount")
    return (
        select(key.label("a"), ReportEntry.figure, ReportEntry.value, amount)
        .where(which, *fits)
        .group_by(*grouped, ReportEntry.figure, ReportEntry.value)
    )


def _grouped(query: Any, by: Sequence[Any]) -> Any:
    """Sums by nothing are one row, of nothing too."""
    return query.group_by(*by) if by else query


def _totals(
    bounds: Bounds, by: Dimension | None, what: _What, grouping: Grouping, periods: Sequence[int],
    days: tuple[int, int] | None = None,
) -> Any:  # fmt: skip
    """Sums of these periods; of `days` within them alone, where the grouping is by day too."""
    columns = dict(zip(grouping, (ReportTotal.a, ReportTotal.b), strict=False))
    key: Any = literal_column("''") if by is None else columns[by]
    if what.monthly:
        key = cast(ReportTotal.period, String)
    fits: list[Any] = [columns[name].in_(sorted(values)) for name, values in bounds.within.items()]
    if days is not None:
        fits.append(columns[Dimension.DAY].between(str(days[0]), str(days[1])))
    if what.standing:
        fits.append(ReportTotal.figure == STANDING)
    elif what.figures:
        fits.append(ReportTotal.figure.in_(what.figures))
    else:
        fits.append(ReportTotal.figure != STANDING)
    amount = func.sum(ReportTotal.amount).label("amount")
    return (
        select(key.label("a"), ReportTotal.figure, ReportTotal.value, amount)
        .where(ReportTotal.grouping == name_of(grouping), ReportTotal.period.in_(periods), *fits)
        .group_by(*([key] if by is not None or what.monthly else []), ReportTotal.figure, ReportTotal.value)
    )
