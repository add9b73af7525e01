"""The public page's figures: worked out once in a while, whoever comes, and kept."""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from gateway.cases.catalogue_schema import ServiceItem
from gateway.cases.models import Case
from gateway.cases.service import CaseService
from gateway.opendata.published import published
from gateway.opendata.rules import PLACES_OF_DEGREES, Month, months_from
from gateway.opendata.statistics import NOWHERE, Statistics, shown
from gateway.opendata.suppression import alone, suppressed
from gateway.places.service import Places
from gateway.reports.cases.live import is_late, is_open
from gateway.reports.moment import one_moment

MONTHS: Final = 12
MOST_PLACES: Final = 2000
"""More places than these are drawn ten times as coarse."""


@dataclass(frozen=True)
class Snapshot:
    """The figures as they were at an instant, as JSON."""

    body: bytes
    etag: str
    as_of: datetime


class CityFigures:
    """Kept at `app.state.city_figures`. One thread works them out; the others take the last ones."""

    def __init__(self, cases: CaseService, places: Places, zone: ZoneInfo, fresh: timedelta) -> None:
        self._cases, self._places, self._zone, self.fresh = cases, places, zone, fresh
        self._kept: Snapshot | None = None
        self._working = threading.Lock()

    def snapshot(self) -> Snapshot:
        """Figures that are not older than they may be, or the last ones while new ones are worked out."""
        kept = self._kept
        if kept is not None and self._cases.clock() - kept.as_of < self.fresh:
            return kept
        if not self._working.acquire(blocking=kept is None):
            return kept if kept is not None else self.snapshot()
        try:
            if self._kept is kept:
                self._kept = self._worked_out()
            return self._kept if self._kept is not None else self._worked_out()
        finally:
            self._working.release()

    def _worked_out(self) -> Snapshot:
        as_of = self._cases.clock()
        with one_moment(self._cases.database) as session:
            found = self.figures(session, as_of)
        body = json.dumps(found, ensure_ascii=False, separators=(",", ":")).encode()
        return Snapshot(body, f'"{hashlib.sha256(body).hexdigest()[:32]}"', as_of)

    def figures(self, session: Session, as_of: datetime) -> Mapping[str, Any]:
        """Everything the page shows."""
        running = Month.of(as_of, self._zone)
        months = list(months_from(running.before(MONTHS), running))
        first, last = months[0], months[-2]
        items = self._cases.catalogues.every_item()
        statistics = Statistics(items, [one.zh for one in self._places.districts], self._zone)
        scores, ratings, mean = statistics.ratings(session, first, last)
        rates = statistics.rates(session, first, last)
        mains: dict[str, str] = {}
        for item in items.values():  # those in force first: their words are today's
            mains.setdefault(item.main_zh, item.main_en)
        return {
            "as_of": as_of.astimezone(self._zone).isoformat(timespec="seconds"),
            "minutes": int(self.fresh.total_seconds() // 60),
            "period": {"from": str(first), "to": str(last)},
            "months": [
                {
                    "month": str(month), "complete": month < running,
                    **{kind: shown(one) for kind, one in kinds.items()},
                }
                for month, kinds in zip(months, statistics.volumes(session, months), strict=True)
            ],
            "month": {
                "month": str(last),
                "lines": [line.record() for line in statistics.of_month(session, last)],
            },
            "rates": rates,
            "satisfaction": {
                "scores": {str(score): shown(one) for score, one in scores.items()},
                "total": shown(ratings), "mean": mean,
            },
            "open": self._open(session, as_of, items, mains),
            "names": {
                "districts": {one.zh: {"code": one.code, "en": one.en} for one in self._places.districts},
                "main_items": mains,
            },
        }  # fmt: skip

    def _open(
        self, session: Session, now: datetime, items: Mapping[str, ServiceItem], mains: Mapping[str, str]
    ) -> Mapping[str, Any]:
        """Open cases by rounded place and main item; those without a place are only counted."""
        fits = [*published(), is_open()]
        total, placed, late = session.execute(
            select(func.count(), func.count(Case.latitude), func.count().filter(is_late(now))).where(*fits)
        ).one()
        rows = session.execute(
            select(Case.latitude, Case.longitude, Case.item_code, func.count())
            .where(*fits, Case.latitude.is_not(None), Case.longitude.is_not(None))
            .group_by(Case.latitude, Case.longitude, Case.item_code)
        ).all()
        by_district = dict(
            session.execute(select(Case.district, func.count()).where(*fits).group_by(Case.district)).all()
        )
        order = dict.fromkeys([*(one.zh for one in self._places.districts), NOWHERE], 0)
        parts = {**order, **{district or NOWHERE: number for district, number in by_district.items()}}
        [districts], whole = suppressed([parts], total)
        digits = PLACES_OF_DEGREES
        places = _gathered(rows, items, digits)
        if len(places) > MOST_PLACES:
            digits -= 1
            places = _gathered(rows, items, digits)
        names = list(mains)
        return {
            "total": shown(whole), "without_place": shown(alone(total - placed)), "late": shown(alone(late)),
            "digits": digits,
            "districts": {district: shown(one) for district, one in districts.items() if one != 0},
            "places": [
                [lat, lng, sum(here.values()), {names.index(name): n for name, n in sorted(here.items())}]
                for (lat, lng), here in sorted(places.items())
            ],
        }  # fmt: skip


def _gathered(
    rows: Any, known: Mapping[str, ServiceItem], digits: int
) -> dict[tuple[float, float], dict[str, int]]:
    found: dict[tuple[float, float], dict[str, int]] = {}
    for lat, lng, code, number in rows:
        item = known.get(code)
        if item is not None:
            here = found.setdefault((round(lat, digits), round(lng, digits)), {})
            here[item.main_zh] = here.get(item.main_zh, 0) + number
    return found
