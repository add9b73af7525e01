"""The map's figures against a slow, obvious count in Python, on both databases."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from gateway.cases.models import Case, CaseLink
from gateway.cases.nearness import distance_m
from gateway.cases.rules import OPEN, Status
from gateway.database import Database
from gateway.reports.map.areas import Count, area_counts
from gateway.reports.map.points import MOST_POINTS, Looked, Nearness, points, spots
from gateway.reports.map.rules import CITY, Level, Wanted
from tests.both_databases import both, database
from tests.in_process import empty_database
from tests.reports.counting import count_all

__all__ = ["both", "database", "empty_database"]
ZONE = ZoneInfo("Asia/Taipei")
NOW = datetime(2026, 11, 20, 3, tzinfo=UTC)
UNITS = ("養工處", "水利局", "環保局")
VILLAGES = {"三民區": ("鼎金里", "寶民里", None), "左營區": ("新中里", None), None: (None,)}
EDGES = (datetime(2026, 9, 30, 15, 59, 59, tzinfo=UTC), datetime(2026, 9, 30, 16, tzinfo=UTC))
"""The last second of September and the first of October, in the city's time."""
NEARNESS = Nearness(250, timedelta(days=14))
PERIOD = Wanted(date(2026, 9, 1), date(2026, 11, 20))


def rows(seed: int, number: int) -> list[dict[str, Any]]:
    """Cases of every sort, some of them at the edges of months."""
    chance, made = random.Random(seed), []  # noqa: S311 - the same cases every time
    for n in range(number):
        district = chance.choice(list(VILLAGES))
        received = chance.choice([*EDGES, NOW - timedelta(hours=chance.randrange(0, 2400))])
        status = chance.choice(list(Status))
        due = NOW + timedelta(hours=chance.randrange(-200, 200)) if chance.random() < 0.8 else None
        placed = chance.random() < 0.7
        made.append({
            "number": f"D{n:06d}", "origin_key": f"k{n}", "kind": chance.choice(["dispatch", "petition"]),
            "item_code": chance.choice(["road_pothole", "street_light_out"]), "catalogue_version": "v",
            "confidential": chance.random() < 0.1, "needs_review": False, "status": status.value,
            "version": 1,
            "owner_unit": chance.choice(UNITS), "district": district,
            "village": chance.choice(VILLAGES[district]), "address": None, "description": "破洞",
            "latitude": 22.60 + chance.randrange(40) / 1000 if placed else None,
            "longitude": 120.30 + chance.randrange(40) / 1000 if placed else None,
            "language": "zh-TW", "channel": "phone", "received_at": received, "attributes": {},
            "place_key": chance.choice([None, None, "三民區建工路100號", "左營區博愛路1號"]),
            "next_due_at": due, "reopenings": 0,
            "paused_since": chance.choice([None, None, NOW - timedelta(hours=100)]),
        })  # fmt: skip
    return made


def put(database: Database, made: list[dict[str, Any]]) -> None:
    with database.write() as session:
        session.add_all([Case(**row) for row in made])
    count_all(database)


def is_open(row: Mapping[str, Any]) -> bool:
    return Status(row["status"]) in OPEN


def is_late(row: Mapping[str, Any]) -> bool:
    due, paused = row["next_due_at"], row["paused_since"]
    return is_open(row) and due is not None and due < NOW and (paused is None or due < paused)


def is_shown(row: Mapping[str, Any]) -> bool:
    """Whether a case is drawn as a point."""
    return in_period(row) and row["latitude"] is not None and not row["confidential"]


def in_period(row: Mapping[str, Any]) -> bool:
    return PERIOD.first <= row["received_at"].astimezone(ZONE).date() <= PERIOD.last


