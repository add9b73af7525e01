"""Labelled messages: what a citizen wrote, and what it means."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gateway.cases.catalogue import Catalogue
from gateway.errors import InvalidInput
from gateway.places.service import Places
from gateway.understanding.parsing import TASKS

_EXPECTED = 'expected {"q": "…", "intent": "…", "slots": {…}}'
_SLOTS = ("district", "location", "item", "item_code", "case_no")


class MessagesUnusable(InvalidInput):
    """The file of labelled messages cannot be read."""

    code = "messages_unusable"
    zh = "無法讀取這個訊息檔案。"
    en = "This file of messages cannot be used."


@dataclass(frozen=True)
class Message:
    """A message with its intent and the slots it states, as they are written in the file."""

    q: str
    intent: str
    slots: Mapping[str, str]

    def district(self, places: Places) -> str | None:
        """The full Chinese name of the stated district, whichever way the file writes it."""
        stated = self.slots.get("district")
        found = places.by_name(stated) if stated else None
        return found.zh if found else stated

    def item_code(self, catalogue: Catalogue) -> str | None:
        """The service item's code: stated, or told by words that are the name or keyword of one item only.

        Only what files a case has one, and it is of that kind.
        """
        kind, words = TASKS.get(self.intent), self.slots.get("item")
        if stated := self.slots.get("item_code"):
            return stated if kind else None
        named = [
            item.code
            for item in catalogue.items.values()
            if item.kind == kind and words in (item.name_zh, *item.keywords)
        ]
        return named[0] if len(named) == 1 else None


def read_messages(path: Path) -> list[Message]:
    """The messages of a JSON-lines file. Raises MessagesUnusable with the number of the bad line."""
    try:
        lines = path.read_text(encoding="utf-8-sig").split("\n")
    except (OSError, UnicodeDecodeError) as error:
        raise MessagesUnusable(f"{path.name}: {error}") from error
    messages = [
        _message(path.name, number, line) for number, line in enumerate(lines, start=1) if line.strip()
    ]
    if not messages:
        raise MessagesUnusable(f"{path.name}: no messages in it")
    return messages


def _message(name: str, number: int, line: str) -> Message:
    try:
        content = json.loads(line)
        if not isinstance(content, dict) or not _labelled(content):
            raise ValueError(_EXPECTED)
        content["q"].encode()  # half a character could not be written out again
    except ValueError as error:
        raise MessagesUnusable(f"{name}, line {number}: {error}") from error
    slots = content.get("slots") or {}
    return Message(content["q"], content["intent"], {key: slots[key] for key in _SLOTS if slots.get(key)})


def _labelled(content: Mapping[str, Any]) -> bool:
    slots = content.get("slots") or {}
    return (
        isinstance(content.get("q"), str)
        and isinstance(content.get("intent"), str)
        and isinstance(slots, dict)
        and all(isinstance(slots.get(key) or "", str) for key in _SLOTS)
    )
