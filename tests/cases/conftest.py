"""The case room on real databases: every test that asks for one runs on SQLite and on PostgreSQL."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from gateway.cases.calendar import OfficeCalendar
from gateway.cases.catalogue import Catalogue
from gateway.cases.deadlines import Office
from gateway.cases.service import CaseService
from gateway.cases.views import NewCase
from gateway.database import Database
from gateway.database.migrate import upgrade
from gateway.settings import Settings
from tests.migrated import opened

NOW = datetime(2026, 11, 23, 1, 30, 5, tzinfo=UTC)
ENGINES = ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)]


@pytest.fixture(scope="session")
def catalogue() -> Catalogue:
    return Catalogue.load()


@pytest.fixture(scope="session")
def calendar() -> OfficeCalendar:
    return OfficeCalendar.load()


@pytest.fixture(scope="session")
def office(calendar: OfficeCalendar) -> Office:
    return Office.from_text(calendar, "08:00-12:00,13:30-17:30", "Asia/Taipei")


@pytest.fixture(params=ENGINES)
def empty_database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """A database without tables."""
    url = f"sqlite:///{tmp_path / 'cases.db'}"
    if request.param == "postgresql":
        url = request.getfixturevalue("postgres_url")
    database = Database(url)
    yield database
    database.close()


@pytest.fixture(params=ENGINES)
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """A database with every table."""
    with opened(request, request.param, tmp_path / "cases.db") as database:
        yield database


@pytest.fixture
def empty_database_file(tmp_path: Path) -> Path:
    """A migrated SQLite file without rows, to be copied."""
    made = Database(f"sqlite:///{tmp_path / 'empty.db'}")
    upgrade(made)
    with made.engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    made.close()
    return tmp_path / "empty.db"


@pytest.fixture
def now() -> list[datetime]:
    """The service's clock: a list of one, so that a test can move it."""
    return [NOW]


@pytest.fixture
def cases(
    database: Database, catalogue: Catalogue, calendar: OfficeCalendar, now: list[datetime], tmp_path: Path
) -> CaseService:
    settings = Settings(data_dir=tmp_path, secret_key="a key for the tests")
    return CaseService(database, catalogue, calendar, settings, clock=lambda: now[0])


@pytest.fixture
def new_case() -> Callable[..., NewCase]:
    """A case ready to register; keyword arguments change parts of it."""

    def make(origin_key: str = "conversation-1:1", **parts: Any) -> NewCase:
        facts: dict[str, Any] = {
            "kind": "dispatch",
            "item_code": "road_pothole",
            "description": "巷口路面破一個大洞",
            "received_at": NOW,
            "channel": "web_chat",
            "district": "三民區",
            "address": "建工路 100 號前",
        }
        return NewCase(origin_key=origin_key, **{**facts, **parts})

    return make
