"""A correction changes exactly the field it names and goes back to the read-back."""

from __future__ import annotations

from dataclasses import asdict

import pytest

from gateway.intake.rules import Draft, correct
from tests.intake.chat import chat, say

FULL = "三民區建工路100號前路燈壞了三天"


@pytest.fixture
def draft() -> Draft:
    """A draft that is being read back."""
    ready = chat("dispatch", [FULL, "1", "王大明 0912345678"])
    assert ready.asking == "confirm"
    return ready


@pytest.mark.parametrize(
    ("text", "changes"),
    [
        ("地點寫錯了，應該是鳳山區青年路二段", {"district": "鳳山區", "address": "青年路二段"}),
        ("地點改成大昌二路", {"address": "大昌二路"}),
        ("不是建工路，是建國路300號", {"address": "建國路300號"}),
        ("應該是鳳山區才對", {"district": "鳳山區"}),
        ("電話改成0922-333-444", {"contact_phone": "0922333444"}),
        ("電話不是0912345678 是0922333444", {"contact_phone": "0922333444"}),
        ("名字打錯了 是王小明", {"contact_name": "王小明"}),
        ("email 是 a@b.com", {"contact_email": "a@b.com"}),
        ("內容改成 整排路燈都不亮", {"description": "整排路燈都不亮"}),
        ("the phone should be 0922 333 444", {"contact_phone": "0922333444"}),
        ("change the place to Dachang Road", {"address": "Dachang Road"}),
    ],
)
def test_exactly_one_field_changes(draft: Draft, text: str, changes: dict[str, str]) -> None:
    after = say(draft, text)
    assert after.asking == "confirm"
    changed = {k: v for k, v in asdict(after).items() if v != asdict(draft)[k]}
    assert changed == changes


@pytest.mark.parametrize(
    ("text", "field"),
    [
        ("我要改電話", "contact"),
        ("地點錯了", "place"),
        ("內容要改", "description"),
        ("項目不對", "item"),
        ("!edit:place", "place"),
        ("!edit:item", "item"),
        ("change phone", "contact"),
        ("不對", "review"),
        ("!confirm:edit", "review"),
        ("asdf", "review"),
    ],
)
def test_without_a_new_value_the_field_is_asked_again(draft: Draft, text: str, field: str) -> None:
    asked = say(draft, text)
    assert asked.asking == field
    kept = ("address", "district", "description", "contact_phone", "item_code")
    assert [getattr(asked, name) for name in kept] == [getattr(draft, name) for name in kept]


@pytest.mark.parametrize(
    ("field", "answer", "name", "value"),
    [
        ("place", "鳳山區青年路", "address", "青年路"),
        ("description", "整排都不亮", "description", "整排都不亮"),
        ("contact", "0922333444", "contact_phone", "0922333444"),
        ("item", "2", "item_code", "streetlight_out"),
    ],
)
def test_the_answer_replaces_and_the_read_back_follows(
    draft: Draft, field: str, answer: str, name: str, value: str
) -> None:
    after = say(say(draft, f"!edit:{field}"), answer)
    assert after.asking == "confirm"
    assert getattr(after, name) == value


@pytest.mark.parametrize("field", ["place", "description", "contact", "item"])
def test_thinking_better_of_a_correction_changes_nothing(draft: Draft, field: str) -> None:
    after = say(say(draft, f"!edit:{field}"), "不用改了")
    assert after.asking == "confirm"
    assert {**asdict(after), "tries": 0} == asdict(draft)


def test_choosing_what_to_change_in_words(draft: Draft) -> None:
    assert say(say(draft, "不對"), "電話").asking == "contact"
    assert say(say(draft, "不對"), "都對").asking == "confirm"


def test_a_correction_in_the_middle_of_the_form() -> None:
    asked = chat("dispatch", [FULL, "1"])
    assert asked.asking == "contact"
    after = say(asked, "地點寫錯了，應該是鳳山區青年路")
    assert (after.asking, after.district, after.address) == ("contact", "鳳山區", "青年路")


def test_new_words_for_the_item_are_what_it_is_guessed_from(draft: Draft) -> None:
    after = correct(draft, "項目應該是路樹倒塌")
    assert (after.item_text, after.item_candidates, after.item_confirmed) == ("路樹倒塌", (), False)


def test_the_name_of_a_field_is_enough(draft: Draft) -> None:
    assert correct(draft, "place").editing == "place"
