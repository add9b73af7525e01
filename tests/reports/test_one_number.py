"""The same number everywhere: what was received in a month, told by every room that tells it."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from gateway.cases.calendar import OfficeCalendar
from gateway.cases.catalogue import Catalogue
from gateway.cases.catalogue_schema import ServiceItem
from gateway.cases.catalogue_shelf import Catalogues, SingleCatalogue
from gateway.cases.service import CaseService
from gateway.database import Database
from gateway.opendata.rules import Month as PublishedMonth
from gateway.opendata.statistics import Statistics
from gateway.places.service import Places
from gateway.reports.cases.deadlines import DeadlineReport
from gateway.reports.cases.dimensions import Bounds
from gateway.reports.cases.hours import by_hour
from gateway.reports.cases.naming import NO_VILLAGE, NOWHERE
from gateway.reports.figures.months import Month
from gateway.reports.figures.own import PlatformFigures
from gateway.reports.learning.daily import By, daily_counts
from gateway.reports.map.report import MapReport
from gateway.reports.tables import Reader, Table
from gateway.settings import Settings
from tests.both_databases import both, database
from tests.reports.learning.worlds import case_row, put

__all__ = ["both", "database"]
ZONE = ZoneInfo("Asia/Taipei")
FIRST, LAST = date(2026, 8, 1), date(2026, 10, 31)
NOW = datetime(2026, 11, 20, 3, tzinfo=UTC)
RETIRED = "road_pothole"
EVERYBODY = Reader("yan", "研考", None)
VILLAGES: dict[str | None, tuple[str | None, ...]] = {
    "三民區": ("鼎金里", "寶民里", None), "苓雅區": ("福東里",), None: (None,)
}  # fmt: skip


def city(seed: int, number: int) -> list[dict[str, Any]]:
    """Cases of every kind, received in three months and on the nights beside them."""
    chance, items = random.Random(seed), Catalogue.load().items  # noqa: S311 - the same every time
    begins = datetime(2026, 7, 31, 15, tzinfo=UTC)
    rows = []
    for _ in range(number):
        code, district = chance.choice(list(items)), chance.choice(list(VILLAGES))
        at = begins + timedelta(minutes=chance.randrange(93 * 24 * 60))
        rows.append(
            case_row(
                at, item_code=code, kind=items[code].kind.value, district=district,
                village=chance.choice(VILLAGES[district]), channel=chance.choice(["phone", "app", "line"]),
            )
        )  # fmt: skip
    return rows


class Reduced(SingleCatalogue):
    """A catalogue that has one item no more."""

    def __init__(self, whole: Catalogue, code: str) -> None:
        items = tuple(item for item in whole.content.items if item.code != code)
        super().__init__(Catalogue(whole.content.model_copy(update={"items": items})))
        self._whole = whole

    def every_item(self) -> Mapping[str, ServiceItem]:
        return self._whole.items


def by_key(table: Table, column: str = "received") -> dict[str, int]:
    """A table's figure by the words of its first columns."""
    place = table.place(column)
    texts = [n for n, one in enumerate(table.columns) if one.form == "text"]
    return {"".join(str(row.cells[n]) for n in texts): int(str(row.cells[place])) for row in table.rows}


def test_what_was_received_is_the_same_in_every_room(both: Database, tmp_path: Path) -> None:
    rows, catalogue, places = city(7, 600), Catalogue.load(), Places.load()
    put(both, rows)
    settings = Settings(data_dir=tmp_path, secret_key="only for tests")
    cases = CaseService(both, catalogue, OfficeCalendar.load(), settings, clock=lambda: NOW)
    days = [row["received_at"].astimezone(ZONE).date() for row in rows]
    within = [row for row, day in zip(rows, days, strict=True) if FIRST <= day <= LAST]
    assert 0 < len(within) < len(rows)
    asked = {"from": FIRST.isoformat(), "to": LAST.isoformat()}
    deadlines, maps = DeadlineReport("deadlines", cases, places), MapReport(cases, places, ZONE)
    own = PlatformFigures(ZONE, SingleCatalogue(catalogue))
    with both.snapshot() as session:
        told = by_key(deadlines.table(session, {**asked, "by": "district"}, EVERYBODY, NOW))
        assert told == by_key(maps.table(session, {**asked, "level": "district"}, EVERYBODY, NOW))
        assert told == Counter(row["district"] or NOWHERE[0] for row in within)
        told = by_key(deadlines.table(session, {**asked, "by": "village"}, EVERYBODY, NOW))
        drawn = by_key(maps.table(session, {**asked, "level": "village"}, EVERYBODY, NOW))
        unknown = [key for key in drawn if key.endswith(NO_VILLAGE[0])]
        assert told.pop(NO_VILLAGE[0]) == sum(drawn.pop(key) for key in unknown)
        assert told == drawn
        kinds = by_key(deadlines.table(session, {**asked, "by": "kind"}, EVERYBODY, NOW))
        months = Month(2026, 8), Month(2026, 10)
        half_year = {
            "派工": own.value(session, "dispatch", *months),
            "人民陳情": own.value(session, "petitions", *months),
            "諮詢": own.value(session, "consultations", *months),
            "全民督工": own.value(session, "works_reports", *months),
        }  # fmt: skip
        assert {kind: half_year[kind] for kind in kinds} == kinds
        assert own.value(session, "app_cases", *months) == sum(row["channel"] == "app" for row in within)
        learned: Counter[str | None] = Counter()
        for _, key, amount in daily_counts(session, FIRST, LAST, By.DISTRICT):
            learned[key[0]] += amount
        assert learned == Counter(row["district"] for row in within)
        hours = by_hour(session, Bounds(FIRST, LAST), ZONE)
        assert sum(amount for _, _, amount in hours) == len(within)


def test_an_item_that_is_retired_changes_no_figure(both: Database, tmp_path: Path) -> None:
    rows, catalogue, places = city(8, 300), Catalogue.load(), Places.load()
    put(both, rows)
    assert any(row["item_code"] == RETIRED for row in rows)
    settings = Settings(data_dir=tmp_path, secret_key="only for tests")
    asked = {"from": FIRST.isoformat(), "to": LAST.isoformat()}
    main, month = catalogue.item(RETIRED).main_zh, PublishedMonth(FIRST)

    def told(catalogues: Catalogues) -> list[object]:
        cases = CaseService(both, catalogues, OfficeCalendar.load(), settings, clock=lambda: NOW)
        deadlines, maps = DeadlineReport("deadlines", cases, places), MapReport(cases, places, ZONE)
        statistics = Statistics(cases.catalogues.every_item(), [one.zh for one in places.districts], ZONE)
        with both.snapshot() as session:
            tables = [
                report.table(session, {**asked, **more}, EVERYBODY, NOW)
                for report in (deadlines, maps)
                for more in ({"kind": "dispatch"}, {"main": main})
            ]
            tables += [
                deadlines.table(session, {**asked, "by": by}, EVERYBODY, NOW) for by in ("kind", "main")
            ]
            items = deadlines.table(session, {**asked, "by": "item", "main": main}, EVERYBODY, NOW)
            names.append([str(row.cells[0]) for row in items.rows])
            return [*map(by_key, tables), statistics.of_month(session, month)]

    names: list[list[str]] = []
    assert told(Reduced(catalogue, RETIRED)) == told(SingleCatalogue(catalogue))
    was = catalogue.item(RETIRED).name_zh
    assert names[0] == [f"{name}（已停用）" if name == was else name for name in names[1]]
    assert names[0] != names[1]
