"""What citizens might type, and the district and place in it."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from gateway.places import Places
from tests.places.compare import same_place

Row = tuple[str, str | None, str | None]
ROWS: list[Row] = yaml.safe_load(Path(__file__).with_name("sentences.yml").read_text(encoding="utf-8"))


@pytest.mark.parametrize(("text", "district", "place"), ROWS)
def test_district_and_place(places: Places, text: str, district: str | None, place: str | None) -> None:
    found = places.find_district(text)
    assert (found.zh if found else None) == district
    assert same_place(place, places.find_place(text)), places.find_place(text)
