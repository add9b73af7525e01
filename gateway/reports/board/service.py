"""The board as it is at this moment, read once for all who look at it."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final

from sqlalchemy.orm import Session

from gateway.cases.office import Office
from gateway.database import Database
from gateway.reports.board.cases import case_figures
from gateway.reports.board.rules import Board
from gateway.reports.board.talks import talk_figures
from gateway.reports.moment import one_moment
from gateway.settings import Settings

GOOD_FOR_SECONDS: Final = 5.0
"""Nothing shown is older, unless it is being read anew just now."""
SHOWN_MEANWHILE_SECONDS: Final = 20.0
"""So old figures are still told to those who ask while one reads them anew; then they wait for it."""
KEPT: Final = 60
"""Boards of so many different sets of units are kept at once."""


@dataclass
class _Kept:
    reading: threading.Lock = field(default_factory=threading.Lock)
    board: Board | None = None
    read_at: float = float("-inf")


class Boards:
    """Boards of every set of units, for any thread of this process. Kept at `app.state.live_board`.

    However many look, the database is asked once in GOOD_FOR_SECONDS for each set of units.
    """

    def __init__(
        self,
        database: Database,
        settings: Settings,
        office: Callable[[Session], Office],
        clock: Callable[[], datetime],
    ) -> None:
        self._database = database
        self._settings = settings
        self._office = office
        self._clock = clock
        self._choosing = threading.Lock()
        self._kept: OrderedDict[frozenset[str] | None, _Kept] = OrderedDict()

    def of(self, units: frozenset[str] | None) -> Board:
        """The board of the cases of these units (None: of all)."""
        kept = self._place(units)
        board, age = kept.board, time.monotonic() - kept.read_at
        if board is not None and age < GOOD_FOR_SECONDS:
            return board
        waits = board is None or age >= SHOWN_MEANWHILE_SECONDS
        if not kept.reading.acquire(blocking=waits) and board is not None:
            return board
        try:
            if kept.board is None or time.monotonic() - kept.read_at >= GOOD_FOR_SECONDS:
                began = time.monotonic()
                kept.board = self._read(units)
                kept.read_at = began
            return kept.board
        finally:
            kept.reading.release()

    def _place(self, units: frozenset[str] | None) -> _Kept:
        with self._choosing:
            kept = self._kept.setdefault(units, _Kept())
            self._kept.move_to_end(units)
            while len(self._kept) > KEPT:
                self._kept.popitem(last=False)
            return kept

    def _read(self, units: frozenset[str] | None) -> Board:
        began = time.monotonic()
        with one_moment(self._database) as session:
            now, office = self._clock(), self._office(session)
            board = Board(
                now, units, case_figures(session, units, now, office),
                talk_figures(session, self._settings, now, office),
            )  # fmt: skip
        return replace(board, took=time.monotonic() - began)
