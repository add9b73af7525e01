"""Two operators on one case: one wins, the other is told, and the history tells it as it was."""

from __future__ import annotations

from collections.abc import Callable
from itertools import count

from gateway.cases.proving import event_faults
from gateway.cases.service import CaseService
from gateway.cases.views import NewCase
from gateway.database import Database
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
