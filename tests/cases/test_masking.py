"""What the public reads of a citizen's words: no persons, telephones, plates, house numbers."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.cases.masking import masked, masked_place


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("請聯絡王小明先生0912-345-678", "請聯絡○先生○"),
        ("手機 0912345678 或 +886 912 345 678", "手機 ○ 或 ○"),
        ("電話07-3368333轉2044", "電話○"),
        ("(07)336-8333", "○"),
        ("市話 336-8333", "市話 ○"),
        ("聯絡電話：3368333", "聯絡電話：○"),
        ("車號ABC-1234違停、機車MNB-567、1234-AB", "車號○違停、機車○、○"),
        ("身分證A123456789", "身分證○"),
        ("居留證AC01234567", "居留證○"),
        ("信箱 a.b+c@example.org.tw", "信箱 ○"),
        ("我住建國路123號5樓之2", "我住建國路○號○樓○"),
        ("住一百二十號", "住○號"),
        ("建國路１２３號", "建國路○號"),
        ("建國路12之3號", "建國路○號"),
        ("陳小姐說里長知道", "○小姐說里長知道"),
        ("電號:11736033025", "電號:○"),
    ],
)
def test_what_is_hidden(text: str, told: str) -> None:
    assert masked(text) == told


@pytest.mark.parametrize(
    "text",
    [
        "路燈編號12345不亮", "搭3號線公車", "紅線1號出口", "第7號碼頭", "於08/21 17：13通報110",
        "2026/11/24 09:30", "水深30公分", "建工路與大昌路口", "請打1999", "國道1號誌",
    ],
)  # fmt: skip
def test_what_stays(text: str) -> None:
    assert masked(text) == text


def test_an_address_keeps_its_number() -> None:
    assert masked_place("建工路100號前，王先生0912345678") == "建工路100號前，○先生○"


@given(st.text(alphabet="王小明先生0912-345678號樓之ABC路在 \n", max_size=60))
def test_once_is_enough_and_no_mobile_number_is_left(text: str) -> None:
    once = masked(text)
    assert re.search(r"(?<!\d)09\d{8}(?!\d)", once) is None
    assert masked(once) == once


@pytest.mark.city_data
def test_no_long_number_is_left_in_what_citizens_really_say(city_data: Path) -> None:
    rows = json.loads((city_data / "cases" / "kcg_open1999_text_dev.json").read_text(encoding="utf-8"))
    left = [
        found for row in rows for name in ("BeforeDesc_", "AfterDesc_")
        for found in re.findall(r"(?<![\d-])0\d{8,9}(?!\d)|(?<!\d)\d{7,8}(?!\d)", masked(row[name]))
    ]  # fmt: skip
    assert left == []


@pytest.mark.parametrize(
    ("text", "known", "left"),
    [
        ("我是王大明，路面破洞", ["王大明"], "我是○，路面破洞"),
        ("路面破洞 王大明 0912345678", ["王大明"], "路面破洞 ○ ○"),
        ("已電話回覆王大明及陳美玲", ["陳美玲", "王大明"], "已電話回覆○及○"),
        ("Reported by ann  LEE, planner", ["Ann Lee", "Plan"], "Reported by ○, planner"),
        ("王家豆花前", ["王", " "], "王家豆花前"),
    ],
)
def test_who_reported_is_hidden_without_a_title_too(text: str, known: list[str], left: str) -> None:
    assert masked(text, known) == left
    assert masked_place(text, known) == left
