"""A typhoon day: due times that run move, finished ones keep their verdict, nothing is half done."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import select

from gateway.cases import closing_days
from gateway.cases.closing_days import NewClosure, enter_closure, judge_anew, move_dues, withdraw_closure
from gateway.cases.closures import Part
from gateway.cases.errors import ClosureNotFound, DateOutOfCalendar
from gateway.cases.models import CaseEvent
from gateway.cases.rules import Act, Status
from gateway.cases.service import CaseService
from gateway.cases.views import NewCase
from gateway.database import Database
from gateway.errors import InvalidInput
from tests.cases.life import Life, case_of, clocks_of

Make = Callable[..., NewCase]
TYPHOON = NewClosure(date(2026, 11, 25), Part.ALL, "颱風停止上班", "typhoon closure")
# Received on Monday 23 November; three working days end on Thursday the 26th at 17:30.
DUE = datetime(2026, 11, 26, 9, 30, tzinfo=UTC)


def close(cases: CaseService, new: NewClosure = TYPHOON) -> int:
    with cases.database.write() as session:
        return enter_closure(session, cases, new, actor="sue", role="supervisor")


def due_of(cases: CaseService, number: str) -> datetime:
    with cases.database.read() as session:
        return clocks_of(session, number)["completion"].due_at


@pytest.mark.parametrize(
    ("part", "moved"),
    [
        (Part.ALL, timedelta(days=1)),
        (Part.AM, timedelta(hours=18, minutes=30)),
        (Part.PM, timedelta(hours=18, minutes=30)),
    ],
)
def test_a_closure_moves_what_runs_by_what_is_lost(
    cases: CaseService, database: Database, new_case: Make, part: Part, moved: timedelta
) -> None:
    with database.write() as session:
        number = Life(cases, session).file(new_case())
    assert due_of(cases, number) == DUE
    close(cases, NewClosure(TYPHOON.day, part, TYPHOON.zh, TYPHOON.en))
    assert move_dues(cases) == 1
    assert due_of(cases, number) == DUE + moved
    assert move_dues(cases) == 0
    with database.read() as session:
        clock = clocks_of(session, number)["completion"]
        event = session.scalars(select(CaseEvent).order_by(CaseEvent.id.desc())).first()
        assert event is not None
        assert (event.act, event.role) == ("move_due", "system")
        assert event.before["completion_due_at"] == DUE.isoformat()
        assert event.after["completion_due_at"] == clock.due_at.isoformat()
        assert "颱風停止上班" in str(clock.working)
        assert clock.first_due_at == DUE
        assert case_of(session, number).next_due_at is not None
        assert list(cases.trail.faults(session)) == []


def test_a_closure_announced_late_helps_who_is_not_finished(
    cases: CaseService, database: Database, new_case: Make, now: list[datetime]
) -> None:
    with database.write() as session:
        life = Life(cases, session)
        finished = life.file(new_case("finished"))
        number = life.file(new_case("running"))
        now[0] = DUE + timedelta(hours=1)
        life.do(finished, Act.ACCEPT)
        life.do(finished, Act.HANDLE)
        verdicts = {
            n: cases.public_view(session, n, cases.verification_code(n)).due for n in (finished, number)
        }
    assert {due[1].verdict for due in verdicts.values()} == {"overdue"}
    close(cases)
    move_dues(cases)
    assert due_of(cases, finished) == DUE
    assert due_of(cases, number) == DUE + timedelta(days=1)
    with database.write() as session, pytest.raises(InvalidInput):
        judge_anew(session, cases, finished, actor="sue", role="supervisor", reason=" ")
    with database.write() as session:
        assert judge_anew(session, cases, finished, actor="sue", role="supervisor", reason="首長核定")
    with database.read() as session:
        view = cases.public_view(session, finished, cases.verification_code(finished))
        assert view.due[1].verdict == "on_time"
        assert "case.judge_anew" in {entry.act for entry in cases.trail.entries(session)}


def test_a_closure_entered_by_mistake_is_taken_back(
    cases: CaseService, database: Database, new_case: Make
) -> None:
    with database.write() as session:
        number = Life(cases, session).file(new_case())
    entered = close(cases)
    move_dues(cases)
    with database.write() as session:
        withdraw_closure(session, cases, entered, actor="sue", role="supervisor")
    assert move_dues(cases) == 1
    assert due_of(cases, number) == DUE
    with database.write() as session, pytest.raises(ClosureNotFound):
        withdraw_closure(session, cases, entered, actor="sue", role="supervisor")


def test_cases_filed_after_the_closure_count_it_from_the_start(
    cases: CaseService, database: Database, new_case: Make
) -> None:
    close(cases)
    with database.write() as session:
        number = Life(cases, session).file(new_case())
    assert due_of(cases, number) == DUE + timedelta(days=1)
    assert move_dues(cases) == 0


def test_moving_goes_on_where_it_was_cut_off(
    cases: CaseService, database: Database, new_case: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(closing_days, "BATCH", 2)
    with database.write() as session:
        life = Life(cases, session)
        numbers = [life.file(new_case(f"c{index}")) for index in range(5)]
        life.do(numbers[1], Act.WITHDRAW)
    close(cases)
    real, calls = closing_days._move_case, []

    def cut_off(*args: object, **more: object) -> bool:
        calls.append(args)
        if len(calls) == 4:
            raise OSError("power is gone")
        return real(*args, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(closing_days, "_move_case", cut_off)
    with pytest.raises(OSError, match="power"):
        move_dues(cases)
    monkeypatch.setattr(closing_days, "_move_case", real)
    assert move_dues(cases) == 2
    moved = [due_of(cases, number) - DUE for number in numbers]
    assert moved == [timedelta(days=day) for day in (1, 0, 1, 1, 1)]
    with database.read() as session:
        acts = session.scalars(select(CaseEvent.act).where(CaseEvent.act == "move_due")).all()
        assert len(acts) == 4


def test_an_extended_due_time_on_a_closed_day_goes_to_the_next(
    cases: CaseService, database: Database, new_case: Make
) -> None:
    extended = datetime(2026, 12, 4, 9, 30, tzinfo=UTC)
    with database.write() as session:
        life = Life(cases, session)
        number = life.file(new_case())
        life.do(number, Act.EXTEND, new_due_at=extended)
    close(cases, NewClosure(date(2026, 12, 4), Part.ALL, "颱風停止上班", "typhoon closure"))
    move_dues(cases)
    assert due_of(cases, number) == extended + timedelta(days=3)


def test_a_closure_needs_a_reason_and_a_day_in_the_calendar(cases: CaseService) -> None:
    with pytest.raises(InvalidInput):
        close(cases, NewClosure(TYPHOON.day, Part.ALL, " ", "typhoon"))
    with pytest.raises(DateOutOfCalendar):
        close(cases, NewClosure(date(2199, 1, 1), Part.ALL, "颱風", "typhoon"))


def test_a_waiting_case_follows_the_calendar_too(
    cases: CaseService, database: Database, new_case: Make
) -> None:
    with database.write() as session:
        number = Life(cases, session).bring(new_case(), Status.AWAITING_CITIZEN)
    close(cases)
    assert move_dues(cases) == 1
    assert due_of(cases, number) == DUE + timedelta(days=1)
