"""An outbox on real databases, and a clock that a test moves by hand."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from gateway.database import Database
from gateway.outbox.models import OutboxMessage
from gateway.outbox.service import Outbox
from tests.migrated import opened

NOW = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)
ENGINES = ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)]


@pytest.fixture(params=ENGINES)
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """A migrated database without rows."""
    with opened(request, request.param, tmp_path / "outbox.db") as database:
        yield database


@pytest.fixture
def outbox() -> Outbox:
    return Outbox()


@pytest.fixture
def put(database: Database, outbox: Outbox) -> Callable[..., None]:
    """Puts one message out and commits; keyword arguments change parts of it."""

    def write(key: str, **parts: Any) -> None:
        message: dict[str, Any] = {
            "topic": "notice.release", "transport": "email", "recipient": "citizen@example.org",
            "payload": {"title": "結案", "text": "您的案件已結案。"}, "now": NOW,
        }  # fmt: skip
        with database.write() as session:
            outbox.put(session, key=key, **{**message, **parts})

    return write


@pytest.fixture
def rows(database: Database) -> Callable[[], dict[str, OutboxMessage]]:
    """Every message by its key."""

    def read() -> dict[str, OutboxMessage]:
        with database.read() as session:
            return {row.key: row for row in session.scalars(select(OutboxMessage))}

    return read
