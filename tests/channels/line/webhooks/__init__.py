"""What LINE sends to a webhook: one event of each documented kind, and how a body is signed.

`events.json` holds 28 events in the fields that "Webhook event objects" of LINE's Messaging API reference
names, each with a `webhookEventId` of its own; one type among them is unknown to everybody.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import secrets
from pathlib import Path
from typing import Any

EVENTS = Path(__file__).with_name("events.json")
DESTINATION = "U" + "0" * 31 + "1"
"""The bot's own user id."""
_ULID = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


def events() -> list[dict[str, Any]]:
    """The 28 events, fresh copies each time."""
    loaded: list[dict[str, Any]] = json.loads(EVENTS.read_text(encoding="utf-8"))
    return loaded


def kind(event: dict[str, Any]) -> str:
    """What an event is, for the name of a test: its type, and what its message is."""
    message = event.get("message", {}).get("type")
    name = f"{event['type']}-{message}" if message else str(event["type"])
    return f"{name}-again" if event["deliveryContext"]["isRedelivery"] else name


def event_of(name: str, **changes: Any) -> dict[str, Any]:
    """The first event of a `kind`, with a new event id (and message id); `changes` replace its parts.

    `message` is merged into the message, so that `message={"text": "…"}` changes its words only.
    """
    found = next(event for event in events() if kind(event) == name)
    found["webhookEventId"] = "01K" + "".join(secrets.choice(_ULID) for _ in range(23))
    if "message" in found:
        new_id = str(590_000_000_000_000_000 + secrets.randbelow(10**15))
        found["message"] = {**found["message"], "id": new_id, **changes.pop("message", {})}
    return {**found, **changes}


def body(sent: list[dict[str, Any]], destination: str = DESTINATION) -> bytes:
    """The bytes that LINE would post for these events."""
    return json.dumps(
        {"destination": destination, "events": sent}, ensure_ascii=False, separators=(",", ":")
    ).encode()


def signed(secret: str, sent: bytes | str) -> str:
    """The value of `x-line-signature` for a body."""
    raw = sent.encode() if isinstance(sent, str) else sent
    return base64.b64encode(hmac.new(secret.encode(), raw, hashlib.sha256).digest()).decode()


def chat_of(event: dict[str, Any]) -> str | None:
    """Whom an answer to this event reaches: the user, or the group or room as a whole."""
    source = event.get("source", {})
    chat: str | None = source.get("groupId") or source.get("roomId") or source.get("userId")
    return chat
