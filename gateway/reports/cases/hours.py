"""Cases received by the hour of the day, which no sum is kept of: from the entries."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from itertools import groupby
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Integer, cast, extract, func, select
from sqlalchemy.orm import Session

from gateway.reports.cases.dimensions import Bounds
from gateway.reports.cases.figures import Figure, day_of
from gateway.reports.cases.models import ReportEntry
from gateway.reports.cases.sums import entries_of


def by_hour(session: Session, bounds: Bounds, zone: ZoneInfo) -> Iterator[tuple[date, int, int]]:
    """How many cases were received on each day in each hour of the city's time: day, hour, number. Hours
    without a case are not among them."""
    for first, last in _stretches(bounds, zone):
        hour = _hour(session, zone, first).label("hour")
        rows = session.execute(
            select(ReportEntry.day, hour, func.sum(ReportEntry.amount))
            .where(
                ReportEntry.figure == Figure.RECEIVED.value,
                *entries_of(replace(bounds, first=first, last=last)),
            )
            .group_by(ReportEntry.day, "hour")
        )
        for day, at, amount in rows.all():
            if amount:
                yield day_of(day), int(at), int(amount)


def _hour(session: Session, zone: ZoneInfo, day: date) -> ColumnElement[int]:
    if session.get_bind().dialect.name != "sqlite":
        return cast(extract("hour", func.timezone(zone.key, ReportEntry.at)), Integer)
    # SQLite rounds to milliseconds: the last half of one would be of the next hour.
    to_the_second = func.substr(ReportEntry.at, 1, len("2026-01-01 00:00:00"))
    shift = f"{_offset(day, zone).total_seconds():+.0f} seconds"
    return cast(func.strftime("%H", to_the_second, shift), Integer)


def _stretches(bounds: Bounds, zone: ZoneInfo) -> Iterator[tuple[date, date]]:
    """Stretches of days over which the city's time differs from UTC by the same: one, for Asia/Taipei."""
    length = (bounds.last - bounds.first).days + 1
    days = (bounds.first + timedelta(days=number) for number in range(length))
    for _, same in groupby(days, key=lambda day: _offset(day, zone)):
        stretch = list(same)
        yield stretch[0], stretch[-1]


def _offset(day: date, zone: ZoneInfo) -> timedelta:
    return datetime.combine(day, time.min, zone).utcoffset() or timedelta(0)
