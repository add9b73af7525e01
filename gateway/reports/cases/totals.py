"""Adding entries up by every kept grouping, for their months and years."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from sqlalchemy import ColumnElement, Integer, String, case, cast, func, literal, literal_column, select, true
from sqlalchemy.orm import Session

from gateway.database.inserting import insert_into
from gateway.reports.cases.dimensions import GROUPINGS, Dimension, Grouping, name_of
from gateway.reports.cases.figures import FLOWS, INCOMING, Figure
from gateway.reports.cases.models import ReportEntry, ReportTotal

_TO_MONTH, _TO_YEAR = 100, 10_000
_KEY = ("grouping", "period", "a", "b", "figure", "value")
STANDING: Final = "standing"
"""Kept in the totals alone: by how many the open cases grew, so that they need not be summed out of every
flow there was."""
FINISHED_TIME: Final = "finished_time"
"""Kept in the totals alone: FINISHED for each handling time. There are so many times that whoever asks for
the number of cases does not read them; FINISHED itself has no value there."""


def add_up(session: Session, after: int, to: int) -> None:
    """Add the entries with ids over `after`, up to `to`, to the totals."""
    for grouping in GROUPINGS:
        for scale in (_TO_MONTH,) if Dimension.DAY in grouping else (_TO_MONTH, _TO_YEAR):
            _add_grouping(session, grouping, scale, after, to)


def growth() -> ColumnElement[int]:
    """By how many the open cases grow with an entry of a flow."""
    came = ReportEntry.figure.in_([figure.value for figure in INCOMING])
    return case((came, ReportEntry.amount), else_=-ReportEntry.amount)


def is_flow() -> ColumnElement[bool]:
    """Whether an entry changes how many cases are open."""
    return ReportEntry.figure.in_([figure.value for figure in FLOWS])


def column_of(dimension: Dimension) -> ColumnElement[str]:
    """A dimension's column of the entries, as text."""
    column: Any = getattr(ReportEntry, dimension.value)
    return cast(column, String) if dimension is Dimension.DAY else column


def _add_grouping(session: Session, grouping: Grouping, scale: int, after: int, to: int) -> None:
    keys = [column_of(dimension) for dimension in grouping]
    a, b = [*keys, literal(""), literal("")][:2]
    # Not a bound number: PostgreSQL would not see that it groups by what it selects.
    period: Any = literal_column(f"report_entries.day / {scale}", Integer)
    key, amount = (literal(name_of(grouping)), period, a, b), func.sum(ReportEntry.amount)
    finished = ReportEntry.figure == Figure.FINISHED.value
    value = case((finished, 0), else_=ReportEntry.value).label("told")
    sums: Sequence[tuple[Any, Any, Any, Any, Sequence[Any]]] = (
        (ReportEntry.figure, value, amount, true(), (ReportEntry.figure, "told")),
        (literal(FINISHED_TIME), ReportEntry.value, amount, finished, (ReportEntry.value,)),
        (literal(STANDING), literal(0), func.sum(growth()), is_flow(), ()),
    )
    for figure, told, total, which, among in sums:
        query = select(*key, figure, told, total).where(ReportEntry.id > after, ReportEntry.id <= to, which)
        _add(session, query.group_by(period, *keys, *among).having(total != 0))


def _add(session: Session, sums: Any) -> None:
    adding = insert_into(session, ReportTotal).from_select([*_KEY, "amount"], sums)
    session.execute(
        adding.on_conflict_do_update(
            index_elements=list(_KEY), set_={"amount": ReportTotal.amount + adding.excluded.amount}
        )
    )
