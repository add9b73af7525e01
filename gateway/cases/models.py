"""Tables of the case room."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Double,
    ForeignKey,
    Index,
    Integer,
    String,
    Text,
    UniqueConstraint,
    func,
    text,
    true,
)
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
    __table_args__ = (
        Index("ix_cases_status_owner_unit", "status", "owner_unit"),
        Index("ix_cases_status_next_due_at", "status", "next_due_at"),
        Index("ix_cases_item_code_district", "item_code", "district"),
    )

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
    contact_phone: Mapped[str | None] = mapped_column(index=True)
    contact_email: Mapped[str | None]
    language: Mapped[str]
    channel: Mapped[str]
    received_at: Mapped[datetime] = mapped_column(index=True)
    conversation_id: Mapped[str | None] = mapped_column(String(36), index=True)
    """The chat that filed it, where the citizen can be told."""
    attributes: Mapped[Json] = mapped_column(JSON, server_default=text("'{}'"), default=dict)
    """What the item asks for beyond the place, such as `road_width`."""
    place_key: Mapped[str | None] = mapped_column(String(200), index=True)
    """The address in the spelling in which two of them are compared."""
    next_due_at: Mapped[datetime | None]
    """The earliest due time that still runs, of all its assignments."""
    paused_since: Mapped[datetime | None]
    resume_status: Mapped[str | None]
    """Where the case goes on after it was waiting or merged."""
    status_since: Mapped[datetime | None]
    closed_at: Mapped[datetime | None] = mapped_column(index=True)
    reopenings: Mapped[int] = mapped_column(server_default=text("0"), default=0)


class CaseAssignment(Base):
    """One unit's part in a case. A split case has several that are active; one of them leads."""

    __tablename__ = "case_assignments"
    __table_args__ = (Index("ix_case_assignments_unit_active_next_due_at", "unit", "active", "next_due_at"),)

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"), index=True)
    unit: Mapped[str]
    status: Mapped[str]
    """Of the lifecycle's states those that belong to one unit."""
    lead: Mapped[bool]
    active: Mapped[bool]
    external_unit: Mapped[str | None]
    """Who outside the city does the work at present."""
    handler: Mapped[str | None]
    next_due_at: Mapped[datetime | None]
    started_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]


class CaseDue(Base):
    """One clock of an assignment, with the rule and the calendar that set it."""

    __tablename__ = "case_dues"
    __table_args__ = (UniqueConstraint("assignment_id", "stage"), Index("ix_case_dues_case_id", "case_id"))

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"))
    assignment_id: Mapped[int | None] = mapped_column(ForeignKey("case_assignments.id"))
    stage: Mapped[str]
    start_at: Mapped[datetime | None]
    """From when the limit counts."""
    due_at: Mapped[datetime] = mapped_column(index=True)
    first_due_at: Mapped[datetime | None]
    """As it was before any pause, extension or closure moved it."""
    extended_to: Mapped[datetime | None]
    met_at: Mapped[datetime | None]
    """When the duty was done; the verdict is made of this and `due_at` alone."""
    current: Mapped[bool] = mapped_column(server_default=true(), default=True)
    """False when a reopening has put a new clock in its place."""
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


class CaseChange(Base):
    """Something happened to a case that is not counted in the reports yet; taken away when it is."""

    __tablename__ = "case_changes"

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"))
    at: Mapped[datetime] = mapped_column(server_default=func.now())


class CasePause(Base):
    """A time in which the clocks stood still because the citizen was asked for more."""

    __tablename__ = "case_pauses"

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"), index=True)
    started_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]


class CaseExtension(Base):
    """A wish for more time, and what became of it."""

    __tablename__ = "case_extensions"

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"), index=True)
    assignment_id: Mapped[int] = mapped_column(ForeignKey("case_assignments.id"))
    new_due_at: Mapped[datetime]
    reason: Mapped[str] = mapped_column(Text)
    state: Mapped[str]
    """`pending`, `approved` or `refused`."""
    asked_by: Mapped[str]
    asked_at: Mapped[datetime]
    decided_by: Mapped[str | None]
    decided_at: Mapped[datetime | None]


