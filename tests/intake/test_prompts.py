"""What is said: in both languages, with buttons that the form takes."""

from __future__ import annotations

from dataclasses import replace
from string import Formatter

import pytest
import yaml

from gateway.intake.draft import FORMS
from gateway.intake.prompts import MESSAGES
from gateway.intake.rules import choose, new_draft, next_field, prompt, summary
from tests.intake.chat import chat, say

FULL = "三民區建工路100號前路燈壞了三天"
NAMES = {"road_pothole": "路面坑洞", "streetlight_out": "路燈故障", "fallen_tree": "路樹傾倒"}
PATHS = [
    (
        "dispatch",
        ["我要報案", "路燈不亮", "1", "我家門口", "我家門口", "建工路", "三民", "沒有", "不知", "不用"],
    ),
    ("petition", ["我要陳情", "公車班次越來越少很不方便", "2", "沒有", "王大明", "不用", "0912345678"]),
    ("public_works_report", ["全民督工", "工地圍籬倒了沒人扶", "3", "三多四路", "苓雅", "不用"]),
]


def test_every_sentence_is_in_both_languages_with_the_same_values() -> None:
    for key, sentences in yaml.safe_load(MESSAGES.read_text(encoding="utf-8")).items():
        assert set(sentences) == {"zh-TW", "en"}, key
        values = [{name for _, name, _, _ in Formatter().parse(s) if name} for s in sentences.values()]
        assert values[0] == values[1], key


@pytest.mark.parametrize("language", ["zh-TW", "en"])
@pytest.mark.parametrize(("kind", "messages"), PATHS)
def test_every_button_that_is_shown_is_taken(kind: str, messages: list[str], language: str) -> None:
    draft = new_draft(kind, language)
    for message in messages:
        draft = say(draft, message)
        shown = prompt(draft, language, NAMES)
        assert shown.text
        for title, payload in shown.options:
            assert title
            choose(draft, payload)
    assert next_field(draft) == "confirm"
    for option in summary(draft, language, "路燈故障").payload["options"]:
        choose(draft, option["payload"])


@pytest.mark.parametrize("kind", FORMS)
def test_each_field_has_a_question_the_first_time_and_again(kind: str) -> None:
    draft = new_draft(kind)
    for field in ("item", "place", "district", "description", "contact", "review"):
        first = replace(draft, editing=field, asking=field, item_candidates=("road_pothole",))
        again = replace(first, tries=1, tried=field)
        assert prompt(first, item_names=NAMES).text
        assert prompt(again, item_names=NAMES).text


def test_candidates_are_offered_by_name() -> None:
    options = prompt(chat("dispatch", [FULL]), "zh-TW", NAMES).options
    assert options[0] == ("路面坑洞", "item:road_pothole")
    assert options[-1] == ("都不是", "item:other")


def test_the_read_back_holds_every_field() -> None:
    draft = chat("dispatch", [FULL, "1", "王大明 0912345678"])
    read_back = summary(draft, "zh-TW", "路面坑洞")
    for told in ("派工案件", "路面坑洞", "三民區", "建工路100號前", FULL, "王大明", "0912345678"):
        assert told in read_back.text
    fields = {row["field"]: row["value"] for row in read_back.payload["fields"]}
    assert list(fields) == ["kind", "item", "district", "place", "description", "contact"]
    assert fields["place"] == "建工路100號前"
    assert read_back.payload["options"][0] == {"title": "確認送出", "payload": "confirm:yes"}


def test_the_read_back_in_english() -> None:
    text = summary(chat("dispatch", [FULL, "1", "skip"], "en"), "en", "Pothole").text
    assert "Sanmin District" in text
    assert "Not given" in text


def test_braces_in_what_a_citizen_writes_are_only_braces() -> None:
    draft = chat("dispatch", ["路燈壞掉三天了", "1", "{0}{evil}路口旁邊"])
    assert "{0}{evil}" in prompt(draft).text
