"""Every act in every state by every role, from the table: allowed ones work, the rest change nothing."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from gateway.cases.errors import ActNotAllowed, NoteRequired, StaleCase
from gateway.cases.models import Case, CaseDue, CaseEvent
from gateway.cases.rules import LIFECYCLE, STATUS_TEXT, Act, Role, Status, allowed_acts, step_for
from gateway.cases.service import CaseService
from gateway.cases.views import NewCase
from gateway.database import Database
from gateway.errors import InvalidInput

PATHS: dict[Status, list[Act]] = {
    Status.ASSIGNED: [],
    Status.REGISTERED: [Act.RETURN],
    Status.IN_PROGRESS: [Act.ACCEPT],
    Status.HANDLED: [Act.ACCEPT, Act.HANDLE],
    Status.RELEASED: [Act.ACCEPT, Act.HANDLE, Act.RELEASE],
    Status.NOT_PROCESSED: [Act.NOT_PROCESS],
    Status.WITHDRAWN: [Act.WITHDRAW],
}
"""How a newly registered case gets to each status."""

EVERY = [(status, act, role) for status in Status for act in Act for role in Role]
ALLOWED = [
    (status, act, role)
    for status, act, role in EVERY
    if status in LIFECYCLE[act].sources and role in LIFECYCLE[act].roles
]
REFUSED = [triple for triple in EVERY if triple not in ALLOWED]


def perform(cases: CaseService, session: Session, number: str, act: Act, role: Role | None = None) -> None:
    step = LIFECYCLE[act]
    case = session.scalars(select(Case).where(Case.number == number)).one()
    cases.transition(
        session,
        number,
        act,
        actor="test",
        role=role or min(step.roles),
        expected_version=case.version,
        note="已派員到場完成修補" if step.needs_note else None,
        unit="水利局" if step.needs_unit else None,
    )


def bring(cases: CaseService, session: Session, new: NewCase, status: Status) -> str:
    number = cases.register(session, new).number
    for act in PATHS[status]:
        perform(cases, session, number, act)
    return number


def rows(session: Session) -> list[tuple[object, ...]]:
    session.expire_all()
    state = [
        (case.number, case.status, case.version, case.owner_unit) for case in session.scalars(select(Case))
    ]
    clocks = [(due.id, due.met_at) for due in session.scalars(select(CaseDue).order_by(CaseDue.id))]
    events = [(event.id, event.act) for event in session.scalars(select(CaseEvent).order_by(CaseEvent.id))]
    return [*state, *clocks, *events]


@pytest.mark.parametrize("status", Status)
def test_every_status_is_reached_and_every_allowed_act_works(
    cases: CaseService, database: Database, new_case: Callable[..., NewCase], status: Status
) -> None:
    triples = [(act, role) for where, act, role in ALLOWED if where == status]
    with database.write() as session:
        for index, (act, role) in enumerate(triples):
            number = bring(cases, session, new_case(f"{status}-{index}"), status)
            before = session.scalars(select(Case).where(Case.number == number)).one()
            assert before.status == status
            version = before.version
            perform(cases, session, number, act, role)
            session.expire_all()
            after = session.scalars(select(Case).where(Case.number == number)).one()
            assert (after.status, after.version) == (LIFECYCLE[act].target, version + 1)
            last = session.scalars(
                select(CaseEvent).where(CaseEvent.case_id == after.id).order_by(CaseEvent.sequence.desc())
            ).first()
            assert last is not None
            assert (last.act, last.role, last.actor) == (act, role, "test")
            assert (last.before["status"], last.after["status"]) == (status, LIFECYCLE[act].target)


@pytest.mark.parametrize("status", Status)
def test_every_refused_act_changes_nothing(
    cases: CaseService, database: Database, new_case: Callable[..., NewCase], status: Status
) -> None:
    with database.write() as session:
        number = bring(cases, session, new_case(), status)
        before = rows(session)
        for act, role in [(act, role) for where, act, role in REFUSED if where == status]:
            with pytest.raises(ActNotAllowed):
                perform(cases, session, number, act, role)
        assert rows(session) == before


def test_the_table_is_whole() -> None:
    assert set(LIFECYCLE) == set(Act)
    assert set(STATUS_TEXT) == set(Status)
    for status in Status:
        for role in Role:
            assert set(allowed_acts(status, role)) == {a for s, a, r in ALLOWED if (s, r) == (status, role)}
    assert step_for(None, Act.REGISTER, Role.CITIZEN).target is Status.REGISTERED
    with pytest.raises(ActNotAllowed):
        step_for(None, Act.ASSIGN, Role.SYSTEM)


def test_a_finished_case_stays_finished() -> None:
    for status in (Status.RELEASED, Status.NOT_PROCESSED, Status.WITHDRAWN):
        assert not [act for role in Role for act in allowed_acts(status, role)]


@pytest.mark.parametrize("note", [None, "", "  \n"])
def test_an_empty_result_is_refused(
    cases: CaseService, database: Database, new_case: Callable[..., NewCase], note: str | None
) -> None:
    with database.write() as session:
        number = bring(cases, session, new_case(), Status.IN_PROGRESS)
        before = rows(session)
        with pytest.raises(NoteRequired):
            cases.transition(
                session, number, Act.HANDLE, actor="h", role=Role.HANDLER, expected_version=3, note=note
            )
        assert rows(session) == before


def test_an_old_version_and_an_unknown_unit_are_refused(
    cases: CaseService, database: Database, new_case: Callable[..., NewCase]
) -> None:
    with database.write() as session:
        number = bring(cases, session, new_case(), Status.ASSIGNED)
        before = rows(session)
        with pytest.raises(StaleCase) as stale:
            cases.transition(session, number, "accept", actor="h", role="handler", expected_version=1)
        assert (stale.value.context["status"], stale.value.context["version"]) == ("assigned", 2)
        with pytest.raises(InvalidInput):
            cases.transition(
                session,
                number,
                "reassign",
                actor="d",
                role="dispatcher",
                expected_version=2,
                note="非本單位權責",
                unit="沒有這個單位",
            )
        assert rows(session) == before


def test_the_clocks_stop_and_run_again_with_the_acts(
    cases: CaseService, database: Database, new_case: Callable[..., NewCase]
) -> None:
    seen: list[tuple[bool, bool]] = []
    with database.write() as session:
        number = bring(cases, session, new_case(), Status.ASSIGNED)
        for act in (Act.ACCEPT, Act.INSPECT, Act.HANDLE, Act.SEND_BACK, Act.HANDLE):
            perform(cases, session, number, act)
            clocks = {due.stage: due.met_at is not None for due in session.scalars(select(CaseDue))}
            seen.append((clocks["inspection"], clocks["completion"]))
        events = session.scalars(select(CaseEvent).order_by(CaseEvent.sequence)).all()
    assert seen == [(False, False), (True, False), (True, True), (True, False), (True, True)]
    assert [event.sequence for event in events] == list(range(1, 8))
    assert all(earlier.after["status"] == later.before["status"] for earlier, later in pairwise(events))
