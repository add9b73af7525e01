"""Which cases lie near which, as the database and the metres say, and which may be one matter."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields
from datetime import datetime
from enum import StrEnum

from rapidfuzz import fuzz
from sqlalchemy import ColumnElement, and_, or_, select
from sqlalchemy.orm import Session

from gateway.cases.models import Case
from gateway.cases.nearness import box_around, distance_m
from gateway.cases.rules import OPEN

SUGGESTED_MAX = 10
SUGGESTED_METRES = 1_000.0
ALIKE_FROM = 50.0
"""Percent of equal characters in order, from which two descriptions may tell of one matter."""
OPEN_VALUES = [status.value for status in OPEN]
_ROUGHLY = 1e-9


class Reason(StrEnum):
    """Why two cases may be one matter."""

    SAME_PLACE = "same_place"
    SAME_ITEM_NEAR = "same_item_near"
    ALIKE = "alike"


REASON_TEXT: dict[Reason, tuple[str, str]] = {
    Reason.SAME_PLACE: ("同一地點、同一項目", "Same place, same item"),
    Reason.SAME_ITEM_NEAR: ("同一項目、距離很近", "Same item, close by"),
    Reason.ALIKE: ("距離不遠、描述相似", "Not far away, described alike"),
}


@dataclass(frozen=True)
class MergeSuggestion:
    """A case that the agency may merge; metres, None without coordinates."""

    number: str
    distance_m: float | None
    reason: Reason


@dataclass(frozen=True)
class Place:
    """Where something is: by coordinates, by address, by both or by neither."""

    lat: float | None
    lng: float | None
    key: str | None

    def near(self, metres: float) -> ColumnElement[bool] | None:
        """What the database can say of being near: a little too much, never too little. None: nowhere."""
        ways = list(self._ways(metres))
        return or_(*ways) if ways else None

    def _ways(self, metres: float) -> Iterator[ColumnElement[bool]]:
        if self.key is not None:
            yield Case.place_key == self.key
        if self.lat is not None and self.lng is not None:
            box = box_around(self.lat, self.lng, metres)
            yield and_(
                Case.latitude.between(box.south - _ROUGHLY, box.north + _ROUGHLY),
                Case.longitude.between(box.west - _ROUGHLY, box.east + _ROUGHLY),
            )

    def distance(self, lat: float | None, lng: float | None) -> float | None:
        """Metres to another place, where both have coordinates."""
        if self.lat is None or self.lng is None or lat is None or lng is None:
            return None
        return distance_m(self.lat, self.lng, lat, lng)

    def is_at(self, key: str | None) -> bool:
        """Whether both addresses name the same place."""
        return self.key is not None and self.key == key


@dataclass(frozen=True)
class Row:
    """What is read of a case that may be the same: nothing of its citizen."""

    id: int
    number: str
    item_code: str
    status: str
    district: str | None
    address: str | None
    place_key: str | None
    latitude: float | None
    longitude: float | None
    received_at: datetime
    description: str


_COLUMNS = [getattr(Case, one.name) for one in fields(Row)]


def rows(session: Session, *conditions: ColumnElement[bool]) -> list[Row]:
    """What is read of every case under the conditions."""
    return [Row(*row) for row in session.execute(select(*_COLUMNS).where(*conditions))]


def nearest(metres: float | None) -> float:
    """Sorts what has no distance, being at the same address, before everything else."""
    return -1.0 if metres is None else metres


def merge_suggestions(session: Session, case_id: int, same_item_metres: float) -> list[MergeSuggestion]:
    """Open cases of the same item or unit that may be this matter: the surest first, then the nearest.

    Confidential cases neither get nor are suggestions.
    """
    case = session.get_one(Case, case_id)
    at = Place(case.latitude, case.longitude, case.place_key)
    where = at.near(SUGGESTED_METRES)
    if where is None or case.confidential:
        return []
    found_rows = rows(
        session,
        Case.id != case.id,
        or_(Case.item_code == case.item_code, Case.owner_unit == case.owner_unit),
        Case.kind == case.kind,
        Case.status.in_(OPEN_VALUES),
        ~Case.confidential,
        where,
    )
    found = []
    for row in found_rows:
        metres = at.distance(row.latitude, row.longitude)
        if reason := _reason(case, row, at, metres, same_item_metres):
            found.append(MergeSuggestion(row.number, metres, reason))
    order = list(Reason)
    found.sort(key=lambda one: (order.index(one.reason), nearest(one.distance_m), one.number))
    return found[:SUGGESTED_MAX]


def _reason(case: Case, row: Row, at: Place, metres: float | None, same_item_metres: float) -> Reason | None:
    same_item = row.item_code == case.item_code
    if same_item and at.is_at(row.place_key):
        return Reason.SAME_PLACE
    if same_item and metres is not None and metres <= same_item_metres:
        return Reason.SAME_ITEM_NEAR
    close = at.is_at(row.place_key) or (metres is not None and metres <= SUGGESTED_METRES)
    if close and fuzz.ratio(case.description, row.description) >= ALIKE_FROM:
        return Reason.ALIKE
    return None
