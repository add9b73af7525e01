"""Buttons of LINE, what they send back when pressed, and how that is read. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Any, Final
from urllib.parse import urlsplit

from linebot.v3.messaging import (
    Action,
    CameraAction,
    CameraRollAction,
    ClipboardAction,
    LocationAction,
    PostbackAction,
    QuickReply,
    QuickReplyItem,
    URIAction,
)

from gateway.channels.line.rendering.rules import (
    CLIPBOARD_MAX,
    DATA_MAX,
    LABEL_MAX,
    QUICK_REPLIES_MAX,
    SAID_MAX,
    URI_MAX,
    cut,
    units,
)
from gateway.channels.line.texts import line_text

_PLACE: Final = re.compile(r"option:(\d{1,9}):(\d{1,4})")
_OURS: Final = ("option:", "vote:")
"""How data begins that is no payload of an option."""
_NOT_IN_DATA: Final = re.compile(r"[\x00-\x1f\x7f]")


def place_of(data: str) -> tuple[int, int] | None:
    """Where an option stands whose payload did not fit into its button: the number of the message that
    offers it, and its place there, from 0. None: the data is itself the payload."""
    found = _PLACE.fullmatch(data)
    return (int(found[1]), int(found[2])) if found else None


def data_of(payload: str, seq: int, place: int) -> str:
    """The data of an option's button: its payload, or where it stands when that does not fit."""
    fits = payload.strip() and units(payload) <= DATA_MAX and not _NOT_IN_DATA.search(payload)
    if fits and payload == payload.strip() and not payload.startswith(_OURS):
        return payload
    return f"option:{seq}:{place}"


def pressed(label: str, data: str, said: str) -> Action:
    """A button that sends `data` back and shows `said` in the chat."""
    shown = cut(said, SAID_MAX) or cut(label, LABEL_MAX)
    return PostbackAction(label=cut(label, LABEL_MAX), data=data, displayText=shown)


def option(title: str, payload: str, seq: int, place: int, label: str = "") -> Action:
    """The button of an option of the dialogue."""
    return pressed(label or title, data_of(payload, seq, place), title)


def status(number: str, language: str) -> Action:
    """The button that shows how one of the citizen's own cases stands."""
    label = line_text("case_status", language)
    return pressed(label, f"line:case:{number}", f"{label} {number}")


def copying(label: str, words: str) -> Action:
    """A button that puts words where they can be pasted from."""
    return ClipboardAction(label=cut(label, LABEL_MAX), clipboardText=cut(words, CLIPBOARD_MAX))


def vote(seq: int, thumb: str, language: str) -> Action:
    """Thumb `up` or `down` on an answer."""
    key = "helpful" if thumb == "up" else "not_helpful"
    return pressed(line_text(key, language), f"vote:{seq}:{thumb}", line_text(f"{key}_said", language))


def score(points: int, language: str) -> Action:
    """How content the citizen was with a service that has ended, 1 to 5."""
    words = line_text(f"score_{points}", language)
    return pressed(words, f"line:rate:{points}", words)


def link(label: str, uri: object) -> Action | None:
    """A button that opens an address of the web; none where LINE or safety would not have it."""
    return URIAction(label=cut(label, LABEL_MAX), uri=uri) if safe_link(uri) else None


def safe_link(uri: object) -> bool:
    """Whether an address is https, whole, and short enough for LINE."""
    if not isinstance(uri, str) or units(uri) > URI_MAX or not uri.isascii() or re.search(r"[\s<>\"\\]", uri):
        return False
    try:
        parts = urlsplit(uri)
        return parts.scheme == "https" and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False


def call(number: object, language: str) -> Action | None:
    """A button that dials a number."""
    digits = re.sub(r"[^\d+#*,]", "", str(number))[:32]
    if not digits:
        return None
    return URIAction(label=cut(line_text("call", language, number=number), LABEL_MAX), uri=f"tel:{digits}")


def quick(actions: Iterable[Action]) -> QuickReply | None:
    """Quick replies, as many as LINE shows; none without actions."""
    items = [QuickReplyItem(action=action) for action in actions][:QUICK_REPLIES_MAX]
    return QuickReply(items=items) if items else None


def asked_for(payload: dict[str, Any], language: str) -> list[Action]:
    """What the chat itself can give: the place, where one is asked for; photos, where one would help."""
    asking = payload.get("asking")
    if asking == "place":
        return [LocationAction(label=line_text("share_place", language))]
    if asking == "description" and payload.get("form") in {"dispatch", "public_works_report"}:
        return [
            CameraAction(label=line_text("take_photo", language)),
            CameraRollAction(label=line_text("choose_photo", language)),
        ]
    return []


def merged(several: Sequence[QuickReply]) -> QuickReply | None:
    """One row of quick replies out of several: what the chat itself gives first, nothing twice."""
    items = {repr(item.action.to_dict()): item for row in several for item in row.items}
    own = [item for item in items.values() if item.action.type != "postback"]
    rest = [item for item in items.values() if item.action.type == "postback"]
    shown = [*own, *rest][:QUICK_REPLIES_MAX]
    return QuickReply(items=shown) if shown else None
