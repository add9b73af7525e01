"""The worker: takes what is due and delivers it outside of any transaction, at least once.

Each transport has a lane of its own, so that one that is away holds nobody else up. The database is the
only memory: whatever was taken and not marked when a process died is due again once its lease is over.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from functools import partial

import structlog

from gateway.database import Database
from gateway.outbox import queue, streams
from gateway.outbox.queue import Letter
from gateway.outbox.quiet import QuietHours
from gateway.outbox.rules import GULP, RINGING, Transport, lease_of
from gateway.outbox.transports import Carrier, Carriers

log = structlog.get_logger()
LETTERS_AT_ONCE = 8
PATIENCE_SECONDS = 1.0
"""After so long the places of letters that are through are filled again, whoever still hangs."""
STREAMED_AT_ONCE = 32
SHOWN_AT_ONCE = 500
LOOK_SECONDS = 5.0


def _now() -> datetime:
    return datetime.now(UTC)


async def _end(tasks: set[asyncio.Task[None]]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


class OutboxWorker:
    """Delivers by the carriers it is given; any number of workers may share one database."""

    def __init__(
        self,
        database: Database,
        carriers: Carriers,
        *,
        quiet: QuietHours | None = None,
        clock: Callable[[], datetime] = _now,
        look_seconds: float = LOOK_SECONDS,
    ) -> None:
        self._database = database
        self._quiet = quiet
        self._clock = clock
        self._look_seconds = look_seconds
        self._lanes: dict[str, Callable[[], Awaitable[int]]] = {Transport.DESK.value: self._show}
        self._looks: dict[str, float] = {}
        self._transports = (Transport.DESK.value, *carriers)
        for name, carrier in carriers.items():
            self._lanes[name] = self._lane_of(carrier, partial(self._take, name), LETTERS_AT_ONCE)
            # Of its own: what goes to many must not hold up what goes to one.
            stream = f"{name} streams"
            take = partial(self._take_of_streams, name, stream)
            self._lanes[stream] = self._lane_of(carrier, take, STREAMED_AT_ONCE)
        self._news: dict[str, asyncio.Event] = {}
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stopping = False

    @property
    def transports(self) -> tuple[str, ...]:
        """The names of the transports it serves."""
        return self._transports

    def wake(self, transport: str | None = None) -> None:
        """There is something new, perhaps for one transport only; may be called from any thread."""
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._wake_lanes, transport)

    async def run(self) -> None:
        """Deliver until `stop`; first of all what became due while no worker ran."""
        self._loop = asyncio.get_running_loop()
        self._news = {name: asyncio.Event() for name in self._lanes}
        self._stopping = False
        async with asyncio.TaskGroup() as lanes:
            for name in self._lanes:
                lanes.create_task(self._serve(name))

    def stop(self) -> None:
        """Take nothing more; `run` ends when the letters under way are delivered and marked."""
        self._stopping = True
        self._wake_lanes()

    async def deliver_due(self) -> int:
        """Deliver everything that is due now, each message at most once; how many were tried."""
        return sum([await self._empty(lane) for lane in self._lanes.values()])

    async def _serve(self, name: str) -> None:
        news = self._news[name]
        while not self._stopping:
            news.clear()
            try:
                moved = await self._lanes[name]()
            except Exception as error:
                log.error("outbox lane interrupted; it goes on", transport=name, error=type(error).__name__)
                moved = 0
            if not moved and not self._stopping:
                await self._until_news(news, self._looks.get(name, self._look_seconds))

    @staticmethod
    async def _until_news(news: asyncio.Event, seconds: float) -> None:
        try:
            async with asyncio.timeout(seconds):
                await news.wait()
        except TimeoutError:
            return  # time to look whether something has become due

    @staticmethod
    async def _empty(lane: Callable[[], Awaitable[int]]) -> int:
        total = 0
        while moved := await lane():
            total += moved
        return total

    def _wake_lanes(self, transport: str | None = None) -> None:
        for name, news in self._news.items():
            if transport in {None, name}:
                news.set()

    async def _show(self) -> int:
        def show() -> int:
            with self._database.write() as session:
                return queue.show_due(session, self._clock(), SHOWN_AT_ONCE)

        return await asyncio.to_thread(show)

    def _take(self, transport: str, places: int) -> list[Letter]:
        now = self._clock()
        quiet_until = self._quiet.until(now) if self._quiet is not None and transport in RINGING else None
        with self._database.write() as session:
            if quiet_until is not None:
                queue.put_off(session, transport, now, quiet_until)
            return queue.take(session, transport, now, places)

    def _take_of_streams(self, transport: str, lane: str, places: int) -> list[Letter]:
        with self._database.write() as session:
            taken = streams.take(session, transport, self._clock(), places)
        self._looks[lane] = GULP.total_seconds() if taken.open else self._look_seconds
        return taken.letters

    def _lane_of(
        self, carrier: Carrier, take: Callable[[int], list[Letter]], at_once: int
    ) -> Callable[[], Awaitable[int]]:
        async def lane() -> int:
            """Everything that is due, some at a time; one that hangs keeps its own place and no other's."""
            one_writes = asyncio.Lock()  # SQLite has one writer: who waits here need not poll there
            under_way: set[asyncio.Task[None]] = set()
            tried, broken = 0, None
            try:
                while True:
                    places = 0 if self._stopping or broken else at_once - len(under_way)
                    letters = await asyncio.to_thread(take, places) if places else []
                    tried += len(letters)
                    under_way |= {
                        asyncio.create_task(self._carry(carrier, one, one_writes)) for one in letters
                    }
                    if not under_way and broken:
                        raise broken
                    if not under_way:
                        return tried
                    done, under_way = await asyncio.wait(under_way, timeout=PATIENCE_SECONDS)
                    broken = next((error for one in done if (error := one.exception())), broken)
            finally:
                await _end(under_way)

        return lane

    async def _carry(self, carrier: Carrier, letter: Letter, one_writes: asyncio.Lock) -> None:
        delivery = asyncio.ensure_future(carrier.deliver(letter))
        renew = lease_of(letter.transport).total_seconds() / 3
        try:
            while not (await asyncio.wait({delivery}, timeout=renew))[0]:
                letter = await asyncio.to_thread(self._keep, letter)
        finally:
            delivery.cancel()
        async with one_writes:
            await asyncio.to_thread(self._mark, letter, delivery.exception())

    def _keep(self, letter: Letter) -> Letter:
        with self._database.write() as session:
            return queue.keep(session, letter, self._clock())

    def _mark(self, letter: Letter, error: BaseException | None) -> None:
        with self._database.write() as session:
            now = self._clock()
            if error is None:
                queue.mark_sent(session, letter, now)
                return
            state = queue.mark_failed(session, letter, error, now)
        log.warning(
            "message not delivered", topic=letter.topic, message=letter.id, attempts=letter.attempts,
            state=state.value, error=type(error).__name__,
        )  # fmt: skip
