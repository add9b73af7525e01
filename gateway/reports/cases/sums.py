"""Sums over the ledger in SQL: of kept totals where there are such, of entries where there are none."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
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

from gateway.reports.cases.dimensions import Bounds, Dimension, Grouping, grouping_for, name_of
from gateway.reports.cases.figures import Figure, day_number
from gateway.reports.cases.live import among_open
from gateway.reports.cases.models import LedgerState, ReportEntry, ReportTotal
from gateway.reports.cases.periods import cut
from gateway.reports.cases.totals import FINISHED_TIME, STANDING, column_of, growth, is_flow

_A_YEAR: Final = 100
_TO_MONTH: Final = 100
_NO_VALUE: Final = "0"
_LOOKED_UP: Final = 8


@dataclass(frozen=True)
class Sums:
    """What is summed: for each of `by`, and `monthly` for each month (201807) before them."""

    by: Sequence[Dimension] = ()
    monthly: bool = False
    figures: Sequence[str] = field(default=())
    """These; none named: all."""
    valued: bool = True
    """For each value of a figure; else of all its values together, as of value 0."""
    standing: bool = False
    """By how many the open cases grew, as the figure STANDING, instead of figures."""


def summed(session: Session, bounds: Bounds, sums: Sums) -> Sequence[Any]:
    """Rows of the keys in the order asked for, a figure, its value and how many. The same keys, figure and
    value may come more than once, and with amounts that cancel out; FINISHED may come as FINISHED_TIME."""
    return session.execute(_asked(session, bounds, sums)).all()


def _asked(session: Session, bounds: Bounds, sums: Sums) -> Any:
    """Sums of whole months and years, where they are kept; for the days beside them sums of days, else
    their entries; and the entries that are not added up yet."""
    wanted = {*bounds.within, *sums.by}
    grouping = grouping_for(wanted)
    totalled = session.scalar(select(LedgerState.totalled_to)) or 0
    if grouping is None:
        among = [_open_lately(session, bounds.last + timedelta(days=1))] if sums.standing else []
        return _entries(bounds, sums, and_(_between(bounds), *among))
    years = not sums.monthly and Dimension.DAY not in grouping
    pieces = cut(bounds.first, bounds.last, years=years)
    late = and_(ReportEntry.id > totalled, _between(bounds))
    daily = grouping_for({*wanted, Dimension.DAY})
    if daily is not None:
        parts = [_totals(bounds, sums, daily, [days[0] // _TO_MONTH], days) for days in pieces.days]
    else:
        beside = [ReportEntry.day.between(*days) for days in pieces.days]
        late = and_(late, *[~some for some in beside])
        parts = [_entries(bounds, sums, some) for some in beside]
    parts.append(_entries(bounds, sums, late))
    if pieces.totals:
        parts.append(_totals(bounds, sums, grouping, pieces.totals))
    return union_all(*parts)


def _open_lately(session: Session, day: date) -> ColumnElement[bool]:
    """Of a day not long ago, entries of the few cases that can have been open then are enough."""
    newest = select(func.max(ReportTotal.period)).where(ReportTotal.grouping == "")
    month = session.scalar(newest) or 0
    if day.year * 100 + day.month < month - _A_YEAR:
        return true()
    return among_open(session, day, ReportEntry.case_id)


def _between(bounds: Bounds) -> ColumnElement[bool]:
    return ReportEntry.day.between(day_number(bounds.first), day_number(bounds.last))


def _entries(bounds: Bounds, sums: Sums, which: ColumnElement[bool]) -> Any:
    keys = [column_of(name) for name in sums.by]
    if sums.monthly:
        keys.insert(0, func.substr(column_of(Dimension.DAY), literal_column("1"), literal_column("6")))
    fits = [which, *_within(bounds)]
    if sums.standing:
        return _grouped(keys, sums, ReportEntry, func.sum(growth()), [*fits, is_flow()])
    if sums.figures:
        fits.append(ReportEntry.figure.in_(sums.figures))
    return _grouped(keys, sums, ReportEntry, func.sum(ReportEntry.amount), fits)


def entries_of(bounds: Bounds) -> list[ColumnElement[bool]]:
    """Which entries lie within the bounds."""
    return [_between(bounds), *_within(bounds)]


def _within(bounds: Bounds) -> list[ColumnElement[bool]]:
    return [column_of(name).in_(sorted(values)) for name, values in bounds.within.items()]


def _totals(
    bounds: Bounds, sums: Sums, grouping: Grouping, periods: Sequence[int],
    days: tuple[int, int] | None = None,
) -> Any:  # fmt: skip
    """Sums of these periods; of `days` within them alone, where the grouping is by day too."""
    columns: dict[Dimension, Any] = dict(zip(grouping, (ReportTotal.a, ReportTotal.b), strict=False))
    keys: list[Any] = [columns[name] for name in sums.by]
    if sums.monthly:
        keys.insert(0, cast(ReportTotal.period, String))
    fits = [
        ReportTotal.grouping == name_of(grouping),
        ReportTotal.figure.in_(_kept_figures(sums)),
        ReportTotal.period.in_(periods),
        *(_among(columns[name], values) for name, values in bounds.within.items()),
    ]
    if days is not None:
        fits.append(columns[Dimension.DAY].between(str(days[0]), str(days[1])))
    return _grouped(keys, sums, ReportTotal, func.sum(ReportTotal.amount), fits)


def _kept_figures(sums: Sums) -> Sequence[str]:
    """The figures wanted, as the totals keep them."""
    if sums.standing:
        return [STANDING]
    wanted = set(sums.figures or (one.value for one in Figure))
    if sums.valued and Figure.FINISHED in wanted:
        wanted = wanted - {Figure.FINISHED.value} | {FINISHED_TIME}
    return sorted(wanted)


def _among(column: Any, values: Collection[str]) -> ColumnElement[bool]:
    """Of few values each is looked up; among many it is quicker to read all and to leave out the others."""
    if len(values) > _LOOKED_UP:
        column = column.concat(literal_column("''"))
    fits: ColumnElement[bool] = column.in_(sorted(values))
    return fits


def _grouped(
    keys: Sequence[Any], sums: Sums, table: type[ReportEntry | ReportTotal], amount: Any,
    fits: Sequence[ColumnElement[bool]],
) -> Any:  # fmt: skip
    figure: Any = literal(STANDING) if sums.standing else table.figure
    value: Any = literal_column(_NO_VALUE) if sums.standing or not sums.valued else table.value
    among = [] if sums.standing else [figure, *([value] if sums.valued else [])]
    named = [key.label(f"key_{place}") for place, key in enumerate(keys)]
    return select(*named, figure, value, amount.label("amount")).where(*fits).group_by(*keys, *among)
