"""The three forms, message by message: what is asked, what is not asked again, what ends them."""

from __future__ import annotations

from dataclasses import replace

import pytest

from gateway.cases.catalogue import Catalogue
from gateway.intake.draft import FORMS
from gateway.intake.rules import (
    Draft,
    UnknownForm,
    UnknownOption,
    at_coordinates,
    choose,
    new_draft,
    next_field,
    propose_items,
)
from tests.intake.chat import ITEMS, chat, say

FULL = "三民區建工路100號前路燈壞了三天"


def test_everything_in_the_first_message_is_not_asked_again() -> None:
    draft = chat("dispatch", [f"{FULL} 電話0912345678"])
    assert draft.asking == "item"
    draft = say(draft, "!item:streetlight_out")
    assert draft.asking == "confirm"
    assert (draft.district, draft.address) == ("三民區", "建工路100號前")
    assert draft.contact_phone == "0912345678"
    assert draft.description == f"{FULL} 電話0912345678"


@pytest.mark.parametrize(
    ("kind", "messages", "asked"),
    [
        ("dispatch", ["我要報案"], "item"),
        ("dispatch", ["我要報案", "路燈壞掉三天了"], "item"),
        ("dispatch", ["我要報案", "路燈壞掉三天了", "1"], "place"),
        ("dispatch", ["我要報案", "路燈壞掉三天了", "1", "建工路100號"], "district"),
        ("dispatch", ["我要報案", "路燈壞掉三天了", "1", "建工路100號", "三民"], "contact"),
        ("dispatch", ["我要報案", "路燈壞掉三天了", "1", "建工路100號", "三民", "不用"], "confirm"),
        ("dispatch", ["路燈不亮", "對"], "place"),
        ("dispatch", ["路燈不亮", "對", "三民區"], "place"),
        ("dispatch", ["路燈不亮", "對", "三民區", "建工路"], "description"),
        ("dispatch", ["三民區建工路100號", "路燈整排都不亮", "第一個"], "contact"),
        ("dispatch", [FULL, "!item:other"], "contact"),
        ("dispatch", ["鳳山區公所前面的路燈壞了三天", "1"], "contact"),
        ("dispatch", ["大寮這邊每天傍晚都一股燒塑膠味", "1"], "place"),
        ("petition", ["我要陳情"], "item"),
        ("petition", ["我要陳情 公車班次越來越少很不方便", "1"], "place"),
        ("petition", ["我要陳情 公車班次越來越少很不方便", "1", "沒有"], "contact"),
        ("petition", ["我們杉林的公車越砍越少很不方便", "1"], "contact"),
        ("petition", ["我們杉林的公車越砍越少很不方便", "1", "王大明"], "contact"),
        ("petition", ["我們杉林的公車越砍越少很不方便", "1", "不用"], "contact"),
        ("petition", ["我們杉林的公車越砍越少很不方便", "1", "王大明", "0912345678"], "confirm"),
        ("petition", ["我們杉林的公車越砍越少很不方便", "1", "0912345678", "王大明"], "confirm"),
        ("public_works_report", ["苓雅區三多四路工地圍籬倒了沒人扶", "1"], "contact"),
        ("public_works_report", ["苓雅區三多四路工地圍籬倒了沒人扶", "1", "skip"], "confirm"),
        ("dispatch", ["street light is out on Jiangong Road, Sanmin District", "the first one"], "contact"),
    ],
)
def test_what_is_asked_next(kind: str, messages: list[str], asked: str) -> None:
    assert chat(kind, messages).asking == asked


def test_a_bare_request_leaves_nothing_to_guess_an_item_from() -> None:
    for text in ("我要報案", "我要陳情", "你好，我想要檢舉", "I want to file a complaint", "全民督工"):
        draft = chat("dispatch", [text])
        assert draft.item_text == "", text
        assert draft.item_candidates == ()


def test_a_short_first_message_becomes_part_of_the_description() -> None:
    draft = chat("dispatch", ["路燈不亮", "1", "三民區建工路", "整排三天了"])
    assert draft.description == "路燈不亮；整排三天了"
    assert chat("dispatch", ["路燈不亮", "1", "三民區建工路", "沒有了"]).description == "路燈不亮"


def test_words_instead_of_a_choice_are_guessed_again_and_end_in_the_general_item() -> None:
    draft = chat("dispatch", [FULL, "是路燈桿歪掉"])
    assert (draft.asking, draft.item_words) == ("item", "是路燈桿歪掉")
    for _ in range(3):
        draft = say(draft, "都沒有我要的啦是燈桿歪掉")
    assert draft.item_code == "dispatch_other"
    assert draft.review


