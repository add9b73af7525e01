"""What single acts do to parts, clocks and links, each by its own rule."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from gateway.cases.closing import closing_problem
from gateway.cases.deadlines import Verdict
from gateway.cases.errors import (
    ActNotAllowed,
    CannotMerge,
    CannotRate,
    CannotReopen,
    CaseNotFound,
    EmptyClosing,
    NewDueTooEarly,
    NoPendingExtension,
    NotYourUnit,
    PartMissing,
    UnknownUnit,
)
from gateway.cases.models import CaseDue, CaseEvent, CaseExtension, CaseLink, CaseReporter
from gateway.cases.rules import Act, CallBack, Role, Status
from gateway.cases.service import CaseService
from gateway.cases.views import NewCase
from gateway.database import Database
from gateway.errors import InvalidInput
from gateway.outbox.models import OutboxMessage
from tests.cases.conftest import NOW
from tests.cases.life import RESULT, Life, case_of, clocks_of, parts_of

Make = Callable[..., NewCase]
PETITION = {"kind": "petition", "item_code": "petition_roads", "contact_email": "a@example.org"}


def test_a_reassigned_case_keeps_its_due_times_and_gets_a_short_clock(
    cases: CaseService, database: Database, new_case: Make, now: list[datetime]
) -> None:
    with database.write() as session:
        life = Life(cases, session)
        number = life.file(new_case())
        before = {stage: due.due_at for stage, due in clocks_of(session, number).items()}
        now[0] += timedelta(hours=2)
        life.do(number, Act.REASSIGN, unit="水利局")
        after = clocks_of(session, number)
        assert {after[stage].due_at for stage in ("inspection", "completion")} == {
            before[stage] for stage in ("inspection", "completion")
        }
        assert after["routing"].start_at == now[0]
        assert [(part.unit, part.active, part.lead) for part in parts_of(session, number)] == [
            ("養工處", False, False),
            ("水利局", True, True),
        ]
        assert case_of(session, number).owner_unit == "水利局"
        with pytest.raises(UnknownUnit):
            life.do(number, Act.REASSIGN, unit="水利局")


def test_a_returned_case_goes_to_another_unit_with_the_same_promise(
    cases: CaseService, database: Database, new_case: Make, now: list[datetime]
) -> None:
    with database.write() as session:
        life = Life(cases, session)
        number = life.file(new_case())
        promised = clocks_of(session, number)["completion"].due_at
        life.do(number, Act.RETURN)
        case = case_of(session, number)
        assert (case.status, case.next_due_at) == ("registered", None)
        now[0] += timedelta(hours=1)
        life.do(number, Act.ASSIGN, unit="水利局")
        assert clocks_of(session, number)["completion"].due_at == promised
        assert case_of(session, number).next_due_at is not None


def test_a_split_case_has_an_owner_and_a_due_time_for_each_part(
    cases: CaseService, database: Database, new_case: Make, now: list[datetime]
) -> None:
    with database.write() as session:
        life = Life(cases, session)
        number = life.file(new_case())
        life.do(number, Act.ACCEPT, Role.HANDLER, units=frozenset({"養工處"}))
        now[0] += timedelta(hours=3)
        life.do(number, Act.SPLIT, unit="水利局")
        first, second = parts_of(session, number)
        dues = session.scalars(select(CaseDue).where(CaseDue.assignment_id == second.id)).all()
        assert {due.stage for due in dues} == {"routing", "inspection", "completion"}
        assert {due.start_at for due in dues} == {now[0]}
        with pytest.raises(NotYourUnit):
            life.do(number, Act.HANDLE, Role.HANDLER, units=frozenset({"水利局"}), assignment_id=first.id)
        life.do(number, Act.HANDLE, Role.HANDLER, units=frozenset({"養工處"}))
        assert case_of(session, number).status == "assigned"
        with pytest.raises(ActNotAllowed):
            life.do(number, Act.RELEASE)
        life.do(number, Act.ACCEPT, Role.HANDLER, units=frozenset({"水利局"}))
        life.do(number, Act.HANDLE, Role.HANDLER, units=frozenset({"水利局"}))
        assert case_of(session, number).status == "handled"
        life.do(number, Act.SEND_BACK, assignment_id=second.id)
        assert case_of(session, number).status == "in_progress"


def test_when_the_leading_unit_returns_a_split_case_the_other_leads(
    cases: CaseService, database: Database, new_case: Make
) -> None:
    with database.write() as session:
        life = Life(cases, session)
        number = life.file(new_case())
        promised = clocks_of(session, number)["completion"].due_at
        life.do(number, Act.SPLIT, unit="水利局")
        first, _ = parts_of(session, number)
        life.do(number, Act.RETURN, assignment_id=first.id)
        case = case_of(session, number)
        assert (case.status, case.owner_unit) == ("assigned", "水利局")
        assert clocks_of(session, number)["completion"].due_at == promised


def test_another_units_handler_may_do_nothing(cases: CaseService, database: Database, new_case: Make) -> None:
    with database.write() as session:
        life = Life(cases, session)
        number = life.file(new_case())
        for act in (Act.ACCEPT, Act.RETURN, Act.COMMENT, Act.REQUEST_INFO, Act.CONVERT):
            with pytest.raises(NotYourUnit):
                life.do(number, act, Role.HANDLER, units=frozenset({"環保局"}))


def test_waiting_for_the_citizen_stops_the_clock_of_a_petition(
    cases: CaseService, database: Database, new_case: Make, now: list[datetime]
) -> None:
    with database.write() as session:
        life = Life(cases, session)
        number = life.file(new_case(**PETITION))
        due = clocks_of(session, number)["completion"].due_at
        life.do(number, Act.ACCEPT)
        now[0] = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)
        life.do(number, Act.REQUEST_INFO, note="請問施工的確切路段與時間？")
        code = cases.verification_code(number)
        now[0] = due + timedelta(days=30)
        view = cases.public_view(session, number, code)
        assert view.question == "請問施工的確切路段與時間？"
        assert [(clock.verdict, clock.paused) for clock in view.due] == [(Verdict.OPEN, True)]
        now[0] = datetime(2026, 11, 26, 2, 0, tzinfo=UTC)
        cases.citizen_act(session, number, code, Act.SUPPLY_INFO, "建工路 100 號到 200 號")
        moved = clocks_of(session, number)["completion"]
        # Two working days ended inside the pause: the 24th and the 25th do not count.
        assert moved.due_at - due == timedelta(days=2)
        assert moved.first_due_at == due
        case = case_of(session, number)
        assert (case.status, case.paused_since, case.next_due_at) == ("in_progress", None, moved.due_at)


def test_waiting_for_the_citizen_does_not_stop_a_dispatch(
    cases: CaseService, database: Database, new_case: Make, now: list[datetime]
) -> None:
    with database.write() as session:
        life = Life(cases, session)
        number = life.file(new_case())
        due = clocks_of(session, number)["completion"].due_at
        life.do(number, Act.REQUEST_INFO)
        assert case_of(session, number).paused_since is None
        now[0] += timedelta(days=1)
        life.do(number, Act.SUPPLY_INFO)
        assert clocks_of(session, number)["completion"].due_at == due


def test_more_time_is_asked_for_decided_and_told(
    cases: CaseService, database: Database, new_case: Make
) -> None:
    with database.write() as session:
        life = Life(cases, session)
        number = life.file(new_case(**PETITION))
        due = clocks_of(session, number)["completion"].due_at
        wanted = due + timedelta(days=7)
        with pytest.raises(NewDueTooEarly):
            life.do(number, Act.ASK_EXTENSION, new_due_at=due)
        with pytest.raises(NoPendingExtension):
            life.do(number, Act.REFUSE_EXTENSION, asked=True)
        life.do(number, Act.ASK_EXTENSION, new_due_at=wanted)
        with pytest.raises(NoPendingExtension):
            life.do(number, Act.ASK_EXTENSION, new_due_at=wanted)
        life.do(number, Act.EXTEND, new_due_at=None, note="須會同管線單位會勘")
        clock = clocks_of(session, number)["completion"]
        assert (clock.due_at, clock.extended_to, clock.first_due_at) == (wanted, wanted, due)
        assert [row.state for row in session.scalars(select(CaseExtension))] == ["approved"]
        shown = cases.public_view(session, number, cases.verification_code(number))
        assert shown.events[-1].note == "須會同管線單位會勘"
        life.do(number, Act.ASK_EXTENSION, new_due_at=wanted + timedelta(days=1))
        life.do(number, Act.REFUSE_EXTENSION, asked=True)
        assert clocks_of(session, number)["completion"].due_at == wanted


def test_the_inspection_is_judged_by_when_the_crew_arrived(
    cases: CaseService, database: Database, new_case: Make, now: list[datetime]
) -> None:
    with database.write() as session:
        life = Life(cases, session)
        number = life.file(new_case())
        life.do(number, Act.ACCEPT)
        now[0] += timedelta(hours=6)
        for wrong in (NOW - timedelta(seconds=1), now[0] + timedelta(seconds=1)):
            with pytest.raises(InvalidInput):
                life.do(number, Act.INSPECT, arrived_at=wrong)
        with pytest.raises(PartMissing):
            life.do(number, Act.HANDLE, arrived_at=None)
        life.do(number, Act.HANDLE, arrived_at=NOW + timedelta(hours=3))
        view = cases.public_view(session, number, cases.verification_code(number))
        assert [clock.verdict for clock in view.due] == [Verdict.ON_TIME, Verdict.ON_TIME]


EMPTY = [
    "",
    "   ",
    "已處理",
    "已派員處理完成。",
    "感謝您的來信，所反映事項已轉請權責單位依規定辦理，如有任何疑問請洽本局，敬祝平安順心。",
    "本案已於{arrived_at}到場處理，結果為{result}。",
    "。。。。。。。。。。。。",
    "啊啊啊啊啊啊啊啊啊啊啊啊",
    "Completed",
    "OK done.",
]
FULL = [
    RESULT,
    "晚間八點到場，已開立勸導單並請業者移除佔用的盆栽",
    "The crew arrived at 10:00 and filled the hole.",
]


@pytest.mark.parametrize("text", EMPTY)
def test_a_closing_that_says_nothing_is_refused(text: str) -> None:
    assert closing_problem(text) is not None


@pytest.mark.parametrize("text", FULL)
def test_a_closing_that_says_what_was_done_is_taken(text: str) -> None:
    assert closing_problem(text) is None


def test_an_items_own_template_unfilled_is_refused(
    cases: CaseService, database: Database, new_case: Make
) -> None:
    with database.write() as session:
        life = Life(cases, session)
        number = life.file(new_case())
        life.do(number, Act.ACCEPT)
        templates = cases.catalogue.item("road_pothole").reply_templates
        assert templates
        filled = [re.sub(r"\{\w+\}", "無", template) for template in templates]
        for text in (*templates, *filled, "已處理完畢"):
            with pytest.raises(EmptyClosing):
                life.do(number, Act.HANDLE, note=text)


def test_merged_cases_are_told_together_and_come_apart_as_they_were(
    cases: CaseService, database: Database, new_case: Make, now: list[datetime]
) -> None:
    with database.write() as session:
        life = Life(cases, session)
        master = life.file(new_case("master"))
        number = life.file(new_case("duplicate"))
        life.do(number, Act.ACCEPT)
        before = {stage: (due.due_at, due.met_at) for stage, due in clocks_of(session, number).items()}
        now[0] += timedelta(minutes=5)
        life.do(number, Act.MERGE, other_case=master.lower().replace("-", " "))
        case = case_of(session, number)
        assert (case.status, case.next_due_at) == ("merged", None)
        assert cases.public_view(session, number, cases.verification_code(number)).continues_as == master
        with pytest.raises(CannotMerge):
            life.do(master, Act.MERGE, other_case=number)
        with pytest.raises(CannotMerge):
            life.do(master, Act.MERGE, other_case=master)
        with pytest.raises(CaseNotFound):
            life.do(master, Act.MERGE, other_case="D1151122-000999-0")
        now[0] += timedelta(minutes=5)
        life.do(number, Act.UNMERGE)
        after = {stage: (due.due_at, due.met_at) for stage, due in clocks_of(session, number).items()}
        assert after == before
        assert case_of(session, number).status == "in_progress"
        assert [part.active for part in parts_of(session, number)] == [True]


@pytest.mark.parametrize("clock", ["conversion", "receipt"])
def test_a_converted_dispatch_becomes_a_petition_with_its_own_number(
    cases: CaseService, database: Database, new_case: Make, now: list[datetime], clock: str
) -> None:
    cases.rules = replace(cases.rules, conversion_clock=clock)  # type: ignore[arg-type]
    with database.write() as session:
        life = Life(cases, session)
        number = life.file(new_case(contact_email="a@example.org", conversation_id="c1"))
        now[0] += timedelta(days=1)
        state = life.do(number, Act.CONVERT, note="屬長期道路規劃，改以陳情處理")
        assert state.status is Status.CONVERTED
        assert state.made is not None
        made = case_of(session, state.made)
        assert (made.kind, made.item_code, made.contact_email, made.conversation_id) == (
            "petition",
            "petition_roads",
            "a@example.org",
            "c1",
        )
        assert made.number.startswith("P1151124-")
        started = clocks_of(session, state.made)["completion"].start_at
        assert started == (now[0] if clock == "conversion" else NOW)
        assert session.scalars(select(CaseLink)).one().relation == "converted_to"
        assert clocks_of(session, number)["completion"].met_at == now[0]
        with pytest.raises(InvalidInput):
            life.do(state.made, Act.CONVERT)


def test_an_item_put_right_brings_its_own_limits_from_the_receipt(
    cases: CaseService, database: Database, new_case: Make, now: list[datetime]
) -> None:
    with database.write() as session:
        life = Life(cases, session)
        number = life.file(new_case())
        now[0] += timedelta(hours=1)
        life.do(number, Act.RECLASSIFY, item_code="road_subsidence")
        clock = clocks_of(session, number)["inspection"]
        assert (clock.start_at, clock.due_at) == (NOW, NOW + timedelta(hours=2))
        with pytest.raises(InvalidInput):
            life.do(number, Act.RECLASSIFY, item_code="petition_roads")


def test_the_mayors_mailbox_has_five_working_days_whatever_the_item(
    cases: CaseService, database: Database, new_case: Make
) -> None:
    with database.write() as session:
        number = Life(cases, session).file(new_case(**PETITION, channel="mayor_mailbox"))
        # Received on Monday the 23rd: 24, 25, 26, 27 and 30 November.
        assert clocks_of(session, number)["completion"].due_at == datetime(2026, 11, 30, 9, 30, tzinfo=UTC)


def test_the_citizen_may_reopen_once_and_in_time(
    cases: CaseService, database: Database, new_case: Make, now: list[datetime]
) -> None:
    with database.write() as session:
        life = Life(cases, session)
        number = life.bring(new_case(), Status.RELEASED)
        code = cases.verification_code(number)
        old = clocks_of(session, number)["completion"]
        now[0] += timedelta(days=14)
        assert Act.REOPEN in cases.public_view(session, number, code).allowed
        cases.citizen_act(session, number, code, Act.REOPEN, "才三天又破了")
        new = clocks_of(session, number)["completion"]
        assert (new.start_at, new.met_at) == (now[0], None)
        assert new.id != old.id
        life.do(number, Act.ACCEPT)
        life.do(number, Act.HANDLE)
        for said in (None, "已處理"):
            with pytest.raises(EmptyClosing):
                life.do(number, Act.RELEASE, message=said)
        life.do(number, Act.RELEASE, message="已重新鋪設並向您說明保固期限")
        assert Act.REOPEN not in cases.public_view(session, number, code).allowed
        with pytest.raises(ActNotAllowed):
            cases.citizen_act(session, number, code, Act.REOPEN, "又破了")
        with pytest.raises(CannotReopen):
            life.do(number, Act.REOPEN, Role.OPERATOR)
        life.do(number, Act.REOPEN, Role.SUPERVISOR)


def test_after_the_window_only_a_supervisor_reopens(
    cases: CaseService, database: Database, new_case: Make, now: list[datetime]
) -> None:
    with database.write() as session:
        life = Life(cases, session)
        number = life.bring(new_case(), Status.RELEASED)
        now[0] += timedelta(days=14, seconds=1)
        with pytest.raises(ActNotAllowed):
            cases.citizen_act(session, number, cases.verification_code(number), Act.REOPEN, "又破了")
        life.do(number, Act.REOPEN, Role.SUPERVISOR)


def test_a_rating_is_given_once_for_each_closing(
    cases: CaseService, database: Database, new_case: Make
) -> None:
    with database.write() as session:
        life = Life(cases, session)
        number = life.file(new_case())
        code = cases.verification_code(number)
        with pytest.raises(CannotRate):
            cases.rate(session, number, code, 5, None)
        for act in (Act.ACCEPT, Act.HANDLE, Act.RELEASE):
            life.do(number, act)
        assert cases.public_view(session, number, code).may_rate
        for score in (0, 6):
            with pytest.raises(InvalidInput):
                cases.rate(session, number, code, score, None)
        cases.rate(session, number, code, 2, "結果和說的不一樣")
        assert not cases.public_view(session, number, code).may_rate
        with pytest.raises(CannotRate):
            cases.rate(session, number, code, 5, None)
        life.do(number, Act.REOPEN, Role.SUPERVISOR)
        for act in (Act.ACCEPT, Act.HANDLE, Act.RELEASE):
            life.do(number, act)
        cases.rate(session, number, code, 4, None)


def test_the_call_back_and_the_legal_reason_are_kept(
    cases: CaseService, database: Database, new_case: Make
) -> None:
    with database.write() as session:
        life = Life(cases, session)
        released = life.file(new_case("a"))
        for act in (Act.ACCEPT, Act.HANDLE):
            life.do(released, act)
        life.do(released, Act.RELEASE, call_back=CallBack.NOT_REACHED)
        refused = life.file(new_case("b"))
        life.do(refused, Act.NOT_PROCESS)
        last = {event.act: event.after for event in session.scalars(select(CaseEvent).order_by(CaseEvent.id))}
        assert last["release"]["call_back"] == "not_reached"
        assert last["not_process"]["legal_reason"] == "no_content_or_name"


def test_only_the_right_people_read_who_reported(
    cases: CaseService, database: Database, new_case: Make
) -> None:
    with database.write() as session:
        life = Life(cases, session)
        number = life.file(new_case(contact_name="王小明", contact_phone="0912345678"))
        contact = cases.contact(session, number, actor="h", role="handler", sealed_too=False)
        assert contact.phone == "0912345678"
        case_of(session, number).confidential = True
        session.flush()
        with pytest.raises(CaseNotFound):
            cases.contact(session, number, actor="h", role="handler", sealed_too=False)
        cases.contact(session, number, actor="s", role="supervisor", sealed_too=True)
        read = [entry for entry in cases.trail.entries(session) if entry.act == "case.read_contact"]
        assert [entry.actor for entry in read] == ["h", "s"]


def test_everybody_who_reported_is_told_and_only_who_filed_gets_the_code(
    cases: CaseService, database: Database, new_case: Make
) -> None:
    cases.rules = replace(cases.rules, public_url="https://1999.example.gov.tw/")
    with database.write() as session:
        life = Life(cases, session)
        first = life.file(new_case("first", contact_email="first@example.org"))
        same = life.file(new_case("same", contact_email="same@example.org", conversation_id="c2"))
        session.add(
            CaseReporter(
                case_id=case_of(session, first).id, origin_key="joined", email="joined@example.org",
                language="en", channel="web_form", joined_at=NOW,
            )
        )  # fmt: skip
        life.do(same, Act.MERGE, other_case=first)
        made = life.do(first, Act.CONVERT).made
        assert made is not None
        told = session.scalars(
            select(OutboxMessage).where(OutboxMessage.topic == "notice.convert").order_by(OutboxMessage.id)
        ).all()
        assert {(row.transport, row.recipient) for row in told} == {
            ("email", "first@example.org"),
            ("email", "joined@example.org"),
            ("email", "same@example.org"),
            ("conversation", "c2"),
        }
        code = cases.verification_code(made)
        assert [code in row.payload["text"] for row in told] == [True, False, False, False]
        assert all(f"https://1999.example.gov.tw/case?number={first}" in row.payload["text"] for row in told)
        life.do(made, Act.REQUEST_INFO)
        asked = session.scalars(
            select(OutboxMessage.recipient).where(OutboxMessage.topic == "notice.request_info")
        ).all()
        assert sorted(asked) == ["c2", "first@example.org", "joined@example.org", "same@example.org"]
