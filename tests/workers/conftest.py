"""Two gateway processes for all tests of this folder."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest
from argon2 import PasswordHasher

from gateway.audit.service import AuditTrail
from gateway.channels.figures import FOLDER
from gateway.database import Database, migrate
from gateway.identity.passwords import Passwords
from gateway.identity.rules import StaffRole
from gateway.identity.service import IdentityService
from gateway.settings import Settings
from tests.console.people import hire
from tests.redis_server import RedisServer
from tests.workers.pair import Maker, Operator, Pair, Process

SECRET = "only for tests"


@pytest.fixture(scope="session")
def database_url(postgres_server: str) -> Iterator[str]:
    """A database for all tests of this folder."""
    name = f"test_{uuid.uuid4().hex}"
    with psycopg.connect(f"{postgres_server}/postgres", autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}"')
        yield f"{postgres_server}/{name}"
        connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


@pytest.fixture(scope="session")
def pair(
    database_url: str, redis_server: RedisServer, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Pair]:
    """Two processes that hear each other; whoever kills one starts it again."""
    folder: Path = tmp_path_factory.mktemp("workers")
    database = Database(database_url)
    migrate.upgrade(database)
    shared = {
        "WST_DATABASE_URL": database_url, "WST_REDIS_URL": redis_server.url, "WST_SECRET_KEY": SECRET,
        "WST_WORKERS": "2", "WST_OPERATOR_CAPACITY": "20", FOLDER: str(folder / "figures"),
    }  # fmt: skip
    (folder / "figures").mkdir()
    settings = Settings(
        data_dir=folder, database_url=database_url, redis_url=redis_server.url, secret_key=SECRET
    )
    maker = Maker(folder, **shared)
    try:
        both = Pair(Process("a", maker), Process("b", maker), settings, database)
        both.whole()
        yield both
    finally:
        maker.close()
        database.close()


@pytest.fixture
def sit_down(pair: Pair, monkeypatch: pytest.MonkeyPatch) -> Callable[[Process], Operator]:
    """Hires somebody and signs them in at a process."""
    cheap = Passwords(PasswordHasher(time_cost=1, memory_cost=64, parallelism=1))
    monkeypatch.setattr("gateway.identity.room.passwords", lambda: cheap)
    identity = IdentityService(pair.database, pair.settings, AuditTrail(pair.settings.signing_key()))

    def hired(at: Process) -> Operator:
        name = f"op{uuid.uuid4().hex[:8]}"
        hire(identity, name, StaffRole.OPERATOR)
        return Operator(at, name)

    return hired
