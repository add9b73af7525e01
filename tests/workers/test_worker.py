"""Who lives: a sign on the database that goes with the process."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import text

from gateway.database import Database
from gateway.database.worker import LOCKS, Worker


@pytest.mark.postgres
def test_a_sign_is_seen_until_its_connection_is_gone(postgres_url: str) -> None:
    database = Database(postgres_url)
    one, two = Worker(database), Worker(database)
    with database.read() as session:
        assert one.living(session) == {one.id}
    assert not any(worker.keep() for worker in (one, two, one))
    with database.read() as session:
        assert one.living(session) == two.living(session) == {one.id, two.id}
    assert one.count == 2
    with database.write() as session:  # as when the process or its machine is gone
        session.execute(
            text(
                "SELECT pg_terminate_backend(pid, 10000) FROM pg_locks WHERE classid = :locks AND objid = :it"
            ),
            {"locks": LOCKS, "it": two.id},
        )
    with database.read() as session:
        assert one.living(session) == {one.id}
    assert (one.keep(), one.count) == (True, 1)
    assert (one.keep(), one.count) == (False, 1)
    database.close()
    one.close()


def test_on_sqlite_there_is_one(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path}/one.db")
    one, two = Worker(database), Worker(database)
    one.keep()
    two.keep()
    with database.read() as session:
        assert (one.living(session), two.living(session)) == ({one.id}, {two.id})
    assert (one.count, two.count) == (1, 1)
    database.close()
