"""Databases with the schema as it is now: migrated once for all tests, and copied for each."""

from __future__ import annotations

import shutil
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest

from gateway.database import Database, migrate


@pytest.fixture(scope="session")
def migrated_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated SQLite file without rows, to be copied."""
    path = tmp_path_factory.mktemp("migrated") / "wanshitong.db"
    database = Database(f"sqlite:///{path}")
    migrate.upgrade(database)
    with database.engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    database.close()
    return path


@pytest.fixture(scope="session")
def migrated_template(postgres_server: str) -> Iterator[str]:
    """The name of a migrated PostgreSQL database, to be copied."""
    name = f"template_{uuid.uuid4().hex}"
    with psycopg.connect(f"{postgres_server}/postgres", autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}"')
        database = Database(f"{postgres_server}/{name}")
        migrate.upgrade(database)
        database.close()
        yield name
        connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


@pytest.fixture
def migrated_url(postgres_server: str, migrated_template: str) -> Iterator[str]:
    """The URL of a migrated PostgreSQL database without rows, dropped after the test."""
    name = f"test_{uuid.uuid4().hex}"
    with psycopg.connect(f"{postgres_server}/postgres", autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}" TEMPLATE "{migrated_template}"')
        yield f"{postgres_server}/{name}"
        connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


@contextmanager
def opened(request: pytest.FixtureRequest, kind: str, path: Path) -> Iterator[Database]:
    """A migrated database without rows: SQLite at `path`, or PostgreSQL."""
    if kind == "sqlite":
        shutil.copyfile(request.getfixturevalue("migrated_file"), path)
        database = Database(f"sqlite:///{path}")
    else:
        database = Database(request.getfixturevalue("migrated_url"))
    try:
        yield database
    finally:
        database.close()


@contextmanager
def made_once(request: pytest.FixtureRequest, kind: str, path: Path) -> Iterator[Database]:
    """As `opened`, for a fixture that lives longer than a test."""
    if kind == "sqlite":
        shutil.copyfile(request.getfixturevalue("migrated_file"), path)
        database = Database(f"sqlite:///{path}")
        yield database
        database.close()
        return
    server, template = (request.getfixturevalue(name) for name in ("postgres_server", "migrated_template"))
    name = f"test_{uuid.uuid4().hex}"
    with psycopg.connect(f"{server}/postgres", autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
        database = Database(f"{server}/{name}")
        yield database
        database.close()
        connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)')
