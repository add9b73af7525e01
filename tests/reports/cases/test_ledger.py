"""Keeping the ledger: one counts at a time, nothing is lost, what changes afterwards is put right."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import func, insert, select

from gateway.cases.closing_days import NewClosure, enter_closure
from gateway.cases.closures import Part
from gateway.cases.models import CaseChange
from gateway.cases.rules import CLOSED, Act, Role
from gateway.cases.service import CaseService
from gateway.cases.views import NewCase
from gateway.reports.cases import ledger as ledgers
from gateway.reports.cases.dimensions import Bounds, Dimension
from gateway.reports.cases.figures import CLOSINGS, FLOWS, Figure
from gateway.reports.cases.ledger import Ledger
from gateway.reports.cases.models import ReportEntry, ReportTotal
from gateway.reports.cases.reading import counts
from gateway.reports.cases.tally import Tally
from tests.cases.conftest import calendar, cases, catalogue, database, now, office
from tests.cases.life import Life

__all__ = ["calendar", "cases", "catalogue", "database", "now", "office"]
ALWAYS = Bounds(date(2020, 1, 1), date(2029, 12, 31))


def file(cases: CaseService, now: list[datetime], n: int, **parts: object) -> str:
    facts: dict[str, object] = {
        "kind": "petition", "item_code": "petition_roads", "description": "路面破洞", "origin_key": f"c{n}",
        "received_at": now[0], "channel": "phone", "district": "三民區", "contact_phone": "0912345678",
    }  # fmt: skip
    with cases.database.write() as session:
        return Life(cases, session).file(NewCase(**{**facts, **parts}))  # type: ignore[arg-type]


def do(cases: CaseService, number: str, *acts: Act) -> None:
    with cases.database.write() as session:
        for act in acts:
            Life(cases, session).do(number, act)


def tally(cases: CaseService, unit: str | None = None) -> Tally:
    with cases.database.snapshot() as session:
        if unit is None:
            return counts(session, ALWAYS).get("", Tally())
        return counts(session, ALWAYS, Dimension.UNIT).get(unit, Tally())


def test_what_happened_is_counted_when_somebody_counts(cases: CaseService, now: list[datetime]) -> None:
    number = file(cases, now, 1)
    assert tally(cases).of(Figure.RECEIVED) == 0
    assert Ledger(cases).gather() == 1
    assert tally(cases).of(Figure.RECEIVED) == 1
    assert Ledger(cases).gather() == 0
    do(cases, number, Act.ACCEPT, Act.HANDLE, Act.RELEASE)
    Ledger(cases).gather()
    assert tally(cases).of(Figure.FINISHED) == 1
    with cases.database.read() as session:
        assert session.scalar(select(func.count(CaseChange.id))) == 0


def test_counting_the_same_again_enters_nothing(cases: CaseService, now: list[datetime]) -> None:
    file(cases, now, 1)
    ledger = Ledger(cases)
    ledger.gather_all()
    with cases.database.write() as session:
        session.execute(insert(CaseChange), [{"case_id": 1}, {"case_id": 1}])
        before = session.scalar(select(func.count(ReportEntry.id)))
    ledger.gather_all()
    with cases.database.read() as session:
        assert session.scalar(select(func.count(ReportEntry.id))) == before


def test_what_turns_out_otherwise_is_taken_back(cases: CaseService, now: list[datetime]) -> None:
    """A corrected item counts for the right one from the beginning; the totals follow."""
    number = file(cases, now, 1, kind="dispatch", item_code="road_pothole")
    Ledger(cases).gather_all()
    do(cases, number, Act.RECLASSIFY)
    Ledger(cases).gather_all()
    with cases.database.snapshot() as session:
        by_item = counts(session, ALWAYS, Dimension.ITEM, [Figure.RECEIVED])
        negative = session.scalar(select(func.count()).where(ReportTotal.amount < 0))
    assert {item: found.of(Figure.RECEIVED) for item, found in by_item.items()} == {"road_subsidence": 1}
    assert negative == 0


def test_cut_off_in_the_middle_nothing_is_counted_twice(
    cases: CaseService, now: list[datetime], monkeypatch: pytest.MonkeyPatch
) -> None:
    for n in range(5):
        file(cases, now, n)

    def broken(*_: object) -> None:
        raise RuntimeError("the power went")

    with monkeypatch.context() as patch:
        patch.setattr(ledgers, "add_up", broken)
        patch.setattr(ledgers, "ADD_UP_AT", 1)
        with pytest.raises(RuntimeError, match="power"):
            Ledger(cases).gather()
    assert tally(cases).of(Figure.RECEIVED) == 0
    Ledger(cases).gather_all()
    assert tally(cases).of(Figure.RECEIVED) == 5


def at_once(*works: Callable[[], object]) -> None:
    surprises: list[BaseException] = []

    def watched(work: Callable[[], object]) -> None:
        try:
            work()
        except BaseException as error:
            surprises.append(error)

    threads = [threading.Thread(target=watched, args=(work,)) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert surprises == []


def test_several_who_count_while_cases_are_filed_count_each_once(
    cases: CaseService, now: list[datetime]
) -> None:
    done = threading.Event()

    def count() -> None:
        ledger = Ledger(cases)
        while not done.is_set():
            ledger.gather()

    def filing() -> None:
        try:
            for n in range(30):
                do(cases, file(cases, now, n), Act.ACCEPT)
        finally:
            done.set()

    at_once(count, count, count, filing)
    Ledger(cases).gather_all()
    assert tally(cases).of(Figure.RECEIVED) == 30
    assert Ledger(cases).count_anew() == (30, 0)


def test_a_closure_told_afterwards_shortens_how_long_it_took(cases: CaseService, now: list[datetime]) -> None:
    """Received on a Monday, done on the Thursday: three working days, two after a typhoon day between."""
    now[0] = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)
    number = file(cases, now, 1)
    now[0] += timedelta(days=3)
    do(cases, number, Act.ACCEPT, Act.HANDLE, Act.RELEASE)
    Ledger(cases).gather_all()
    assert tally(cases).histogram(Figure.FINISHED) == {6: 1}
    with cases.database.write() as session:
        closure = NewClosure(date(2026, 11, 24), Part.ALL, "颱風", "Typhoon", None)
        enter_closure(session, cases, closure, actor="boss", role=Role.SUPERVISOR)
    Ledger(cases).gather_all()
    assert tally(cases).histogram(Figure.FINISHED) == {4: 1}


def test_a_case_that_moves_is_in_and_out_once(cases: CaseService, now: list[datetime]) -> None:
    number = file(cases, now, 1)
    with cases.database.read() as session:
        first = Life(cases, session).cases.registered_as(session, number).owner
    with cases.database.write() as session:
        Life(cases, session).do(number, Act.REASSIGN, unit="環保局")
    Ledger(cases).gather_all()
    assert tally(cases, first).of(Figure.MOVED_OUT) == 1
    assert tally(cases, first).of(Figure.REASSIGNED) == 1
    assert tally(cases, "環保局").of(Figure.MOVED_IN) == 1
    assert tally(cases, "環保局").of(Figure.RECEIVED) == 0


def test_every_closed_state_counts_as_something() -> None:
    assert set(CLOSINGS) == CLOSED
    assert set(CLOSINGS.values()) <= set(FLOWS)
