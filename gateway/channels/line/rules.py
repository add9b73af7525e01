"""What is law about LINE's events: states, tries, the life of a reply token, languages. Pure.

Sources: LINE Developers, "Receive messages (webhook)", "Send messages", "Retry failed API requests" (2026).
"""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from knowledge_base.entries import Language

EVENTS: Final = uuid.UUID("c0b1f6a2-57f4-5d0e-8a0f-1999d1511231")
"""The namespace in which an event becomes the id of its message."""


class State(StrEnum):
    """What has become of an event."""

    PENDING = "pending"
    DONE = "done"
    FAILED = "failed"
    """It broke as often as it was tried; the others went on."""


class Source(StrEnum):
    """Where an event comes from."""

    USER = "user"
    GROUP = "group"
    ROOM = "room"


REPLY_TOKEN_LIFE = timedelta(seconds=50)
"""LINE promises a minute; a call takes some of it."""
TRIES: Final = (timedelta(seconds=1), timedelta(seconds=4), timedelta(seconds=10))
"""The waits after the first, second, … time that an event broke; after the last it has failed."""
KEPT = timedelta(days=30)
"""So long an event is known again, should LINE deliver it anew; its words are gone before."""
LINK_CODE_LIFE = timedelta(minutes=15)
REPLIES_TO_A_LOST_CALL: Final = 3
"""So often a reply without an answer is sent again at once: LINE refuses its token if it had arrived."""
MESSAGES_A_CALL: Final = 5
BOT_IS_SILENT: Final = "standby"
"""Another system has the channel's word."""


def wait_after(attempts: int) -> timedelta | None:
    """The wait before an event that broke `attempts` times (at least 1) is tried again; None: no more."""
    return TRIES[attempts - 1] if attempts <= len(TRIES) else None


def message_key(event_id: str) -> str:
    """The id under which an event's message is stored, whichever process stores it how often."""
    return str(uuid.uuid5(EVENTS, event_id))


def retry_key(call: str) -> str:
    """`X-Line-Retry-Key` of a push: the same for every attempt."""
    return str(uuid.uuid5(EVENTS, f"push:{call}"))


def is_usable(received_at: datetime, now: datetime) -> bool:
    """Whether a reply token is young enough to reply with."""
    return now - received_at < REPLY_TOKEN_LIFE


def language_of(profile: str | None) -> Language:
    """Ours for the language of a LINE profile (BCP 47; none is given without consent): Chinese or English."""
    return "zh-TW" if profile is None or profile.casefold().startswith("zh") else "en"


def is_lost_token(status: int, body: str) -> bool:
    """Whether a reply was refused because its token was used or is too old."""
    return status == 400 and "reply token" in body.casefold()  # noqa: PLR2004 - LINE's own status


def is_monthly_limit(status: int, body: str) -> bool:
    """Whether a push was refused because the month's are used up; waiting does not help."""
    return status == 429 and "monthly limit" in body.casefold()  # noqa: PLR2004 - LINE's own status
