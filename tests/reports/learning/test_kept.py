"""Results are kept, reckoned once for all who ask, and never hold a page up."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy.orm import Session

from gateway.database import Database
from gateway.reports.learning.kept import Kept

HOUR, LONG, NO_TIME = timedelta(hours=1), timedelta(seconds=60), timedelta(0)


class Work:
    """Something that is reckoned as soon as a test lets it."""

    def __init__(self) -> None:
        self.times = 0
        self.go = threading.Event()
        self.begun = threading.Event()

    def __call__(self, _session: Session) -> int:
        self.times += 1
        self.begun.set()
        assert self.go.wait(60)
        return self.times


@pytest.fixture
def now() -> list[datetime]:
    return [datetime(2026, 11, 26, 2, 0, tzinfo=UTC)]


@pytest.fixture
def kept(database: Database, now: list[datetime]) -> Iterator[Kept]:
    room = Kept(database, lambda: now[0])
    yield room
    room.close()


def test_who_does_not_wait_is_told_that_it_is_not_there_yet(kept: Kept) -> None:
    work = Work()
    assert kept.soon("a", work, HOUR, NO_TIME) is None
    assert kept.soon("a", work, HOUR, NO_TIME) is None
    work.go.set()
    assert kept.get("a", work, HOUR).value == 1
    found = kept.soon("a", work, HOUR, NO_TIME)
    assert found is not None and (found.value, work.times) == (1, 1)


def test_an_old_result_is_shown_while_a_new_one_is_reckoned(kept: Kept, now: list[datetime]) -> None:
    work, first = Work(), now[0]
    work.go.set()
    kept.get("a", work, HOUR)
    work.go.clear()
    now[0] += HOUR
    old = kept.soon("a", work, HOUR, NO_TIME)
    assert old is not None and (old.value, old.at) == (1, first)
    work.go.set()
    new = kept.get("a", work, HOUR)
    assert (new.value, new.at) == (2, now[0])


def test_what_fails_is_told_and_tried_again(kept: Kept) -> None:
    tries = []

    def fail(_session: Session) -> int:
        tries.append(1)
        raise ZeroDivisionError

    for _ in range(2):
        with pytest.raises(ZeroDivisionError):
            kept.soon("a", fail, HOUR, LONG)
    assert len(tries) == 2


def test_another_question_is_another_result(kept: Kept) -> None:
    work = Work()
    work.go.set()
    assert [kept.get(key, work, HOUR).value for key in ("a", "b", "a")] == [1, 2, 1]
