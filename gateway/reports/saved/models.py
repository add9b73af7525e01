"""Reports that people keep, and by when they are sent."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import JSON, BigInteger, ForeignKey, Index, Integer, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from gateway.database import Base

Key = BigInteger().with_variant(Integer, "sqlite")


class SavedReport(Base):
    """A question to a report, under a name. A period may be kept as a word, such as `last_month`."""

    __tablename__ = "saved_reports"

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    owner: Mapped[str] = mapped_column(String(64), index=True)
    name: Mapped[str] = mapped_column(String(60))
    report: Mapped[str] = mapped_column(String(60))
    asked: Mapped[dict[str, str]] = mapped_column(JSON)
    shared: Mapped[bool]
    """Whether colleagues of the same reach see it too."""
    reach: Mapped[str] = mapped_column(Text)
    """The units of who keeps it, see `rules.reach_of`."""
    created_at: Mapped[datetime]
    changed_at: Mapped[datetime]


class ReportSchedule(Base):
    """When a saved report is sent by e-mail, and to whom."""

    __tablename__ = "report_schedules"
    __table_args__ = (Index("ix_report_schedules_state_next_at", "state", "next_at"),)

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    saved_id: Mapped[int] = mapped_column(ForeignKey("saved_reports.id"), unique=True)
    every: Mapped[str] = mapped_column(String(8))
    """`day`, `week` or `month`."""
    day: Mapped[int]
    """Of the week (1 is Monday) or of the month; 0 where it is every day."""
    hour: Mapped[int]
    working_days: Mapped[bool]
    """Whether it waits for the next working day where it would fall on another one."""
    recipients: Mapped[list[str]] = mapped_column(JSON)
    language: Mapped[str] = mapped_column(String(8))
    state: Mapped[str] = mapped_column(String(8))
    """`active` or `stopped`."""
    stopped_because: Mapped[str | None] = mapped_column(String(20))
    """`by_owner`, `permission`, `report_gone` or `invalid`."""
    next_at: Mapped[datetime]
    last_at: Mapped[datetime | None]
    """The due time of the last letter."""
    changed_at: Mapped[datetime]
