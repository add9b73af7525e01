"""What is law about webhooks: events, secrets, signatures, and what an answer means. Pure.

Signatures follow the Standard Webhooks specification, so that receivers can use any of its libraries.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
import secrets
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from enum import StrEnum
from typing import Final

from gateway.outbox.rules import short_hash

PREFIX: Final = "whsec_"
_SECRET_BYTES: Final = 32
GRACE: Final = timedelta(hours=24)
"""So long after a rotation the old secret signs too."""
TIMEOUT_SECONDS: Final = 10.0
"""The whole of one attempt."""
WORDS_MAX: Final = 200
RETRY_AFTER_MAX: Final = timedelta(hours=12)
URL_MAX: Final = 500


class Topic(StrEnum):
    """What a webhook tells."""

    ASSIGNED = "case.assigned"
    REASSIGNED = "case.reassigned"
    RETURNED = "case.returned"
    UPDATED = "case.updated"
    INFO_SUPPLIED = "case.info_supplied"
    EXTENDED = "case.extended"
    MERGED = "case.merged"
    CONVERTED = "case.converted"
    RELEASED = "case.released"
    REOPENED = "case.reopened"
    ATTACHMENT = "attachment.added"


TEST: Final = "webhook.test"
"""The event that the console sends on request, whatever topics an endpoint has."""


class EndpointState(StrEnum):
    """Whether an endpoint is told anything."""

    ACTIVE = "active"
    PAUSED = "paused"
    GONE = "gone"
    """It answered 410: it wants nothing any more."""


class Verdict(StrEnum):
    """What an answer means for the event."""

    DELIVERED = "delivered"
    AGAIN = "again"
    NEVER = "never"
    GONE = "gone"


def new_secret() -> str:
    """A secret as receivers' libraries take it."""
    return PREFIX + base64.b64encode(secrets.token_bytes(_SECRET_BYTES)).decode()


def event_id(key: str) -> str:
    """The `webhook-id`: the same for every attempt, so that receivers can drop a repeat."""
    return f"evt_{short_hash(key)}"


def signatures(secrets_: Sequence[str], event: str, timestamp: int, body: bytes) -> str:
    """The `webhook-signature`: one signature for each secret."""
    signed = f"{event}.{timestamp}.".encode() + body
    keys = (base64.b64decode(secret.removeprefix(PREFIX)) for secret in secrets_)
    made = (hmac.new(key, signed, hashlib.sha256).digest() for key in keys)
    return " ".join(f"v1,{base64.b64encode(one).decode()}" for one in made)


def verdict(status: int) -> Verdict:
    """What an HTTP status means. Redirects are not followed: an endpoint that moved is entered anew."""
    if 200 <= status < 300:  # noqa: PLR2004 - HTTP's own classes
        return Verdict.DELIVERED
    if status == 410:  # noqa: PLR2004
        return Verdict.GONE
    return Verdict.AGAIN if status in {408, 429} or status >= 500 else Verdict.NEVER  # noqa: PLR2004


def retry_after(header: str | None, now: datetime) -> timedelta | None:
    """How long a `Retry-After` asks to wait (seconds or a date), at most RETRY_AFTER_MAX."""
    text = (header or "").strip()
    if not text:
        return None
    if text.isascii() and text.isdigit():
        return min(timedelta(seconds=min(int(text[:9]), 10**8)), RETRY_AFTER_MAX)
    try:
        at = parsedate_to_datetime(text)
    except ValueError:
        return None
    at = at if at.tzinfo else at.replace(tzinfo=UTC)
    return min(max(at - now, timedelta(0)), RETRY_AFTER_MAX)


_ADDRESS: Final = re.compile(r"[^\s<>@\"']+@[^\s<>@\"']+")
_NUMBERS: Final = re.compile(r"\w?\d[\d\s().-]{5,}\d")


def told(words: str) -> str:
    """The beginning of what an endpoint answered, on one line, without addresses and long numbers."""
    line = " ".join("".join(one if one.isprintable() else " " for one in words).split())
    return _NUMBERS.sub("•••", _ADDRESS.sub("•••", line))[:WORDS_MAX]
