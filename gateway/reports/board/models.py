"""Links by which a screen on a wall shows the board without anybody being signed in at it."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import JSON, BigInteger, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from gateway.database import Base

Key = BigInteger().with_variant(Integer, "sqlite")


class BoardLink(Base):
    """The right of one screen to read the figures of the board. Rows are ended, never deleted."""

    __tablename__ = "board_links"

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    name: Mapped[str] = mapped_column(String(60))
    """Where it hangs."""
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    units: Mapped[list[str] | None] = mapped_column(JSON(none_as_null=True))
    """Whose cases are counted; none: all."""
    made_by: Mapped[str] = mapped_column(String(64))
    made_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    ended_by: Mapped[str | None] = mapped_column(String(64))
    seen_at: Mapped[datetime | None]
    """When figures were last shown by it, to a few minutes."""
