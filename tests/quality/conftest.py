"""The room of quality sheets on a real, migrated database."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from gateway.audit.service import AuditTrail
from gateway.database import Database, migrate
from gateway.quality.drawing import Drawing
from gateway.quality.service import Assessments
from gateway.settings import Settings

TAIPEI = ZoneInfo("Asia/Taipei")
NOW = datetime(2026, 11, 5, 2, 0, tzinfo=UTC)


@pytest.fixture
def database(empty_database: Path, tmp_path: Path) -> Iterator[Database]:
    """SQLite, migrated once for all tests."""
    shutil.copyfile(empty_database, tmp_path / "wanshitong.db")
    opened = Database(Settings(data_dir=tmp_path).database)
    yield opened
    opened.close()


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def both(request: pytest.FixtureRequest) -> Iterator[Database]:
    """SQLite, and PostgreSQL for what only shows there."""
    if request.param == "sqlite":
        yield request.getfixturevalue("database")
        return
    opened = Database(request.getfixturevalue("postgres_url"))
    migrate.upgrade(opened)
    yield opened
    opened.close()


@pytest.fixture
def trail() -> AuditTrail:
    return AuditTrail(b"only for tests")


@pytest.fixture
def drawing(database: Database, trail: AuditTrail) -> Drawing:
    return Drawing(database, trail, TAIPEI, lambda: NOW)


@pytest.fixture
def room(database: Database, trail: AuditTrail) -> Assessments:
    return Assessments(database, trail, TAIPEI, lambda: NOW)
