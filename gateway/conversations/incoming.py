"""A citizen's message as it comes in: what it may hold, what is stored of it, and back again."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from gateway.conversations.catalogue import say
from gateway.conversations.files import SentFile
from gateway.conversations.models import Message
from gateway.conversations.rules import Kind, Reply, Sender
from gateway.conversations.speech import START
from gateway.errors import InvalidInput

_RECENT_OFFERS = 60


class UnknownOption(InvalidInput):
    """The option was never offered in this conversation."""

    code = "unknown_option"
    zh = "這個選項已經無法使用，請重新選擇或直接輸入文字。"
    en = "This option is not available. Please choose again or type your message."


@dataclass(frozen=True)
class Incoming:
    """A citizen's message, already checked and cleaned."""

    client_id: str
    text: str
    option: str | None = None
    location: dict[str, Any] | None = None
    file: SentFile | None = None


def as_it_came(message: Message) -> Incoming:
    """A stored message of a citizen, as it first came in."""
    payload = message.payload
    file = SentFile.from_payload(payload) if message.kind == Kind.FILE else None
    option, location = payload.get("option"), payload.get("location")
    return Incoming(message.client_id or "", message.text, option, location, file)


def said_in(session: Session, conversation_id: str, incoming: Incoming, language: str = "zh-TW") -> Reply:
    """What is stored of words, a place or a pressed button. Raises UnknownOption.

    What starts something may always be pressed: menus outside the conversation have it.
    """
    payload: dict[str, Any] = {}
    text = incoming.text
    if incoming.option is not None:
        text = _offered_title(session, conversation_id, incoming.option, language)
        payload["option"] = incoming.option
    if incoming.location is not None:
        payload["location"] = incoming.location
    return Reply(text, Kind.TEXT, payload, Sender.CITIZEN)


def _offered_title(session: Session, conversation_id: str, option: str, language: str) -> str:
    offers = session.scalars(
        select(Message.payload)
        .where(
            Message.conversation_id == conversation_id,
            Message.kind.in_((Kind.OPTIONS, Kind.SUMMARY)),
            Message.sender != Sender.CITIZEN,
        )
        .order_by(Message.seq.desc())
        .limit(_RECENT_OFFERS)
    )
    for payload in offers:
        for offered in payload.get("options", ()):
            if offered["payload"] == option:
                return str(offered["title"])
    for key, payload in START.values():
        if payload == option:
            return say(key, language)
    raise UnknownOption(option[:80])
