"""Who is in charge of a conversation, and what a message may hold. Pure."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from gateway.errors import Conflict, InvalidInput, TooLarge


class Owner(StrEnum):
    """Who answers the citizen now."""

    BOT = "bot"
    QUEUE = "queue"
    OPERATOR = "operator"
    CLOSED = "closed"


class Sender(StrEnum):
    """Who wrote a message."""

    CITIZEN = "citizen"
    BOT = "bot"
    OPERATOR = "operator"
    SYSTEM = "system"


class Kind(StrEnum):
    """What a message is; the payload of each kind is fixed by the HTTP contract."""

    TEXT = "text"
    ANSWER = "answer"
    OPTIONS = "options"
    SUMMARY = "summary"
    CASE = "case"
    NOTICE = "notice"
    FILE = "file"


OWNER_CHANGES: dict[Owner, frozenset[Owner]] = {
    Owner.BOT: frozenset({Owner.QUEUE, Owner.OPERATOR, Owner.CLOSED}),
    Owner.QUEUE: frozenset({Owner.BOT, Owner.OPERATOR, Owner.CLOSED}),
    Owner.OPERATOR: frozenset({Owner.BOT, Owner.QUEUE, Owner.CLOSED}),
    Owner.CLOSED: frozenset(),
}
"""The law of ownership: from whom, to whom."""

BOT_MAY_SPEAK = frozenset({Owner.BOT, Owner.QUEUE})
"""While waiting in the queue a citizen still gets answers; once a person is in charge, none."""


class Wish(StrEnum):
    """Why a citizen is put into the queue, as its event tells it; an emergency's names the danger too."""

    ASKED = "the citizen asked for a person"
    EMERGENCY = "emergency"
    DISTRESS = "anger or distress"
    FAILED_ANSWERS = "two failed answers in a row"
    THUMBS_DOWN = "an answer did not help"
    CASE_FAILED = "a case could not be registered"


class Leaving(StrEnum):
    """Why a citizen left the queue before a person came, as its event tells it."""

    GAVE_UP = "left the queue"
    MESSAGE = "left a message instead"
    CALL_BACK = "asked for a call-back instead"
    SILENT = "fell silent while waiting"


_ALLOWED_CONTROLS = frozenset("\n\t")


class OwnerChangeRefused(Conflict):
    """The conversation cannot pass from its owner to the one asked for."""

    code = "owner_change_refused"


class UnreadableText(InvalidInput):
    """The text is empty or holds control characters."""

    code = "unreadable_text"
    zh = "訊息是空的，或含有無法處理的字元。"
    en = "The message is empty or holds characters that cannot be read."


class MessageTooLong(TooLarge):
    """The text is longer than one message may be."""

    code = "message_too_long"


@dataclass(frozen=True)
class Reply:
    """One thing to say to the citizen."""

    text: str
    kind: Kind = Kind.TEXT
    payload: dict[str, Any] = field(default_factory=dict)
    sender: Sender = Sender.BOT


def check_owner_change(current: Owner, wanted: Owner) -> None:
    """Raise OwnerChangeRefused unless the table allows the change."""
    if wanted not in OWNER_CHANGES[current]:
        raise OwnerChangeRefused(f"{current} -> {wanted}")


def clean_text(text: str, max_chars: int) -> str:
    """The text as it is stored: one kind of line end, no outer blanks.

    Raises MessageTooLong over `max_chars`, UnreadableText when nothing readable is left or when a
    control character, a lone surrogate or a bidirectional override is in it.
    """
    if len(text) > max_chars:
        raise MessageTooLong(f"{len(text)} characters, {max_chars} allowed")
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    for char in text:
        if char in _ALLOWED_CONTROLS:
            continue
        category = unicodedata.category(char)
        if category in {"Cc", "Cs"} or "\u202a" <= char <= "\u202e" or "\u2066" <= char <= "\u2069":
            raise UnreadableText(f"character U+{ord(char):04X}")
    text = text.strip()
    if not text or all(unicodedata.category(char) in {"Cf", "Zs", "Mn"} for char in text):
        raise UnreadableText("nothing to read")
    return text


def for_rasa(text: str) -> str:
    """A citizen's words, safe for Rasa: a leading slash would name an intent."""
    stripped = text.lstrip()
    return "／" + stripped[1:] if stripped.startswith("/") else stripped


_URGENT = ("emergency", "distress")


def more_urgent(priority: str, than: str | None) -> bool:
    """Whether who waits already should now come before others: danger first, then distress."""
    ranks = {name: place for place, name in enumerate(_URGENT)}
    return priority in ranks and ranks[priority] < ranks.get(than or "", len(ranks))
