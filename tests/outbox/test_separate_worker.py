"""`wanshitong worker`: several processes on one PostgreSQL, one of them killed in the middle."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from email import message_from_bytes, policy
from pathlib import Path
from typing import Any, cast

import pytest
from aiosmtpd.smtp import SMTP, Envelope, Session
from sqlalchemy import func, select

from gateway.database import Database
from gateway.database.worker import DELIVERS, living
from gateway.outbox.models import OutboxMessage
from gateway.outbox.rules import State, message_id
from gateway.outbox.service import Outbox
from gateway.settings import PROJECT_ROOT
from tests.outbox.conftest import NOW

PEOPLE, EACH, PATIENCE, LEASE_SECONDS = 12, 6, 90, 2
AT_ONCE = 8
"""Each of two workers has four connections to the mail server."""


@pytest.fixture
def shared(migrated_url: str) -> Iterator[Database]:
    opened = Database(migrated_url)
    yield opened
    opened.close()


class HonoursKeys:
    """A receiver that takes each Message-ID once; at first it answers nobody until it is told to."""

    def __init__(self) -> None:
        self.taken: dict[str, str] = {}
        self.repeats = 0
        self.busy = 0
        self.go_on = asyncio.Event()

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        message = message_from_bytes(cast(bytes, envelope.content), policy=policy.default)
        key, (recipient,) = str(message["Message-ID"]), envelope.rcpt_tos
        self.repeats += key in self.taken
        self.taken.setdefault(key, recipient)
        self.busy += 1
        await self.go_on.wait()
        return "250 OK"


@asynccontextmanager
async def listening(receiver: HonoursKeys) -> AsyncIterator[int]:
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: SMTP(receiver), "127.0.0.1", 0)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()


def begin(url: str, folder: Path, port: int) -> subprocess.Popen[bytes]:
    env = {
        **os.environ, "WST_DATABASE_URL": url, "WST_DATA_DIR": str(folder),
        "WST_SECRET_KEY": "only for tests", "WST_OUTBOX_WORKER": "separate",
        "WST_SMTP_HOST": "127.0.0.1", "WST_SMTP_PORT": str(port),
        "WST_SMTP_FROM": "1999@city.example", "WST_SMTP_TLS": "none", "WST_QUIET_HOURS": "off",
    }  # fmt: skip
    return subprocess.Popen(
        [sys.executable, "-m", "tests.outbox.worker_process", str(LEASE_SECONDS)],
        cwd=PROJECT_ROOT, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip


def write(database: Database) -> dict[str, list[str]]:
    """Letters to several people, those to one in order; their Message-IDs."""
    outbox, written = Outbox(), dict[str, list[str]]()
    with database.write() as session:
        for number in range(PEOPLE * EACH):
            recipient = f"citizen{number % PEOPLE}@example.org"
            outbox.put(
                session, key=f"letter {number}", topic="notice.register", transport="email",
                recipient=recipient, payload={"title": "受理", "text": f"第 {number} 封"},
                ordering=recipient, now=NOW,
            )  # fmt: skip
            written.setdefault(recipient, []).append(message_id(f"letter {number}", "city.example"))
    return written


def states(database: Database) -> dict[str, int]:
    with database.read() as session:
        rows = session.execute(select(OutboxMessage.state, func.count()).group_by(OutboxMessage.state))
        return {row[0]: row[1] for row in rows}


async def until(true: Callable[[], Any]) -> None:
    async with asyncio.timeout(PATIENCE):
        while not await asyncio.to_thread(true):  # noqa: ASYNC110 - it happens in other processes
            await asyncio.sleep(0.05)


@pytest.mark.postgres
def test_two_workers_and_the_death_of_one_mean_every_letter_once_and_in_order(
    shared: Database, tmp_path: Path
) -> None:
    written = write(shared)
    receiver = HonoursKeys()

    async def scene() -> None:
        async with listening(receiver) as port:
            victim, other = (begin(shared.url, tmp_path, port) for _ in range(2))
            try:
                await until(lambda: receiver.busy >= AT_ONCE)  # both are in the middle of it
                with shared.read() as session:
                    assert len(living(session, DELIVERS)) == 2
                victim.send_signal(signal.SIGKILL)
                await asyncio.to_thread(victim.wait)
                receiver.go_on.set()
                await until(lambda: states(shared) == {State.SENT.value: PEOPLE * EACH})
                with shared.read() as session:
                    assert len(living(session, DELIVERS)) == 1
                other.send_signal(signal.SIGTERM)
                assert await asyncio.to_thread(other.wait, PATIENCE) == 0
            finally:
                for process in (victim, other):
                    process.kill()
                    process.wait()

    asyncio.run(scene())
    assert receiver.repeats > 0, "what the dead one had under way came again, under the same keys"
    assert sorted(receiver.taken) == sorted(key for keys in written.values() for key in keys)
    for recipient, keys in written.items():
        assert [key for key, to in receiver.taken.items() if to == recipient] == keys


def test_on_sqlite_it_says_plainly_that_the_gateway_delivers(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "gateway.cli", "--data-dir", str(tmp_path), "worker"],
        cwd=PROJECT_ROOT, env={"PATH": ""}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 1
    assert done.stderr.startswith("needs_postgresql: wanshitong worker 需要 PostgreSQL")
    assert "on SQLite the gateway delivers by itself" in done.stderr


@pytest.mark.postgres
def test_without_its_tables_it_does_not_begin(postgres_url: str, tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "gateway.cli", "--data-dir", str(tmp_path), "worker"],
        cwd=PROJECT_ROOT, env={"PATH": "", "WST_DATABASE_URL": postgres_url}, capture_output=True, text=True,
        check=False,
    )  # fmt: skip
    assert done.returncode == 1
    assert "wanshitong db upgrade" in done.stderr
