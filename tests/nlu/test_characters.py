"""How a text is split into pieces."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.components.characters import normalise, split


def norms(text: str) -> list[str]:
    """The normalised pieces of a text."""
    return [piece.norm for piece in split(text)]


@pytest.mark.parametrize(
    ("text", "pieces"),
    [
        ("路燈不亮", ["路", "燈", "不", "亮"]),
        ("MRT站3號出口", ["mrt", "站", "3", "號", "出", "口"]),
        ("卡拉OK好吵", ["卡", "拉", "ok", "好", "吵"]),
        ("I don't know", ["i", "don't", "know"]),
        ("ＡＢＣ１２３　號", ["abc", "123", "號"]),
        ("88路", ["88", "路"]),
        ("案號INS240315021", ["案", "號", "ins", "240315021"]),
        ("你好~  早安\n", ["你", "好", "~", "早", "安"]),
        ("謝謝😀", ["謝", "謝", "😀"]),
        ("ㄏㄏ", ["ㄏ", "ㄏ"]),
    ],
)
def test_characters_stand_alone_and_words_stay_whole(text: str, pieces: list[str]) -> None:
    assert norms(text) == pieces


def test_white_space_alone_is_one_piece_and_nothing_is_none() -> None:
    assert [(piece.start, piece.end) for piece in split("  ")] == [(0, 2)]
    assert split("") == []


def test_a_letter_that_grows_in_lower_case_keeps_its_place() -> None:
    # "İ".lower() is two characters; offsets must not move.
    assert len(normalise("İ路")) == 2
    assert split("İ路")[-1].start == 1


@given(st.text())
def test_pieces_are_slices_in_order_and_leave_out_only_white_space(text: str) -> None:
    pieces = split(text)
    end = 0
    for piece in pieces:
        assert piece.text == text[piece.start : piece.end] != ""
        assert not text[end : piece.start].strip()
        end = piece.end
    assert not text[end:].strip()


@given(st.text())
def test_normalising_keeps_the_length_and_twice_is_once(text: str) -> None:
    once = normalise(text)
    assert len(once) == len(text)
    assert normalise(once) == once
