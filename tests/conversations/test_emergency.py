"""Danger is recognised, questions about danger are not mistaken for it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from gateway.conversations.emergency import table

DANGER = [
    ("我家失火了", "fire"),
    ("隔壁廚房一直冒濃煙", "fire"),
    ("there is a fire next door", "fire"),
    ("我想死", "suicide"),
    ("樓上有人要跳樓", "suicide"),
    ("i want to die", "suicide"),
    ("我老公喝醉又在打我", "violence"),
    ("有人拿刀在路上亂砍", "violence"),
    ("廚房瓦斯漏氣", "gas"),
    ("整間都是好重的瓦斯味", "gas"),
    ("有人掉到愛河裡", "drowning"),
    ("我媽昏倒了叫不醒", "medical"),
    ("電梯卡住有人受困", "medical"),
    ("我爸中風半年了 現在突然昏倒叫不醒", "medical"),
    ("someone collapsed and is not breathing", "medical"),
]
CALM = [
    "火災證明怎麼申請",
    "如何預防瓦斯中毒",
    "消防局電話幾號",
    "住宅火警警報器補助怎麼申請",
    "家暴防治課程在哪裡報名",
    "路燈冒火花請派人來修",
    "隔壁一直燒金紙很嗆",
    "車禍調解要怎麼聲請",
    "狗掉到水溝裡面",
    "阿嬤中風三個月了 想申請居家服務",
    "阿公中風 可以申請長照嗎",
    "樓下卡拉ok吵到快抓狂",
    "how do I apply for fire insurance",
]


@pytest.mark.parametrize(("text", "topic"), DANGER)
def test_danger_gets_its_own_numbers(text: str, topic: str) -> None:
    found = table().match(text)
    assert found is not None and found.name == topic
    assert all(number in found.zh and number in found.en for number in found.numbers)


@pytest.mark.parametrize("text", CALM)
def test_a_question_about_danger_is_no_alarm(text: str) -> None:
    assert table().match(text) is None


@pytest.mark.city_data
def test_at_most_one_false_alarm_in_three_hundred_ordinary_messages(city_data: Path) -> None:
    questions = [json.loads(line)["q"] for line in (city_data / "eval/dev_faq.jsonl").open(encoding="utf-8")]
    cases = json.loads((city_data / "cases/kcg_open1999_text_dev.json").read_text(encoding="utf-8"))
    ordinary = questions + [row["BeforeDesc_"] for row in cases]
    alarms = [text for text in ordinary if table().match(text)]
    assert len(alarms) <= len(ordinary) / 300, alarms


@pytest.mark.parametrize("text", ["我家着火了", "家里瓦斯漏气", "厨房烧起来了", "邻居正在打小孩"])
def test_danger_in_simplified_characters(text: str) -> None:
    assert table().match(text) is not None
