"""What is law about messages that leave the house: states, transports, topics and second tries. Pure."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum


class State(StrEnum):
    """What has become of a message."""

    PENDING = "pending"
    SENT = "sent"
    FAILED = "failed"
    CANCELLED = "cancelled"
    BOUNCED = "bounced"
    """It went out and came back."""
    WITHHELD = "withheld"
    """It was not sent: who would get it does not want it, or the address is dead."""


LOST = (State.FAILED, State.BOUNCED)
"""What may be tried once more by hand."""


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
RINGING = frozenset({Transport.EMAIL, Transport.LINE, Transport.SMS, Transport.WEB_PUSH})
"""Transports that may wake a person at night."""


class Group(StrEnum):
    """What a citizen chooses by: kinds of notices that are wanted, or not, together."""

    ANSWERS = "answers"
    """What the law has the city tell whoever asked."""
    PROGRESS = "progress"
    RATING = "rating"
    NEWS = "news"


REQUIRED = frozenset({Group.ANSWERS})
"""Groups that may be switched off at one address only while another one of the same person remains.

A petitioner must be told the answer and what is missing (行政程序法 §171), the office that a petition was
passed on to (§172), and why it takes longer (§51); receipts and new numbers open the case.
"""


@dataclass(frozen=True)
class TopicRule:
    """How messages of one topic are treated. `group` None: nobody can choose; `waits` for the morning."""

    group: Group | None
    waits: bool


_ANSWER, _STEP = TopicRule(Group.ANSWERS, waits=True), TopicRule(Group.PROGRESS, waits=True)
_RECEIPT = TopicRule(Group.ANSWERS, waits=False)
_OPERATION = TopicRule(None, waits=False)
TOPICS: dict[str, TopicRule] = {
    "mailbox.confirm": _RECEIPT,
    "notice.register": _RECEIPT,
    "notice.join": _RECEIPT,
    "notice.request_info": _ANSWER,
    "notice.extend": _ANSWER,
    "notice.reassign": _ANSWER,
    "notice.hand_external": _ANSWER,
    "notice.convert": _ANSWER,
    "notice.handle": _ANSWER,
    "notice.not_process": _ANSWER,
    "notice.release": _ANSWER,
    "notice.assign": _STEP,
    "notice.merge": _STEP,
    "notice.unmerge": _STEP,
    "notice.send_back": _STEP,
    "notice.withdraw": _STEP,
    "notice.reopen": _STEP,
    "notice.move_due": _STEP,
    "notice.rating": TopicRule(Group.RATING, waits=True),
    "news": TopicRule(Group.NEWS, waits=True),
    "news.disaster": TopicRule(Group.NEWS, waits=False),
}
"""By the topic, or else by its part before the first dot; all else goes out at once and to everybody."""


def rule_of(topic: str) -> TopicRule:
    """How messages of a topic are treated."""
    return TOPICS.get(topic) or TOPICS.get(topic.partition(".")[0]) or _OPERATION


class Stopped(StrEnum):
    """Why a message was withheld; kept with it."""

    OPTED_OUT = "opted_out"
    DEAD_ADDRESS = "dead_address"


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
"""How long a message waits at most after its first, second, … failed attempt; then it has failed."""
SPREAD = 0.25
"""By up to this share a wait is shorter, by chance: what failed together does not come back together."""
GIVE_UP_AFTER = timedelta(hours=23)
"""Named waits end so long after the first attempt, and all at LINE: it knows repeats for 24 hours."""
SHORTEST_NAMED = timedelta(seconds=1)

LEASE = timedelta(seconds=30)
"""How long a message belongs to the worker that has taken it; renewed while it is being delivered."""
LEASES = {Transport.LINE: timedelta(seconds=15), Transport.CONVERSATION: timedelta(seconds=15)}
"""Where somebody waits for it, a dead worker's messages must be back sooner: a reply token lives a minute."""


CATCH_UP = timedelta(seconds=5)
"""A stream that was held up makes good for so much at once and no more: its rate holds after an outage."""
GULP = timedelta(milliseconds=250)
"""What a stream lets go in this time is taken together."""


@dataclass(frozen=True)
class Pace:
    """How quickly the messages of a stream may leave."""

    per_minute: int
    next_at: datetime
    """When the next one may."""

    def due(self, now: datetime) -> int:
        """How many may leave now."""
        begin = max(self.next_at, now - CATCH_UP)
        return 0 if begin > now else (now - begin) // self._step + 1

    def worth_taking(self, now: datetime) -> int:
        """How many may leave now, or 0 while that would be a mere fraction of a gulp."""
        due = self.due(now)
        return due if due >= GULP // self._step else 0

    def after(self, count: int, now: datetime) -> datetime:
        """When the next one may leave after `count` have left now."""
        return max(self.next_at, now - CATCH_UP) + count * self._step

    @property
    def _step(self) -> timedelta:
        return timedelta(minutes=1) / self.per_minute


class DeliveryFailed(Exception):
    """This attempt did not succeed; another one may. The text says why and is kept with the message.

    `retry_after`: when the other end has said how long to wait. Such an attempt does not count.
    """

    def __init__(self, reason: str = "", retry_after: timedelta | None = None) -> None:
        super().__init__(reason)
        self.retry_after = retry_after


class Undeliverable(DeliveryFailed):
    """No further attempt can succeed: the conversation is over, the text is refused."""


class AddressGone(Undeliverable):
    """There is nobody at this address any more: nothing further goes to it until somebody says otherwise."""


def lease_of(transport: str) -> timedelta:
    """How long a message of a transport belongs to the worker that has taken it."""
    return LEASES.get(Transport(transport), LEASE) if transport in set(Transport) else LEASE


def wait_after(attempts: int, chance: float = 0.0) -> timedelta | None:
    """The wait before the next attempt after `attempts` (at least 1) failed ones; None: give up.

    `chance` (0 up to 1) shortens it.
    """
    return WAITS[attempts - 1] * (1 - SPREAD * chance) if attempts <= len(WAITS) else None


def named_wait(named: timedelta, chance: float = 0.0) -> timedelta:
    """The wait that the other end asked for; chance only lengthens it."""
    return max(named, SHORTEST_NAMED) * (1 + SPREAD * chance)


def is_too_late(transport: str, tried_for: timedelta, wait: timedelta, *, named: bool) -> bool:
    """Whether an attempt after `wait` would come too long after the first one, `tried_for` ago.

    The table ends by itself; it may be stretched by a worker that was off, which only LINE minds.
    """
    return (named or transport == Transport.LINE) and tried_for + wait >= GIVE_UP_AFTER


def chance_of(key: str, attempts: int) -> float:
    """From 0 up to 1, evenly over keys and attempts, and always the same for one of them."""
    return int(short_hash(f"{key}#{attempts}")[:8], 16) / 2**32


def message_id(key: str, domain: str) -> str:
    """The Message-ID of an e-mail: the same for every attempt, so that receivers can drop a repeat."""
    return f"<{short_hash(key)}@{domain}>"


def address_hash(transport: str, recipient: str) -> str:
    """What stands for a recipient in preferences and keys; the case of an e-mail address is no difference."""
    known = recipient.strip()
    return short_hash(known.lower() if transport == Transport.EMAIL else known)


def short_hash(text: str) -> str:
    """32 hexadecimal digits that stand for `text` where it is too long or must not be read."""
    return hashlib.sha256(text.encode()).hexdigest()[:32]
