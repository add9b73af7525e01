"""Ownership as a table, and what a message may hold."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.conversations.rules import (
    OWNER_CHANGES,
    MessageTooLong,
    Owner,
    OwnerChangeRefused,
    UnreadableText,
    check_owner_change,
    clean_text,
    for_rasa,
    more_urgent,
)

PAIRS = [(one, other) for one in Owner for other in Owner]


@pytest.mark.parametrize(("current", "wanted"), PAIRS)
def test_every_change_of_owner_is_as_the_table_says(current: Owner, wanted: Owner) -> None:
    if wanted in OWNER_CHANGES[current]:
        check_owner_change(current, wanted)
    else:
        with pytest.raises(OwnerChangeRefused):
            check_owner_change(current, wanted)


def test_nothing_leaves_a_closed_conversation_and_nobody_becomes_himself() -> None:
    assert OWNER_CHANGES[Owner.CLOSED] == frozenset()
    assert all(owner not in OWNER_CHANGES[owner] for owner in Owner)


@pytest.mark.parametrize(
    "text", ["", "   ", "\n\t", "\u200b\u200b", "a\x00b", "\x1b[31m", "\ud800", "\u202eabc"]
)
def test_unreadable_text_is_refused(text: str) -> None:
    with pytest.raises(UnreadableText):
        clean_text(text, 1000)


def test_the_limit_counts_characters_exactly() -> None:
    assert clean_text("字" * 1000, 1000) == "字" * 1000
    with pytest.raises(MessageTooLong):
        clean_text("字" * 1001, 1000)


@given(st.text(max_size=60))
def test_what_passes_is_printable_and_stable(text: str) -> None:
    try:
        cleaned = clean_text(text, 1000)
    except UnreadableText:
        return
    assert cleaned == cleaned.strip()
    assert clean_text(cleaned, 1000) == cleaned
    assert all(unicodedata.category(char) != "Cc" or char in "\n\t" for char in cleaned)
    cleaned.encode("utf-8")


@given(st.text(alphabet="/ a路\n", min_size=1, max_size=8))
def test_a_typed_slash_never_reaches_rasa_first(text: str) -> None:
    assert not for_rasa(text).lstrip().startswith("/")


@pytest.mark.parametrize(
    ("priority", "than", "up"),
    [
        ("emergency", "normal", True), ("emergency", "distress", True), ("emergency", None, True),
        ("distress", "transfer", True), ("distress", None, True), ("distress", "emergency", False),
        ("emergency", "emergency", False), ("distress", "distress", False), ("normal", None, False),
        ("transfer", "normal", False),
    ],
)  # fmt: skip
def test_only_danger_and_distress_move_somebody_up(priority: str, than: str | None, up: bool) -> None:
    assert more_urgent(priority, than) is up
