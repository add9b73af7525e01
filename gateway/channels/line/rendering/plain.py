"""Plain words as messages of LINE, and how much of them a card shows. Pure."""

from __future__ import annotations

from linebot.v3.messaging import Message, TextMessage

from gateway.channels.line.rendering.rules import READING_MAX, first_part, parts, units
from gateway.channels.line.texts import line_text


def bubbles(words: str) -> list[Message]:
    """Text messages that hold the whole of some words."""
    return [TextMessage(text=piece) for piece in parts(words)]


def text(words: str) -> Message:
    """One text message."""
    return TextMessage(text=words)


def as_much_as_fits(words: str, language: str, where_more: str | None) -> tuple[str, list[str]]:
    """What a card shows of a text, and what follows below it: nothing, when the rest is read elsewhere."""
    whole = words.strip()
    if units(whole) <= READING_MAX:
        return whole, []
    if where_more is None:
        first, *rest = parts(whole)
        return first, rest
    told = line_text(where_more, language)
    return f"{first_part(whole, READING_MAX - units(told) - 1).rstrip()}\n{told}", []
