"""What was drawn from whom and how, the sheets, their points, and what was said of them."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import JSON, BigInteger, ForeignKey, Index, Integer, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from gateway.database import Base

Key = BigInteger().with_variant(Integer, "sqlite")


class QualityDraw(Base):
    """One draw from one operator's conversations of a period. A further round is a draw of its own."""

    __tablename__ = "quality_draws"
    __table_args__ = (
        UniqueConstraint("operator", "first_day", "last_day", "round", name="uq_quality_draws_once"),
    )

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    operator: Mapped[str] = mapped_column(String(64))
    first_day: Mapped[date]
    last_day: Mapped[date]
    round: Mapped[int]
    """From 1."""
    size: Mapped[int]
    """How many were to be drawn; an operator with fewer gives all."""
    seed: Mapped[str] = mapped_column(String(32))
    pool: Mapped[list[int]] = mapped_column(JSON)
    """The handlings from which was drawn: with seed and size they give the sample again."""
    drawn_by: Mapped[str] = mapped_column(String(64))
    drawn_at: Mapped[datetime]


class QualitySheet(Base):
    """The assessment of one handling; `version` moves with every change."""

    __tablename__ = "quality_sheets"
    __table_args__ = (Index("ix_quality_sheets_operator_state", "operator", "state"),)

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    handling_id: Mapped[int] = mapped_column(ForeignKey("handlings.id"), unique=True)
    draw_id: Mapped[int] = mapped_column(ForeignKey("quality_draws.id"), index=True)
    operator: Mapped[str] = mapped_column(String(64))
    state: Mapped[str] = mapped_column(String(16))
    assessor: Mapped[str | None] = mapped_column(String(64))
    comment: Mapped[str] = mapped_column(Text, default="")
    score: Mapped[int | None]
    """Hundredths of a point, rounded down; only of a final sheet."""
    grade: Mapped[str | None] = mapped_column(String(16))
    edition: Mapped[int] = mapped_column(default=1)
    """How often it has been opened, from 1: each final edition is answered once."""
    version: Mapped[int] = mapped_column(default=1)
    finished_at: Mapped[datetime | None]


class QualityMark(Base):
    """Points of one criterion, with the weight that it had when the sheet was drawn."""

    __tablename__ = "quality_marks"

    sheet_id: Mapped[int] = mapped_column(ForeignKey("quality_sheets.id"), primary_key=True)
    criterion: Mapped[str] = mapped_column(String(40), primary_key=True)
    place: Mapped[int]
    weight: Mapped[int]
    halves: Mapped[int | None]
    left_out: Mapped[bool] = mapped_column(default=False)
    remark: Mapped[str] = mapped_column(Text, default="")


class QualityReply(Base):
    """What the operator says to one final edition."""

    __tablename__ = "quality_replies"

    sheet_id: Mapped[int] = mapped_column(ForeignKey("quality_sheets.id"), primary_key=True)
    edition: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    kind: Mapped[str] = mapped_column(String(16))
    text: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime]


class QualityEvent(Base):
    """What was done to a sheet, by whom and why."""

    __tablename__ = "quality_events"

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    sheet_id: Mapped[int] = mapped_column(ForeignKey("quality_sheets.id"), index=True)
    act: Mapped[str] = mapped_column(String(16))
    actor: Mapped[str] = mapped_column(String(64))
    at: Mapped[datetime]
    note: Mapped[str] = mapped_column(Text, default="")
    score: Mapped[int | None]
    """Of the edition that was finished, hundredths."""
