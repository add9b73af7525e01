"""Every act in every state by every role, from the table: allowed ones work, the rest change nothing."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from gateway.audit.models import AuditEntry
from gateway.cases.errors import ActNotAllowed, PartMissing, StaleCase, UnknownUnit
from gateway.cases.lifecycle import LIFECYCLE, allowed_acts, step_for
from gateway.cases.models import Case, CaseAssignment, CaseDue, CaseEvent
from gateway.cases.rules import CLOSED, OF_A_UNIT, OPEN, STATUS_TEXT, Act, Need, Role, Scope, Status, combined
from gateway.cases.service import CaseService
from gateway.cases.views import Deed, NewCase
from gateway.database import Database
from gateway.outbox.models import OutboxMessage
from tests.cases.life import PATHS, Life, case_of

EVERY = [(status, act, role) for status in Status for act in Act for role in Role]
ALLOWED = [
    (status, act, role)
    for status, act, role in EVERY
    if status in LIFECYCLE[act].sources and role in LIFECYCLE[act].roles
]
REFUSED = [triple for triple in EVERY if triple not in ALLOWED]
GOES_ON = {Status.AWAITING_CITIZEN: Status.IN_PROGRESS, Status.MERGED: Status.ASSIGNED}
"""Where a case of `PATHS` resumes."""


def rows(session: Session) -> list[tuple[object, ...]]:
    session.expire_all()
    found: list[tuple[object, ...]] = [
        (case.number, case.status, case.version, case.owner_unit, case.next_due_at, case.paused_since)
        for case in session.scalars(select(Case).order_by(Case.id))
    ]
    found += [
        (part.id, part.unit, part.status, part.active)
        for part in session.scalars(select(CaseAssignment).order_by(CaseAssignment.id))
    ]
    found += [
        (due.id, due.due_at, due.met_at) for due in session.scalars(select(CaseDue).order_by(CaseDue.id))
    ]
    found += [(event.id, event.act) for event in session.scalars(select(CaseEvent).order_by(CaseEvent.id))]
    found += [(row.seq, row.hash) for row in session.scalars(select(AuditEntry).order_by(AuditEntry.seq))]
    found += [
        (row.key, row.state) for row in session.scalars(select(OutboxMessage).order_by(OutboxMessage.id))
    ]
    return found


def after(status: Status, act: Act) -> Status:
    step = LIFECYCLE[act]
    return GOES_ON[status] if step.resumes else step.target or status


@pytest.mark.parametrize("status", Status)
def test_every_status_is_reached_and_every_allowed_act_works(
    cases: CaseService, database: Database, new_case: Callable[..., NewCase], status: Status
) -> None:
    triples = [(act, role) for where, act, role in ALLOWED if where == status]
    assert triples
    with database.write() as session:
        life = Life(cases, session)
        for index, (act, role) in enumerate(triples):
            number = life.bring(new_case(f"{status}-{index}"), status)
            assert case_of(session, number).status == status
            if act is Act.REFUSE_EXTENSION:
                life.do(number, Act.ASK_EXTENSION)
            version = case_of(session, number).version
            life.do(number, act, role, **({"asked": True} if act is Act.REFUSE_EXTENSION else {}))
            case = case_of(session, number)
            assert (case.status, case.version) == (after(status, act), version + 1), act
            last = session.scalars(
                select(CaseEvent).where(CaseEvent.case_id == case.id).order_by(CaseEvent.sequence.desc())
            ).first()
            assert last is not None
            assert (last.act, last.role, last.actor) == (act, role, "test")
            assert (last.before["status"], last.after["status"]) == (status, case.status)


@pytest.mark.parametrize("status", Status)
def test_every_refused_act_changes_nothing(
    cases: CaseService, database: Database, new_case: Callable[..., NewCase], status: Status
) -> None:
    with database.write() as session:
        life = Life(cases, session)
        number = life.bring(new_case(), status)
        other = life.file(new_case("other"))
        before = rows(session)
        for act, role in [(act, role) for where, act, role in REFUSED if where == status]:
            with pytest.raises(ActNotAllowed):
                life.do(number, act, role, asked=True, other_case=other) if act in (
                    Act.REFUSE_EXTENSION,
                ) else life.do(number, act, role, other_case=other)
        assert rows(session) == before


def test_the_table_is_whole() -> None:
    assert set(LIFECYCLE) == set(Act)
    assert set(STATUS_TEXT) == set(PATHS) == set(Status)
    assert set(Status) == OPEN | CLOSED
    for status in Status:
        for role in Role:
            part = status if status in OF_A_UNIT else None
            wanted = {
                act
                for where, act, who in ALLOWED
                if (where, who) == (status, role) and (part or LIFECYCLE[act].scope is Scope.CASE)
            }
            assert set(allowed_acts(status, part, frozenset({role}))) == wanted
    assert step_for(None, Act.REGISTER, Role.CITIZEN).target is Status.REGISTERED
    with pytest.raises(ActNotAllowed):
        step_for(None, Act.ASSIGN, Role.SYSTEM)


def test_every_act_that_ends_a_case_stops_its_clocks_and_tells_the_citizen() -> None:
    for step in LIFECYCLE.values():
        if step.target in CLOSED - {Status.RELEASED}:
            assert len(step.meets) == 3, step.act
            assert step.tells, step.act


def test_a_finished_case_stays_finished() -> None:
    reopens = {Act.REOPEN, Act.UNMERGE, Act.COMMENT, Act.MOVE_DUE}
    for status in CLOSED:
        assert set(allowed_acts(status, None, frozenset(Role))) <= reopens


@pytest.mark.parametrize(
    ("parts", "whole"),
    [
        ([], Status.REGISTERED),
        ([Status.ASSIGNED], Status.ASSIGNED),
        ([Status.HANDLED, Status.ASSIGNED], Status.ASSIGNED),
        ([Status.HANDLED, Status.WITH_EXTERNAL], Status.WITH_EXTERNAL),
        ([Status.IN_PROGRESS, Status.WITH_EXTERNAL], Status.IN_PROGRESS),
        ([Status.HANDLED, Status.HANDLED], Status.HANDLED),
    ],
)
def test_a_split_case_is_as_far_as_its_slowest_part(parts: list[Status], whole: Status) -> None:
    assert combined(parts) is whole
    assert combined(parts[::-1]) is whole


NEEDED = [
    (act, need)
    for act, step in LIFECYCLE.items()
    for need in sorted(step.needs)
    if need is not Need.ARRIVAL and act is not Act.REGISTER
]
WITHOUT = {
    Need.NOTE: {"note": " \n"},
    Need.RESULT: {"note": None},
    Need.UNIT: {"unit": None},
    Need.EXTERNAL_UNIT: {"unit": None},
    Need.NEW_DUE: {"new_due_at": None},
    Need.LEGAL_REASON: {"legal_reason": None},
    Need.CALL_BACK: {"call_back": None},
    Need.OTHER_CASE: {"other_case": ""},
    Need.ITEM: {"item_code": None},
}


@pytest.mark.parametrize(("act", "need"), NEEDED)
def test_an_act_without_what_it_needs_changes_nothing(
    cases: CaseService, database: Database, new_case: Callable[..., NewCase], act: Act, need: Need
) -> None:
    status = min(LIFECYCLE[act].sources)
    with database.write() as session:
        number = Life(cases, session).bring(new_case(), status)
        before = rows(session)
    with pytest.raises((PartMissing, Exception)) as refused, database.write() as session:
        Life(cases, session).do(number, act, asked=True, **WITHOUT[need]) if act is (
            Act.REFUSE_EXTENSION
        ) else Life(cases, session).do(number, act, **WITHOUT[need])
    assert getattr(refused.value, "status", 500) == 422
    with database.read() as session:
        assert rows(session) == before


def test_an_old_version_and_an_unknown_unit_are_refused(
    cases: CaseService, database: Database, new_case: Callable[..., NewCase]
) -> None:
    with database.write() as session:
        number = Life(cases, session).file(new_case())
        before = rows(session)
    with database.write() as session:
        with pytest.raises(StaleCase) as stale:
            cases.act(session, number, Deed(Act.ACCEPT, "h", Role.HANDLER, 1))
        assert (stale.value.context["status"], stale.value.context["version"]) == ("assigned", 2)
        with pytest.raises(PartMissing):
            cases.act(session, number, Deed(Act.ACCEPT, "h", Role.HANDLER))
    with pytest.raises(UnknownUnit), database.write() as session:
        Life(cases, session).do(number, Act.REASSIGN, unit="沒有這個單位")
    with database.read() as session:
        assert rows(session) == before


def test_the_clocks_stop_and_run_again_with_the_acts(
    cases: CaseService, database: Database, new_case: Callable[..., NewCase]
) -> None:
    seen: list[tuple[bool, bool, bool]] = []
    with database.write() as session:
        life = Life(cases, session)
        number = life.file(new_case())
        for act in (Act.ACCEPT, Act.INSPECT, Act.HANDLE, Act.SEND_BACK, Act.HANDLE):
            life.do(number, act)
            clocks = {due.stage: due.met_at is not None for due in session.scalars(select(CaseDue))}
            seen.append((clocks["routing"], clocks["inspection"], clocks["completion"]))
        events = session.scalars(select(CaseEvent).order_by(CaseEvent.sequence)).all()
    assert seen == [
        (True, False, False),
        (True, True, False),
        (True, True, True),
        (True, True, False),
        (True, True, True),
    ]
    assert [event.sequence for event in events] == list(range(1, 8))
    assert all(earlier.after["status"] == later.before["status"] for earlier, later in pairwise(events))
