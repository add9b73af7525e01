"""Who had which conversation, who is there, what was noted and how it was rated."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import JSON, BigInteger, ForeignKey, Index, Integer, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from gateway.database import Base

Key = BigInteger().with_variant(Integer, "sqlite")


class Handling(Base):
    """One stretch in which one person had a conversation; waiting and handling times are made of these."""

    __tablename__ = "handlings"

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    conversation_id: Mapped[str] = mapped_column(ForeignKey("conversations.id"), index=True)
    operator: Mapped[str] = mapped_column(String(64))
    queued_at: Mapped[datetime | None]
    """Since when the citizen had waited; none where somebody stepped in unasked."""
    priority: Mapped[str | None] = mapped_column(String(16))
    """With which priority they had waited."""
    taken_at: Mapped[datetime]
    first_reply_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None] = mapped_column(index=True)
    ending: Mapped[str | None] = mapped_column(String(16))
    """`closed`, `released`, `transferred`, `taken_over`, `lost`, `unanswered` or `silent`."""


class OperatorPresence(Base):
    """Whether somebody is there and for how many conversations; `seen_at` moves while they are connected."""

    __tablename__ = "operator_presence"

    username: Mapped[str] = mapped_column(String(64), primary_key=True)
    state: Mapped[str] = mapped_column(String(16))
    reason: Mapped[str | None] = mapped_column(String(60))
    capacity: Mapped[int]
    languages: Mapped[list[str]] = mapped_column(JSON)
    changed_at: Mapped[datetime]
    seen_at: Mapped[datetime]
    took_at: Mapped[datetime | None]
    """When they last took a conversation."""


class ConversationNote(Base):
    """What staff write for one another; the citizen never sees it."""

    __tablename__ = "conversation_notes"

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    conversation_id: Mapped[str] = mapped_column(ForeignKey("conversations.id"), index=True)
    author: Mapped[str] = mapped_column(String(64))
    kind: Mapped[str] = mapped_column(String(16))
    """`note`, `transfer` or `whisper` (from a supervisor to who is in charge)."""
    text: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime]


class LineReport(Base):
    """How busy the telephone lines were at an instant."""

    __tablename__ = "line_reports"

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    at: Mapped[datetime] = mapped_column(index=True)
    busy: Mapped[int]
    total: Mapped[int]
    reported_by: Mapped[str] = mapped_column(String(120))


class CannedReply(Base):
    """A sentence ready to be sent, with variables such as {number}."""

    __tablename__ = "canned_replies"

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    title: Mapped[str] = mapped_column(String(60), unique=True)
    zh: Mapped[str] = mapped_column(Text)
    en: Mapped[str] = mapped_column(Text)
    created_by: Mapped[str] = mapped_column(String(64))
    created_at: Mapped[datetime]


class ServiceRating(Base):
    """How content the citizen was with the person's service: speed and result, 1 to 5."""

    __tablename__ = "service_ratings"

    conversation_id: Mapped[str] = mapped_column(ForeignKey("conversations.id"), primary_key=True)
    operator: Mapped[str | None] = mapped_column(String(64))
    speed: Mapped[int]
    result: Mapped[int]
    comment: Mapped[str | None] = mapped_column(Text)
    at: Mapped[datetime] = mapped_column(index=True)


class CallBack(Base):
    """A wish to be telephoned instead of waiting; what happened to it are events of its conversation."""

    __tablename__ = "call_backs"
    __table_args__ = (
        UniqueConstraint("conversation_id", "client_id"),
        Index("ix_call_backs_state_due_at", "state", "due_at"),
    )

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    conversation_id: Mapped[str] = mapped_column(ForeignKey("conversations.id"))
    client_id: Mapped[str] = mapped_column(String(36))
    """The asker's own key: the same again is the same wish."""
    language: Mapped[str] = mapped_column(String(8))
    phone: Mapped[str | None] = mapped_column(String(40))
    """In one form; none once the time for which it is kept is over."""
    about: Mapped[str | None] = mapped_column(Text)
    call_from: Mapped[datetime]
    due_at: Mapped[datetime]
    """The end of the time that the citizen chose, or of the one for another attempt."""
    state: Mapped[str] = mapped_column(String(16))
    attempts: Mapped[int]
    taken_by: Mapped[str | None] = mapped_column(String(64))
    asked_at: Mapped[datetime] = mapped_column(index=True)
    finished_at: Mapped[datetime | None]
