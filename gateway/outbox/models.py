"""What must leave the house, written with what caused it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, Index, Integer, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from gateway.database import Base

Key = BigInteger().with_variant(Integer, "sqlite")


class OutboxMessage(Base):
    """One message to one recipient by one transport."""

    __tablename__ = "outbox_messages"
    __table_args__ = (
        Index("ix_outbox_messages_state_next_attempt_at", "state", "next_attempt_at"),
        Index("ix_outbox_messages_transport_recipient", "transport", "recipient"),
        Index("ix_outbox_messages_ordering_state", "ordering", "state"),
        Index(
            "ix_outbox_messages_state_transport_stream_next_attempt_at",
            "state",
            "transport",
            "stream",
            "next_attempt_at",
        ),
    )

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    key: Mapped[str] = mapped_column(String(200), unique=True)
    """Idempotency: the same cause never makes two messages."""
    topic: Mapped[str] = mapped_column(String(60))
    transport: Mapped[str] = mapped_column(String(40))
    """`email`, `conversation`, `desk`, …"""
    recipient: Mapped[str] = mapped_column(String(320))
    """An address, a conversation, or `unit:養工處`, `supervisor:養工處`."""
    subject: Mapped[str | None] = mapped_column(String(120), index=True)
    """What it is about: a case number."""
    payload: Mapped[dict[str, Any]] = mapped_column(JSON)
    """`title` and `text` as the person reads them, and what else the transport needs."""
    ordering: Mapped[str | None] = mapped_column(String(320))
    """Messages of one ordering go out one after another."""
    stream: Mapped[str] = mapped_column(String(40), default="", server_default="")
    """The stream it leaves with, at the stream's pace and without an ordering; empty for what leaves as
    soon as it is due."""
    state: Mapped[str] = mapped_column(String(16))
    """`pending`, `sent`, `failed`, `cancelled`, `bounced`, `withheld`."""
    attempts: Mapped[int] = mapped_column(default=0)
    first_tried_at: Mapped[datetime | None]
    not_before: Mapped[datetime]
    next_attempt_at: Mapped[datetime]
    leased_until: Mapped[datetime | None]
    created_at: Mapped[datetime]
    sent_at: Mapped[datetime | None]
    read_at: Mapped[datetime | None]
    """For messages of the desk: when somebody took note."""
    last_error: Mapped[str | None] = mapped_column(Text)
    """Why the last attempt failed, why it came back, or why it was withheld."""


class NoticePreference(Base):
    """What somebody has said about one kind of notices at one address; without a row they are wanted."""

    __tablename__ = "notice_preferences"

    transport: Mapped[str] = mapped_column(String(40), primary_key=True)
    recipient_hash: Mapped[str] = mapped_column(String(32), primary_key=True)
    topic_group: Mapped[str] = mapped_column(String(40), primary_key=True)
    wanted: Mapped[bool]
    changed_at: Mapped[datetime]


class DeadAddress(Base):
    """An address at which nobody is any more: nothing further is sent to it."""

    __tablename__ = "dead_addresses"
    __table_args__ = (UniqueConstraint("transport", "recipient_hash"),)

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    transport: Mapped[str] = mapped_column(String(40))
    recipient_hash: Mapped[str] = mapped_column(String(32))
    shown_as: Mapped[str] = mapped_column(String(320))
    """Masked, for whoever sees to it."""
    reason: Mapped[str] = mapped_column(Text)
    noted_at: Mapped[datetime] = mapped_column(index=True)


class OutboxStream(Base):
    """Messages to many people that leave one after another at a pace, within hours; open while it is here."""

    __tablename__ = "outbox_streams"

    name: Mapped[str] = mapped_column(String(40), primary_key=True)
    per_minute: Mapped[int]
    next_at: Mapped[datetime]
    """When the next one may leave."""
    opens_at: Mapped[datetime]
    closes_at: Mapped[datetime | None]
    """From when on nothing leaves until the hours are set anew; None: it stays open."""