@pytest.mark.parametrize("level", list(Level))
@pytest.mark.parametrize("units", [None, frozenset({"養工處", "水利局"})], ids=["all", "two units"])
def test_areas_and_months(both: Database, level: Level, units: frozenset[str] | None) -> None:
    made = rows(7, 400)
    put(both, made)
    expected: dict[tuple[Any, ...], Count] = {}
    for row in made:
        if not in_period(row) or (units is not None and row["owner_unit"] not in units):
            continue
        month = row["received_at"].astimezone(ZONE).month - 9
        key = (row["district"], row["village"] if level is Level.VILLAGE else None, month)
        expected[key] = expected.get(key, Count()) + Count(1, int(is_open(row)), int(is_late(row)))
    asked = Wanted(PERIOD.first, PERIOD.last, level=level)
    with both.read() as session:
        found = area_counts(session, asked, units, NOW, ZONE)
    assert {(one.district, one.village, one.month): one.count for one in found} == expected


def test_points_are_the_public_ones_in_the_box(both: Database) -> None:
    made = rows(11, 300)
    put(both, made)
    shown = [
        row for row in made if in_period(row) and row["latitude"] is not None and not row["confidential"]
    ]
    with both.read() as session:
        found = points(session, PERIOD, Looked(CITY, 12), None, NEARNESS, NOW, ZONE)
    assert found["total"] == len(shown)
    assert {one["number"]: (one["open"], one["overdue"]) for one in found["points"]} == {
        row["number"]: (is_open(row), is_late(row)) for row in shown
    }
    near = {one["number"]: set(one["near"]) for one in found["points"]}
    for row in shown:
        here = (row["latitude"], row["longitude"])
        others = {
            other["number"]
            for other in shown
            if other is not row
            and other["item_code"] == row["item_code"]
            and abs(other["received_at"] - row["received_at"]) <= NEARNESS.time
            and distance_m(*here, other["latitude"], other["longitude"]) <= NEARNESS.metres
        }
        assert near[row["number"]] == others


def test_many_points_become_cells_that_add_up(both: Database) -> None:
    made = rows(13, 300) * 8
    put(both, [{**row, "number": f"D{n}", "origin_key": f"o{n}"} for n, row in enumerate(made)])
    shown = [
        row for row in made if in_period(row) and row["latitude"] is not None and not row["confidential"]
    ]
    assert len(shown) > MOST_POINTS // 2
    with both.read() as session:
        found = points(session, PERIOD, Looked(CITY, 10), None, NEARNESS, NOW, ZONE)
    drawn = found["cells"] or found["points"]
    assert sum(one.get("count", 1) for one in drawn) == len(shown) == found["total"]
    assert sum(int(one["overdue"]) for one in drawn) == sum(map(is_late, shown))


def test_places_with_several_cases(both: Database) -> None:
    made = rows(17, 300)
    put(both, made)
    places: Counter[Any] = Counter()
    for row in made:
        if is_shown(row):
            by_place = (round(row["latitude"] * 1000), round(row["longitude"] * 1000))
            places[row["place_key"] or by_place] += 1
    expected = sorted((n for n in places.values() if n >= 3), reverse=True)[:30]
    with both.read() as session:
        found = spots(session, PERIOD, "", None, ZONE)
    assert [one["count"] for one in found] == expected
    assert not any("address" in one or "place_key" in one for one in found)


def test_a_merged_case_names_the_one_that_goes_on(both: Database) -> None:
    made = [
        {**row, "latitude": 22.61, "longitude": 120.31, "confidential": False, "received_at": EDGES[0]}
        for row in rows(19, 2)
    ]
    put(both, made)
    with both.write() as session:
        one, other = session.query(Case).order_by(Case.id).all()
        session.add(CaseLink(case_id=one.id, other_id=other.id, relation="merged_into", at=NOW))
    with both.read() as session:
        found = points(session, PERIOD, Looked(CITY, 15), None, NEARNESS, NOW, ZONE)
    assert {point["number"]: point["merged_into"] for point in found["points"]} == {
        "D000000": "D000001", "D000001": None,
    }  # fmt: skip
