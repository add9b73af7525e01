"""Conversations, their messages and the events of who is in charge."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, ForeignKey, Index, Integer, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from gateway.database import Base

OF_CITIZENS = text("sender = 'citizen'")
"""Of the messages those that citizens wrote, as an index of theirs has it."""


class Conversation(Base):
    """One citizen's conversation. `last_seq` counts its messages without a gap."""

    __tablename__ = "conversations"
    __table_args__ = (Index("ix_conversations_owner_queued_at", "owner", "queued_at"),)

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    channel: Mapped[str] = mapped_column(String(16))
    language: Mapped[str] = mapped_column(String(8))
    owner: Mapped[str] = mapped_column(String(16))
    last_seq: Mapped[int] = mapped_column(default=0)
    epoch: Mapped[int] = mapped_column(default=0)
    """Number of the Rasa tracker in use; a new one starts clean from `state`."""
    epoch_turns: Mapped[int] = mapped_column(default=0)
    state: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    """What the dialogue has come to: the open form and its draft."""
    priority: Mapped[str | None] = mapped_column(String(16))
    queued_at: Mapped[datetime | None]
    queue_reason: Mapped[str | None] = mapped_column(String(200))
    operator: Mapped[str | None] = mapped_column(String(64), index=True)
    """Who of the staff is in charge."""
    wanted_operator: Mapped[str | None] = mapped_column(String(64))
    """For whom it waits in the queue; none: for anybody."""
    wanted_unit: Mapped[str | None] = mapped_column(String(120))
    """For which group or agency it waits."""
    tenure: Mapped[int] = mapped_column(default=0, server_default=text("0"))
    """How often a person has been put in charge: what was computed under an earlier one is dropped."""
    operator_seen: Mapped[int] = mapped_column(default=0, server_default=text("0"))
    """The last number that whoever is in charge has seen."""
    offered_to: Mapped[str | None] = mapped_column(String(64))
    """Who of the staff is being asked to take it from the queue."""
    offered_at: Mapped[datetime | None]
    passed_over: Mapped[list[str]] = mapped_column(JSON, default=list, server_default=text("'[]'"))
    """Who was asked in vain since it joined the queue."""
    unanswered_since: Mapped[datetime | None]
    """With a person in charge: since when the citizen waits for an answer."""
    silent_since: Mapped[datetime | None]
    """With a person in charge: since when the person waits for the citizen."""
    citizen_received: Mapped[int] = mapped_column(default=0, server_default=text("0"))
    """The last number that has reached the citizen's device."""
    citizen_seen: Mapped[int] = mapped_column(default=0, server_default=text("0"))
    """The last number that the citizen has had before their eyes."""
    visitor: Mapped[str | None] = mapped_column(String(36), index=True)
    """The same for every conversation that was opened from one browser, as far as it says so."""
    delivered_to: Mapped[str | None] = mapped_column(String(64), index=True)
    """Where its messages are read when that is not one of our pages: by `channel`, this recipient."""
    closed_at: Mapped[datetime | None]
    last_sign_at: Mapped[datetime | None]
    """When the citizen's page last showed a sign while waiting; none before the first."""
    created_at: Mapped[datetime] = mapped_column(index=True)
    updated_at: Mapped[datetime]
    expires_at: Mapped[datetime]


class Message(Base):
    """One message; `seq` is gapless within its conversation."""

    __tablename__ = "messages"
    __table_args__ = (
        UniqueConstraint("conversation_id", "seq"),
        UniqueConstraint("conversation_id", "client_id"),
        Index("ix_messages_unanswered", "answered_at", "sender"),
        Index(
            "ix_messages_of_citizens", "created_at", "conversation_id",
            sqlite_where=OF_CITIZENS, postgresql_where=OF_CITIZENS,
        ),
    )  # fmt: skip

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    conversation_id: Mapped[str] = mapped_column(ForeignKey("conversations.id"))
    seq: Mapped[int]
    sender: Mapped[str] = mapped_column(String(16))
    kind: Mapped[str] = mapped_column(String(16))
    text: Mapped[str] = mapped_column(Text)
    payload: Mapped[dict[str, Any]] = mapped_column(JSON)
    client_id: Mapped[str | None] = mapped_column(String(36))
    reply_to: Mapped[str | None] = mapped_column(String(36), index=True)
    """The citizen's message that this one answers."""
    answered_at: Mapped[datetime | None]
    """For a citizen's message: when its turn was finished, whoever finished it."""
    turn_worker: Mapped[int | None]
    """Which process is to answer it; none: nobody, until it is sent again or a process starts."""
    turn_at: Mapped[datetime | None]
    """Since when that process is to."""
    created_at: Mapped[datetime]


