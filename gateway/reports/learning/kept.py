"""What took long to reckon is kept for a while, and reckoned anew beside the requests."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, Generic, TypeVar

import structlog
from sqlalchemy.orm import Session

from gateway.database import Database

log = structlog.get_logger()
R = TypeVar("R")
Reckon = Callable[[Session], R]
MOST: Final = 300
"""So many results are kept; the one that nobody has asked for longest goes first."""


@dataclass(frozen=True)
class Reckoned(Generic[R]):
    """A result, and up to when what it rests on was known."""

    at: datetime
    value: R


class Kept:
    """Reckons one thing at a time in a thread of its own. Safe to use from several threads."""

    def __init__(self, database: Database, clock: Callable[[], datetime]) -> None:
        self._database, self._clock = database, clock
        self._lock = threading.Lock()
        self._results: OrderedDict[Hashable, Reckoned[Any]] = OrderedDict()
        self._running: dict[Hashable, Future[Reckoned[Any]]] = {}
        self._thread = ThreadPoolExecutor(1, "learning")

    def get(self, key: Hashable, reckon: Reckon[R], fresh: timedelta) -> Reckoned[R]:
        """The result, no older than `fresh`; waits for it. Raises what reckoning it raises."""
        found = self._known_or_begun(key, reckon, fresh)
        return found if isinstance(found, Reckoned) else found.result()

    def soon(
        self, key: Hashable, reckon: Reckon[R], fresh: timedelta, patience: timedelta
    ) -> Reckoned[R] | None:
        """The result, be it an old one while a new one is reckoned; None where it takes longer than
        `patience` and there is none yet. Raises what reckoning it raises."""
        found = self._known_or_begun(key, reckon, fresh)
        if isinstance(found, Reckoned):
            return found
        wait([found], patience.total_seconds())
        if found.done():
            return found.result()
        with self._lock:
            old: Reckoned[R] | None = self._results.get(key)
            return old

    def close(self) -> None:
        """Begin nothing more, and wait for what is under way."""
        self._thread.shutdown(wait=True, cancel_futures=True)

    def _known_or_begun(
        self, key: Hashable, reckon: Reckon[R], fresh: timedelta
    ) -> Reckoned[R] | Future[Reckoned[R]]:
        with self._lock:
            known: Reckoned[R] | None = self._results.get(key)
            if known is not None:
                self._results.move_to_end(key)
                if self._clock() - known.at < fresh:
                    return known
            if key not in self._running:
                self._running[key] = self._thread.submit(self._reckoned, key, reckon)
            return self._running[key]

    def _reckoned(self, key: Hashable, reckon: Reckon[R]) -> Reckoned[R]:
        try:
            at = self._clock()
            with self._database.snapshot() as session:
                done = Reckoned(at, reckon(session))
        except Exception:
            log.exception("a report could not be reckoned")
            with self._lock:
                del self._running[key]
            raise
        with self._lock:
            self._results[key] = done
            self._results.move_to_end(key)
            while len(self._results) > MOST:
                self._results.popitem(last=False)
            del self._running[key]
        return done
