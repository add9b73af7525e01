"""Where units want to be told what happens to their cases."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import JSON, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from gateway.database import Base
from gateway.outbox.models import Key


class WebhookEndpoint(Base):
    """One address of one unit's own system."""

    __tablename__ = "webhook_endpoints"
    __table_args__ = {"sqlite_autoincrement": True}  # noqa: RUF012 - SQLAlchemy's own declaration

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    unit: Mapped[str] = mapped_column(String(120), index=True)
    url: Mapped[str] = mapped_column(String(500))
    topics: Mapped[list[str]] = mapped_column(JSON)
    state: Mapped[str] = mapped_column(String(16), index=True)
    """`active`, `paused`, or `gone` once it has answered 410."""
    state_since: Mapped[datetime]
    sealed_secret: Mapped[str] = mapped_column(Text)
    sealed_old_secret: Mapped[str | None] = mapped_column(Text)
    """The secret before the last rotation."""
    old_secret_until: Mapped[datetime | None]
    """So long both secrets sign."""
    created_by: Mapped[str] = mapped_column(String(64))
    created_at: Mapped[datetime]
