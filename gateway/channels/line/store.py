"""Storing events before they are answered: those that come together are written together."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import Any, Final

from sqlalchemy.orm import Session

from gateway.channels.line.models import LineEvent
from gateway.database import Database
from gateway.database.inserting import insert_into

AT_ONCE: Final = 500


class EventStore:
    """Writes events once each. `keep` returns when they are in the database, and not before.

    Many webhooks at once share one transaction, so that a disk which takes milliseconds to be sure holds
    nobody up for long.
    """

    def __init__(self, database: Database, wake: Callable[[], None]) -> None:
        """`wake` hears of every commit that brought something new."""
        self._database = database
        self._wake = wake
        self._waiting: list[tuple[Sequence[dict[str, Any]], asyncio.Future[None]]] = []
        self._writing: asyncio.Task[None] | None = None

    async def keep(self, rows: Sequence[dict[str, Any]]) -> None:
        """Store rows of `events.rows`; those that are known already change nothing. Raises what the database
        raises; then nothing of these was stored."""
        if not rows:
            return
        stored: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append((rows, stored))
        if self._writing is None or self._writing.done():
            self._writing = asyncio.create_task(self._write())
        await stored

    async def _write(self) -> None:
        while self._waiting:
            batch, self._waiting = self._waiting[:AT_ONCE], self._waiting[AT_ONCE:]
            rows = [row for given, _ in batch for row in given]
            try:
                new = await asyncio.to_thread(self._insert, rows)
            except Exception as error:
                for _, stored in batch:
                    if not stored.done():
                        stored.set_exception(error)
                continue
            for _, stored in batch:
                if not stored.done():  # else: whoever asked has gone
                    stored.set_result(None)
            if new:
                self._wake()

    def _insert(self, rows: Sequence[dict[str, Any]]) -> int:
        with self._database.write() as session:
            return insert_once(session, rows)


def insert_once(session: Session, rows: Sequence[dict[str, Any]]) -> int:
    """Insert events in the caller's transaction, each once; how many were new."""
    # In one order whoever writes: two deliveries of the same events must not wait for each other crosswise.
    alike = sorted({row["event_id"]: row for row in rows}.values(), key=lambda row: str(row["event_id"]))
    insert = insert_into(session, LineEvent)
    once = insert.on_conflict_do_nothing(index_elements=[LineEvent.event_id]).returning(LineEvent.id)
    return len(session.scalars(once, alike).all())
