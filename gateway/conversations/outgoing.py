"""Messages of conversations that are read elsewhere: each leaves the house with the act that wrote it."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from sqlalchemy.orm import Session, object_session

from gateway.conversations.models import Conversation, Message
from gateway.conversations.rules import Kind, Sender
from gateway.outbox.models import OutboxMessage
from gateway.outbox.rules import State, short_hash

TOPIC: Final = "chat"
STAYS: Final = frozenset({"unsent", "undelivered"})
"""Notices that are for the staff alone."""
_LETTERS: Final = "letters_of_chats"


def send_out(conversation: Conversation, message: Message, now: datetime) -> None:
    """Write the letter that takes a message to where its citizen reads, in the message's own transaction.

    What one transaction says is one letter, so that it may leave by one call. Conversations on our own pages
    have no address and need none.
    """
    session = object_session(conversation)
    inside = message.kind == Kind.NOTICE and message.payload.get("notice") in STAYS
    if session is None or conversation.delivered_to is None or message.sender == Sender.CITIZEN or inside:
        return
    letters: dict[str, OutboxMessage] = session.info.setdefault(_LETTERS, {})
    letter = letters.get(conversation.id)
    if letter is not None:
        letter.payload = {**letter.payload, "messages": [*letter.payload["messages"], message.id]}
        return
    recipient, transport = conversation.delivered_to, conversation.channel
    letters[conversation.id] = OutboxMessage(
        key=f"{TOPIC}:{conversation.id}:{message.seq}", topic=TOPIC, transport=transport, recipient=recipient,
        payload={"conversation": conversation.id, "messages": [message.id]},
        ordering=f"{transport}:{short_hash(recipient)}", state=State.PENDING.value, attempts=0,
        not_before=now, next_attempt_at=now, created_at=now,
    )  # fmt: skip
    session.add(letters[conversation.id])


def tell_of(session: Session, conversation_id: str, topic: str) -> None:
    """Have the letter of this transaction treated as its notice is: at night it may wait."""
    letters: dict[str, OutboxMessage] = session.info.get(_LETTERS, {})
    if conversation_id in letters:
        letters[conversation_id].topic = topic
