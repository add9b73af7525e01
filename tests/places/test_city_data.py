"""How well districts and places are found in the city's own sentences; floors, not aims."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from gateway.places import Places
from tests.places.compare import same_place

DISTRICT_FLOOR = 0.98
PLACE_FLOOR = 0.90


@pytest.mark.city_data
def test_labelled_messages(places: Places, city_data: Path) -> None:
    lines = (city_data / "eval" / "dev_intents.jsonl").read_text(encoding="utf-8").splitlines()
    rows: list[dict[str, Any]] = [json.loads(line) for line in lines]
    districts = missed = stated = found = 0
    for row in rows:
        slots = row.get("slots") or {}
        district = places.find_district(row["q"])
        districts += (district.zh if district else None) == slots.get("district")
        if slots.get("location"):
            stated += 1
            found += same_place(slots["location"], places.find_place(row["q"]))
        missed += not same_place(slots.get("location"), places.find_place(row["q"]))
    assert districts / len(rows) >= DISTRICT_FLOOR
    assert found / stated >= PLACE_FLOOR
    assert missed / len(rows) <= 1 - PLACE_FLOOR


@pytest.mark.city_data
def test_real_addresses(places: Places, city_data: Path) -> None:
    file = city_data / "cases" / "kcg_open1999_text_dev.json"
    rows = json.loads(file.read_text(encoding="utf-8"))
    districts = found = 0
    for row in rows:
        text = f"{row['ZipName_']}{row['address_']} {row['BeforeDesc_']}"
        district = places.find_district(text)
        districts += district is not None and district.zh == row["ZipName_"]
        place = places.find_place(text) or ""
        found += len(place) > 1 and (place[:4] in row["address_"] or row["address_"] in place)
    assert districts / len(rows) >= DISTRICT_FLOOR
    assert found / len(rows) >= PLACE_FLOOR
