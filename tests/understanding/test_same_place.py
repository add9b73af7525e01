"""When two wordings name one place."""

from __future__ import annotations

import pytest

from gateway.understanding.same_place import likeness


@pytest.mark.parametrize(
    ("found", "stated", "expected"),
    [
        ("青年路二段", "青年路二段", "exact"),
        ("青年路 二段 前面", "青年路二段", "exact"),
        ("臺南路口", "台南路口", "exact"),
        ("一心二路168號前", "一心二路１６８號前面", "exact"),
        ("博愛二路跟明誠二路口", "博愛二路與明誠二路口", "exact"),
        ("路邊的大溝", "路邊大溝", "exact"),
        ("Sanduo 3rd Road", "sanduo 3rd road", "exact"),
        ("公園旁", "公園附近", "exact"),
        ("愛河邊的腳踏車道", "愛河邊", "found"),
        ("愛河", "愛河邊的腳踏車道", "found"),
        ("中山路", "中正路", "wrong"),
        ("路", "中正路", "wrong"),
        ("前面", "中正路", "wrong"),
        (None, "中正路", "missing"),
        ("", "中正路", "missing"),
    ],
)
def test_likeness(found: str | None, stated: str, expected: str) -> None:
    assert likeness(found, stated) == expected
