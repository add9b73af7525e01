"""`kill -9` while letters are queued and while they leave: nobody is left out, nobody is told twice."""

from __future__ import annotations

import asyncio
import signal
import subprocess
import sys
from collections import Counter
from datetime import UTC, datetime

from sqlalchemy import func, select, update

from gateway.database import Database
from gateway.news import sending
from gateway.outbox.models import OutboxMessage
from gateway.outbox.rules import State
from gateway.outbox.worker import STREAMED_AT_ONCE
from gateway.settings import PROJECT_ROOT
from tests.news.conftest import Newsroom, addresses

PEOPLE = 65
KILLS = 3
PATIENCE = 120


def url_of(database: Database) -> str:
    return database.engine.url.render_as_string(hide_password=False)


def command(newsroom: Newsroom, what: str, number: int) -> list[str]:
    return [sys.executable, "-m", "tests.news.crash_child", url_of(newsroom.database), what, str(number)]


def test_queueing_goes_on_where_it_was_killed(both_newsrooms: Newsroom) -> None:
    newsroom = both_newsrooms
    newsroom.take_in(addresses(PEOPLE))
    news = newsroom.approved()
    for turn in range(1, 5):
        died = subprocess.run(command(newsroom, "queue", turn), cwd=PROJECT_ROOT, check=False)
        assert died.returncode == -signal.SIGKILL, turn
        whole = newsroom.counts(news).queued
        assert whole % 10 == 0, "a step is whole or not there"
        assert newsroom.news(news).queued_at is None
    assert 0 < whole < PEOPLE
    newsroom.sending.mind()
    with newsroom.database.read() as session:
        found = Counter(session.scalars(select(OutboxMessage.recipient)))
    assert found == Counter(addresses(PEOPLE))
    assert sending.BATCH > PEOPLE, "the small steps were the other process's"


class Receiver:
    """The other end: has every letter under its key, so that a repeat is no second letter."""

    def __init__(self) -> None:
        self.arrived: Counter[str] = Counter()

    async def take(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        line = await reader.readline()
        self.arrived[line.decode().strip()] += 1
        writer.write(b"ok\n")
        await writer.drain()
        writer.close()


def test_a_worker_that_is_killed_while_it_delivers_leaves_nobody_out(both_newsrooms: Newsroom) -> None:
    newsroom = both_newsrooms
    newsroom.clock[0] = datetime.now(UTC)
    newsroom.take_in(addresses(300))
    news = newsroom.approved(topic="disaster", urgent=True, per_minute=6_000)
    newsroom.sending.mind()
    receiver = Receiver()

    def free_leases() -> None:
        """What the dead held is due when its lease is over; a test does not wait for that."""
        with newsroom.database.write() as session:
            session.execute(update(OutboxMessage).values(leased_until=None))

    def waiting() -> int:
        with newsroom.database.read() as session:
            pending = select(func.count()).where(OutboxMessage.state == State.PENDING)
            return session.scalar(pending) or 0

    async def scene() -> None:
        server = await asyncio.start_server(receiver.take, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        for kill in range(KILLS + 1):
            child = await asyncio.create_subprocess_exec(
                *command(newsroom, "deliver", port), cwd=PROJECT_ROOT
            )
            enough = 300 * (kill + 1) // (KILLS + 1) - 20
            async with asyncio.timeout(PATIENCE):
                while (  # noqa: ASYNC110 - what is awaited happens in another process
                    len(receiver.arrived) < enough or (kill == KILLS and await asyncio.to_thread(waiting))
                ):
                    await asyncio.sleep(0.01)
            child.kill()
            await child.wait()
            await asyncio.to_thread(free_leases)
        server.close()

    asyncio.run(scene())
    assert len(receiver.arrived) == 300
    repeats = sum(receiver.arrived.values()) - 300
    assert repeats <= KILLS * STREAMED_AT_ONCE, "only what was in its hands comes again, under the same key"
    assert newsroom.counts(news).delivered == 300
