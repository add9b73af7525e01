"""The map as a table: the same figures for pages, files and whoever cannot see a map."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from gateway.cases.service import CaseService
from gateway.places.service import Places
from gateway.reports.cases.deadlines import known_until
from gateway.reports.cases.naming import NO_VILLAGE, NOWHERE
from gateway.reports.map.areas import AreaCount, Count, area_counts
from gateway.reports.map.rules import Level, Wanted, wanted
from gateway.reports.tables import Column, Form, Pair, Reader, Row, Table

AreaKey = tuple[str | None, str | None]
"""District and village; a district alone has no village."""
COLUMNS: Final = (
    Column("received", "受理", "Received", Form.COUNT),
    Column("open", "未結", "Open", Form.COUNT),
    Column("overdue", "逾限", "Overdue", Form.COUNT),
    Column("share", "逾限比率", "Share overdue", Form.SHARE),
    Column("density", "每平方公里", "Per km²", Form.SCORE),
)
NOTES: Final[Sequence[Pair]] = (
    (
        "受理：期間內收到的案件，計入最初受理的單位；未結、逾限：期間內收到、目前尚未結案、期限已過的案件，"
        "計入目前的主辦單位；逾限比率：逾限占未結的比率。",
        "Received: cases received in the period, at the unit that they were first given to. Open, overdue: "
        "cases received in the period that are open now, and whose next due time is over, at the unit that "
        "leads now. Share: the overdue of those open.",
    ),
    ("面積由行政區與村里界圖計算。", "Areas in km² are reckoned from the outlines."),
)


@dataclass(frozen=True)
class Found:
    """What was asked, and every area's counts by month."""

    asked: Wanted
    counts: Sequence[AreaCount]
    as_of: datetime

    def by_area(self) -> dict[AreaKey, Count]:
        """Each area's sum over all months."""
        sums: dict[AreaKey, Count] = {}
        for one in self.counts:
            key = (one.district, one.village)
            sums[key] = sums.get(key, Count()) + one.count
        return sums


class MapReport:
    """Cases by district or village. Implements `Report`."""

    name: Final = "map"
    title: Final[Pair] = ("案件地圖", "Map of cases")

    def __init__(self, cases: CaseService, places: Places, zone: ZoneInfo) -> None:
        self._cases, self._places, self.zone = cases, places, zone

    def wanted(self, asked: Mapping[str, str], now: datetime) -> Wanted:
        """What an address asks for. Raises InvalidInput."""
        items = self._cases.catalogues.every_item().items()
        of_items = {code: (item.main_zh, item.kind.value) for code, item in items}
        return wanted(asked, of_items, now.astimezone(self.zone).date())

    def found(self, session: Session, asked: Mapping[str, str], reader: Reader, now: datetime) -> Found:
        """Every area's counts. Raises InvalidInput."""
        question = self.wanted(asked, now)
        return Found(
            question, area_counts(session, question, reader.units, now, self.zone), known_until(session, now)
        )

    def table(self, session: Session, asked: Mapping[str, str], reader: Reader, now: datetime) -> Table:
        """The areas, those with most cases first. Raises InvalidInput."""
        return self.tabled(self.found(session, asked, reader, now), reader.language == "en")

    def tabled(self, found: Found, english: bool) -> Table:
        """The areas of what was found, those with most cases first."""
        sums = found.by_area()
        order = ordered(sums)
        by_village = found.asked.level is Level.VILLAGE
        heads = [Column("district", "行政區", "District")]
        heads += [Column("village", "村里", "Village")] if by_village else []
        return Table(
            "map",
            self.title,
            (*heads, *COLUMNS),
            [
                Row((*self._names(key, by_village, english), *figures(sums[key], self.km2(key, by_village))))
                for key in order
            ],
            found.as_of,
            total=Row(
                (
                    "Total" if english else "合計",
                    *([None] if by_village else []),
                    *figures(sum(sums.values(), Count()), None),
                )
            ),
            asked=[(("受理日期", "Received"), f"{found.asked.first} – {found.asked.last}")],
            notes=NOTES,
        )

    def km2(self, key: AreaKey, by_village: bool = False) -> float | None:
        """How large an area is; None where it has no outline."""
        return None if by_village and key[1] is None else self._places.km2(*key)

    def _names(self, key: AreaKey, by_village: bool, english: bool) -> list[str]:
        district, village = key
        known = self._places.by_name(district) if district and english else None
        names = [known.en if known else district or NOWHERE[english]]
        return [*names, village or NO_VILLAGE[english]] if by_village else names


def ordered(sums: Mapping[AreaKey, Count]) -> list[AreaKey]:
    """The areas, those with most cases first."""
    return sorted(sums, key=lambda key: (-sums[key].received, key[0] or "", key[1] or ""))


def figures(count: Count, km2: float | None) -> tuple[int | float | None, ...]:
    """One area's figures, in the order of COLUMNS."""
    density = round(count.received / km2, 4) if km2 else None
    return count.received, count.open, count.overdue, count.share, density
