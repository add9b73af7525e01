"""Texts are compared by one reduction, whoever typed them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from knowledge_base.text import fold, normalise, script, tokens
from knowledge_base.wording import Wording, shipped_wording


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("台北", "臺北"),
        ("裡面", "裏面"),
        ("ＡＢＣ１２３", "abc123"),
        ("停车场", "停車場"),
        ("  路  燈 ", "路 燈"),
    ],
)
def test_variants_fold_to_one(one: str, other: str) -> None:
    assert fold(one) == fold(other)


def test_tokens_are_characters_bigrams_and_words() -> None:
    assert tokens("路燈 LED-2 盞") == ["路", "灯", "路灯", "led", "2", "盏"]


@given(st.text(max_size=60))
def test_normalising_twice_changes_nothing(text: str) -> None:
    assert normalise(normalise(text)) == normalise(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [("where is the tow yard", "latin"), ("ARC 居留證怎麼辦理", "cjk"), ("？？", "cjk"), ("WIFI", "latin")],
)
def test_script(text: str, expected: str) -> None:
    assert script(text) == expected


def test_courtesy_and_spoken_words() -> None:
    wording = Wording(["請問", "謝謝"], {"佗位": "哪裡", "佗一位": "哪一位"})
    assert wording.plain("請問拖吊場佇佗位 謝謝") == "拖吊場佇哪裡"
    assert wording.plain("佗一位") == "哪一位"
    assert wording.plain("謝謝") == "謝謝"


def test_related_words_leave_out_what_was_said() -> None:
    wording = Wording(related=[["拖吊", "吊走", "tow"], ["公車", "bus"]])
    assert wording.related("車子被吊走") == ["拖吊", "tow"]
    assert wording.related("my car was towed") == ["拖吊", "吊走"]
    assert wording.related("business hours") == []


def test_another_city_is_noticed_unless_this_one_is_named_too() -> None:
    wording = shipped_wording()
    assert wording.names_elsewhere("我住臺南，敬老卡去哪辦")
    assert not wording.names_elsewhere("台南的公司想到高雄設廠")
    assert not wording.names_elsewhere("敬老卡去哪辦")
