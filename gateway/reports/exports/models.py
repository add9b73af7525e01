"""Files of reports that were asked for."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, Index, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from gateway.database import Base

Key = BigInteger().with_variant(Integer, "sqlite")


class ReportExport(Base):
    """One file, from the asking until it is thrown away."""

    __tablename__ = "report_exports"
    __table_args__ = (
        Index("ix_report_exports_state_leased_until", "state", "leased_until"),
        Index("ix_report_exports_owner_created_at", "owner", "created_at"),
    )

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    owner: Mapped[str] = mapped_column(String(64))
    """The account of who asked."""
    report: Mapped[str] = mapped_column(String(60))
    asked: Mapped[dict[str, str]] = mapped_column(JSON)
    format: Mapped[str] = mapped_column(String(8))
    language: Mapped[str] = mapped_column(String(8))
    state: Mapped[str] = mapped_column(String(16))
    """`queued`, `running`, `done`, `failed`, `expired`."""
    permission: Mapped[str] = mapped_column(String(40))
    """What one must hold to fetch it."""
    units: Mapped[list[str] | None] = mapped_column(JSON(none_as_null=True))
    """Of which units it tells; None: of all."""
    sealed: Mapped[bool]
    """Whether it may tell of confidential cases."""
    rows_done: Mapped[int]
    rows_total: Mapped[int]
    bytes: Mapped[int | None] = mapped_column(BigInteger)
    path: Mapped[str | None] = mapped_column(String(80))
    """The file's name in the folder of exports."""
    problem: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    """Why it failed: `code`, `zh`, `en`."""
    attempts: Mapped[int]
    """How often somebody has begun it; what a dead process had begun is begun again."""
    leased_until: Mapped[datetime | None]
    created_at: Mapped[datetime]
    started_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]
    expires_at: Mapped[datetime | None]
