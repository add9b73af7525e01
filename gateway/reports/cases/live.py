"""What is open now, straight from the cases: only the open ones are read, however many are closed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final

from sqlalchemy import ColumnElement, and_, case, func, literal, or_, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from gateway.cases.errors import DateOutOfCalendar
from gateway.cases.lateness import ONE_DAY, end_of_day
from gateway.cases.models import Case
from gateway.cases.office import Office
from gateway.cases.rules import OPEN, Status
from gateway.reports.cases.dimensions import Dimension

SOON_WORKING_DAYS: Final = 3
_NAMED: Final = 10_000
_OPEN: Final = sorted(status.value for status in OPEN)


@dataclass(frozen=True)
class OpenNow:
    """Open cases of one row."""

    cases: int = 0
    overdue: int = 0
    soon: int = 0


def open_now(
    session: Session,
    within: Mapping[Dimension, frozenset[str]],
    by: Dimension | None,
    now: datetime,
    office: Office,
) -> dict[str, OpenNow]:
    """Open cases, those late and those due within three working days, for each value of `by`."""
    key: Any = literal("") if by is None else case_column(by)
    late, soon = is_late(now), is_soon(now, office)
    rows = session.execute(
        select(
            key.label("key"), func.count(), func.sum(case((late, 1), else_=0)),
            func.sum(case((soon, 1), else_=0)),
        )
        .where(Case.status.in_(_OPEN), *bounded(within))
        .group_by("key")
    )  # fmt: skip
    return {str(name): OpenNow(count, int(overdue or 0), int(due or 0)) for name, count, overdue, due in rows}


def case_column(dimension: Dimension) -> ColumnElement[str]:
    """A dimension of the ledger as it stands in an open case. Raises KeyError for days and persons."""
    village = func.coalesce(Case.district, "") + literal("/") + Case.village
    columns: dict[Dimension, Any] = {
        Dimension.UNIT: Case.owner_unit,
        Dimension.ITEM: Case.item_code,
        Dimension.DISTRICT: func.coalesce(Case.district, ""),
        Dimension.VILLAGE: case((func.coalesce(Case.village, "") == "", ""), else_=village),
        Dimension.CHANNEL: Case.channel,
    }
    column: ColumnElement[str] = columns[dimension]
    return column


def bounded(within: Mapping[Dimension, frozenset[str]]) -> list[ColumnElement[bool]]:
    """The bounds of a question on open cases; who worked on them and when they came sets none."""
    kept = (one for one in within if one not in {Dimension.PERSON, Dimension.DAY})
    return [case_column(one).in_(sorted(within[one])) for one in kept]


def is_open() -> ColumnElement[bool]:
    """Whether somebody still has to do something."""
    return Case.status.in_(_OPEN)


def may_have_been_open(day: date) -> ColumnElement[bool]:
    """Whether a case may have been open when a day began, wherever in the world: all that were are among
    these, and few others. A merged case has no closing time; it is merged since its last change."""
    begins = datetime(day.year, day.month, day.day, tzinfo=UTC)
    merged = Case.status == Status.MERGED.value
    return and_(
        Case.received_at < begins + ONE_DAY,
        or_(
            Case.closed_at >= begins - ONE_DAY,
            and_(Case.closed_at.is_(None), or_(~merged, Case.status_since >= begins - ONE_DAY)),
        ),
    )


def among_open(session: Session, day: date, of: InstrumentedAttribute[int]) -> ColumnElement[bool]:
    """Whether a column holds one of the cases that may have been open when a day began.

    On PostgreSQL few are named one by one: it expects a hundred times as many of them as there are, and would
    read every entry of ten years instead of theirs.
    """
    candidates = select(Case.id).where(may_have_been_open(day))
    if session.get_bind().dialect.name == "sqlite":
        return of.in_(candidates)
    found = session.scalars(candidates).all()
    return of.in_(found if len(found) <= _NAMED else candidates)


def is_late(now: datetime) -> ColumnElement[bool]:
    """Whether the next due time is over; a clock that stopped before cannot run out."""
    return and_(
        Case.next_due_at < now, or_(Case.paused_since.is_(None), Case.next_due_at < Case.paused_since)
    )


def is_soon(now: datetime, office: Office, until: datetime | None = None) -> ColumnElement[bool]:
    """Whether the next due time comes until `until`: within three working days if not said."""
    return and_(Case.next_due_at >= now, Case.next_due_at < (until or soon_until(now, office)))


def soon_until(now: datetime, office: Office, days: int = SOON_WORKING_DAYS) -> datetime:
    """The end of the last of so many working days from tomorrow; where the calendar ends, of so many days."""
    today = now.astimezone(office.zone).date()
    try:
        ahead = (office.calendar.working_day_after(today, days) - today).days
    except DateOutOfCalendar:
        ahead = timedelta(days=days).days
    return end_of_day(now, office, ahead)
