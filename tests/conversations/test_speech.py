"""Answers and their age: nothing that has expired looks current."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from gateway.conversations import speech
from gateway.conversations.context import Context
from gateway.conversations.heard import Heard
from gateway.conversations.inquiries import Inquiries
from gateway.conversations.outcome import DialogueState
from tests.conversations.entries import TOW, Found, finder

EXPIRED = replace(TOW, id="over", valid_until=date(2026, 4, 30), expired=True)
OLD = replace(TOW, source_date=date(2019, 1, 2), older_than_3_years=True)


def test_a_current_entry_has_no_warning() -> None:
    (told,) = speech.answer(TOW, "zh-TW")
    assert told.text == TOW.answer and told.payload["warning"] is None and not told.payload["expired"]


def test_an_old_entry_says_so_in_both_languages() -> None:
    assert "2019-01-02" in speech.answer(OLD, "zh-TW")[0].payload["warning"]
    assert "超過 3 年" in speech.answer(OLD, "zh-TW")[0].payload["warning"]
    assert "over 3 years ago" in speech.answer(OLD, "en")[0].payload["warning"]


def test_an_expired_entry_is_never_told_as_current() -> None:
    found = Found(entries={"over": EXPIRED})
    asked = Inquiries(finder(found))
    (pressed,) = asked.chosen("faq:over", "zh-TW")
    assert pressed.text.startswith("這則資料的有效期限已過（2026-04-30）") and pressed.payload["expired"]
    followed = asked.answer(Heard("要多少錢", context=Context("over")), DialogueState()).replies[0]
    assert followed.text.startswith("這則資料的有效期限已過") and followed.text.endswith("200 元。")
    (english,) = asked.chosen("faq:over", "en")
    assert english.text.startswith("This entry expired on 2026-04-30")
