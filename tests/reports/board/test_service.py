"""However many look at the board, the database is read once; nobody is shown another's units."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from gateway.cases.service import CaseService
from gateway.database import Database
from gateway.reports.board import service
from gateway.reports.board.rules import Board
from gateway.reports.board.service import GOOD_FOR_SECONDS, KEPT, SHOWN_MEANWHILE_SECONDS, Boards
from gateway.settings import Settings
from tests.reports.board.standing import UNITS, made


class Watch:
    """Seconds that pass only when a test says so."""

    def __init__(self) -> None:
        self.now = 1000.0

    def monotonic(self) -> float:
        return self.now


@pytest.fixture
def watch(monkeypatch: pytest.MonkeyPatch) -> Watch:
    """The clock by which figures grow old."""
    made = Watch()
    monkeypatch.setattr(service, "time", made)
    return made


@pytest.fixture
def boards(database: Database, cases: CaseService, tmp_path: object) -> Boards:
    """Boards of a hundred cases."""
    now = datetime(2026, 3, 4, 4, 0, tzinfo=UTC)
    with database.write() as session:
        session.add_all(made(100, now))
    return Boards(database, Settings(data_dir=tmp_path), cases.office, lambda: now)


def counting(boards: Boards, monkeypatch: pytest.MonkeyPatch) -> list[frozenset[str] | None]:
    """What is read from now on."""
    read: list[frozenset[str] | None] = []
    real: Callable[[frozenset[str] | None], Board] = boards._read

    def note(units: frozenset[str] | None) -> Board:
        read.append(units)
        return real(units)

    monkeypatch.setattr(boards, "_read", note)
    return read


def test_twenty_who_look_at_once_cost_one_reading(
    boards: Boards, watch: Watch, monkeypatch: pytest.MonkeyPatch
) -> None:
    read, seen = counting(boards, monkeypatch), []
    threads = [threading.Thread(target=lambda: seen.append(boards.of(None))) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert read == [None] and len(seen) == 20 and len({id(board) for board in seen}) == 1
    watch.now += GOOD_FOR_SECONDS
    assert boards.of(None) is not seen[0] and len(read) == 2


def test_each_set_of_units_has_a_board_of_its_own(boards: Boards) -> None:
    every = boards.of(None).cases.standing.open
    parts = [boards.of(frozenset({unit})).cases.standing.open for unit in UNITS]
    assert sum(parts) == every and all(parts)


def test_who_comes_while_one_reads_is_shown_the_last_figures_but_not_old_ones(
    boards: Boards, watch: Watch
) -> None:
    first = boards.of(None)
    kept = boards._kept[None]
    with kept.reading:
        watch.now += SHOWN_MEANWHILE_SECONDS - 1
        assert boards.of(None) is first
        watch.now += 1
        late: list[Board] = []
        waits = threading.Thread(target=lambda: late.append(boards.of(None)))
        waits.start()
        assert late == []
    waits.join()
    assert late[0] is not first


def test_what_fails_is_read_again_and_shown_to_nobody(
    boards: Boards, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as broken:
        broken.setattr(service, "case_figures", lambda *_: 1 / 0)
        for _ in range(2):
            with pytest.raises(ZeroDivisionError):
                boards.of(None)
    assert boards.of(None).cases.standing.open > 0


def test_boards_nobody_looks_at_are_forgotten(boards: Boards) -> None:
    for n in range(KEPT + 5):
        boards.of(frozenset({f"unit {n}"}))
    assert len(boards._kept) == KEPT


def test_a_board_tells_when_it_was_read(boards: Boards) -> None:
    assert boards.of(None).as_of == datetime(2026, 3, 4, 4, 0, tzinfo=UTC)
    assert boards.of(None).cases.counted_to <= boards.of(None).as_of + timedelta(0)
