"""What units were asked, and what they said."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from gateway.cases.models import Key
from gateway.database import Base


class LagNotice(Base):
    """A unit was asked why it lags. The figures are those of the moment it was asked; they do not change."""

    __tablename__ = "lag_notices"
    __table_args__ = (Index("ix_lag_notices_unit_asked_at", "unit", "asked_at"),)

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    unit: Mapped[str]
    first: Mapped[date]
    last: Mapped[date]
    """The days whose completions were due."""
    due: Mapped[int]
    not_done: Mapped[int]
    asked_by: Mapped[str] = mapped_column(String(120))
    asked_at: Mapped[datetime]
    reason: Mapped[str | None] = mapped_column(Text)
    recovery: Mapped[str | None] = mapped_column(Text)
    recovered_by: Mapped[date | None]
    """Until when the unit means to have caught up."""
    answered_by: Mapped[str | None] = mapped_column(String(120))
    answered_at: Mapped[datetime | None]
