"""Makes files beside the requests, some at a time. Any number of processes may share the work.

The database is the only memory: what a process had begun when it died is begun again by another one as
soon as its lease is over.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import structlog

from gateway.audit.service import AuditTrail
from gateway.database import Database
from gateway.reports.exports import making
from gateway.reports.exports.making import Job, Maker
from gateway.reports.exports.rules import LEASE
from gateway.reports.exports.service import Exports
from gateway.reports.shelf import ReportShelf
from gateway.settings import Settings

log = structlog.get_logger()
FILES_AT_ONCE = 2
LOOK_SECONDS = 3.0


def _now() -> datetime:
    return datetime.now(UTC)


class ExportWorker:
    """Makes what was asked for. Kept at `app.state.export_worker`."""

    def __init__(
        self, database: Database, reports: ReportShelf, exports: Exports, trail: AuditTrail,
        settings: Settings, *, clock: Callable[[], datetime] = _now, lease: timedelta = LEASE,
        look_seconds: float = LOOK_SECONDS,
    ) -> None:  # fmt: skip
        self._database, self._clock, self._lease = database, clock, lease
        self._look_seconds = look_seconds
        self._stopping = threading.Event()
        keep_for = timedelta(hours=settings.report_files_hours)
        zone = ZoneInfo(settings.timezone)
        self._maker = Maker(
            database, reports, trail, exports.folder, zone, keep_for, clock, self._stopping
        )  # fmt: skip
        self._news: asyncio.Event | None = None
        self._loop: asyncio.AbstractEventLoop | None = None

    def wake(self) -> None:
        """There is something new; may be called from any thread."""
        if self._loop is not None and self._news is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._news.set)

    def stop(self) -> None:
        """Take nothing more, and give back what is not done; `run` ends soon."""
        self._stopping.set()
        self.wake()

    async def run(self) -> None:
        """Make files until `stop`."""
        self._loop = asyncio.get_running_loop()
        self._news = news = asyncio.Event()
        self._stopping.clear()
        # Threads of its own: a long file must not take those that answer people.
        threads = ThreadPoolExecutor(FILES_AT_ONCE, "exports")
        try:
            await asyncio.gather(*(self._serve(threads, news) for _ in range(FILES_AT_ONCE)))
        finally:
            threads.shutdown(wait=False)

    async def make_due(self) -> int:
        """Make everything that waits now, one after another; how many files were begun."""
        count = 0
        with ThreadPoolExecutor(1, "exports") as threads:
            while await self._next(threads):
                count += 1
        return count

    async def _serve(self, threads: ThreadPoolExecutor, news: asyncio.Event) -> None:
        while not self._stopping.is_set():
            news.clear()
            try:
                made = await self._next(threads)
            except Exception as error:
                log.error("a file of a report was cut off; it is begun again", error=type(error).__name__)
                made = False
            if not made and not self._stopping.is_set():
                await self._until_news(news)

    async def _until_news(self, news: asyncio.Event) -> None:
        try:
            async with asyncio.timeout(self._look_seconds):
                await news.wait()
        except TimeoutError:
            return  # time to look what other processes have left

    async def _next(self, threads: ThreadPoolExecutor) -> bool:
        loop = asyncio.get_running_loop()
        job = await loop.run_in_executor(threads, self._take)
        if job is None:
            return False
        making_it = loop.run_in_executor(threads, self._maker.make, job)
        while not (await asyncio.wait({making_it}, timeout=self._lease.total_seconds() / 3))[0]:
            await asyncio.to_thread(self._keep, job)
        making_it.result()
        return True

    def _take(self) -> Job | None:
        if self._stopping.is_set():
            return None
        with self._database.read() as session:
            if not making.waiting(session, self._clock()):
                return None  # SQLite has one writer: who only looks must not stand in its way
        with self._database.write() as session:
            return making.take(session, self._clock(), self._lease)

    def _keep(self, job: Job) -> None:
        with self._database.write() as session:
            making.keep(session, job, self._clock(), self._lease)
