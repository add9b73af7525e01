"""Cases by area and month, in SQL: the one place where the map's figures are counted."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, and_, case, func, literal, select
from sqlalchemy.orm import Session

from gateway.cases.models import Case
from gateway.reports.cases.live import is_late, is_open
from gateway.reports.map.rules import Level, Wanted, month_starts, narrowed


@dataclass(frozen=True)
class Count:
    """What was counted of some cases; `overdue` is a part of those that are open."""

    received: int = 0
    open: int = 0
    overdue: int = 0

    def __add__(self, other: Count) -> Count:
        return Count(
            self.received + other.received, self.open + other.open, self.overdue + other.overdue
        )  # fmt: skip

    @property
    def share(self) -> float | None:
        """The overdue part of those that are open; None where none is."""
        return self.overdue / self.open if self.open else None


@dataclass(frozen=True)
class AreaCount:
    """One area in one month of receipt (from 0). `district` and `village` are None where unknown."""

    district: str | None
    village: str | None
    month: int
    count: Count


def area_counts(
    session: Session, asked: Wanted, units: frozenset[str] | None, now: datetime, zone: ZoneInfo
) -> list[AreaCount]:
    """Every area and month in which cases were received; villages only where they are asked for."""
    starts = month_starts(asked, zone)
    before = [(Case.received_at < start, n) for n, start in enumerate(starts)]
    month = case(*before, else_=len(starts)) if before else literal(0)
    village: Any = Case.village if asked.level is Level.VILLAGE else literal(None)
    inner = (
        select(
            Case.district.label("district"), village.label("village"), month.label("month"),
            case((is_open(), 1), else_=0).label("open"), case((late(now), 1), else_=0).label("overdue"),
        )
        .where(*conditions(asked, units, zone))
        .subquery()
    )  # fmt: skip
    keys = (inner.c.district, inner.c.village, inner.c.month)
    rows = session.execute(
        select(*keys, func.count(), func.sum(inner.c.open), func.sum(inner.c.overdue)).group_by(*keys)
    )
    return [AreaCount(row[0], row[1], int(row[2]), Count(*map(int, row[3:]))) for row in rows]


def conditions(
    asked: Wanted, units: frozenset[str] | None, zone: ZoneInfo, month: str = ""
) -> list[ColumnElement[bool]]:
    """What a question and its reader's reach mean for rows of cases; `month` narrows it to one."""
    begins, ends = (datetime.combine(day, time(), zone) for day in narrowed(asked, month))
    fits: list[ColumnElement[bool]] = [Case.received_at >= begins, Case.received_at < ends]
    if asked.items is not None:
        fits.append(Case.item_code.in_(sorted(asked.items)))
    if asked.kind:
        fits.append(Case.kind == asked.kind)
    if asked.open_only:
        fits.append(is_open())
    if asked.district:
        fits.append(Case.district == asked.district)
    if asked.unit:
        fits.append(Case.owner_unit == asked.unit)
    if units is not None:
        fits.append(Case.owner_unit.in_(sorted(units)))
    return fits


def late(now: datetime) -> ColumnElement[bool]:
    """Whether a case is open and its next due time over, as every report on open cases has it."""
    return and_(is_open(), is_late(now))
