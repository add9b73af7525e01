"""The sentences of LINE: there in both languages, with the same names to fill in, and short enough."""

from __future__ import annotations

import re

import pytest

from gateway.channels.line.rendering.rules import LABEL_MAX, READING_MAX, units
from gateway.channels.line.texts import line_text, sentences

NAMED = {
    "follow", "sticker", "audio_not_read", "too_large", "file_refused", "group_hello", "location_outside",
    "unknown_message", "link_code_ok", "link_code_bad", "linked", "stop_done", "start_done", "quota_near",
}  # fmt: skip
ON_BUTTONS = (
    "share_place", "take_photo", "choose_photo", "source", "helpful", "not_helpful", "case_page",
    "case_status", "case_copy", "file_open", "read_more", "staff_name",
)  # fmt: skip


def test_every_sentence_that_is_asked_for_is_there() -> None:
    assert set(sentences()) >= NAMED


@pytest.mark.parametrize("key", sorted(sentences()))
def test_both_languages_say_the_same(key: str) -> None:
    both = sentences()[key]
    assert set(both) == {"zh", "en"}
    zh, en = (set(re.findall(r"\{(\w+)\}", both[language])) for language in ("zh", "en"))
    assert zh == en
    assert re.search(r"[\u4e00-\u9fff]", both["zh"]) or key in {"choices", "said_up"}
    assert not re.search(r"[\u4e00-\u9fff]", both["en"])
    assert all(0 < units(told) <= READING_MAX for told in both.values())


@pytest.mark.parametrize("key", ON_BUTTONS)
@pytest.mark.parametrize("language", ["zh-TW", "en"])
def test_what_stands_on_a_button_is_never_cut(key: str, language: str) -> None:
    assert units(line_text(key, language)) <= LABEL_MAX
