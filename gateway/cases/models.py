"""Tables of the case room."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, Double, ForeignKey, Index, Integer, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from gateway.database import Base

Json = dict[str, Any]
Key = BigInteger().with_variant(Integer, "sqlite")


class CaseCounter(Base):
    """The last number given out for one kind on one day."""

    __tablename__ = "case_counters"

    kind: Mapped[str] = mapped_column(primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)
    last: Mapped[int]


class Case(Base):
    """One matter of a citizen. `version` grows by one with every act."""

    __tablename__ = "cases"
    __table_args__ = (Index("ix_cases_status_owner_unit", "status", "owner_unit"),)

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    number: Mapped[str] = mapped_column(unique=True)
    origin_key: Mapped[str] = mapped_column(unique=True)
    """What asked for this case; the same key never makes a second one."""
    kind: Mapped[str]
    item_code: Mapped[str] = mapped_column(index=True)
    catalogue_version: Mapped[str]
    confidential: Mapped[bool]
    needs_review: Mapped[bool]
    """The citizen was told that staff will check item or place before the work begins."""
    status: Mapped[str]
    version: Mapped[int]
    owner_unit: Mapped[str]
    district: Mapped[str | None]
    village: Mapped[str | None]
    address: Mapped[str | None] = mapped_column(Text)
    latitude: Mapped[float | None] = mapped_column(Double)
    longitude: Mapped[float | None] = mapped_column(Double)
    description: Mapped[str] = mapped_column(Text)
    contact_name: Mapped[str | None]
    contact_phone: Mapped[str | None]
    contact_email: Mapped[str | None]
    language: Mapped[str]
    channel: Mapped[str]
    received_at: Mapped[datetime] = mapped_column(index=True)


class CaseDue(Base):
    """One clock of a case, with the rule and the calendar that set it."""

    __tablename__ = "case_dues"
    __table_args__ = (UniqueConstraint("case_id", "stage"),)

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"))
    stage: Mapped[str]
    due_at: Mapped[datetime] = mapped_column(index=True)
    met_at: Mapped[datetime | None]
    """When the duty was done; the verdict is made of this and `due_at` alone."""
    rule: Mapped[Json] = mapped_column(JSON)
    working: Mapped[Json] = mapped_column(JSON)
    calendar_version: Mapped[str]
    catalogue_version: Mapped[str]


class CaseEvent(Base):
    """One act, as it happened; rows are only ever added (the database refuses anything else)."""

    __tablename__ = "case_events"
    __table_args__ = (UniqueConstraint("case_id", "sequence"),)

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"))
    sequence: Mapped[int]
    act: Mapped[str]
    actor: Mapped[str]
    role: Mapped[str]
    at: Mapped[datetime]
    before: Mapped[Json] = mapped_column(JSON)
    after: Mapped[Json] = mapped_column(JSON)
    note: Mapped[str | None] = mapped_column(Text)
