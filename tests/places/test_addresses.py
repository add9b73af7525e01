"""Where in the city: kept as written, whatever else the text holds."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.places import Places

ROADS = [
    "建工路",
    "大昌二路",
    "五甲三路",
    "左營大路",
    "美術東三路",
    "馬卡道路",
    "中山四路",
    "大公路",
    "南華橫一路",
    "青海街",
]


@pytest.mark.parametrize("road", ROADS)
@pytest.mark.parametrize("rest", ["", "100號", "二段35巷2弄7號3樓", "12巷口", "88之1號對面", "上"])
@pytest.mark.parametrize("before", ["", "三民區", "我要報修 ", "昨天在", "高雄市鳳山區"])
def test_an_address_is_found_whole(places: Places, before: str, road: str, rest: str) -> None:
    found = places.find_place(f"{before}{road}{rest}，路燈不亮三天了")
    assert found is not None
    assert f"{road}{rest}" == found


@pytest.mark.parametrize("join", ["與", "跟", "和", "、", ""])
@pytest.mark.parametrize("end", ["口", "路口", "交叉口"])
def test_a_crossing_is_one_place(places: Places, join: str, end: str) -> None:
    assert places.find_place(f"明誠二路{join}博愛二路{end}號誌故障") == f"明誠二路{join}博愛二路{end}"


def test_kept_as_written(places: Places) -> None:
    assert places.find_place("左营区崇德路８巷３號漏水") == "崇德路８巷３號"


@pytest.mark.parametrize(
    "text",
    [
        "馬路上",
        "這條路好爛",
        "過馬路",
        "網路很慢",
        "走路跌倒",
        "社區路燈",
        "我家巷口",
        "學校旁邊",
        "公園的燈",
        "",
        "？？",
    ],
)
def test_no_place_in_words_anyone_could_say_anywhere(places: Places, text: str) -> None:
    assert places.find_place(text) is None


@settings(deadline=None)
@given(st.text(max_size=200))
def test_any_text_gives_a_part_of_itself_or_nothing(text: str) -> None:
    found = Places.load().find_place(text)
    assert found is None or (found and found in text)
    Places.load().find_district(text)
