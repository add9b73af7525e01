"""Registering: once per origin, all or nothing, with owner, due times and the rules that made them."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import event, func, select, text
from sqlalchemy.exc import DatabaseError
from sqlalchemy.orm import Session

from gateway.cases.calendar import OfficeCalendar
from gateway.cases.errors import InvalidCase, StaleCase, UnknownServiceItem
from gateway.cases.models import Case, CaseCounter, CaseDue, CaseEvent
from gateway.cases.rules import Act, Role, Stage
from gateway.cases.service import CaseService
from gateway.cases.views import Deed, NewCase, RegisteredCase
from gateway.database import Database
from gateway.errors import PlatformError

from .conftest import NOW

Make = Callable[..., NewCase]
TABLES = (Case, CaseDue, CaseEvent, CaseCounter)


def counts(database: Database) -> list[int]:
    with database.read() as session:
        return [session.scalar(select(func.count()).select_from(table)) or 0 for table in TABLES]


def register(cases: CaseService, database: Database, new: NewCase) -> RegisteredCase:
    with database.write() as session:
        return cases.register(session, new)


def test_a_case_has_number_code_owner_and_due_times(
    cases: CaseService, database: Database, new_case: Make
) -> None:
    case = register(cases, database, new_case())
    assert case.created
    assert (case.kind, case.item_code, case.item_name_zh) == ("dispatch", "road_pothole", "路面坑洞")
    assert (case.district, case.owner) == ("三民區", "養工處")
    assert case.verification_code == cases.verification_code(case.number)
    assert dict(case.due) == {
        Stage.INSPECTION: NOW + timedelta(hours=4),
        Stage.COMPLETION: datetime.fromisoformat("2026-11-26T17:30:00+08:00"),
    }


def test_the_rule_the_calendar_and_the_working_are_kept(
    cases: CaseService, database: Database, new_case: Make
) -> None:
    register(cases, database, new_case(received_at=datetime.fromisoformat("2026-11-20T16:00:05+08:00")))
    with database.read() as session:
        due = session.scalars(select(CaseDue).where(CaseDue.stage == "completion")).one()
    assert (due.rule["amount"], due.rule["unit"], due.rule["example"]) == (3, "working_days", False)
    assert due.calendar_version == OfficeCalendar.load().version
    assert due.catalogue_version == cases.catalogue.version
    assert [day["zh"] for day in due.working["skipped"]] == ["週末", "週末"]
    assert due.working["counted"] == ["2026-11-23", "2026-11-24", "2026-11-25"]


def test_registering_writes_two_events_without_personal_data(
    cases: CaseService, database: Database, new_case: Make
) -> None:
    register(cases, database, new_case(contact_name="王小明", contact_phone="0912345678"))
    with database.read() as session:
        events = session.scalars(select(CaseEvent).order_by(CaseEvent.sequence)).all()
    assert [(row.act, row.role) for row in events] == [("register", "citizen"), ("assign", "system")]
    assert events[0].before == {}
    assert events[1].after == {"status": "assigned", "owner_unit": "養工處"}
    written = str([(row.actor, row.before, row.after, row.note) for row in events])
    assert "王小明" not in written
    assert "0912345678" not in written


def test_the_same_origin_is_one_case(cases: CaseService, database: Database, new_case: Make) -> None:
    first = register(cases, database, new_case())
    before = counts(database)
    again = register(
        cases, database, new_case(description="other words", received_at=NOW + timedelta(days=2))
    )
    assert not again.created
    assert (again.number, again.verification_code, again.due) == (
        first.number,
        first.verification_code,
        first.due,
    )
    assert counts(database) == before


def test_the_same_origin_at_the_same_moment_is_one_case(
    cases: CaseService, database: Database, new_case: Make
) -> None:
    answers: list[RegisteredCase] = []
    start = threading.Barrier(5)

    def citizen(kind: str, item: str) -> None:
        start.wait()
        answers.append(register(cases, database, new_case(kind=kind, item_code=item, contact_phone="0912")))

    kinds = [("dispatch", "road_pothole"), ("petition", "petition_roads")]
    threads = [threading.Thread(target=citizen, args=kinds[n % 2]) for n in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(answers) == 5
    assert len({answer.number for answer in answers}) == 1
    assert sum(answer.created for answer in answers) == 1
    with database.read() as session:
        assert session.scalars(select(CaseCounter.last)).all() == [1]
        assert session.scalar(select(func.count()).select_from(Case)) == 1


@pytest.mark.parametrize(
    ("parts", "error"),
    [
        ({"item_code": "no_such_item"}, UnknownServiceItem),
        ({"kind": "petition"}, InvalidCase),
        ({"description": "  "}, InvalidCase),
        ({"description": "x" * 4001}, InvalidCase),
        ({"description": "a\x00b"}, InvalidCase),
        ({"address": "\ud800"}, InvalidCase),
        ({"contact_name": "名" * 201}, InvalidCase),
        ({"received_at": datetime(2026, 11, 22)}, InvalidCase),  # noqa: DTZ001
        ({"lat": 22.6}, InvalidCase),
        ({"lat": float("nan"), "lng": 120.3}, InvalidCase),
        ({"origin_key": ""}, InvalidCase),
        ({"kind": "petition", "item_code": "petition_general"}, InvalidCase),
    ],
)
def test_what_cannot_be_registered_leaves_nothing(
    cases: CaseService, database: Database, new_case: Make, parts: dict[str, Any], error: type[PlatformError]
) -> None:
    with pytest.raises(error):
        register(cases, database, new_case(**parts))
    assert counts(database) == [0, 0, 0, 0]


def test_a_commit_that_fails_leaves_nothing(cases: CaseService, database: Database, new_case: Make) -> None:
    def no_space_left(_session: Session) -> None:
        raise OSError("no space left")

    with pytest.raises(OSError, match="no space"), database.write() as session:
        cases.register(session, new_case())
        event.listen(session, "before_commit", no_space_left)
    assert counts(database) == [0, 0, 0, 0]


def test_filing_asks_no_more_of_the_database_for_more_clocks(
    cases: CaseService, database: Database, new_case: Make
) -> None:
    """Cases come twenty a second; every round is time in which the end of the audit chain stands locked."""

    def rounds(new: NewCase) -> int:
        asked: list[str] = []

        def note(_connection: Any, _cursor: Any, said: str, *_more: Any) -> None:
            asked.append(said)

        event.listen(database.engine, "before_cursor_execute", note)
        try:
            register(cases, database, new)
        finally:
            event.remove(database.engine, "before_cursor_execute", note)
        return len(asked)

    register(cases, database, new_case())
    petition = new_case("two", kind="petition", item_code="petition_roads", contact_phone="0912345678")
    two_clocks, three_clocks = rounds(petition), rounds(new_case("three"))
    assert three_clocks <= two_clocks + 1, "SQLite is given the row of each clock by itself, and no more"
    assert three_clocks <= 23


def test_of_two_who_act_at_once_one_wins(cases: CaseService, database: Database, new_case: Make) -> None:
    number = register(cases, database, new_case()).number
    outcomes: list[str] = []
    start = threading.Barrier(2)

    def handler(name: str) -> None:
        start.wait()
        try:
            with database.write() as session:
                cases.act(session, number, Deed(Act.ACCEPT, name, Role.HANDLER, 2))
            outcomes.append(name)
        except StaleCase:
            outcomes.append("stale")

    threads = [threading.Thread(target=handler, args=(name,)) for name in ("first", "second")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert outcomes.count("stale") == 1
    with database.read() as session:
        events = session.scalars(select(CaseEvent).order_by(CaseEvent.sequence)).all()
    assert [row.act for row in events] == ["register", "assign", "accept"]
    assert events[-1].actor in outcomes


def test_the_outer_transaction_goes_on_after_a_known_origin(
    cases: CaseService, database: Database, new_case: Make
) -> None:
    register(cases, database, new_case("known"))
    with database.write() as session:
        cases.register(session, new_case("known"))
        cases.register(session, new_case("new"))
    assert counts(database)[0] == 2


@pytest.mark.parametrize("statement", ["UPDATE case_events SET actor = 'x'", "DELETE FROM case_events"])
def test_the_database_refuses_to_change_history(
    cases: CaseService, database: Database, new_case: Make, statement: str
) -> None:
    register(cases, database, new_case())
    with pytest.raises(DatabaseError, match="append-only"), database.write() as session:
        session.execute(text(statement))


def test_a_confidential_item_makes_a_confidential_case(
    cases: CaseService, database: Database, new_case: Make
) -> None:
    register(
        cases,
        database,
        new_case(kind="petition", item_code="petition_building", contact_email="a@example.org"),
    )
    with database.read() as session:
        assert session.scalars(select(Case)).one().confidential


def test_the_owner_depends_on_the_district(cases: CaseService, database: Database, new_case: Make) -> None:
    owners = [
        register(
            cases, database, new_case(f"{district}", item_code="gutter_cover_damage", district=district)
        ).owner
        for district in ("三民區", "岡山區", None)
    ]
    assert owners == ["水利局防洪維護科", "岡山區公所", "水利局防洪維護科"]
