"""How much LINE takes of everything, and cutting words to it. Pure.

Source of the numbers: "Messaging API reference" (message objects, action objects, Flex Message) and
"Character counting in a text", developers.line.biz. LINE counts texts in UTF-16 units and labels in what a
reader sees; here everything is counted in UTF-16 units, which are never fewer.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from typing import Final

TEXT_MAX: Final = 5000
"""Text message; also a text of a Flex Message."""
ALT_TEXT_MAX: Final = 400
"""Alternative text of a Flex Message; the newest reference allows 1500, all versions as much as this."""
LABEL_MAX: Final = 20
"""Label of a quick reply; a button of a Flex Message may have twice as much."""
DISPLAY_TEXT_MAX: Final = 300
"""What appears in the chat when a button is pressed."""
DATA_MAX: Final = 300
"""Data of a postback."""
URI_MAX: Final = 1000
CLIPBOARD_MAX: Final = 1000
SENDER_MAX: Final = 20
QUICK_REPLIES_MAX: Final = 13
MESSAGES_MAX: Final = 5
"""Messages of one call."""
BUBBLE_BYTES_MAX: Final = 30_000
"""A bubble of a Flex Message, as JSON."""
PREVIEW_BYTES_MAX: Final = 1_000_000
"""Preview of an image message; the image itself may have 10 MB."""
PICTURES: Final = frozenset({"image/jpeg", "image/png"})

READING_MAX: Final = 1000
"""What one bubble holds for reading's sake; ours, not LINE's."""
SAID_MAX: Final = 100
"""What a pressed button shows as said, far below `DISPLAY_TEXT_MAX`."""
TITLE_MAX: Final = 200
FIELD_MAX: Final = 500
"""One row of a card; ours."""
FIELD_NAME_MAX: Final = 40
"""What stands before it; ours."""
MORE: Final = "…"

_ENDS = "。！？!?；;\n"
_CLOSING = "」』）)】》”’\"'"
_JOINER = "\u200d"


def units(text: str) -> int:
    """The length of a text in UTF-16 units."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def cut(text: str, longest: int) -> str:
    """The text itself, or as much of it as fits with `…` behind; no emoji or accent is torn apart."""
    text = text.strip()
    if units(text) <= longest:
        return text
    return head(text, longest - units(MORE)).rstrip() + MORE


def head(text: str, longest: int) -> str:
    """As many whole characters of the beginning as fit into `longest` units."""
    kept, room = [], longest
    for cluster in clusters(text):
        room -= units(cluster)
        if room < 0:
            break
        kept.append(cluster)
    return "".join(kept)


def parts(text: str, longest: int = READING_MAX) -> list[str]:
    """The whole text in pieces of at most `longest` units, ended where sentences end; none is empty."""
    found = []
    rest = text.strip()
    while units(rest) > longest:
        piece = first_part(rest, longest)
        found.append(piece.strip())
        rest = rest[len(piece) :].lstrip()
    return [piece for piece in (*found, rest) if piece]


def first_part(text: str, longest: int) -> str:
    """The beginning of a text that fits: up to the last end of a sentence, else of a word, else of a
    character; never nothing, even where one character is longer than allowed."""
    room = head(text, longest) or text[: max(1, longest // 2)]
    if room == text:
        return text
    for end in (_after_sentence(room), _after_blank(room)):
        if end > len(room) // 2:
            return room[:end]
    return room


def clusters(text: str) -> Iterator[str]:
    """What a reader takes for one character each: an emoji with its colour, a letter with its accents."""
    current = ""
    for char in text:
        if current and not _goes_with(current, char):
            yield current
            current = ""
        current += char
    if current:
        yield current


def _goes_with(before: str, char: str) -> bool:
    if before[-1] == _JOINER or char == _JOINER or (before == "\r" and char == "\n"):
        return True
    if _flag_letter(char):
        return len(before) == 1 and _flag_letter(before)
    coloured = "\U0001f3fb" <= char <= "\U0001f3ff"
    variant = "\ufe00" <= char <= "\ufe0f" or "\U000e0020" <= char <= "\U000e007f"
    return coloured or variant or unicodedata.category(char) in {"Mn", "Me", "Mc"}


def _flag_letter(char: str) -> bool:
    return "\U0001f1e6" <= char <= "\U0001f1ff"


def _after_sentence(text: str) -> int:
    end = max(text.rfind(mark) for mark in _ENDS) + 1
    while 0 < end < len(text) and text[end] in _CLOSING:
        end += 1
    return end


def _after_blank(text: str) -> int:
    return max(text.rfind(blank) for blank in " \t　，、,") + 1
