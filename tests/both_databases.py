"""A migrated database for a test: SQLite, or both kinds where what matters may show in one alone.

Import the fixtures into the conftest of a room, beside `empty_database` of tests/in_process.py.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway.database import Database
from gateway.settings import Settings


@pytest.fixture
def database(empty_database: Path, tmp_path: Path) -> Iterator[Database]:
    """SQLite, migrated once for all tests."""
    shutil.copyfile(empty_database, tmp_path / "wanshitong.db")
    opened = Database(Settings(data_dir=tmp_path).database)
    yield opened
    opened.close()


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def both(request: pytest.FixtureRequest) -> Iterator[Database]:
    """SQLite, and PostgreSQL."""
    if request.param == "sqlite":
        yield request.getfixturevalue("database")
        return
    opened = Database(request.getfixturevalue("migrated_url"))
    yield opened
    opened.close()
