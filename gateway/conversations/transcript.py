"""Reading and writing a conversation's messages and events, in the caller's transaction."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy.orm import Session

from gateway.conversations.models import Conversation, ConversationEvent, Message
from gateway.conversations.outgoing import send_out
from gateway.conversations.rules import Owner, Reply, Sender, check_owner_change
from gateway.errors import NotFound


@dataclass(frozen=True)
class MessageView:
    """A message as the HTTP contract shows it."""

    seq: int
    id: str
    sender: str
    kind: str
    text: str
    payload: dict[str, Any]
    created_at: datetime


MESSAGE_VIEW = (
    Message.seq, Message.id, Message.sender, Message.kind, Message.text, Message.payload, Message.created_at,
)  # fmt: skip
"""The columns of a MessageView, in its order."""


def view(message: Message) -> MessageView:
    """The message as the contract shows it."""
    return MessageView(
        message.seq, message.id, message.sender, message.kind, message.text, message.payload,
        message.created_at,
    )  # fmt: skip


def locked(session: Session, conversation_id: str) -> Conversation:
    """The conversation, nobody else's until the transaction ends. Raises NotFound."""
    conversation = session.get(Conversation, conversation_id, with_for_update=True)
    if conversation is None:
        raise NotFound("no such conversation")
    return conversation


def append(conversation: Conversation, reply: Reply, now: datetime) -> Message:
    """The next message of a conversation that is locked; the caller adds it to the session.

    Where the citizen reads elsewhere, it leaves the house with this transaction.
    """
    conversation.last_seq += 1
    conversation.updated_at = now
    if conversation.owner == Owner.OPERATOR:
        _whose_turn(conversation, Sender(reply.sender), now)
    message = Message(
        id=str(uuid.uuid4()), conversation_id=conversation.id, seq=conversation.last_seq,
        sender=reply.sender, kind=reply.kind, text=reply.text, payload=reply.payload, created_at=now,
    )  # fmt: skip
    send_out(conversation, message, now)
    return message


def _whose_turn(conversation: Conversation, sender: Sender, now: datetime) -> None:
    """Between a citizen and a person, note since when which of the two waits for the other."""
    if sender is Sender.CITIZEN:
        conversation.unanswered_since = conversation.unanswered_since or now
        conversation.silent_since = None
    elif sender is Sender.OPERATOR:
        conversation.unanswered_since, conversation.silent_since = None, now


def new_epoch(conversation: Conversation) -> None:
    """The next turn begins with a clean tracker."""
    conversation.epoch += 1
    conversation.epoch_turns = 0


def pass_to(
    session: Session, conversation: Conversation, wanted: Owner, actor: str, reason: str, now: datetime
) -> None:
    """Put somebody else in charge, in the caller's transaction. Raises OwnerChangeRefused."""
    current = Owner(conversation.owner)
    check_owner_change(current, wanted)
    conversation.owner = wanted
    conversation.updated_at = now
    conversation.offered_to = conversation.offered_at = None
    conversation.passed_over = []
    if wanted is not Owner.QUEUE:
        conversation.queued_at = None
        conversation.priority = None
    new_epoch(conversation)
    note_event(session, conversation, "owner_changed", actor, reason, {"from": current, "to": wanted})


def note_event(
    session: Session, conversation: Conversation, act: str, actor: str, reason: str, detail: dict[str, Any]
) -> None:
    """Write down what happened to a conversation, in the caller's transaction."""
    session.add(
        ConversationEvent(
            conversation_id=conversation.id,
            at=datetime.now(UTC),
            act=act,
            actor=actor,
            reason=reason,
            detail=detail,
        )
    )
