"""The identity room on real databases; hashing with small parameters, which the library allows."""

from __future__ import annotations

import shutil
import uuid
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
from argon2 import PasswordHasher

from gateway.audit.models import AuditEntry
from gateway.audit.service import AuditTrail
from gateway.database import Database
from gateway.database.migrate import upgrade
from gateway.identity.passwords import Passwords
from gateway.identity.rules import StaffRole
from gateway.identity.service import IdentityService
from gateway.identity.views import Actor, Staff
from gateway.settings import Settings

NOW = datetime(2026, 11, 23, 1, 30, 5, tzinfo=UTC)
ENGINES = ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)]
BY = Actor("cli:tester", "cli")
PASSWORD = "correct horse battery"
HERE = "198.51.100.7"
QUICK = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)


class Clock:
    """A clock that stands until a test moves it."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now

    def forward(self, **parts: float) -> None:
        self.now += timedelta(**parts)


@pytest.fixture(scope="session")
def sqlite_pattern(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated file, copied for each test: quicker than migrating each time."""
    path = tmp_path_factory.mktemp("pattern") / "identity.db"
    migrated = Database(f"sqlite:///{path}")
    upgrade(migrated)
    migrated.close()
    return path


@pytest.fixture(scope="session")
def postgres_pattern(postgres_server: str) -> str:
    """The name of a migrated database, copied for each test."""
    name = "identity_pattern"
    with psycopg.connect(f"{postgres_server}/postgres", autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}"')
    migrated = Database(f"{postgres_server}/{name}")
    upgrade(migrated)
    migrated.close()
    return name


@pytest.fixture(params=ENGINES)
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """A database with every table and no rows."""
    if request.param == "sqlite":
        shutil.copyfile(request.getfixturevalue("sqlite_pattern"), tmp_path / "wanshitong.db")
        opened = Database(f"sqlite:///{tmp_path / 'wanshitong.db'}")
        yield opened
        opened.close()
        return
    server, pattern = (request.getfixturevalue(name) for name in ("postgres_server", "postgres_pattern"))
    name = f"identity_{uuid.uuid4().hex}"
    with psycopg.connect(f"{server}/postgres", autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}" TEMPLATE "{pattern}"')
        opened = Database(f"{server}/{name}")
        yield opened
        opened.close()
        connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


@pytest.fixture(params=ENGINES)
def empty_database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """A database without tables."""
    url = f"sqlite:///{tmp_path / 'empty.db'}"
    if request.param == "postgresql":
        url = request.getfixturevalue("postgres_url")
    opened = Database(url)
    yield opened
    opened.close()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def make_identity(database: Database, clock: Clock, tmp_path: Path) -> Callable[..., IdentityService]:
    """Makes services on this test's database; keyword arguments are settings."""

    def make(hashes: Passwords | None = None, **changes: Any) -> IdentityService:
        settings = Settings(**{"data_dir": tmp_path, "secret_key": "a key for the tests", **changes})
        trail = AuditTrail(settings.signing_key())
        return IdentityService(database, settings, trail, clock, hashes or Passwords(QUICK))

    return make


@pytest.fixture
def identity(make_identity: Callable[..., IdentityService]) -> IdentityService:
    return make_identity()


@pytest.fixture
def make_staff(identity: IdentityService) -> Callable[..., Staff]:
    """Makes accounts whose password is PASSWORD, with nothing left to do; signed in."""

    def make(
        username: str = "mary", roles: tuple[str, ...] = ("operator",), units: tuple[str, ...] = ()
    ) -> Staff:
        with identity.database.write() as session:
            _, password = identity.create_account(
                session, username, roles=[StaffRole(role) for role in roles], units=units, by=BY
            )
        opened = identity.login(username, password, None, HERE).staff
        assert opened is not None
        staff = identity.change_password(opened, password, PASSWORD, HERE).staff
        assert staff is not None
        return staff

    return make


@pytest.fixture
def audited(database: Database) -> Callable[[], list[tuple[str, str]]]:
    """The acts of the audit trail and what they were done to, in order."""

    def read() -> list[tuple[str, str]]:
        with database.read() as session:
            rows = session.query(AuditEntry).order_by(AuditEntry.seq)
            return [(row.act, row.subject) for row in rows]

    return read
