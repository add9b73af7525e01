"""Cases by area and month: those received as the ledger counts them, those open as they stand."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from datetime import date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, and_, case, func, literal, select
from sqlalchemy.orm import Session

from gateway.cases.models import Case
from gateway.reports.cases.dimensions import Bounds, Dimension
from gateway.reports.cases.figures import Figure
from gateway.reports.cases.live import is_late, is_open
from gateway.reports.cases.reading import amounts
from gateway.reports.map.rules import Level, Wanted, month_number, month_starts, narrowed


@dataclass(frozen=True)
class Count:
    """What was counted of some cases; `overdue` is a part of those that are open. Of a unit, `received` is
    what it was given first, and `open` what it leads now."""

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


Place = tuple[str | None, str | None, int]
"""District, village and month, as of an AreaCount."""


def area_counts(
    session: Session, asked: Wanted, units: frozenset[str] | None, now: datetime, zone: ZoneInfo
) -> list[AreaCount]:
    """Every area and month in which cases were received, as the ledger has it, or of which cases are open;
    villages only where they are asked for."""
    still_open = _open(session, asked, units, now, zone)
    received = {} if asked.open_only else _received(session, asked, units)
    found = dict.fromkeys([*received, *still_open], Count())
    for place, amount in received.items():
        found[place] += Count(received=amount)
    for place, count in still_open.items():
        found[place] += replace(count, received=count.open) if asked.open_only else count
    return [AreaCount(*place, count) for place, count in found.items()]


def _received(session: Session, asked: Wanted, units: frozenset[str] | None) -> dict[Place, int]:
    bounds, begins = _bounds(asked, units), month_number(asked.first)

    def place(month: str) -> int:
        return month_number(date(int(month[:4]), int(month[4:]), 1)) - begins

    by_district = amounts(session, bounds, [Dimension.DISTRICT], Figure.RECEIVED, monthly=True)
    found: Counter[Place] = Counter()
    for (month, district), amount in by_district.items():
        found[district or None, None, place(month)] += amount
    if asked.level is Level.DISTRICT:
        return found
    # A village is kept with its district before it, so that a bound by district would be one too many.
    within = dict(bounds.within)
    within.pop(Dimension.DISTRICT, None)
    by_village = amounts(
        session, replace(bounds, within=within), [Dimension.VILLAGE], Figure.RECEIVED, monthly=True
    )
    for (month, key), amount in by_village.items():
        district, _, village = key.partition("/")
        if village and asked.district in {"", district}:
            found[district or None, village, place(month)] += amount
            found[district or None, None, place(month)] -= amount
    return {place: amount for place, amount in found.items() if amount}


def _bounds(asked: Wanted, units: frozenset[str] | None) -> Bounds:
    within: dict[Dimension, frozenset[str]] = {}
    if asked.items is not None:
        within[Dimension.ITEM] = frozenset(asked.items)
    if asked.district:
        within[Dimension.DISTRICT] = frozenset({asked.district})
    if units is not None:
        within[Dimension.UNIT] = units
    if asked.unit:
        within[Dimension.UNIT] = frozenset({asked.unit}) & within.get(Dimension.UNIT, {asked.unit})
    return Bounds(asked.first, asked.last, within)


def _open(
    session: Session, asked: Wanted, units: frozenset[str] | None, now: datetime, zone: ZoneInfo
) -> dict[Place, Count]:
    """What is open now of what was received in the months: only open cases are read."""
    starts = month_starts(asked, zone)
    before = [(Case.received_at < start, n) for n, start in enumerate(starts)]
    month = case(*before, else_=len(starts)) if before else literal(0)
    village: Any = Case.village if asked.level is Level.VILLAGE else literal(None)
    inner = (
        select(
            Case.district.label("district"), village.label("village"), month.label("month"),
            case((is_late(now), 1), else_=0).label("overdue"),
        )
        .where(is_open(), *conditions(asked, units, zone))
        .subquery()
    )  # fmt: skip
    keys = (inner.c.district, inner.c.village, inner.c.month)
    rows = session.execute(select(*keys, func.count(), func.sum(inner.c.overdue)).group_by(*keys))
    return {(row[0], row[1], int(row[2])): Count(0, row[3], int(row[4])) for row in rows.all()}


def conditions(
    asked: Wanted, units: frozenset[str] | None, zone: ZoneInfo, month: str = ""
) -> list[ColumnElement[bool]]:
    """What a question and its reader's reach mean for rows of cases; `month` narrows it to one."""
    begins, ends = (datetime.combine(day, time(), zone) for day in narrowed(asked, month))
    fits: list[ColumnElement[bool]] = [Case.received_at >= begins, Case.received_at < ends]
    if asked.items is not None:
        fits.append(Case.item_code.in_(sorted(asked.items)))
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