class CaseReporter(Base):
    """Somebody who joined a case that another citizen had filed; told what the first is told."""

    __tablename__ = "case_reporters"

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"), index=True)
    origin_key: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str | None]
    phone: Mapped[str | None]
    email: Mapped[str | None]
    language: Mapped[str]
    channel: Mapped[str]
    conversation_id: Mapped[str | None] = mapped_column(String(36))
    note: Mapped[str | None] = mapped_column(Text)
    joined_at: Mapped[datetime]


class CaseLink(Base):
    """Two cases that belong together: `case_id` was merged into, or converted to, `other_id`."""

    __tablename__ = "case_links"

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"), index=True)
    other_id: Mapped[int] = mapped_column(ForeignKey("cases.id"), index=True)
    relation: Mapped[str]
    """`merged_into` or `converted_to`."""
    at: Mapped[datetime]
    ended_at: Mapped[datetime | None]


class CaseAttachment(Base):
    """A file of a case, of a draft or of a conversation, kept outside the web root under a random name."""

    __tablename__ = "case_attachments"

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    public_id: Mapped[str] = mapped_column(String(32), unique=True)
    """Random; in addresses and as the name in the store."""
    case_id: Mapped[int | None] = mapped_column(ForeignKey("cases.id"), index=True)
    draft_key: Mapped[str | None] = mapped_column(String(80), index=True)
    """What it belongs to while there is no case yet."""
    conversation_id: Mapped[str | None] = mapped_column(String(36), index=True)
    """The conversation it was sent in; a case that is made of it gets a copy of its own."""
    name: Mapped[str] = mapped_column(String(200))
    media_type: Mapped[str] = mapped_column(String(120))
    size: Mapped[int]
    """Bytes of the stored copy."""
    sha256: Mapped[str] = mapped_column(String(64))
    purpose: Mapped[str] = mapped_column(String(16))
    """`report` (from the citizen), `inspection`, `result` or `internal`."""
    public: Mapped[bool]
    """Whether the citizen may see it."""
    latitude: Mapped[float | None] = mapped_column(Double)
    longitude: Mapped[float | None] = mapped_column(Double)
    uploaded_by: Mapped[str] = mapped_column(String(120))
    uploaded_at: Mapped[datetime]


class CaseRating(Base):
    """How content the citizen was with one closing of a case."""

    __tablename__ = "case_ratings"
    __table_args__ = (UniqueConstraint("case_id", "closing"),)

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"))
    closing: Mapped[int]
    """Which closing of the case: 0 the first, 1 after one reopening, …"""
    score: Mapped[int]
    comment: Mapped[str | None] = mapped_column(Text)
    at: Mapped[datetime]


class MailboxDraft(Base):
    """A letter to the mayor's mailbox that waits for its sender to confirm the e-mail address."""

    __tablename__ = "mailbox_drafts"

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    content: Mapped[Json] = mapped_column(JSON)
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime] = mapped_column(index=True)
    confirmed_at: Mapped[datetime | None]
    case_number: Mapped[str | None]


class OfficeClosure(Base):
    """A disaster closure of the city's offices, for a whole or half a day."""

    __tablename__ = "office_closures"

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    day: Mapped[date]
    part: Mapped[str] = mapped_column(String(4))
    """`all`, `am` or `pm`."""
    zh: Mapped[str] = mapped_column(String(120))
    en: Mapped[str] = mapped_column(String(200))
    announced_at: Mapped[datetime | None]
    entered_by: Mapped[str]
    entered_at: Mapped[datetime]
    withdrawn_at: Mapped[datetime | None]


class CatalogueVersion(Base):
    """A whole catalogue of service items as it was in force from a day on."""

    __tablename__ = "catalogue_versions"

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    version: Mapped[str] = mapped_column(String(64), unique=True)
    effective_from: Mapped[datetime] = mapped_column(index=True)
    content: Mapped[Json] = mapped_column(JSON)
    reason: Mapped[str] = mapped_column(Text)
    created_by: Mapped[str]
    created_at: Mapped[datetime]


class SavedView(Base):
    """A list of cases that somebody wants to find again: the state of its filters."""

    __tablename__ = "case_saved_views"
    __table_args__ = (UniqueConstraint("owner", "name"),)

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    owner: Mapped[str]
    name: Mapped[str] = mapped_column(String(60))
    query: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime]


class DailyDigest(Base):
    """A day whose digests were written: whoever writes the row writes them."""

    __tablename__ = "daily_digests"

    day: Mapped[date] = mapped_column(primary_key=True)
    at: Mapped[datetime]
    """Up to when they tell what was new."""
