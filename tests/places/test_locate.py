"""Coordinates to district and village."""

from __future__ import annotations

import pytest

from gateway.places import OutsideCity, Places


@pytest.mark.parametrize(
    ("lat", "lng", "district"),
    [
        (22.6273, 120.3014, "前金區"),  # city hall's old seat, Formosa Boulevard
        (22.6205, 120.3121, "苓雅區"),  # city hall, Siwei
        (22.6846, 120.2900, "左營區"),  # Lotus Pond
        (22.7906, 120.2960, "岡山區"),
        (22.8965, 120.5460, "美濃區"),
        (23.2400, 120.7000, "那瑪夏區"),
        (22.6110, 120.2710, "旗津區"),
    ],
)
def test_known_points(places: Places, lat: float, lng: float, district: str) -> None:
    located = places.locate(lat, lng)
    assert located is not None
    assert located.district.zh == district


def test_a_village_lies_in_its_district(places: Places) -> None:
    located = places.locate(22.6205, 120.3121)
    assert located is not None
    assert located.village is not None
    assert located.village.endswith("里")


@pytest.mark.parametrize(
    ("lat", "lng"), [(25.0330, 121.5654), (22.9997, 120.2270), (22.6727, 120.4880), (0, 0), (120.3, 22.6)]
)
def test_outside_the_city(places: Places, lat: float, lng: float) -> None:
    assert places.locate(lat, lng) is None
    with pytest.raises(OutsideCity):
        places.require(lat, lng)


def test_every_district_has_villages_and_an_outline(places: Places) -> None:
    seen = set()
    for lat_step in range(140):
        for lng_step in range(140):
            located = places.locate(22.44 + lat_step * 0.0075, 120.16 + lng_step * 0.0065)
            if located and located.village:
                seen.add(located.district.zh)
    # Four districts of the old city are smaller than the grid.
    assert len(seen) >= 34
