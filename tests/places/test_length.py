"""Places are cut neither too long nor too short."""

from __future__ import annotations

import pytest

from gateway.places import Places


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("希望旗津海邊的腳踏車道重鋪", None),
        ("蓮池潭步道木板鬆了", "蓮池潭步道"),
        ("明誠路人行道裂開", "明誠路人行道"),
        ("三多一路的店家把桌子擺出來", "三多一路"),
        ("中華一路的水溝蓋掉了", "中華一路"),
        ("中華一路水溝塞住", "中華一路水溝"),
        ("翠華路蓮潭會館前的地磚", "翠華路蓮潭會館前"),
        ("佛光山聯外道路坑坑洞洞", "佛光山聯外道路"),
        ("颱風過後中洲三路的樹倒了", "中洲三路"),
        ("甲仙大橋橋面破了", "甲仙大橋"),
        ("The lamp on Wufu 3rd Road in Cianjin District is broken", "Wufu 3rd Road"),
        ("Pothole on Zihyou 2nd Road, Zuoying District", "Zihyou 2nd Road"),
    ],
)
def test_the_place_as_it_is_said(places: Places, text: str, place: str | None) -> None:
    assert places.find_place(text) == place
