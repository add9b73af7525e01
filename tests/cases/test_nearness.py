"""When two places are the same or near, and what of an address a stranger may read."""

from __future__ import annotations

import pytest

from gateway.cases.nearness import box_around, distance_m, place_key, shown_place

METRE = 1 / 111_195.08
"""Degrees of latitude."""


@pytest.mark.parametrize(
    "address",
    [
        "建工路415號", "建工路４１５号", "建工路四一五號", "建工路四百一十五號", "高雄市三民區建工路415號",
        "807高雄市三民區建工路415號前", "建工路 415 號對面", "三民建工路415號", "建工路415號3樓",
        "建工路415號（全聯）",
    ],
)  # fmt: skip
def test_one_door_in_many_spellings(address: str) -> None:
    assert place_key("三民區", address) == place_key("三民區", "建工路415號")


@pytest.mark.parametrize(
    "address", ["建工路415之1號", "建工路417號", "建工一路415號", "建工路415巷", "建國路415號"]
)
def test_another_door_is_another_place(address: str) -> None:
    assert place_key("三民區", address) != place_key("三民區", "建工路415號")


@pytest.mark.parametrize("address", ["大昌二路與建工路口", "建工路、大昌2路交叉口", "大昌二路/建工路路口"])
def test_one_crossing_in_many_spellings(address: str) -> None:
    assert place_key("三民區", address) == place_key("三民區", "建工路與大昌二路口")


@pytest.mark.parametrize(
    "address", [None, "", "建工路", "三民區", "415號", "高雄市", "建工路一段", "415巷3弄"]
)
def test_what_names_no_single_place(address: str | None) -> None:
    assert place_key("三民區", address) is None


@pytest.mark.parametrize("address", ["建工路415號", "建工路與大昌二路口", "凹子底森林公園", "台17線210公里"])
def test_a_key_is_its_own_key(address: str) -> None:
    key = place_key("三民區", address)
    assert key is not None
    assert place_key("三民區", key) == key


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("中正二路100號", "中正二路"),
        ("中正2路100號3樓", "中正二路"),
        ("中山路三段12號", "中山路三段"),
        ("大順十一街10號", "大順十一街"),
        ("華夏20路", "華夏二十路"),
        ("建工路415巷3弄6號", "建工路"),
        ("建工路與大昌2路口", "大昌二路與建工路口"),
        ("王小明家後面", None),
        (None, None),
    ],
)
def test_a_stranger_reads_the_road_as_its_sign_has_it(address: str | None, shown: str | None) -> None:
    assert shown_place("苓雅區", address) == shown


@pytest.mark.parametrize("metres", [0.0, 1.0, 249.5, 250.5, 5000.0])
def test_metres_along_the_meridian(metres: float) -> None:
    assert distance_m(22.62, 120.31, 22.62 + metres * METRE, 120.31) == pytest.approx(metres, abs=0.01)


def test_a_box_holds_everything_within_its_metres() -> None:
    box = box_around(22.62, 120.31, 250)
    assert distance_m(22.62, 120.31, box.north, 120.31) > 250
    assert distance_m(22.62, 120.31, 22.62, box.east) > 250
    assert box.north - box.south < 600 * METRE
