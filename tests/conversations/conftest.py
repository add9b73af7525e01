"""A conversation service on a real, migrated database."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway.cases.calendar import OfficeCalendar
from gateway.cases.catalogue import Catalogue
from gateway.cases.service import CaseService
from gateway.conversations.service import ConversationService
from gateway.database import Database
from gateway.settings import Settings
from knowledge_base.faq_files import SHIPPED_FOLDER, shipped_entries
from tests.migrated import opened


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(data_dir=tmp_path, secret_key="only for tests", rasa_epoch_turns=3)


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def database(request: pytest.FixtureRequest, settings: Settings) -> Iterator[Database]:
    with opened(request, request.param, settings.data_dir / "wanshitong.db") as database:
        yield database


@pytest.fixture
def cases(database: Database, settings: Settings) -> CaseService:
    return CaseService(database, Catalogue.load(), OfficeCalendar.load(), settings)


@pytest.fixture
def conversations(database: Database, cases: CaseService, settings: Settings) -> ConversationService:
    return ConversationService(database, cases, settings)


@pytest.fixture(scope="session")
def shipped_questions() -> list[str]:
    """Every way to ask that ships with the FAQ."""
    entries = shipped_entries(SHIPPED_FOLDER)
    return [text for entry in entries for text in (entry.question, *entry.phrasings)]
