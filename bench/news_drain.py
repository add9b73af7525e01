"""The other end of bench/news.py: a recorder, workers as processes of their own, and the draining."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import subprocess
import sys
import time
from collections import Counter, deque
from dataclasses import dataclass, field
from datetime import UTC, datetime

from sqlalchemy.orm import Session

from gateway.database import Database
from gateway.outbox.queue import Letter
from gateway.outbox.service import Outbox
from gateway.outbox.worker import OutboxWorker

BENCH = __file__.replace("news_drain.py", "news.py")


def put_notice(session: Session, key: str, now: datetime) -> None:
    """A citizen's notice."""
    Outbox().put(
        session, key=key, topic="notice.release", transport="email", recipient="citizen@example.org",
        payload={"title": "結案", "text": "已結案"}, ordering="email:x", now=now,
    )  # fmt: skip


@dataclass
class Recorder:
    """The other end: answers when it has a letter; a repeat under the same key is no second letter."""

    arrived: Counter[str] = field(default_factory=Counter)
    at: list[float] = field(default_factory=list)
    notices: dict[str, float] = field(default_factory=dict)

    async def take(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One worker's connection."""
        with contextlib.suppress(ConnectionError, asyncio.CancelledError):
            while line := await reader.readline():
                key = line.decode().strip()
                if key.startswith("news:"):
                    self.arrived[key] += 1
                    if self.arrived[key] == 1:
                        self.at.append(time.monotonic())
                else:
                    self.notices.setdefault(key, time.time())
                writer.write(b"ok\n")
                await writer.drain()
        writer.close()


class ToRecorder:
    """Hands letters over on one connection and waits for each answer."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._waiting: deque[asyncio.Future[None]] = deque()
        self._writer: asyncio.StreamWriter | None = None
        self._opening = asyncio.Lock()

    async def deliver(self, letter: Letter) -> None:
        """Until it is acknowledged."""
        async with self._opening:
            if self._writer is None:
                reader, self._writer = await asyncio.open_connection("127.0.0.1", self._port)
                self._task = asyncio.create_task(self._answers(reader))
        answered: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append(answered)
        self._writer.write(f"{letter.key}\n".encode())
        await answered

    async def _answers(self, reader: asyncio.StreamReader) -> None:
        while await reader.readline():
            self._waiting.popleft().set_result(None)


async def drain(database: Database, url: str, people: int) -> tuple[Recorder, float, list[float]]:
    """Two workers; one is killed at a third and another begins. What arrived, seconds, notices' waits."""
    recorder, put = Recorder(), dict[str, float]()
    server = await asyncio.start_server(recorder.take, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]

    def worker() -> subprocess.Popen[bytes]:
        return subprocess.Popen([sys.executable, BENCH, "--child-deliver", url, str(port)])

    workers, killed = [worker(), worker()], False
    begin, told = time.monotonic(), 0.0
    while len(recorder.arrived) < people:
        key, now = f"notice:{time.time_ns()}", datetime.now(UTC)

        def write(key: str = key, now: datetime = now) -> None:
            with database.write() as session:
                put_notice(session, key, now)
            put[key] = time.time()

        await asyncio.to_thread(write)
        await asyncio.sleep(1)
        if not killed and len(recorder.arrived) > people // 3:
            os.kill(workers[0].pid, signal.SIGKILL)
            workers[0].wait()
            workers[0], killed = worker(), True
        if time.monotonic() - told > 30:
            told = time.monotonic()
            print(f"{told - begin:5.0f} s: {len(recorder.arrived):,}", flush=True)
    seconds = time.monotonic() - begin
    await asyncio.sleep(2)
    for one in workers:
        one.terminate()
        one.wait()
    server.close()
    waited = [recorder.notices[key] - at for key, at in put.items() if key in recorder.notices]
    return recorder, seconds, waited


def child_deliver(url: str, port: int) -> None:
    """A worker of its own: nobody wakes it, so it looks every second."""

    async def run() -> None:
        await OutboxWorker(Database(url), {"email": ToRecorder(port)}, look_seconds=1).run()

    asyncio.run(run())


def busiest_minute(at: list[float]) -> int:
    """The most arrivals in any 60 seconds."""
    most, begin = 0, 0
    for end, instant in enumerate(at):
        while at[begin] <= instant - 60:
            begin += 1
        most = max(most, end - begin + 1)
    return most
