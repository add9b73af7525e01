"""What holds for any conversation."""

from __future__ import annotations

from dataclasses import asdict

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.intake.rules import Draft, new_draft, next_field
from tests.intake.chat import say

COOPERATIVE = {
    "item": "1",
    "place": "三民區建工路100號",
    "district": "三民區",
    "description": "壞掉三天了都沒有人來修理",
    "contact": "王大明 0912345678",
    "review": "都對",
}
LINES = [
    "我要報案", "路燈不亮", "三民區建工路100號前路燈壞了三天", "鳳山", "建工路", "我家門口", "1",
    "都不是", "對", "不對", "不用", "王大明", "0912345678", "我要改電話", "地點錯了",
    "地點改成鳳山區青年路", "項目應該是路樹", "內容要改", "多少錢？", "？", "…", "沒有", "不知道",
    "!item:other", "!edit:place", "!edit:contact", "!edit:item", "!confirm:edit", "a@b.com",
    "hello",
]  # fmt: skip
FILLED = ("district", "address", "description", "contact_name", "contact_phone", "contact_email")
lines = st.lists(st.one_of(st.sampled_from(LINES), st.text(max_size=30).map("我{}".format)), max_size=12)
kinds = st.sampled_from(["dispatch", "petition", "public_works_report"])


@settings(deadline=None)
@given(kinds, lines)
def test_a_filled_field_stays_filled_and_the_draft_survives_json(kind: str, messages: list[str]) -> None:
    draft = new_draft(kind)
    for message in messages:
        before, draft = asdict(draft), say(draft, message)
        assert [f for f in FILLED if before[f] and not asdict(draft)[f]] == []
        assert Draft.from_dict(draft.to_dict()) == draft


@settings(deadline=None)
@given(kinds, lines)
def test_from_anywhere_plain_answers_lead_to_the_read_back(kind: str, messages: list[str]) -> None:
    draft = new_draft(kind)
    for message in [*messages, "路燈不亮"]:
        draft = say(draft, message)
    for _ in range(7):
        if draft.asking == "confirm":
            break
        draft = say(draft, COOPERATIVE[draft.asking])
    assert next_field(draft) == "confirm"
    assert draft.item_code
    assert draft.description


@pytest.mark.parametrize("noise", ["？？", "嗯嗯嗯嗯", "aaa bbb", "好啦隨便"])
def test_noise_does_not_hold_a_citizen_in_item_district_or_contact(noise: str) -> None:
    draft = new_draft("dispatch")
    for message in ("三民區", "路燈壞掉三天了", noise, noise, noise, "建工路", noise, noise):
        if draft.asking != "confirm":
            draft = say(draft, message)
    assert draft.asking == "confirm"
