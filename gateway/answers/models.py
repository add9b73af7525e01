"""Entries that the desk has touched, their versions, and what was done to them."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, ForeignKey, Integer, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from gateway.database import Base

Key = BigInteger().with_variant(Integer, "sqlite")


class AnswerEntry(Base):
    """An entry with versions of the desk's own; `revision` moves with every act.

    The states of its open and its live version are kept here too, for the list.
    """

    __tablename__ = "answer_entries"

    id: Mapped[str] = mapped_column(String(80), primary_key=True)
    revision: Mapped[int] = mapped_column(default=0)
    last_number: Mapped[int] = mapped_column(default=0)
    """Of the newest version."""
    open_number: Mapped[int | None]
    """The version that is being worked on."""
    open_state: Mapped[str | None] = mapped_column(String(16))
    live_number: Mapped[int | None]
    """The version that counts."""
    live_state: Mapped[str | None] = mapped_column(String(16))
    changed_at: Mapped[datetime]
    changed_by: Mapped[str] = mapped_column(String(64))


class AnswerVersion(Base):
    """One version; its content is changed only while it is a draft."""

    __tablename__ = "answer_versions"

    entry_id: Mapped[str] = mapped_column(ForeignKey("answer_entries.id"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    state: Mapped[str] = mapped_column(String(16), index=True)
    content: Mapped[dict[str, Any]] = mapped_column(JSON)
    authors: Mapped[list[str]] = mapped_column(JSON)
    """Who has written in it, the latest last."""
    written_at: Mapped[datetime]
    released_by: Mapped[str | None] = mapped_column(String(64))
    released_at: Mapped[datetime | None]


class AnswerEvent(Base):
    """What was done to an entry."""

    __tablename__ = "answer_events"

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    entry_id: Mapped[str] = mapped_column(ForeignKey("answer_entries.id"), index=True)
    number: Mapped[int]
    """Of the version."""
    act: Mapped[str] = mapped_column(String(16))
    actor: Mapped[str] = mapped_column(String(64))
    at: Mapped[datetime]
    note: Mapped[str] = mapped_column(Text, default="")


class AnswerStamp(Base):
    """One row: how often what is live has changed. Whoever changes it holds the row until the commit."""

    __tablename__ = "answer_stamp"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    stamp: Mapped[int] = mapped_column(default=0)


class AnswerCheck(Base):
    """Who looks after an entry that may be out of date, and when somebody found it still right."""

    __tablename__ = "answer_checks"

    entry_id: Mapped[str] = mapped_column(String(80), primary_key=True)
    assigned_to: Mapped[str | None] = mapped_column(String(64), index=True)
    looked_on: Mapped[date | None]
    """The day on which it was found right."""
    looked_by: Mapped[str | None] = mapped_column(String(64))


class AnswerTrial(Base):
    """What publishing would do to the evaluation set, reckoned aside."""

    __tablename__ = "answer_trials"

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    subject: Mapped[str] = mapped_column(String(120), index=True)
    """What is to be published: `answer:ID` or `batch:ID`."""
    digest: Mapped[str] = mapped_column(String(64))
    """Of what it would make live: a trial of something else does not count."""
    stamp: Mapped[int]
    """Of what was live when it was reckoned."""
    state: Mapped[str] = mapped_column(String(16))
    asked_by: Mapped[str] = mapped_column(String(64))
    started_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]
    result: Mapped[dict[str, Any] | None] = mapped_column(JSON)


class AnswerBatch(Base):
    """A file of entries that was read and shown, and is taken in as it was shown or not at all."""

    __tablename__ = "answer_batches"

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    name: Mapped[str] = mapped_column(String(200))
    state: Mapped[str] = mapped_column(String(16))
    digest: Mapped[str] = mapped_column(String(64))
    """Of the rows, and of what they were compared with."""
    rows: Mapped[list[dict[str, Any]]] = mapped_column(JSON)
    """Of what is added or changed: id, row, content."""
    rejected: Mapped[list[dict[str, Any]]] = mapped_column(JSON)
    warnings: Mapped[list[dict[str, Any]]] = mapped_column(JSON)
    unchanged: Mapped[int]
    read_by: Mapped[str] = mapped_column(String(64))
    read_at: Mapped[datetime]
    taken_by: Mapped[str | None] = mapped_column(String(64))
    taken_at: Mapped[datetime | None]
