"""Anger at the service and distress are heard; complaints about others and questions are not."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from gateway.conversations.distress import is_distressed


@pytest.mark.parametrize(
    "text",
    [
        "你們市府真的很爛", "這個機器人白痴喔", "氣死我了每次都這樣", "我真的好絕望",
        "反映了好幾次都沒人處理", "受夠了", "我要投訴你們", "垃圾政府", "我快崩潰了",
        "This bot is useless", "I am really fed up",
    ],
)  # fmt: skip
def test_is_heard(text: str) -> None:
    assert is_distressed(text)


@pytest.mark.parametrize(
    "text",
    [
        "路邊有人亂倒垃圾很臭", "垃圾車幾點來", "樓上鄰居很吵我睡不著", "工地施工太爛了", "我要陳情",
        "路燈壞了三天都沒修", "怎麼申訴罰單", "我要找真人", "1999 的電話是多少", "廢棄物怎麼處理",
        "政府補助怎麼申請", "I want to report a pothole", "謝謝你們",
    ],
)  # fmt: skip
def test_is_not_taken_for_it(text: str) -> None:
    assert not is_distressed(text)


@pytest.mark.city_data
def test_reports_and_questions_of_real_citizens_are_rarely_taken_for_it(city_data: Path) -> None:
    rows = json.loads((city_data / "cases" / "kcg_open1999_text_dev.json").read_text(encoding="utf-8"))
    assert sum(is_distressed(row["BeforeDesc_"]) for row in rows) <= 2
