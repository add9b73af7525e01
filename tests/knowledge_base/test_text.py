"""Texts are compared by one reduction, whoever typed them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from knowledge_base.faq_files import SHIPPED_FOLDER, shipped_entries
from knowledge_base.text import fold, normalise, script, tokens
from knowledge_base.wording import Wording, other_years, shipped_wording


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


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("停车费怎么缴", "停車費怎麼繳"),
        ("有没有人管", "有沒有人管"),
        ("家里瓦斯漏气", "家裡瓦斯漏氣"),
        ("几月", "幾月"),
        ("臺北的頭髮裡面", "臺北的頭髮裡面"),
        ("停車ㄉ費用ㄇ？", "停車的費用嗎?"),
        ("ㄅ會", "不會"),
        ("我要申清補住", "我要申請補助"),
        ("因該去那裡辦", "應該去哪裡辦"),
        ("要準備那些文件", "要準備哪些文件"),
        ("想在問一次", "想再問一次"),
        ("我在左營", "我在左營"),
        ("車被拖掉了", "車被拖吊了"),
        ("身份証", "身份證"),
        ("欲按怎申請稅厝補助", "要怎麼申請租屋補助"),
        ("阮阿公毋知佗位會當辦", "我爺爺不知道哪裡可以辦"),
        ("袂記得繳", "忘記繳"),
        ("殘障手冊", "身心障礙證明"),
        ("老人卡", "敬老卡"),
        ("ＡＢＣ１２３", "abc123"),
        # What is written rightly stays.
        ("愛心卡", "愛心卡"),
        ("愛河在哪裡", "愛河在哪裡"),
        ("申請書函", "申請書函"),
        ("陳情書", "陳情書"),
        ("路燈", "路燈"),
        ("應該", "應該"),
        ("回收站", "回收站"),
    ],
)
def test_slips_spellings_and_taiwanese_become_written_mandarin(typed: str, meant: str) -> None:
    assert shipped_wording().plain(typed) == meant


@pytest.mark.parametrize(
    ("text", "years"),
    [
        ("民國113年的地價稅", ["2024年"]),
        ("113年度", ["2024年"]),
        ("2024年", ["113年"]),
        ("民國 99 年", ["2010年"]),
        ("建工路113號", []),
        ("113 專線", []),
        ("2024", []),
    ],
)
def test_years_are_known_in_both_calendars(text: str, years: list[str]) -> None:
    assert other_years(fold(text)) == years
    assert set(years) <= set(shipped_wording().related(text))


def test_the_shipped_titles_stay_as_they_are_written() -> None:
    """A slip's pattern that changes what offices write would be wrong."""
    wording = shipped_wording()
    bare = Wording(slips={})
    changed = {
        entry.question: wording.corrected(entry.question)
        for entry in shipped_entries(SHIPPED_FOLDER)
        if wording.corrected(entry.question) != bare.corrected(entry.question)
    }
    assert changed == {}
