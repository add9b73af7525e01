"""Words are cut where LINE counts and where readers pause, and nothing is torn or lost."""

from __future__ import annotations

import pytest
import regex
from hypothesis import given
from hypothesis import strategies as st

from gateway.channels.line.rendering.rules import clusters, cut, head, parts, units

TEXTS = st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=300) | st.text(
    alphabet="路燈壞了。！？\n 「」ab🍎👨‍👩‍👧é🇹🇼🏽", max_size=300
)

SEEN = [
    "路",
    "a",
    "。",
    " ",
    "🍎",
    "👨‍👩‍👧",
    "e\u0301",
    "🇹🇼",
    "🇯🇵",
    "👍🏽",
    "❤️",
    "1️⃣",
    "🏴\U000e0067\U000e0062\U000e007f",
]


@given(TEXTS, st.integers(2, 60))
def test_what_is_cut_fits_and_begins_as_the_text_does(text: str, longest: int) -> None:
    shown = cut(text, longest)
    assert units(shown) <= longest
    assert shown == text.strip() or (shown.endswith("…") and text.strip().startswith(shown[:-1]))


@given(TEXTS, st.integers(20, 200))
def test_all_parts_together_are_the_whole(text: str, longest: int) -> None:
    pieces = parts(text, longest)
    assert all(0 < units(piece) <= longest and piece == piece.strip() for piece in pieces)
    assert "".join("".join(pieces).split()) == "".join(text.split())


@given(st.lists(st.sampled_from(SEEN)))
def test_characters_are_what_a_reader_sees(seen: list[str]) -> None:
    text = "".join(seen)
    assert list(clusters(text)) == seen == regex.findall(r"\X", text)


@pytest.mark.parametrize(
    ("text", "longest", "shown"),
    [
        ("路燈不亮", 4, "路燈不亮"),
        ("路燈不亮了", 4, "路燈不…"),
        ("🍎🍎🍎", 5, "🍎🍎…"),
        ("好👨‍👩‍👧好", 5, "好…"),
        ("🇹🇼🇹🇼", 7, "🇹🇼…"),
        ("e\u0301e\u0301e\u0301", 4, "e\u0301…"),
        ("👍🏽👍🏽", 6, "👍🏽…"),
        ("  空白  ", 10, "空白"),
    ],
)
def test_cut(text: str, longest: int, shown: str) -> None:
    assert cut(text, longest) == shown


def test_a_long_text_is_parted_at_the_ends_of_its_sentences() -> None:
    sentence = "本市牌照稅於每年四月開徵，請於期限內繳納。"
    pieces = parts(sentence * 100)
    assert len(pieces) == 3
    assert all(piece.endswith("。") for piece in pieces)


def test_a_closing_mark_stays_with_its_sentence() -> None:
    first, second = parts("他說：「路燈壞了。」" + "之後就沒有人來修理", 12)
    assert (first, second) == ("他說：「路燈壞了。」", "之後就沒有人來修理")


def test_words_without_an_end_are_parted_at_blanks() -> None:
    assert parts("please come and look at this road", 15) == ["please come", "and look at", "this road"]


def test_even_one_endless_character_comes_to_an_end() -> None:
    zalgo = "e" + "\u0301" * 50
    assert head(zalgo, 10) == ""
    assert "".join(parts(zalgo, 10)) == zalgo
