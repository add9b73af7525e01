"""Browsers that want to be told of an answer: who they are, when they are told, and when no more.

What goes out says only that there is something new. Whether the citizen looks at the chat is known by the
signs of its page: while it can be seen it shows one every 20 s, and says when it is hidden or closed. What
is written while it is seen waits a little; the next sign makes telling it superfluous.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePublicKey
from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from gateway.conversations.catalogue import say
from gateway.conversations.models import Conversation, PushSubscription
from gateway.conversations.rules import Owner
from gateway.database import Database
from gateway.errors import InvalidInput, NotFound
from gateway.outbox.models import OutboxMessage
from gateway.outbox.rules import State, Transport, short_hash
from gateway.outbox.service import Outbox

LATELY: Final = timedelta(seconds=45)
"""A page that has shown a sign within this time is looked at; it shows the next one before it is over."""
BROWSERS_MAX: Final = 3
"""Of one conversation; one more takes the place of the oldest."""
TOPIC: Final = "chat.push"
_RECIPIENT: Final = "browser:"
_AUTH_BYTES: Final = 16

Ring = Callable[[Session, Conversation, int, datetime], None]
"""Writes, in the message's own transaction, that there is something new: conversation, number, time."""


def no_ring(_session: Session, _conversation: Conversation, _seq: int, _now: datetime) -> None:
    """Where no browser is ever told."""


class InvalidSubscription(InvalidInput):
    """The browser's keys are not what a push service needs."""

    code = "invalid_subscription"
    zh = "這個瀏覽器的通知設定無法使用。"
    en = "This browser's subscription cannot be used."


@dataclass(frozen=True)
class Browser:
    """Where a browser can be told, and the keys that only it can read with."""

    endpoint: str
    p256dh: str
    auth: str

    def check(self) -> None:
        """Raise InvalidSubscription unless the keys are keys."""
        try:
            EllipticCurvePublicKey.from_encoded_point(SECP256R1(), _bytes(self.p256dh))
            if len(_bytes(self.auth)) != _AUTH_BYTES:
                raise InvalidSubscription("auth")
        except (ValueError, binascii.Error) as error:
            raise InvalidSubscription("keys") from error


class Bell:
    """Rings at the browsers of a conversation."""

    def __init__(self, outbox: Outbox) -> None:
        self._outbox = outbox

    def ring(self, session: Session, conversation: Conversation, seq: int, now: datetime) -> None:
        """Write one letter for every browser that wants to be told, in the caller's transaction; none where
        the citizen has gone on elsewhere."""
        if conversation.delivered_to is not None:
            return
        for browser in _of(session, conversation.id):
            looks = browser.seen_at is not None and now - browser.seen_at < LATELY
            self._outbox.put(
                session,
                key=f"push:{browser.id}:{seq}",
                topic=TOPIC,
                transport=Transport.WEB_PUSH,
                recipient=f"{_RECIPIENT}{browser.id}",
                payload={
                    "title": say("push_title", conversation.language),
                    "text": say("push_text", conversation.language),
                    "language": conversation.language,
                    "written_at": now.isoformat(),
                },
                ordering=f"web_push:{browser.id}",
                not_before=now + LATELY if looks else now,
                now=now,
            )


def subscribe(database: Database, conversation_id: str, browser: Browser, now: datetime) -> None:
    """Tell this browser from now on; the same one again only renews its keys. Raises InvalidSubscription, and
    NotFound for a conversation that is over."""
    browser.check()
    known = short_hash(browser.endpoint)
    with database.write() as session:
        conversation = session.get(Conversation, conversation_id, with_for_update=True)
        over = conversation is None or conversation.owner == Owner.CLOSED or now >= conversation.expires_at
        if over:
            raise NotFound("the conversation is over")
        rows = list(_of(session, conversation_id))
        same = next((row for row in rows if row.endpoint_hash == known), None)
        if same is not None:
            same.p256dh, same.auth, same.seen_at = browser.p256dh, browser.auth, now
            return
        for row in rows[: len(rows) - BROWSERS_MAX + 1]:
            drop(session, row.id, now)
        session.add(
            PushSubscription(
                conversation_id=conversation_id, endpoint=browser.endpoint, endpoint_hash=known,
                p256dh=browser.p256dh, auth=browser.auth, created_at=now, seen_at=now,
            )
        )  # fmt: skip


def sign(database: Database, conversation_id: str, now: datetime, *, visible: bool) -> None:
    """A page of the conversation can be seen now, or no longer; written only where a browser asked for it."""
    with database.read() as session:
        asked = select(PushSubscription.id).where(PushSubscription.conversation_id == conversation_id)
        if session.scalar(asked.limit(1)) is None:
            return
    with database.write() as session:
        session.execute(
            update(PushSubscription)
            .where(PushSubscription.conversation_id == conversation_id)
            .values(seen_at=now if visible else None)
        )


def browser_of(session: Session, recipient: str) -> PushSubscription | None:
    """The browser behind a letter's recipient; None once it is told no more."""
    number = recipient.removeprefix(_RECIPIENT)
    return session.get(PushSubscription, int(number)) if number.isdecimal() else None


def drop(session: Session, browser_id: int, now: datetime) -> None:
    """Tell one browser no more, and take back what waits for it."""
    session.execute(delete(PushSubscription).where(PushSubscription.id == browser_id))
    session.execute(
        update(OutboxMessage)
        .where(
            OutboxMessage.transport == Transport.WEB_PUSH,
            OutboxMessage.recipient == f"{_RECIPIENT}{browser_id}",
            OutboxMessage.state == State.PENDING,
            OutboxMessage.leased_until.is_(None),
        )
        .values(state=State.CANCELLED.value, next_attempt_at=now)
        .execution_options(synchronize_session=False)
    )


def forget(session: Session, conversation_id: str, now: datetime) -> None:
    """The conversation is over, or the citizen wants no more: no browser is told of it."""
    for browser in _of(session, conversation_id):
        drop(session, browser.id, now)


def purge(database: Database, now: datetime, *, is_on: bool) -> int:
    """Forget the browsers of conversations that have expired, and all when this is not `is_on`; how many."""
    with database.write() as session:
        over = select(PushSubscription.id)
        if is_on:
            expired = Conversation.id == PushSubscription.conversation_id
            over = over.join(Conversation, expired).where(Conversation.expires_at < now)
        ids = list(session.scalars(over))
        for browser_id in ids:
            drop(session, browser_id, now)
        return len(ids)


def _of(session: Session, conversation_id: str) -> Sequence[PushSubscription]:
    asked = select(PushSubscription).where(PushSubscription.conversation_id == conversation_id)
    return session.scalars(asked.order_by(PushSubscription.id)).all()


def _bytes(text: str) -> bytes:
    return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
