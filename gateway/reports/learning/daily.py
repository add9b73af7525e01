"""Cases by the day of their receipt: the one question all of this room asks, answered by the ledger."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, time
from enum import StrEnum
from itertools import chain
from typing import Final
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, exists
from sqlalchemy.orm import Session

from gateway.cases.models import Case, CaseAssignment
from gateway.cases.rules import Parted
from gateway.reports.cases.dimensions import Bounds, Dimension
from gateway.reports.cases.figures import Figure, day_of
from gateway.reports.cases.reading import amounts

Key = tuple[str | None, ...]
DailyCount = tuple[date, Key, int]
"""A day, the parts of the key in the order asked for, and the number of cases."""


class By(StrEnum):
    """By what cases are told apart besides the day."""

    ITEM = "item"
    DISTRICT = "district"
    VILLAGE = "village"
    """The name alone; ask for the district before it."""


_KEPT_AS: Final = {
    By.ITEM: Dimension.ITEM, By.DISTRICT: Dimension.DISTRICT, By.VILLAGE: Dimension.VILLAGE
}  # fmt: skip


def daily_counts(
    session: Session, first: date, last: date, *by: By, units: frozenset[str] | None = None
) -> Iterator[DailyCount]:
    """Cases received from `first` to `last`, both included, by these units first (None: by all).

    Days without a case are not among them; what is unknown of a case is None.
    """
    names = [_KEPT_AS[one] for one in by if one is not By.DISTRICT or By.VILLAGE not in by]
    found = amounts(session, bounds_of(first, last, units), [Dimension.DAY, *names], Figure.RECEIVED)
    for (day, *key), amount in found.items():
        parts = (_parts(name, part) for name, part in zip(names, key, strict=True))
        yield day_of(int(day)), tuple(chain.from_iterable(parts)), amount


def bounds_of(first: date, last: date, units: frozenset[str] | None) -> Bounds:
    """Days, and the units that may be looked at."""
    return Bounds(first, last, {} if units is None else {Dimension.UNIT: units})


def _parts(name: Dimension, key: str) -> tuple[str | None, ...]:
    """The ledger keeps a village with its district before it."""
    if name is not Dimension.VILLAGE:
        return (key or None,)
    district, _, village = key.partition("/")
    return district or None, village or None


def midnight(day: date, zone: ZoneInfo) -> datetime:
    """The instant at which a day of the city begins."""
    return datetime.combine(day, time.min, zone).astimezone(UTC)


def of_units(units: frozenset[str]) -> ColumnElement[bool]:
    """Whether one of the units has or had its part in a case."""
    kept = CaseAssignment.status.not_in([one.value for one in Parted])
    mine = CaseAssignment.unit.in_(sorted(units))
    return exists().where(CaseAssignment.case_id == Case.id, mine, kept)