def test_no_item_fits() -> None:
    assert propose_items(chat("petition", [FULL]), ()).item_code == "petition_general"
    assert not propose_items(new_draft("petition"), ()).item_confirmed


def test_the_general_items_exist() -> None:
    catalogue = Catalogue.load()
    for kind, rules in FORMS.items():
        assert catalogue.item(rules.fallback_item).kind == kind


def test_a_vague_place_is_asked_once_more_and_then_reviewed() -> None:
    draft = chat("dispatch", ["路燈壞掉三天了", "1", "我家門口"])
    assert (draft.asking, draft.address) == ("place", None)
    draft = say(draft, "我家門口")
    assert (draft.address, draft.review) == ("我家門口", True)


def test_an_unknown_district_is_asked_twice_and_then_reviewed() -> None:
    draft = chat("dispatch", ["路燈壞掉三天了", "1", "建工路", "嗯嗯嗯"])
    assert draft.asking == "district"
    draft = say(draft, "就那邊")
    assert (draft.asking, draft.district, draft.review) == ("contact", None, True)


def test_coordinates_answer_place_and_district() -> None:
    draft = chat("dispatch", ["路燈壞掉三天了", "1"])
    draft = at_coordinates(draft, 22.62, 120.31, "苓雅區", "正道里", None)
    assert next_field(draft) == "contact"
    assert (draft.district, draft.village) == ("苓雅區", "正道里")
    draft = replace(choose(draft, "edit:place"), asking="place")
    moved = at_coordinates(draft, 22.79, 120.29, "岡山區", None, "岡山公園")
    assert (moved.address, moved.district, moved.village) == ("岡山公園", "岡山區", None)
    assert next_field(moved) == "contact"
    spoken = say(draft, "鳳山區青年路")
    assert (spoken.lat, spoken.village, spoken.district) == (None, None, "鳳山區")


def test_an_unreadable_contact_is_asked_once_more_and_then_left() -> None:
    draft = chat("dispatch", [FULL, "1", "阿就那個"])
    assert (draft.asking, draft.misses) == ("contact", 1)
    assert say(draft, "打給我就好").asking == "confirm"


@pytest.mark.parametrize(
    ("kind", "messages", "payload"),
    [
        ("petition", [FULL], "skip:contact"),
        ("dispatch", [FULL], "place:unknown"),
        ("dispatch", [FULL], "item:petition_general"),
        ("dispatch", [FULL], "district:台北市"),
        ("dispatch", [FULL], "edit:kind"),
        ("dispatch", [FULL], "confirm:yes"),
        ("dispatch", ["我要報案"], "skip:description"),
        ("dispatch", [FULL], "nothing"),
        ("dispatch", [FULL], ""),
        ("dispatch", [FULL], "item:" + "x" * 5000),
    ],
)
def test_a_button_of_another_form_is_refused(kind: str, messages: list[str], payload: str) -> None:
    with pytest.raises(UnknownOption):
        choose(chat(kind, messages), payload)


def test_buttons() -> None:
    draft = chat("petition", ["公車班次越來越少很不方便"])
    draft = say(draft, f"!item:{ITEMS[1]}")
    assert draft.item_code == ITEMS[1]
    draft = say(draft, "!place:unknown")
    assert (draft.asking, draft.place_known) == ("contact", False)
    draft = say(draft, "!district:三民區")
    assert draft.district == "三民區"
    assert choose(draft, "form:cancel") == draft


def test_json_keeps_everything_and_forgives_what_is_missing() -> None:
    draft = chat("dispatch", [FULL, "1"])
    assert Draft.from_dict(draft.to_dict()) == draft
    assert Draft.from_dict({"kind": "petition", "item_code": None, "more": 1}) == new_draft("petition")
    for raw in ({}, {"kind": "order"}):
        with pytest.raises(UnknownForm):
            Draft.from_dict(raw)


def test_lengths_are_kept() -> None:
    draft = chat("dispatch", ["路燈壞了" * 1000, "1", "三民區" + "很長的地方" * 100, "我叫" + "王" * 90])
    assert len(draft.description or "") <= 2000
    assert len(draft.address or "") <= 200
    assert len(draft.contact_name or "") <= 40


def test_a_place_in_another_city_is_no_place_of_a_report() -> None:
    draft = chat("dispatch", ["路上有坑洞", "1", "台北市信義區市府路1號"])
    assert (draft.asking, draft.address, draft.district) == ("place", None, None)
    assert say(draft, "鳳山區公所前面").district == "鳳山區"
    first = chat("dispatch", ["台北市信義區市府路1號有坑洞", "1"])
    assert (first.asking, first.address) == ("place", None)
    petition = chat("petition", ["公車路線問題", "1", "台南市永康區中正路"])
    assert petition.address == "台南市永康區中正路"
