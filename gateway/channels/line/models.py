"""What is kept of LINE: events as they came, who follows, tokens to reply with, pushes counted."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, Index, Integer, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from gateway.database import Base

Key = BigInteger().with_variant(Integer, "sqlite")


class LineEvent(Base):
    """One event of the webhook, stored before it is answered; carried out later, once."""

    __tablename__ = "line_events"
    __table_args__ = (Index("ix_line_events_state_source_at", "state", "source", "at"),)

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    event_id: Mapped[str] = mapped_column(String(80), unique=True)
    """LINE's `webhookEventId`: the same for every redelivery."""
    kind: Mapped[str] = mapped_column(String(40))
    source: Mapped[str] = mapped_column(String(80))
    """Whose events come one after another: a user, a group or a room."""
    message_id: Mapped[str | None] = mapped_column(String(40), index=True)
    """LINE's number of the message that was sent or taken back."""
    at: Mapped[datetime]
    """When it happened, by LINE's clock."""
    body: Mapped[dict[str, Any]] = mapped_column(JSON)
    """As it came; of groups without words and people; emptied once it is carried out."""
    received_at: Mapped[datetime]
    state: Mapped[str] = mapped_column(String(12))
    attempts: Mapped[int] = mapped_column(default=0)
    next_attempt_at: Mapped[datetime]
    taken_by: Mapped[int | None]
    """Which process is at work on it."""
    done_at: Mapped[datetime | None]
    error: Mapped[str | None] = mapped_column(Text)


class LineAccount(Base):
    """Somebody's LINE account, as far as it concerns us: no name, no picture."""

    __tablename__ = "line_accounts"

    user_id: Mapped[str] = mapped_column(String(64), primary_key=True)
    conversation_id: Mapped[str | None] = mapped_column(String(36), index=True)
    """Where the account talks now."""
    language: Mapped[str] = mapped_column(String(8))
    following: Mapped[bool]
    """False once the account has blocked us: nothing more is pushed."""
    notices: Mapped[bool]
    """False where the citizen has asked for no more notices; answers go on."""
    visitor: Mapped[str] = mapped_column(String(36), unique=True)
    """The same for all of its conversations."""
    created_at: Mapped[datetime]
    changed_at: Mapped[datetime]


class LineReplyToken(Base):
    """One chance to reply without cost; for one call, in the minute after its event."""

    __tablename__ = "line_reply_tokens"
    __table_args__ = (Index("ix_line_reply_tokens_user_id_received_at", "user_id", "received_at"),)

    token: Mapped[str] = mapped_column(String(255), primary_key=True)
    user_id: Mapped[str] = mapped_column(String(64))
    received_at: Mapped[datetime]
    claimed_by: Mapped[str | None] = mapped_column(String(240), unique=True)
    """The call that it is used for, and no other ever."""
    accepted_at: Mapped[datetime | None]
    """When LINE took that call."""


class LineLinkCode(Base):
    """A code by which a conversation goes on in LINE, or a case is told of there. Only its hash is kept."""

    __tablename__ = "line_link_codes"

    code_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    conversation_id: Mapped[str | None] = mapped_column(String(36), index=True)
    case_number: Mapped[str | None] = mapped_column(String(40))
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    used_by: Mapped[str | None] = mapped_column(String(64))
    """The account that has used it; to the same it opens the same again."""


class LineMonth(Base):
    """Pushes of one month, which LINE charges for beyond the plan's."""

    __tablename__ = "line_months"

    month: Mapped[str] = mapped_column(String(7), primary_key=True)
    """`2026-11`, by the city's calendar."""
    pushes: Mapped[int] = mapped_column(default=0)
    replies: Mapped[int] = mapped_column(default=0)
    """Calls that cost nothing, for comparison."""
    quota: Mapped[int | None]
    """What LINE said the plan includes; none: no limit, or not known yet."""
    warned: Mapped[bool] = mapped_column(default=False)
