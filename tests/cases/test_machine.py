"""Any life that the table allows: after every act the same things are true of every case."""

from __future__ import annotations

import shutil
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test
from sqlalchemy import select
from sqlalchemy.orm import Session

from gateway.cases.calendar import OfficeCalendar
from gateway.cases.catalogue import Catalogue
from gateway.cases.lifecycle import LIFECYCLE, allowed_acts
from gateway.cases.models import Case, CaseAssignment, CaseDue, CaseEvent, CasePause
from gateway.cases.proving import event_faults
from gateway.cases.rules import CLOSED, OF_A_UNIT, Act, Role, Scope, Status, combined
from gateway.cases.service import CaseService
from gateway.cases.views import NewCase
from gateway.database import Database
from gateway.errors import PlatformError
from gateway.outbox.models import OutboxMessage
from gateway.settings import Settings
from tests.cases.life import Life, case_of, parts_of

BEGIN = datetime(2026, 11, 23, 1, 30, 5, tzinfo=UTC)
ITEMS = [("dispatch", "road_pothole"), ("petition", "petition_roads")]


def lives(template: Path, catalogue: Catalogue, calendar: OfficeCalendar) -> type[RuleBasedStateMachine]:
    """A machine on copies of an empty database."""

    class Lives(RuleBasedStateMachine):
        def __init__(self) -> None:
            super().__init__()
            self.folder = Path(tempfile.mkdtemp())
            shutil.copyfile(template, self.folder / "cases.db")
            self.database = Database(f"sqlite:///{self.folder / 'cases.db'}")
            self.now = BEGIN
            key = Settings(data_dir=self.folder, secret_key="a key for the tests")
            self.cases = CaseService(self.database, catalogue, calendar, key, clock=lambda: self.now)
            self.numbers: list[str] = []
            self.judged: dict[int, tuple[datetime, datetime | None]] = {}

        def teardown(self) -> None:
            self.database.close()
            shutil.rmtree(self.folder)

        @initialize(kinds=st.lists(st.sampled_from(ITEMS), min_size=2, max_size=3))
        def file(self, kinds: list[tuple[str, str]]) -> None:
            for index, (kind, item) in enumerate(kinds):
                new = NewCase(
                    kind=kind, item_code=item, description="路面破洞", origin_key=f"c{index}",
                    received_at=self.now, channel="web_chat", district="三民區", contact_phone="0912345678",
                )  # fmt: skip
                with self.database.write() as session:
                    self.numbers.append(Life(self.cases, session).file(new))

        @rule(minutes=st.integers(1, 60 * 24 * 4))
        def time_passes(self, minutes: int) -> None:
            self.now += timedelta(minutes=minutes)

        @rule(data=st.data())
        def somebody_acts(self, data: st.DataObject) -> None:
            number = data.draw(st.sampled_from(self.numbers))
            self.now += timedelta(seconds=1)
            try:
                with self.database.write() as session:
                    life = Life(self.cases, session)
                    case = case_of(session, number)
                    parts = [part for part in parts_of(session, number) if part.active]
                    part = data.draw(st.sampled_from(parts)) if parts else None
                    acts = allowed_acts(
                        Status(case.status), Status(part.status) if part else None, frozenset(Role)
                    )
                    act = data.draw(st.sampled_from([act for act in acts if act is not Act.MOVE_DUE]))
                    more: dict[str, object] = {"asked": True} if act is Act.REFUSE_EXTENSION else {}
                    if act is Act.MERGE:
                        more["other_case"] = data.draw(st.sampled_from(self.numbers))
                    if part is not None and LIFECYCLE[act].scope is Scope.ASSIGNMENT:
                        more["assignment_id"] = part.id
                    if act in (Act.ASSIGN, Act.REASSIGN, Act.SPLIT):
                        more["unit"] = data.draw(st.sampled_from(["養工處", "水利局", "環保局"]))
                    state = life.do(number, act, **more)
            except PlatformError:
                return
            if state.made is not None:
                self.numbers.append(state.made)

        @invariant()
        def everything_fits(self) -> None:
            with self.database.read() as session:
                for case in session.scalars(select(Case)).all():
                    _fits(session, case)
                assert list(self.cases.trail.faults(session)) == []
                assert list(event_faults(session, self.cases.trail)) == []

    return Lives


def _fits(session: Session, case: Case) -> None:
    parts = session.scalars(select(CaseAssignment).where(CaseAssignment.case_id == case.id)).all()
    dues = session.scalars(select(CaseDue).where(CaseDue.case_id == case.id, CaseDue.current)).all()
    events = session.scalars(select(CaseEvent.sequence).where(CaseEvent.case_id == case.id)).all()
    active = [part for part in parts if part.active]
    status = Status(case.status)
    assert sorted(events) == list(range(1, case.version + 1))
    assert sum(part.lead for part in parts) <= 1
    if status in OF_A_UNIT or status is Status.REGISTERED:
        assert status is combined([Status(part.status) for part in active])
    if active:
        assert [part.unit for part in active if part.lead] == [case.owner_unit]
    if status in CLOSED:
        assert active == []
        assert case.next_due_at is None
        assert all(due.met_at is not None for due in dues if due.stage != "routing"), status
    else:
        assert case.closed_at is None
    waits = session.scalars(
        select(CasePause).where(CasePause.case_id == case.id, CasePause.ended_at.is_(None))
    ).all()
    assert (case.paused_since is not None) == (len(waits) == 1)
    of_active = {part.id for part in active}
    running = [due for due in dues if due.met_at is None and due.assignment_id in of_active]
    assert case.next_due_at == min((due.due_at for due in running), default=None)
    for due in dues:
        assert due.start_at is not None
        assert due.start_at <= due.due_at
        assert due.first_due_at is not None
        assert due.met_at is None or due.met_at >= case.received_at
    pending = session.scalars(
        select(OutboxMessage.key).where(
            OutboxMessage.subject == case.number,
            OutboxMessage.state == "pending",
            OutboxMessage.topic.startswith("reminder."),
        )
    )
    reminded = {int(key.split(":")[1]) for key in pending}
    assert reminded <= ({due.id for due in running} if case.paused_since is None else set())


@pytest.mark.usefixtures("plain_log")
def test_whatever_happens_every_case_fits(
    empty_database_file: Path, catalogue: Catalogue, calendar: OfficeCalendar
) -> None:
    run_state_machine_as_test(
        lives(empty_database_file, catalogue, calendar),
        settings=settings(
            max_examples=25,
            stateful_step_count=20,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
