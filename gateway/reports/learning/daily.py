"""Cases counted by the day of their receipt in the city's time: the one question all of this room asks."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from itertools import groupby
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Date, Integer, cast, exists, extract, func, select
from sqlalchemy.orm import Session

from gateway.cases.models import Case, CaseAssignment
from gateway.cases.rules import Parted

Key = tuple[str | int | None, ...]
DailyCount = tuple[date, Key, int]
"""A day, the parts of the key in the order asked for, and the number of cases."""
_A_DAY = timedelta(days=1)


class By(StrEnum):
    """By what cases are told apart besides the day."""

    ITEM = "item"
    DISTRICT = "district"
    VILLAGE = "village"
    """The name alone; ask for the district before it."""
    HOUR = "hour"


def daily_counts(
    session: Session, zone: ZoneInfo, first: date, last: date, *by: By,
    units: frozenset[str] | None = None, item: str | None = None,
) -> Iterator[DailyCount]:  # fmt: skip
    """Cases received from `first` to `last`, both included, of these units (None: of all) and this item.

    Days without a case are not among them. A case counts for every unit that has or had its part in it,
    as in the list of cases, unless the part was returned or given to another.
    """
    for begin, end in _spans(first, last, zone):
        local = _Local(session, zone, begin)
        asked: list[Any] = [local.day.label("day"), *(local.part(one).label(one) for one in by)]
        query = (
            select(*asked, func.count(Case.id))
            .where(Case.received_at >= midnight(begin, zone), Case.received_at < midnight(end + _A_DAY, zone))
            .group_by("day", *by)
        )
        if units is not None:
            query = query.where(of_units(units))
        if item is not None:
            query = query.where(Case.item_code == item)
        for row in session.execute(query):
            yield _day(row[0]), tuple(row[1:-1]), row[-1]


def known_days(session: Session, zone: ZoneInfo) -> tuple[date, date] | None:
    """The days of the first and the last receipt; None without any case."""
    first, last = session.execute(select(func.min(Case.received_at), func.max(Case.received_at))).one()
    return None if first is None else (first.astimezone(zone).date(), last.astimezone(zone).date())


def midnight(day: date, zone: ZoneInfo) -> datetime:
    """The instant at which a day of the city begins."""
    return datetime.combine(day, time.min, zone).astimezone(UTC)


class _Local:
    """Parts of the time of receipt in the city's time, as the database at hand can tell them."""

    def __init__(self, session: Session, zone: ZoneInfo, begin: date) -> None:
        self._sqlite = session.get_bind().dialect.name == "sqlite"
        self._zone = zone.key
        self._shift = f"{_offset(begin, zone).total_seconds():+.0f} seconds"

    @property
    def day(self) -> ColumnElement[Any]:
        if self._sqlite:
            return func.date(self._to_the_second, self._shift)
        return cast(func.timezone(self._zone, Case.received_at), Date)

    @property
    def _to_the_second(self) -> ColumnElement[Any]:
        # SQLite rounds to milliseconds: the last half of one would be of the next day.
        return func.substr(Case.received_at, 1, len("2026-01-01 00:00:00"))

    def part(self, by: By) -> ColumnElement[Any]:
        if by is By.HOUR:
            if self._sqlite:
                return cast(func.strftime("%H", self._to_the_second, self._shift), Integer)
            return cast(extract("hour", func.timezone(self._zone, Case.received_at)), Integer)
        columns: dict[By, Any] = {
            By.ITEM: Case.item_code, By.DISTRICT: Case.district, By.VILLAGE: Case.village,
        }  # fmt: skip
        column: ColumnElement[Any] = columns[by]
        return column


def of_units(units: frozenset[str]) -> ColumnElement[bool]:
    """Whether one of the units has or had its part in a case."""
    kept = CaseAssignment.status.not_in([one.value for one in Parted])
    mine = CaseAssignment.unit.in_(sorted(units))
    return exists().where(CaseAssignment.case_id == Case.id, mine, kept)


def _spans(first: date, last: date, zone: ZoneInfo) -> Iterator[tuple[date, date]]:
    """Stretches of days over which the city's time differs from UTC by the same: one, for Asia/Taipei."""
    days = (first + timedelta(days=number) for number in range((last - first).days + 1))
    for _, same in groupby(days, key=lambda day: _offset(day, zone)):
        stretch = list(same)
        yield stretch[0], stretch[-1]


def _offset(day: date, zone: ZoneInfo) -> timedelta:
    offset = datetime.combine(day, time.min, zone).utcoffset()
    return offset or timedelta(0)


def _day(told: date | str) -> date:
    return told if isinstance(told, date) else date.fromisoformat(told)
