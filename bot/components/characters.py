"""Splitting mixed Chinese and Latin text into pieces. Pure: imports neither Rasa nor any library."""

import re
from dataclasses import dataclass

_FULL_WIDTH_OFFSET = 0xFEE0
_FULL_WIDTH_FIRST = 0xFF01
_FULL_WIDTH_LAST = 0xFF5E
_PIECE = re.compile(r"[a-z]+(?:['’][a-z]+)*|[0-9]+|\S")


@dataclass(frozen=True)
class Piece:
    """One piece of a text: `text[start:end]` as typed, and `norm`, the same in half width and lower case."""

    text: str
    start: int
    end: int
    norm: str


def normalise(text: str) -> str:
    """Return `text` in half width and lower case, character by character, so offsets stay valid."""
    return "".join(_normalise_character(character) for character in text)


def split(text: str) -> list[Piece]:
    """Split `text` into pieces in order: each Chinese character, Latin word, number or sign is one piece.

    White space is dropped. A text of white space alone comes back as one piece, for a message always
    has a token; an empty text has none.
    """
    plain = normalise(text)
    pieces = [
        Piece(text[match.start() : match.end()], match.start(), match.end(), match.group())
        for match in _PIECE.finditer(plain)
    ]
    if not pieces and text:
        return [Piece(text, 0, len(text), plain)]
    return pieces


def _normalise_character(character: str) -> str:
    code = ord(character)
    if _FULL_WIDTH_FIRST <= code <= _FULL_WIDTH_LAST:
        character = chr(code - _FULL_WIDTH_OFFSET)
    elif character == "\u3000":
        return " "
    lowered = character.lower()
    return lowered if len(lowered) == 1 else character
