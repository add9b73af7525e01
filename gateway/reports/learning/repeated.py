"""Places that are reported again and again: the same address or within a few metres, the same item."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from heapq import heapify, heappop, heappush
from typing import Any, Final
from zoneinfo import ZoneInfo

import numpy as np
from sqlalchemy import select
from sqlalchemy.orm import Session

from gateway.cases.duplicates import OUT_THERE
from gateway.cases.models import Case
from gateway.cases.nearness import EARTH_RADIUS_M
from gateway.cases.rules import OPEN, Status
from gateway.reports.learning.asked import Asking
from gateway.reports.learning.daily import midnight, of_units
from gateway.reports.learning.report import Reach

DAYS: Final = 90
OFTEN: Final = 3
METRES: Final = 50
MOST: Final = 500
"""So many places are told, those with the most cases first."""
_OPEN: Final = frozenset(status.value for status in OPEN)
_REPAIRED: Final = frozenset({Status.HANDLED.value, Status.RELEASED.value})


class Why(StrEnum):
    """Why a place is told of."""

    OFTEN = "often"
    """Reported often enough within the days."""
    AGAIN = "again"
    """Reported again after an earlier case had been handled."""
    REOPENED = "reopened"


@dataclass(frozen=True)
class Wanted:
    """Cases of so many days up to one, how many make a place told of, and how near is the same place."""

    last: date
    days: int
    times: int
    metres: int
    why: tuple[Why, ...]

    @property
    def first(self) -> date:
        """The first of the days."""
        return self.last - timedelta(days=self.days - 1)


@dataclass(frozen=True)
class Report:
    """What is read of one case: nothing of its citizen, nothing of their words."""

    number: str
    item: str
    status: str
    district: str | None
    address: str | None
    place_key: str | None
    latitude: float | None
    longitude: float | None
    received_at: datetime
    closed_at: datetime | None
    status_since: datetime | None
    reopenings: int

    @property
    def handled_at(self) -> datetime | None:
        """When it was done, as its unit says; None while it is not."""
        if self.status not in _REPAIRED:
            return None
        return self.closed_at or (self.status_since if self.status == Status.HANDLED else None)

    @property
    def open(self) -> bool:
        """Whether it still runs."""
        return self.status in _OPEN


@dataclass(frozen=True)
class RepeatedPlace:
    """One place and item."""

    reports: Sequence[Report]
    """The newest first."""
    why: frozenset[Why]
    again: int
    """Cases that came in after an earlier one here had been handled."""

    @property
    def newest(self) -> Report:
        """The case that came in last."""
        return self.reports[0]

    @property
    def reopened(self) -> int:
        """How often cases were reopened here."""
        return sum(one.reopenings for one in self.reports)


def read(asking: Asking) -> Wanted:
    """What an address asks for: `to`, `days`, `times`, `metres`, `why`. Raises CannotBeAsked."""
    why = asking.choice("why", "all", ("all", *Why))
    return Wanted(
        asking.day("to", asking.today), asking.number("days", DAYS, 1, 730),
        asking.number("times", OFTEN, 2, 100), asking.number("metres", METRES, 0, 500),
        tuple(Why) if why == "all" else (Why(why),),
    )  # fmt: skip


@dataclass(frozen=True)
class RepeatedRoom:
    """Finds such places. Petitions are their senders' own, confidential cases are for who may read them."""

    zone: ZoneInfo

    def reckon(self, session: Session, wanted: Wanted, reach: Reach) -> Sequence[RepeatedPlace]:
        """The places, those with the most cases first."""
        by_item: dict[str, list[Report]] = defaultdict(list)
        for one in self._reports(session, wanted, reach):
            by_item[one.item].append(one)
        found = [place for item in sorted(by_item) for place in places(by_item[item], wanted)]
        found.sort(key=lambda place: (-len(place.reports), -place.again, place.newest.number))
        return found[:MOST]

    def _reports(self, session: Session, wanted: Wanted, reach: Reach) -> Iterator[Report]:
        query: Any = select(
            Case.number, Case.item_code, Case.status, Case.district, Case.address, Case.place_key,
            Case.latitude, Case.longitude, Case.received_at, Case.closed_at,
            Case.status_since, Case.reopenings,
        ).where(
            Case.received_at >= midnight(wanted.first, self.zone),
            Case.received_at < midnight(wanted.last + timedelta(days=1), self.zone),
            Case.kind.in_(sorted(OUT_THERE)),
            Case.place_key.is_not(None) | Case.latitude.is_not(None),
        )  # fmt: skip
        if not reach.sealed:
            query = query.where(~Case.confidential)
        if reach.units is not None:
            query = query.where(of_units(reach.units))
        return (Report(*row) for row in session.execute(query.order_by(Case.received_at.desc(), Case.id)))


def places(reports: Sequence[Report], wanted: Wanted) -> Iterator[RepeatedPlace]:
    """The repeated places among cases of one item, given the newest first. Each case is at one place."""
    neighbours = _neighbours(reports, wanted.metres)
    # Around the case with the most others, so that no chain of near places becomes one.
    waiting = [(-len(near), at) for at, near in enumerate(neighbours)]
    heapify(waiting)
    taken: set[int] = set()
    while waiting:
        number, centre = heappop(waiting)
        members = neighbours[centre] - taken
        if centre in taken:
            continue
        if len(members) < -number:
            heappush(waiting, (-len(members), centre))
            continue
        taken |= members
        place = _place([reports[at] for at in sorted(members)], wanted.times)
        if place.why & set(wanted.why):
            yield place


def _place(reports: Sequence[Report], times: int) -> RepeatedPlace:
    again = sum(any(_handled_before(other, one) for other in reports if other is not one) for one in reports)
    why = {
        Why.OFTEN: len(reports) >= times, Why.AGAIN: again > 0,
        Why.REOPENED: any(one.reopenings for one in reports),
    }  # fmt: skip
    return RepeatedPlace(reports, frozenset(one for one, so in why.items() if so), again)


def _handled_before(earlier: Report, one: Report) -> bool:
    handled = earlier.handled_at
    return handled is not None and handled <= one.received_at


def _neighbours(reports: Sequence[Report], metres: int) -> list[set[int]]:
    """For each case those at its place, itself among them."""
    found = [{at} for at in range(len(reports))]
    by_key: dict[str, set[int]] = defaultdict(set)
    for at, one in enumerate(reports):
        if one.place_key is not None:
            by_key[one.place_key].add(at)
    for at, one in enumerate(reports):
        if one.place_key is not None:
            found[at] |= by_key[one.place_key]
    there = [at for at, one in enumerate(reports) if one.latitude is not None and one.longitude is not None]
    if len(there) > 1:
        for at, near in zip(there, _near([reports[at] for at in there], metres), strict=True):
            found[at] |= {there[other] for other in near}
    return found


def _near(reports: Sequence[Report], metres: int) -> Sequence[Sequence[int]]:
    from sklearn.neighbors import BallTree  # noqa: PLC0415  (a second to import)

    points = np.radians(np.array([(one.latitude, one.longitude) for one in reports], float))
    found: Sequence[Sequence[int]] = BallTree(points, metric="haversine").query_radius(
        points, (metres + 0.01) / EARTH_RADIUS_M
    )
    return found
