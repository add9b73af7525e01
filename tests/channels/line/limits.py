"""What LINE refuses in a message, besides what the SDK's models refuse: counted by LINE's own rules.

Source: "Messaging API reference" (message objects, action objects, Flex Message) and "Character counting in
a text" of developers.line.biz: texts count in UTF-16 units, labels and what a button says in grapheme
clusters. Written apart from the renderer, so that a slip of one is seen by the other.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import regex

TEXT = 5000
ALT_TEXT = 400
"""Every version of the reference allows as much; newer ones allow 1500."""
LABEL = 20
FLEX_LABEL = 40
DISPLAY_TEXT = 300
DATA = 300
URI = 1000
CLIPBOARD = 1000
QUICK_REPLIES = 13
MESSAGES = 5
BUBBLE_BYTES = 30_000
DEPTH = 10
"""Boxes within boxes; LINE documents no number and refuses absurd ones."""
_SCHEMES = ("https://", "http://", "tel:", "line://")
_QUICK_ONLY = {"camera", "cameraRoll", "location"}
_BLANK = "May not be empty"

Problem = dict[str, str]
"""`message` and `property`, as in the details of LINE's error."""


def utf16(text: str) -> int:
    """How many UTF-16 units a text has."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def graphemes(text: str) -> int:
    """How many characters a reader sees."""
    return len(regex.findall(r"\X", text))


def problems(messages: list[dict[str, Any]]) -> list[Problem]:
    """What LINE would say against these messages; empty when it takes them."""
    found: list[Problem] = []
    if not 1 <= len(messages) <= MESSAGES:
        found.append(_problem("messages", f"Size must be between 1 and {MESSAGES}"))
    for number, message in enumerate(messages):
        found += _message(message, f"messages[{number}]")
    return found


def _message(message: dict[str, Any], at: str) -> Iterator[Problem]:
    kind = message.get("type")
    if kind == "text":
        yield from _text(message.get("text"), f"{at}.text", TEXT)
    elif kind == "image":
        for name in ("originalContentUrl", "previewImageUrl"):
            if not str(message.get(name, "")).startswith("https://"):
                yield _problem(f"{at}.{name}", "Must be a valid HTTPS URL")
    elif kind == "flex":
        yield from _text(message.get("altText"), f"{at}.altText", ALT_TEXT)
        yield from _container(message.get("contents") or {}, f"{at}.contents")
    elif kind not in {"sticker", "location"}:
        yield _problem(f"{at}.type", f"not used here: {kind}")
    items = (message.get("quickReply") or {"items": [{}]}).get("items", [])
    if not 1 <= len(items) <= QUICK_REPLIES:
        yield _problem(f"{at}.quickReply.items", f"Size must be between 1 and {QUICK_REPLIES}")
    if "quickReply" in message:
        for place, item in enumerate(items):
            yield from _action(item.get("action") or {}, f"{at}.quickReply.items[{place}].action", quick=True)


def _container(container: dict[str, Any], at: str) -> Iterator[Problem]:
    if container.get("type") == "carousel":
        for place, bubble in enumerate(container.get("contents", [])):
            yield from _container(bubble, f"{at}.contents[{place}]")
        return
    if container.get("type") != "bubble":
        yield _problem(f"{at}.type", "Must be bubble or carousel")
    if len(json.dumps(container, ensure_ascii=False).encode()) > BUBBLE_BYTES:
        yield _problem(at, "A bubble may have at most 30 KB")
    blocks = [name for name in ("header", "hero", "body", "footer") if name in container]
    if not blocks:
        yield _problem(at, "At least one block must be specified")
    for name in blocks:
        yield from _component(container[name], f"{at}.{name}", 1)


def _component(part: dict[str, Any], at: str, depth: int) -> Iterator[Problem]:
    kind = part.get("type")
    if kind == "box":
        if depth > DEPTH:
            yield _problem(at, "Boxes are nested too deeply")
        for place, inner in enumerate(part.get("contents", [])):
            yield from _component(inner, f"{at}.contents[{place}]", depth + 1)
    elif kind == "text":
        spans = part.get("contents")
        if not spans:
            yield from _text(part.get("text"), f"{at}.text", TEXT)
    elif kind == "button":
        yield from _action(part.get("action") or {}, f"{at}.action", quick=False)
    elif kind not in {"separator", "filler", "image", "icon"}:
        yield _problem(f"{at}.type", f"not used here: {kind}")


def _action(action: dict[str, Any], at: str, *, quick: bool) -> Iterator[Problem]:
    kind = action.get("type")
    label = action.get("label")
    longest = LABEL if quick else FLEX_LABEL
    if not label or not label.strip():
        yield _problem(f"{at}.label", _BLANK)
    elif graphemes(label) > longest:
        yield _problem(f"{at}.label", f"Length must be between 0 and {longest}")
    if kind in _QUICK_ONLY and not quick:
        yield _problem(f"{at}.type", "Only for quick replies")
    if kind == "postback":
        yield from _text(action.get("data"), f"{at}.data", DATA)
        if (quick or "displayText" in action) and not action.get("displayText", "").strip():
            yield _problem(f"{at}.displayText", _BLANK)
        if graphemes(action.get("displayText", "")) > DISPLAY_TEXT:
            yield _problem(f"{at}.displayText", f"Length must be between 0 and {DISPLAY_TEXT}")
    elif kind == "message":
        if not 0 < graphemes(action.get("text", "")) <= DISPLAY_TEXT:
            yield _problem(f"{at}.text", f"Length must be between 1 and {DISPLAY_TEXT}")
    elif kind == "uri":
        yield from _text(action.get("uri"), f"{at}.uri", URI)
        if not str(action.get("uri")).startswith(_SCHEMES) or " " in str(action.get("uri")):
            yield _problem(f"{at}.uri", "Invalid action URI")
    elif kind == "clipboard":
        yield from _text(action.get("clipboardText"), f"{at}.clipboardText", CLIPBOARD)
    elif kind not in _QUICK_ONLY:
        yield _problem(f"{at}.type", f"not used here: {kind}")


def _text(text: object, at: str, longest: int) -> Iterator[Problem]:
    if not isinstance(text, str) or not text.strip():
        yield _problem(at, _BLANK)
    elif utf16(text) > longest:
        yield _problem(at, f"Length must be between 0 and {longest}")


def _problem(at: str, message: str) -> Problem:
    return {"message": message, "property": at}
