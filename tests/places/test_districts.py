"""Naming a district: every name it goes by, and words that only look like one."""

from __future__ import annotations

import pytest

from gateway.places import Places


def test_there_are_38_districts_and_11_are_the_old_city(places: Places) -> None:
    assert len(places.districts) == 38
    assert [d.short for d in places.districts if d.old_city] == [
        "鹽埕", "鼓山", "左營", "楠梓", "三民", "新興", "前金", "苓雅", "前鎮", "旗津", "小港",
    ]  # fmt: skip


def test_every_name_of_every_district(places: Places) -> None:
    for district in places.districts:
        names = [district.zh, district.short, f"高雄市{district.zh}", district.en, district.zip]
        names += [f"{district.zip}高雄市", f"in {district.en.lower()}", f"應該是{district.short}"]
        names += [a if not a.isascii() else f"{a} District" for a in district.aliases]
        for name in names:
            assert places.find_district(name) == district, name


def test_every_district_before_a_road(places: Places) -> None:
    for district in places.districts:
        for text in (
            f"{district.zh}中山路100號",
            f"{district.short}中正三路路燈不亮",
            f"住在{district.zh}的人",
        ):
            assert places.find_district(text) == district, text


@pytest.mark.parametrize(
    "tail",
    ["路", "一路", "二街", "國小", "國中", "公園", "火車站", "捷運站", "市場", "戶政事務所", "溪", "區公所"],
)
def test_no_name_of_something_else_is_a_district(places: Places, tail: str) -> None:
    for district in places.districts:
        assert places.find_district(f"在{district.short}{tail}") is None, district.short + tail


@pytest.mark.parametrize(
    "text",
    [
        "一棵大樹倒了", "大樹下有蜂窩", "三民主義", "新興產業", "阿彌陀佛", "以前鎮上", "目前金額不對",
        "世外桃源", "中正橋頭的護欄", "室內門壞掉", "森林園區", "Sanmin Road", "Zuoying MRT station",
        "Taoyuan", "80234", "",
    ],
)  # fmt: skip
def test_words_that_only_look_like_a_district(places: Places, text: str) -> None:
    assert places.find_district(text) is None


@pytest.mark.parametrize(
    ("text", "zh"),
    [
        ("不是三民區是鳳山區", "鳳山區"),
        ("我住鳳山 要反映三民區建工路", "三民區"),
        ("凤山区青年路", "鳳山區"),
        ("塩埕大勇路", "鹽埕區"),
        ("Yong'an District", "永安區"),
        ("Qijin beach road in Cijin District", "旗津區"),
        ("郵遞區號 807", "三民區"),
        ("Dashu", "大樹區"),
        ("a pothole in Dashe, Kaohsiung", "大社區"),
        ("Qinhe Village, Taoyuan, Kaohsiung City", "桃源區"),
    ],
)
def test_the_district_that_is_meant(places: Places, text: str, zh: str) -> None:
    found = places.find_district(text)
    assert found is not None
    assert found.zh == zh


def test_an_office_tells_its_district_without_stating_it(places: Places) -> None:
    assert places.find_district("鳳山區公所前面") is None
    office = places.office_district("鳳山區公所前面")
    assert office is not None
    assert office.zh == "鳳山區"
    assert places.office_district("建工路") is None


def test_folding_never_changes_the_length(places: Places) -> None:
    text = "凤山区　ＡＢＣ１２３臺灣🌳路灯"
    assert len(places.fold(text)) == len(text)
    assert places.fold("凤山区ＡＢＣ") == "鳳山區ABC"


@pytest.mark.parametrize("name", ["旗津區", "旗津", "Cijin", "cijin district", "QIJIN", "Qijin District"])
def test_a_district_by_its_name_alone(places: Places, name: str) -> None:
    found = places.by_name(name)
    assert found is not None
    assert found.zh == "旗津區"
    assert places.by_name(f"{name} 中洲三路") is None


@pytest.mark.parametrize(
    ("text", "elsewhere"),
    [
        ("台北市信義區市府路1號的路燈", True),
        ("臺南永康區中正路", True),
        ("屏東市自由路500號", True),
        ("Shifu Road, Xinyi District, Taipei City", True),
        ("我住台北市信義區，老家的路燈不亮", False),
        ("台北市信義區搬到高雄之後", False),
        ("台中市政府", False),
        ("台南路100號", False),
        ("屏東縣道185線", False),
        ("大樹區台東市場旁", False),
        ("I am from Taipei City and the light is out", False),
        ("", False),
    ],
)
def test_an_address_in_another_city(places: Places, text: str, elsewhere: bool) -> None:
    assert places.is_elsewhere(text) is elsewhere