class ConversationEvent(Base):
    """A change of owner, and every reply that was computed but not delivered."""

    __tablename__ = "conversation_events"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    conversation_id: Mapped[str] = mapped_column(ForeignKey("conversations.id"), index=True)
    at: Mapped[datetime] = mapped_column(index=True)
    act: Mapped[str] = mapped_column(String(32))
    actor: Mapped[str] = mapped_column(String(64))
    reason: Mapped[str] = mapped_column(String(200))
    detail: Mapped[dict[str, Any]] = mapped_column(JSON)


class PushSubscription(Base):
    """A browser that wants to be told when there is an answer in a conversation."""

    __tablename__ = "push_subscriptions"
    __table_args__ = (
        UniqueConstraint("conversation_id", "endpoint_hash"),
        {"sqlite_autoincrement": True},
    )

    id: Mapped[int] = mapped_column(BigInteger().with_variant(Integer, "sqlite"), primary_key=True)
    conversation_id: Mapped[str] = mapped_column(ForeignKey("conversations.id"))
    endpoint: Mapped[str] = mapped_column(Text)
    """Where its maker's push service takes messages for it; whoever knows it may post there."""
    endpoint_hash: Mapped[str] = mapped_column(String(32))
    p256dh: Mapped[str] = mapped_column(String(120))
    auth: Mapped[str] = mapped_column(String(40))
    created_at: Mapped[datetime]
    seen_at: Mapped[datetime | None]
    """The last sign of an open page that the citizen can see; none once it is hidden or closed."""


class AnswerFeedback(Base):
    """A citizen's thumb on one answer of the FAQ; voting again changes it."""

    __tablename__ = "answer_feedback"

    conversation_id: Mapped[str] = mapped_column(ForeignKey("conversations.id"), primary_key=True)
    seq: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    """Number of the message that is voted on."""
    entry: Mapped[str] = mapped_column(String(200), index=True)
    """The entry of the FAQ that was the answer."""
    score: Mapped[float | None]
    """How near the entry came to what was asked, 0 to 1."""
    vote: Mapped[str] = mapped_column(String(8))
    """`up` or `down`."""
    at: Mapped[datetime] = mapped_column(index=True)
    version: Mapped[str | None] = mapped_column(String(40))
    """Which wording of the entry it was."""
    reason: Mapped[str | None] = mapped_column(String(16))
    """Why it did not help, by the citizen's choice."""
    comment: Mapped[str | None] = mapped_column(String(300))
    """The same in the citizen's words."""


class AskedQuestion(Base):
    """What became of a question that was put to the knowledge base outside a form.

    The citizen's words are not copied: they are those of the message, and gone when it is.
    """

    __tablename__ = "asked_questions"

    id: Mapped[int] = mapped_column(BigInteger().with_variant(Integer, "sqlite"), primary_key=True)
    conversation_id: Mapped[str] = mapped_column(String(36), index=True)
    message_id: Mapped[str] = mapped_column(String(36), unique=True)
    at: Mapped[datetime] = mapped_column(index=True)
    language: Mapped[str] = mapped_column(String(8))
    decision: Mapped[str] = mapped_column(String(8))
    """`answer`, `clarify` or `none`."""
    entry: Mapped[str | None] = mapped_column(String(200), index=True)
    """The entry that was the answer; else the nearest one."""
    entry_version: Mapped[str | None] = mapped_column(String(40))
    score: Mapped[float | None]
    """How near the nearest entry came, 0 to 1."""
    ended: Mapped[str | None] = mapped_column(String(16))
    """What the citizen chose when asked back: `chosen` or `none_of_these`."""
    answered_by: Mapped[str | None] = mapped_column(String(36), index=True)
    """The citizen's message whose turn brought the answer: the question, or the press of a button."""
    handled: Mapped[str | None] = mapped_column(String(16))
    """What the desk has done about it: `dealt` or `not_ours`."""
    handled_by: Mapped[str | None] = mapped_column(String(64))
    handled_at: Mapped[datetime | None]
