"""LINE's webhook as rows to store: verified, read leniently, of groups no words and no people. Pure."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from datetime import UTC, datetime
from typing import Any, Final

from gateway.channels.line.rules import Source, State
from gateway.errors import InvalidInput

_ID_MAX: Final = 64
_KEPT_OF_GROUPS: Final = ("type", "mode", "timestamp", "replyToken", "webhookEventId", "deliveryContext")
_MILLISECONDS: Final = 1000
_LATEST: Final = datetime(9999, 1, 1, tzinfo=UTC)


class BadSignature(InvalidInput):
    """The request was not signed with the channel's secret."""

    code = "bad_signature"
    status = 400
    zh = "簽章不正確。"
    en = "The signature is missing or wrong."


class NotAWebhook(InvalidInput):
    """The signed body is not what LINE sends."""

    code = "not_a_webhook"
    status = 400
    zh = "內容不是 LINE 的事件。"
    en = "The body does not hold LINE's events."


def check_signature(secret: str, body: bytes, signature: str | None) -> None:
    """Raise BadSignature unless `signature` is the base64 HMAC-SHA256 of these very bytes.

    Not by the SDK's validator: that takes text, and would refuse bytes that are signed but no UTF-8 with an
    error of its own.
    """
    own = base64.b64encode(hmac.digest(secret.encode(), body, hashlib.sha256))
    given = (signature or "").encode("utf-8", "surrogateescape")
    if not hmac.compare_digest(own, given):
        raise BadSignature("x-line-signature")


def rows(body: bytes, now: datetime) -> list[dict[str, Any]]:
    """What is stored of each event; the same event twice in one body is one row. Raises NotAWebhook.

    What the SDK does not know is kept as it came: tomorrow's events are no errors.
    """
    try:
        events = json.loads(body)["events"]
        json.dumps(events, allow_nan=False)  # what no database takes as JSON
    except (ValueError, KeyError, TypeError, RecursionError):
        raise NotAWebhook("no JSON with events") from None
    if not isinstance(events, list) or not all(isinstance(event, dict) for event in events):
        raise NotAWebhook("events are no list of objects")
    found = {row["event_id"]: row for row in (_row(event, now) for event in events)}
    return list(found.values())


def source_of(event: dict[str, Any]) -> tuple[Source | None, str]:
    """Whose event it is: the kind of its source, and the id of the user, group or room."""
    source = event.get("source")
    source = source if isinstance(source, dict) else {}
    kind = source.get("type")
    known = Source(kind) if kind in set(Source) else None
    return known, _short(source.get(f"{kind}Id")) if known else ""


def is_for_us(event: dict[str, Any]) -> bool:
    """Whether a message in a group or room mentions this account."""
    mention = _dict(_dict(event.get("message")).get("mention"))
    mentionees = mention.get("mentionees")
    return isinstance(mentionees, list) and any(_dict(one).get("isSelf") is True for one in mentionees)


def _row(event: dict[str, Any], now: datetime) -> dict[str, Any]:
    kind, who = source_of(event)
    message_id = _dict(event.get("message")).get("id") or _dict(event.get("unsend")).get("messageId")
    return {
        "event_id": _event_id(event),
        "kind": _short(event.get("type"), 40) or "unknown",
        "source": f"{kind}:{who}" if kind else "none",
        "message_id": _short(message_id, 40) or None,
        "at": _instant(event.get("timestamp"), now),
        "body": _stripped(event) if kind in {Source.GROUP, Source.ROOM} else event,
        "received_at": now,
        "state": State.PENDING.value,
        "attempts": 0,
        "next_attempt_at": now,
    }


def _event_id(event: dict[str, Any]) -> str:
    given = _short(event.get("webhookEventId"))
    if given:
        return given
    # Not LINE's habit; a repeat is still the same event.
    alike = {name: value for name, value in event.items() if name != "deliveryContext"}
    return hashlib.sha256(json.dumps(alike, sort_keys=True).encode()).hexdigest()


def _stripped(event: dict[str, Any]) -> dict[str, Any]:
    kind, who = source_of(event)
    kept = {name: event[name] for name in _KEPT_OF_GROUPS if name in event}
    return kept | {"source": {"type": kind, f"{kind}Id": who}, "mentioned": is_for_us(event)}


def _instant(value: Any, now: datetime) -> datetime:
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        return now
    seconds = value / _MILLISECONDS
    return datetime.fromtimestamp(seconds, UTC) if seconds < _LATEST.timestamp() else now


def _dict(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _short(value: Any, most: int = _ID_MAX) -> str:
    return value[:most].replace("\x00", "") if isinstance(value, str) else ""
