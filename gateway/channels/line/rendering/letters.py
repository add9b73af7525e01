"""Letters of the outbox and files of the staff, as messages of LINE. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from linebot.v3.messaging import ImageMessage, Message

from gateway.channels.line.rendering import buttons, cards
from gateway.channels.line.rendering.plain import as_much_as_fits, bubbles, text
from gateway.channels.line.rendering.rules import (
    FIELD_MAX,
    MESSAGES_MAX,
    PICTURES,
    PREVIEW_BYTES_MAX,
    READING_MAX,
    cut,
    units,
)
from gateway.channels.line.rendering.within import reachable
from gateway.channels.line.texts import line_text
from gateway.conversations.transcript import MessageView

FileLink = Callable[[str], str | None]
"""The address under which a file can be opened without signing in, by its id; None when there is none."""


def file(one: MessageView, language: str, file_link: FileLink | None) -> list[Message]:
    """A file of the staff: a picture itself where LINE can fetch it, else a link, else its name."""
    payload = one.payload
    name = cut(str(payload.get("name") or one.text), FIELD_MAX) or "?"
    address = file_link(str(payload.get("attachment_id"))) if file_link else None
    if not buttons.safe_link(address):
        return bubbles(line_text("file_unreachable", language, name=name))
    size = payload.get("size")
    if payload.get("media_type") in PICTURES and isinstance(size, int) and size <= PREVIEW_BYTES_MAX:
        return [ImageMessage(originalContentUrl=address, previewImageUrl=address)]
    opened = buttons.link(line_text("file_open", language), address)
    told = line_text("file_sent", language, name=name)
    return [cards.card(told, [cards.words(told)], [cards.button(opened, "primary")])]


def letter(payload: Mapping[str, Any]) -> list[Message]:
    """A letter of the outbox: its `title`, its `text`, and the `link` where more is to be read, if any.

    What would take more than one call is cut, where there is a link to go on reading at.
    """
    title, body, link = (str(payload.get(name) or "") for name in ("title", "text", "link"))
    language = str(payload.get("language") or "zh-TW")
    more = buttons.link(line_text("read_more", language), link)
    if more is None:
        also = [line_text("link_unusable", language, link=link)] if link and link not in body else []
        return bubbles("\n".join([title, body, *also]))
    long = units(body) > READING_MAX * (MESSAGES_MAX - 1)
    shown, rest = as_much_as_fits(body, language, "rest_at_link" if long else None)
    words = [cards.heading(title), cards.words(shown)]
    if not any(words):
        return bubbles(line_text("link_unusable", language, link=link))
    named = [cards.button(act, "link") for act in reachable(shown, language, besides=link)]
    pressed = [cards.button(more, "primary"), *named]
    return [cards.card(f"{title} {shown}", words, pressed), *map(text, rest)]
