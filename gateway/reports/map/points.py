"""Cases as points: single ones where they are few, cells of a grid where they are many; places with several.

Nothing that is written of a case leaves here, and no confidential case is ever a point.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, case, func, select
from sqlalchemy.orm import Session

from gateway.cases.models import Case, CaseLink
from gateway.cases.nearness import Box, distance_m
from gateway.reports.cases.live import is_open
from gateway.reports.map.areas import conditions, late
from gateway.reports.map.rules import Wanted, by_nearness, cell_degrees

MOST_POINTS: Final = 1500
MOST_SPOTS: Final = 30
SEVERAL: Final = 3
"""From so many cases on a place is shown as one."""
MERGED_INTO: Final = "merged_into"
_PER_DEGREE: Final = 1000
"""Without an address, coordinates within about 100 m are one place."""


@dataclass(frozen=True)
class Looked:
    """Where somebody looks: within a box, at a zoom level, at one month or all."""

    box: Box
    zoom: int
    month: str = ""


@dataclass(frozen=True)
class Nearness:
    """When two cases of one item may be the same matter."""

    metres: float
    time: timedelta


def points(
    session: Session, asked: Wanted, looked: Looked, units: frozenset[str] | None, nearness: Nearness,
    now: datetime, zone: ZoneInfo,
) -> dict[str, Any]:  # fmt: skip
    """`total` cases in the box: as `points` where they are few enough, else as `cells` of a grid."""
    fits = [*conditions(asked, units, zone, looked.month), *_in(looked.box)]
    total = session.scalar(select(func.count()).select_from(Case).where(*fits)) or 0
    if total > MOST_POINTS:
        return {"total": total, "points": [], "cells": _cells(session, fits, looked.zoom, now)}
    return {"total": total, "points": _points(session, fits, nearness, now), "cells": []}


def spots(
    session: Session, asked: Wanted, month: str, units: frozenset[str] | None, zone: ZoneInfo
) -> list[dict[str, Any]]:
    """Places with several cases, those with most first: by address, else by coordinates."""
    fits = [*conditions(asked, units, zone, month), *_drawn()]
    near = [func.round(column * _PER_DEGREE) for column in (Case.latitude, Case.longitude)]
    found = [
        *_grouped(session, [*fits, Case.place_key.is_not(None)], [Case.place_key]),
        *_grouped(session, [*fits, Case.place_key.is_(None)], near),
    ]
    return sorted(found, key=lambda one: (-one["count"], one["lat"], one["lng"]))[:MOST_SPOTS]


def _in(box: Box) -> list[ColumnElement[bool]]:
    return [
        Case.latitude >= box.south, Case.latitude <= box.north, Case.longitude >= box.west,
        Case.longitude <= box.east, Case.confidential.is_(False),
    ]  # fmt: skip


def _drawn() -> list[ColumnElement[bool]]:
    return [Case.latitude.is_not(None), Case.longitude.is_not(None), Case.confidential.is_(False)]


def _is_open() -> ColumnElement[int]:
    return case((is_open(), 1), else_=0)


def _points(
    session: Session, fits: Sequence[ColumnElement[bool]], nearness: Nearness, now: datetime
) -> list[dict[str, Any]]:
    rows = session.execute(
        select(
            Case.id, Case.number, Case.latitude, Case.longitude, Case.item_code, Case.status,
            Case.received_at, _is_open(), case((late(now), 1), else_=0),
        )
        .where(*fits)
        .order_by(Case.received_at, Case.id)
    ).all()  # fmt: skip
    masters = _masters(session, fits)
    near = _near(rows, nearness)
    return [
        {
            "number": row[1], "lat": row[2], "lng": row[3], "item": row[4], "status": row[5],
            "received": row[6].isoformat(timespec="seconds"), "open": bool(row[7]), "overdue": bool(row[8]),
            "merged_into": masters.get(row[0]), "near": near.get(n, []),
        }
        for n, row in enumerate(rows)
    ]  # fmt: skip


def _masters(session: Session, fits: Sequence[ColumnElement[bool]]) -> Mapping[int, str]:
    """Of those that were merged, the number of the case that goes on."""
    merged = select(Case.id).where(*fits).scalar_subquery()
    rows = session.execute(
        select(CaseLink.case_id, Case.number)
        .join(Case, Case.id == CaseLink.other_id)
        .where(CaseLink.relation == MERGED_INTO, CaseLink.ended_at.is_(None), CaseLink.case_id.in_(merged))
        .where(Case.confidential.is_(False))
    )
    return dict(rows.all())


def _near(rows: Sequence[Any], nearness: Nearness) -> dict[int, list[str]]:
    """Of each case those of the same item that are near in place and time."""
    found: dict[int, list[str]] = {}
    for one, other in by_nearness([(row[2], row[3]) for row in rows], nearness.metres):
        here, there = rows[one], rows[other]
        if here[4] != there[4] or abs(here[6] - there[6]) > nearness.time:
            continue
        if distance_m(here[2], here[3], there[2], there[3]) <= nearness.metres:
            found.setdefault(one, []).append(there[1])
            found.setdefault(other, []).append(here[1])
    return found


def _cells(
    session: Session, fits: Sequence[ColumnElement[bool]], zoom: int, now: datetime
) -> list[dict[str, Any]]:
    side = cell_degrees(zoom)
    rows = select(
        Case.latitude.label("lat"), Case.longitude.label("lng"), _is_open().label("open"),
        case((late(now), 1), else_=0).label("overdue"), func.round(Case.latitude / side).label("row"),
        func.round(Case.longitude / side).label("column"),
    ).where(*fits).subquery()  # fmt: skip
    cells = session.execute(
        select(
            func.avg(rows.c.lat), func.avg(rows.c.lng), func.count(), func.sum(rows.c.open),
            func.sum(rows.c.overdue),
        ).group_by(rows.c.row, rows.c.column)
    )  # fmt: skip
    return [
        {
            "lat": round(lat, 6),
            "lng": round(lng, 6),
            "count": n,
            "open": int(is_open),
            "overdue": int(overdue),
        }
        for lat, lng, n, is_open, overdue in cells
    ]


def _grouped(
    session: Session, fits: Sequence[ColumnElement[bool]], keys: Sequence[Any]
) -> list[dict[str, Any]]:
    # Grouped by names, not by expressions: PostgreSQL sees two parameters as two expressions.
    named = [key.label(f"key_{n}") for n, key in enumerate(keys)]
    rows = select(
        Case.latitude.label("lat"), Case.longitude.label("lng"), _is_open().label("open"),
        Case.item_code.label("item"), Case.district.label("district"), Case.village.label("village"), *named,
    ).where(*fits).subquery()  # fmt: skip
    grouped = session.execute(
        select(
            func.avg(rows.c.lat), func.avg(rows.c.lng), func.count(), func.sum(rows.c.open),
            func.count(rows.c.item.distinct()), func.min(rows.c.district), func.min(rows.c.village),
        )
        .group_by(*(rows.c[f"key_{n}"] for n in range(len(keys))))
        .having(func.count() >= SEVERAL)
        .order_by(func.count().desc())
        .limit(MOST_SPOTS)
    )  # fmt: skip
    return [
        {
            "lat": round(lat, 6), "lng": round(lng, 6), "count": n, "open": int(is_open), "items": items,
            "district": district, "village": village,
        }
        for lat, lng, n, is_open, items, district, village in grouped
    ]  # fmt: skip
