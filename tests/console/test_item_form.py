"""The form of a service item: nothing typed is no change, and what is typed reads back as it was meant."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.cases.catalogue import Catalogue
from gateway.cases.catalogue_difference import edited
from gateway.cases.catalogue_schema import ServiceItem
from gateway.console.item_form import WrongItemForm, changes_of, shown

SHIPPED = Catalogue.load()
CODES = st.sampled_from(sorted(SHIPPED.items))
POTHOLE = SHIPPED.item("road_pothole")
GUTTER = SHIPPED.item("gutter_cover_damage")


def changed(item: ServiceItem, **texts: str) -> dict[str, Any]:
    """The changes of a form in which these fields were typed over."""
    return changes_of(item, {**shown(item), **texts})


def after(item: ServiceItem, **texts: str) -> ServiceItem:
    """The item with the typed changes."""
    return Catalogue(edited(SHIPPED, item.code, changed(item, **texts))).item(item.code)


@pytest.mark.parametrize("code", sorted(SHIPPED.items))
def test_a_form_that_nobody_touched_changes_nothing(code: str) -> None:
    item = SHIPPED.item(code)
    assert changes_of(item, shown(item)) == {}
    as_browsers_send = {name: text.replace("\n", "\r\n") + " " for name, text in shown(item).items()}
    assert changes_of(item, as_browsers_send) == {}


@given(CODES, CODES)
def test_what_one_item_shows_makes_another_say_the_same(mine: str, yours: str) -> None:
    """Typing everything of another item into a form gives that item's fields, but for its fixed ones."""
    source, target = SHIPPED.item(yours), SHIPPED.item(mine)
    typed = changes_of(target, shown(source))
    whole = ServiceItem.model_validate({**target.model_dump(mode="json"), **typed})
    for field in ("owner", "inspection", "completion", "keywords", "examples", "reply_template"):
        assert getattr(whole, field) == getattr(source, field), field
    for field in ("name_zh", "confidentiality", "photo_required", "pauses_when_awaiting"):
        assert getattr(whole, field) == getattr(source, field), field


def test_only_what_was_typed_is_a_change() -> None:
    assert changed(POTHOLE, completion_amount="2") == {
        "completion": {
            "amount": 2,
            "unit": POTHOLE.completion.unit.value,
            "due_time": POTHOLE.completion.due_time,
            "source": POTHOLE.completion.source,
            "example": POTHOLE.completion.example,
        }
    }
    assert changed(POTHOLE, keywords="坑洞\r\n\r\n 天坑 ") == {"keywords": ["坑洞", "天坑"]}
    assert changed(POTHOLE, photo_required="yes") == {"photo_required": True}


def test_a_limit_is_taken_away_and_given() -> None:
    assert after(POTHOLE, inspection_amount="").inspection is None
    given_one = after(
        POTHOLE, inspection_amount="3", inspection_unit="working_days", inspection_source="派工作業規定",
        inspection_due_time="17:00", inspection_example="",
    ).inspection  # fmt: skip
    assert given_one is not None
    assert (given_one.amount, given_one.due_time, given_one.example) == (3, "17:00", False)


def test_a_reply_template_is_taken_away() -> None:
    assert after(POTHOLE, reply_zh="", reply_en="").reply_template is None


def test_routing_is_read_line_by_line_with_any_arrow() -> None:
    owner = after(
        GUTTER, owner_rules="左營區 -> 養工處\n\n road_width<4.5 => {district}公所 \nroad_width → 水利局"
    ).owner
    assert owner.districts == {"左營區": "養工處"}
    assert [(rule.below, rule.unit) for rule in owner.by_attribute["road_width"]] == [
        (4.5, "{district}公所"),
        (None, "水利局"),
    ]


@pytest.mark.parametrize(
    "wrong",
    [
        {"owner_rules": "左營區 養工處"},
        {"owner_rules": "左營區 →"},
        {"owner_rules": "→ 養工處"},
        {"owner_rules": "左營區 → 養工處 → 水利局"},
        {"owner_rules": "road_width < wide → 養工處"},
        {"completion_amount": "-1"},
        {"completion_amount": "２"},
        {"completion_amount": "two"},
    ],
)
def test_what_cannot_be_read_is_told(wrong: dict[str, str]) -> None:
    with pytest.raises(WrongItemForm) as refused:
        changed(POTHOLE, **wrong)
    assert refused.value.detail in next(iter(wrong.values()))
