"""Seeded worlds: cities whose cases are random around rates that are known."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
from sqlalchemy import insert, select

from gateway.cases.models import Case, CaseAssignment
from gateway.database import Database
from gateway.reports.learning.days import Calendar, Floats, Stretch
from tests.reports.counting import count_all

ZONE = ZoneInfo("Asia/Taipei")
NOON = time(12, 0)
UNIT = "養工處"
DAY = timedelta(days=1)
OFF_SHARE = 0.7
"""Of what a working day brings, so much comes in on a day off."""


def stretch_of(calendar: Calendar, last: date, days: int) -> Stretch:
    """So many days up to one."""
    return Stretch.of(calendar, last - timedelta(days=days - 1), last)


def flags(stretch: Stretch, first: date, last: date) -> Any:
    """The days from one to another."""
    numbers = np.arange(len(stretch.kinds))
    return (numbers >= stretch.place(first)) & (numbers <= stretch.place(last))


def poisson_world(
    seed: int, stretch: Stretch, cells: int, *, spread: float = 0.0, level: float = 0.5
) -> Floats:
    """Counts by cell and day. `spread` makes each day's rate random itself (variance of its factor)."""
    chance = np.random.default_rng(seed)
    rates = level * chance.lognormal(0, 1.5, cells)[:, None] * np.where(stretch.worked, 1.0, OFF_SHARE)
    if spread:
        rates = rates * chance.gamma(1 / spread, spread, rates.shape)
    return chance.poisson(rates).astype(float)


def at(day: date, clock: time = NOON) -> datetime:
    """An instant of a day of the city."""
    return datetime.combine(day, clock, ZONE).astimezone(UTC)


def case_row(received_at: datetime, **parts: Any) -> dict[str, Any]:
    """A case as it lies in the table; keyword arguments change parts of it."""
    name = uuid.uuid4().hex
    return {
        "number": f"D{name[:16].upper()}", "origin_key": name, "kind": "dispatch",
        "item_code": "street_light_out", "catalogue_version": "test", "confidential": False,
        "needs_review": False, "status": "registered", "version": 1, "owner_unit": UNIT,
        "district": "三民區", "village": None, "address": None, "latitude": None, "longitude": None,
        "description": "路燈不亮", "language": "zh-TW", "channel": "phone", "received_at": received_at,
        "attributes": {}, "place_key": None, "closed_at": None, "status_since": received_at,
        "reopenings": 0, **parts,
    }  # fmt: skip


def put(database: Database, rows: Iterable[Mapping[str, Any]], *, unit: str = UNIT) -> list[str]:
    """Put cases into the tables, each with one assignment, and count them; their numbers."""
    made = [dict(row) for row in rows]
    with database.write() as session:
        if not made:
            return []
        session.execute(insert(Case), made)
        numbers = [row["number"] for row in made]
        ids = dict(session.execute(select(Case.number, Case.id)).all())
        parts = [
            {
                "case_id": ids[row["number"]], "unit": unit, "status": "registered", "lead": True,
                "active": True, "started_at": row["received_at"],
            }
            for row in made
        ]  # fmt: skip
        session.execute(insert(CaseAssignment), parts)
    count_all(database)
    return numbers


def steady(
    first: date, last: date, number: int, *, but: Mapping[date, int] | None = None, **parts: Any
) -> list[dict[str, Any]]:
    """So many cases on each day; on some days another number."""
    days = (first + timedelta(days=one) for one in range((last - first).days + 1))
    return [
        case_row(at(day) + timedelta(seconds=one), **parts)
        for day in days
        for one in range((but or {}).get(day, number))
    ]
