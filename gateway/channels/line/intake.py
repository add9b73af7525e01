"""Carrying out LINE's events beside the webhook: in order for each user, many users at once."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Final

import structlog

from gateway.channels.line import queue
from gateway.channels.line.queue import Taken
from gateway.channels.line.rules import State
from gateway.database import Database
from gateway.database.worker import Worker

log = structlog.get_logger()
AT_ONCE: Final = 16
LOOK_SECONDS: Final = 1.0
"""How often events are looked for that another process has stored, or left behind."""
_REASON_MAX: Final = 300


def _now() -> datetime:
    return datetime.now(UTC)


class LineIntake:
    """Takes events and gives each to `handle`; any number of processes may share one database.

    An event is marked as carried out after it was: `handle` must have one effect however often it is called.
    """

    def __init__(
        self,
        database: Database,
        worker: Worker,
        handle: Callable[[Taken], Awaitable[None]],
        clock: Callable[[], datetime] = _now,
    ) -> None:
        self._database = database
        self._worker = worker
        self._handle = handle
        self._clock = clock
        self._news = asyncio.Event()
        self._at_work: set[asyncio.Task[None]] = set()
        self._unnoted: set[int] = set()
        """Events of which it could not be written down what became of them."""

    def wake(self) -> None:
        """There is something new; to be called in the event loop."""
        self._news.set()

    async def run(self) -> None:
        """Carry out what comes until cancelled; what is under way is finished first."""
        try:
            while True:
                self._news.clear()
                if not await self._start_some():
                    await self._until_news()
        finally:
            if self._at_work:
                await asyncio.wait(self._at_work)
            await asyncio.to_thread(self._release)

    async def carry_out_all(self) -> int:
        """Carry out everything that can be now; how many events were tried."""
        tried = 0
        while count := await self._start_some():
            tried += count
            await asyncio.wait(self._at_work)
        return tried

    async def idle(self) -> None:
        """Wait until nothing is under way in this process."""
        while self._at_work:
            await asyncio.wait(self._at_work)

    async def _start_some(self) -> int:
        room = AT_ONCE - len(self._at_work)
        if room <= 0:
            await asyncio.wait(self._at_work, return_when=asyncio.FIRST_COMPLETED)
            return 1
        try:
            taken = await asyncio.to_thread(self._take, room)
        except Exception:
            log.exception("LINE's events cannot be taken; trying again")
            return 0
        for event in taken:
            task = asyncio.create_task(self._carry_out(event))
            self._at_work.add(task)
            task.add_done_callback(self._finished)
        return len(taken)

    def _finished(self, task: asyncio.Task[None]) -> None:
        self._at_work.discard(task)
        self._news.set()  # the next of the same user may go

    async def _until_news(self) -> None:
        try:
            async with asyncio.timeout(LOOK_SECONDS):
                await self._news.wait()
        except TimeoutError:
            return  # time to look

    async def _carry_out(self, event: Taken) -> None:
        try:
            await self._handle(event)
        except Exception as error:
            log.exception("an event of LINE broke", kind=event.kind, number=event.id, attempts=event.attempts)
            await self._note(self._broke, event, f"{type(error).__name__}: {error}"[:_REASON_MAX])
        else:
            await self._note(self._done, event, "")

    async def _note(self, note: Callable[[Taken, str], None], event: Taken, why: str) -> None:
        try:
            await asyncio.to_thread(note, event, why)
        except Exception:
            self._unnoted.add(event.id)  # carried out once more, which changes nothing
            log.exception("what became of an event of LINE could not be noted", number=event.id)

    def _take(self, limit: int) -> list[Taken]:
        unnoted = set(self._unnoted)
        with self._database.write() as session:
            queue.free(session, unnoted)
            living = self._worker.living(session)
            taken = queue.take(session, self._worker.id, living, self._clock(), limit)
        self._unnoted -= unnoted
        return taken

    def _done(self, event: Taken, _why: str) -> None:
        with self._database.write() as session:
            queue.done(session, event, self._clock())

    def _broke(self, event: Taken, why: str) -> None:
        with self._database.write() as session:
            state = queue.broke(session, event, why, self._clock())
        if state == State.FAILED:
            log.error("an event of LINE was given up", kind=event.kind, number=event.id)

    def _release(self) -> None:
        with self._database.write() as session:
            queue.release(session, self._worker.id)
