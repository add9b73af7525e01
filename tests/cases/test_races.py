"""Two operators on one case: one wins, the other is told, and the history tells it as it was."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable
from datetime import date
from itertools import count

from gateway.cases.closing_days import NewClosure, enter_closure, move_dues
from gateway.cases.closures import Part
from gateway.cases.errors import CannotMerge, StaleCase
from gateway.cases.proving import event_faults
from gateway.cases.rules import Act
from gateway.cases.service import CaseService
from gateway.cases.views import NewCase
from gateway.database import Database
from tests.cases.life import Life
from tests.cases.races import history_is_exact, race

ROUNDS = 100
"""`bench/two_operators.py` runs a thousand on each database."""


def test_of_two_acts_at_once_one_wins_and_the_other_is_told(
    cases: CaseService, database: Database, new_case: Callable[..., NewCase]
) -> None:
    tally = race(cases, (new_case(f"race-{index}") for index in count()), ROUNDS, seed=1999)
    assert tally.surprises == []
    assert (tally.won, tally.refused) == (ROUNDS, ROUNDS)
    assert len(tally.acts) > 40
    assert history_is_exact(cases) == []
    with database.read() as session:
        assert list(cases.trail.faults(session)) == []
        assert list(event_faults(session, cases.trail)) == []


def at_once(*works: Callable[[], object]) -> list[str]:
    """Do the works in as many threads from one moment on; the names of what they raised, or `done`."""
    start, outcomes = threading.Barrier(len(works)), list[str]()

    def run(work: Callable[[], object]) -> None:
        start.wait()
        try:
            work()
            outcomes.append("done")
        except Exception as error:
            outcomes.append(type(error).__name__)

    threads = [threading.Thread(target=run, args=(work,)) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return outcomes


def test_of_two_cases_merged_into_each_other_at_once_one_is(
    cases: CaseService, database: Database, new_case: Callable[..., NewCase]
) -> None:
    def merge(number: str, other: str) -> None:
        with database.write() as session:
            Life(cases, session).do(number, Act.MERGE, other_case=other)

    for index in range(10):
        with database.write() as session:
            one, two = (Life(cases, session).file(new_case(f"{index}-{end}")) for end in "ab")
        outcomes = at_once(lambda a=one, b=two: merge(a, b), lambda a=one, b=two: merge(b, a))  # type: ignore[misc]
        assert sorted(outcomes) in (
            sorted(["done", CannotMerge.__name__]),
            sorted(["done", "ActNotAllowed"]),
            sorted(["done", StaleCase.__name__]),
        )


def test_a_closure_moves_due_times_while_people_work(
    cases: CaseService, database: Database, new_case: Callable[..., NewCase]
) -> None:
    with database.write() as session:
        numbers = [Life(cases, session).file(new_case(f"moved-{index}")) for index in range(30)]
        closure = NewClosure(date(2026, 11, 24), Part.ALL, "颱風停止上班", "Closed for a typhoon", None)
        enter_closure(session, cases, closure, actor="boss", role="supervisor")

    def comment_on_all() -> None:
        for number in reversed(numbers):
            with database.write() as session:
                Life(cases, session).do(number, Act.COMMENT)

    outcomes = Counter(at_once(lambda: move_dues(cases), comment_on_all))
    # Who read a case before it was moved is told so; nobody is thrown out by the database.
    assert set(outcomes) <= {"done", StaleCase.__name__}
    assert move_dues(cases) == 0
    with database.read() as session:
        assert list(event_faults(session, cases.trail)) == []
