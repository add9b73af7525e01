"""The answers desk on a real, migrated database, over the shipped entries."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from gateway.answers.content import Content
from gateway.answers.models import AnswerEntry
from gateway.answers.service import AnswerDesk
from gateway.audit.service import AuditTrail
from gateway.database import Database
from gateway.identity.views import Actor
from gateway.settings import Settings
from tests.both_databases import both, database

__all__ = ["both", "database"]
NOW = datetime(2026, 11, 5, 2, 0, tzinfo=UTC)
MEI, HUA, BOSS = Actor("mei", "editor"), Actor("hua", "editor"), Actor("boss", "supervisor")
POTS = Content(
    "陶藝教室怎麼報名？", "請於每月一日上午九時起線上報名。", agency="文化局",
    source_url="https://city.example/pots", source_date="2026-10-01",
    phrasings=("我想學捏陶", "陶藝課在哪報名"),
)  # fmt: skip


def desk_on(database: Database, folder: Path, *, own_review: bool = False) -> AnswerDesk:
    """A desk whose file lies in the folder."""
    settings = Settings(data_dir=folder, faq_own_review=own_review)
    return AnswerDesk(database, AuditTrail(b"only for tests"), settings, lambda: NOW)


@pytest.fixture
def desk(database: Database, tmp_path: Path) -> AnswerDesk:
    return desk_on(database, tmp_path)


@pytest.fixture
def both_desk(both: Database, tmp_path: Path) -> AnswerDesk:
    return desk_on(both, tmp_path)


def published(desk: AnswerDesk, content: Content = POTS, entry_id: str = "") -> str:
    """An entry that Mei wrote and the boss published; its id."""
    if entry_id:
        revision = revision_of(desk, entry_id)
        desk.save(entry_id, content, revision, MEI)
    else:
        entry_id, revision = desk.create(content, MEI), 0
    desk.submit(entry_id, revision + 1, MEI)
    desk.publish(entry_id, revision + 2, BOSS)
    return entry_id


def revision_of(desk: AnswerDesk, entry_id: str) -> int:
    """What somebody who has just looked at the entry knows."""
    with desk.database.read() as session:
        row = session.get(AnswerEntry, entry_id)
        return row.revision if row else 0
