"""What is law about messages that leave the house: their states, transports and second tries. Pure."""

from __future__ import annotations

import hashlib
from datetime import timedelta
from enum import StrEnum


class State(StrEnum):
    """What has become of a message."""

    PENDING = "pending"
    SENT = "sent"
    FAILED = "failed"
    CANCELLED = "cancelled"


class Transport(StrEnum):
    """By what a message reaches a person."""

    EMAIL = "email"
    CONVERSATION = "conversation"
    DESK = "desk"
    """The inbox of the staff's console: delivered by being shown."""
    LINE = "line"
    """A LINE account; the recipient is its user id at LINE."""
    SMS = "sms"
    WEBHOOK = "webhook"
    """An agency's own system."""
    WEB_PUSH = "web_push"
    """A browser that has subscribed."""


HOUSE = "supervisor:"
"""The inbox of whoever answers for the platform as a whole."""

WAITS = (
    timedelta(seconds=30),
    timedelta(minutes=2),
    timedelta(minutes=10),
    timedelta(minutes=30),
    timedelta(hours=1),
    timedelta(hours=3),
    timedelta(hours=6),
    timedelta(hours=12),
)
"""How long a message waits after its first, second, … failed attempt; after the last one it has failed."""

LEASE = timedelta(minutes=2)
"""How long a message belongs to the worker that has taken it; renewed while it is being delivered."""


class DeliveryFailed(Exception):
    """This attempt did not succeed; another one may. The text says why and is kept with the message.

    `retry_after`: when the other end has said how long to wait. Such an attempt does not count.
    """

    def __init__(self, reason: str = "", retry_after: timedelta | None = None) -> None:
        super().__init__(reason)
        self.retry_after = retry_after


class Undeliverable(DeliveryFailed):
    """No further attempt can succeed: the address does not exist, the conversation is over."""


def wait_after(attempts: int) -> timedelta | None:
    """The wait before the next attempt after `attempts` (at least 1) failed ones; None: give up."""
    return WAITS[attempts - 1] if attempts <= len(WAITS) else None


def message_id(key: str, domain: str) -> str:
    """The Message-ID of an e-mail: the same for every attempt, so that receivers can drop a repeat."""
    return f"<{short_hash(key)}@{domain}>"


def short_hash(text: str) -> str:
    """32 hexadecimal digits that stand for `text` where it is too long or must not be read."""
    return hashlib.sha256(text.encode()).hexdigest()[:32]
