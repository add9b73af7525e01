"""Cases on the board: open ones by the indexes of their states, today's from the ledger of the reports.

Closed cases of other days are never read, however many there are.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any, Final

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    DateTime,
    String,
    case,
    cast,
    extract,
    func,
    select,
    type_coerce,
)
from sqlalchemy.orm import Session

from gateway.cases.lateness import end_of_day
from gateway.cases.office import Office
from gateway.reports.board.rules import ITEMS, SOON, CaseFigures, Hour, Standing, hour_starts
from gateway.reports.cases.deadlines import known_until
from gateway.reports.cases.dimensions import Dimension
from gateway.reports.cases.figures import ANSWERED, Figure, day_number
from gateway.reports.cases.live import bounded, case_column, is_late, is_open, is_soon
from gateway.reports.cases.models import ReportEntry

_ONE_HOUR: Final = timedelta(hours=1)
_ONE_DAY: Final = timedelta(days=1)
Condition = ColumnElement[bool]


def case_figures(
    session: Session, units: frozenset[str] | None, now: datetime, office: Office
) -> CaseFigures:
    """The figures of the cases that these units lead (None: of all)."""
    midnight = end_of_day(now, office) - _ONE_DAY
    starts = hour_starts(now, midnight)
    received = _by_hour(session, (Figure.RECEIVED,), units, starts, now, office)
    finished = _by_hour(session, ANSWERED, units, starts, now, office)
    hours = [Hour(start, received[start], finished[start]) for start in starts]
    today = [hour for hour in hours if hour.begins >= midnight]
    return CaseFigures(
        sum(hour.received for hour in today), sum(hour.finished for hour in today),
        _areas(session, units, now, office), _items(session, units, now.astimezone(office.zone).date(), now),
        hours, known_until(session, now),
    )  # fmt: skip


def _areas(
    session: Session, units: frozenset[str] | None, now: datetime, office: Office
) -> dict[str, Standing]:
    """One pass over the open cases."""
    district = case_column(Dimension.DISTRICT)
    within = bounded({} if units is None else {Dimension.UNIT: units})
    soon = is_soon(now, office, now + SOON)
    today = is_soon(now, office, end_of_day(now, office))
    rows = session.execute(
        select(district.label("name"), func.count(), _sum(soon), _sum(today), _sum(is_late(now)))
        .where(is_open(), *within)
        .group_by("name")
    )
    return {str(row[0]): Standing(*map(int, row[1:])) for row in rows}


def _items(
    session: Session, units: frozenset[str] | None, today: date, now: datetime
) -> list[tuple[str, int]]:
    count = func.sum(ReportEntry.amount).label("count")
    rows = session.execute(
        select(ReportEntry.item, count)
        .where(*_entries((Figure.RECEIVED,), units, (today,)), ReportEntry.at <= now)
        .group_by(ReportEntry.item)
        .having(count > 0)
        .order_by(count.desc(), ReportEntry.item)
        .limit(ITEMS)
    )
    return [(row[0], int(row[1])) for row in rows]


def _by_hour(
    session: Session, figures: Sequence[Figure], units: frozenset[str] | None, starts: Sequence[datetime],
    now: datetime, office: Office,
) -> Counter[datetime]:  # fmt: skip
    """How many of these figures there are in each of these hours."""
    first, at = starts[0], ReportEntry.at
    days = sorted({start.astimezone(office.zone).date() for start in starts})
    hour = (_seconds(session, at) - int(first.timestamp())) / int(_ONE_HOUR.total_seconds())
    whole = cast(func.floor(hour), BigInteger).label("hour")
    rows = session.execute(
        select(whole, func.sum(ReportEntry.amount))
        .where(*_entries(figures, units, days), at >= first, at <= now)
        .group_by("hour")
    )
    return Counter({first + int(number) * _ONE_HOUR: int(count) for number, count in rows})


def _entries(
    figures: Sequence[Figure], units: frozenset[str] | None, days: Sequence[date]
) -> list[Condition]:
    fits: list[Condition] = [
        ReportEntry.day.in_([day_number(day) for day in days]),
        ReportEntry.figure.in_([figure.value for figure in figures]),
    ]
    if units is not None:
        fits.append(ReportEntry.unit.in_(sorted(units)))
    return fits


def _seconds(session: Session, at: Any) -> Any:
    """A stored instant as seconds since 1970."""
    if session.get_bind().dialect.name == "sqlite":
        return cast(func.strftime("%s", type_coerce(at, DateTime), type_=String), BigInteger)
    return extract("epoch", at)


def _sum(which: Condition) -> ColumnElement[int]:
    return func.sum(case((which, 1), else_=0))
