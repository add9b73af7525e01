"""The city's history taken in: every record once, what is odd reported, nothing made up."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from sqlalchemy import func, select, text

from gateway.cases.history.reading import CSV_COLUMNS, FORMATS, JSON_FIELDS, UnreadableHistory, read
from gateway.cases.history.report import Report
from gateway.cases.history.service import HistoryImport
from gateway.cases.models import Case, CaseAssignment, CaseDue, CaseEvent
from gateway.cases.proving import event_faults
from gateway.cases.rules import Act
from gateway.cases.service import CaseService
from gateway.cli import root
from gateway.database import Database
from gateway.outbox.models import OutboxMessage
from gateway.places.service import Places
from tests.cases.life import Life, case_of, clocks_of

FIRST = {
    "number": "INS161004001", "status_code": "4", "status_name": "處理完成", "created": "2016-10-04T09:30:00",
    "closed": "", "unit_code": "B01000", "unit": "養工處", "zip": "807", "district": "三民區",
    "category": "路面坑洞(一)", "lat": "22.646", "lng": "120.316",
}  # fmt: skip
RELEASED = {"status_code": "5", "status_name": "解除管制"}
Take = Callable[..., Report]


@pytest.fixture
def take(cases: CaseService, tmp_path: Path) -> Take:
    """Imports rows, given as changes of the first record."""

    def run(*rows: dict[str, str]) -> Report:
        file = tmp_path / "history.csv"
        with file.open("w", encoding="utf-8", newline="") as out:
            writer = csv.DictWriter(out, CSV_COLUMNS.values())
            writer.writeheader()
            for row in rows:
                whole = {**FIRST, **row}
                writer.writerow({CSV_COLUMNS[name]: value for name, value in whole.items()})
        return HistoryImport(cases, Places.load()).take(read(file, FORMATS["open1999-csv"]), file.name)

    return run


def test_a_record_becomes_a_case_with_its_own_number_unit_item_and_clocks(
    cases: CaseService, database: Database, take: Take
) -> None:
    report = take({})
    assert (report.rows, report.added, report.refused) == (1, 1, [])
    with database.read() as session:
        case = case_of(session, FIRST["number"])
        assert (case.kind, case.item_code, case.owner_unit, case.district, case.status) == (
            "dispatch", "road_pothole", "養工處", "三民區", "handled",
        )  # fmt: skip
        assert case.received_at == datetime(2016, 10, 4, 1, 30, tzinfo=UTC)
        assert session.scalars(select(CaseDue.case_id)).all()
        assert session.scalar(select(func.count()).select_from(OutboxMessage)) == 0
        found = cases.public_view(session, "ins161004001", cases.verification_code(case.number))
        assert found.item_name_zh == "路面坑洞"


def test_a_second_run_changes_nothing_and_a_later_file_moves_on(
    cases: CaseService, database: Database, take: Take
) -> None:
    take({}, {"number": "INS161004002"})
    with database.read() as session:
        before = session.scalars(select(CaseEvent.id)).all()
    again = take({}, {"number": "INS161004002"})
    assert (again.added, again.updated, again.unchanged) == (0, 0, 2)
    with database.read() as session:
        assert session.scalars(select(CaseEvent.id)).all() == before
    released = {**RELEASED, "closed": "2016-10-05T10:00:00"}
    later = take(released, {"number": "INS161004002"})
    assert (later.added, later.updated, later.unchanged) == (0, 1, 1)
    with database.read() as session:
        case = case_of(session, FIRST["number"])
        assert (case.status, case.closed_at) == ("released", datetime(2016, 10, 5, 2, 0, tzinfo=UTC))
        assert clocks_of(session, case.number)["completion"].met_at == case.closed_at
        assert list(cases.trail.faults(session)) == []
        assert list(event_faults(session, cases.trail)) == []


def test_a_closing_in_time_is_judged_and_one_without_a_time_is_not(
    cases: CaseService, database: Database, take: Take
) -> None:
    take(
        {**RELEASED, "number": "INS161004003", "closed": "2016-10-05T10:00:00"},
        {**RELEASED, "number": "INS161004004", "closed": "2016-12-05T10:00:00"},
        {**RELEASED, "number": "INS161004005", "closed": ""},
    )
    with database.read() as session:
        verdicts = [
            [due.verdict.value for due in _view(cases, session, number).due if due.stage == "completion"]
            for number in ("INS161004003", "INS161004004", "INS161004005")
        ]
    assert verdicts == [["on_time"], ["overdue"], []]


def _view(cases: CaseService, session: Any, number: str) -> Any:
    return cases.public_view(session, number, cases.verification_code(number))


@pytest.mark.parametrize(
    ("row", "odd"),
    [
        ({"category": ""}, "no_category"),
        ({"category": "沒有這一類"}, "unknown_category"),
        ({"unit": "沒有這個單位"}, "unknown_unit"),
        ({"district": "信義區"}, "unknown_district"),
        (
            {"closed": "2016-10-03T10:00:00", "status_code": "5", "status_name": "解除管制"},
            "closed_before_created",
        ),
        ({"lat": "25.03", "lng": "121.56"}, "outside_city"),
        ({"status_code": "9"}, "unusual_status"),
    ],
)
def test_what_is_odd_is_taken_in_and_reported(take: Take, row: dict[str, str], odd: str) -> None:
    report = take(row)
    assert report.added == 1
    assert report.odd[odd] == 1  # type: ignore[index]
    assert report.as_json()["odd"][odd]["numbers"] == [FIRST["number"]]


@pytest.mark.parametrize(
    "row",
    [
        {"number": ""}, {"number": "D1151123-000001-6"},
        {"created": "someday"}, {"created": "2199-01-01T00:00:00"},
        {"status_name": "不明", "status_code": "77"},
    ],
)  # fmt: skip
def test_what_cannot_be_used_is_refused_and_the_rest_taken(take: Take, row: dict[str, str]) -> None:
    report = take(row, {"number": "INS161004009"})
    assert (report.added, len(report.refused)) == (1, 1)
    assert report.refused[0][0] == 1


def test_a_case_worked_on_here_is_not_overruled_by_a_file(
    cases: CaseService, database: Database, take: Take
) -> None:
    take({})
    with database.write() as session:
        Life(cases, session).do(FIRST["number"], Act.SEND_BACK)
    report = take({**RELEASED, "closed": "2016-10-05T10:00:00"})
    assert report.updated == 0
    assert report.odd["acted_on_here"] == 1  # type: ignore[index]
    with database.read() as session:
        assert case_of(session, FIRST["number"]).status == "in_progress"


def test_an_edited_imported_event_is_found(cases: CaseService, database: Database, take: Take) -> None:
    take({}, {"number": "INS161004002"})
    with database.engine.begin() as connection:
        if database.is_sqlite:
            connection.execute(text("DROP TRIGGER case_events_no_update"))
        else:
            connection.execute(text("ALTER TABLE case_events DISABLE TRIGGER USER"))
        connection.execute(text("UPDATE case_events SET note = 'x' WHERE sequence = 2"))
    with database.read() as session:
        assert [fault.problem for fault in event_faults(session, cases.trail)] == [
            "an imported event was edited"
        ]


def test_cases_filed_afterwards_get_ids_of_their_own(
    cases: CaseService, database: Database, take: Take, new_case: Callable[..., Any]
) -> None:
    take({})
    with database.write() as session:
        Life(cases, session).file(new_case())
    take({"number": "INS161004002"})
    with database.write() as session:
        Life(cases, session).file(new_case("another"))
        assert session.scalar(select(func.count()).select_from(Case)) == 4
        assert list(event_faults(session, cases.trail)) == []


@pytest.mark.parametrize("content", ["file_no,status\n1,2\n", "\x00", "[1, 2", '{"a": 1}'])
def test_another_format_is_said(cases: CaseService, tmp_path: Path, content: str) -> None:
    file = tmp_path / "strange"
    file.write_text(content)
    for reader in FORMATS.values():
        with pytest.raises(UnreadableHistory):
            HistoryImport(cases, Places.load()).take(read(file, reader), file.name)


def test_the_command_reports(tmp_path: Path, empty_database_file: Path) -> None:
    records = [{field: FIRST.get(name, "") for name, field in JSON_FIELDS.items()}]
    records[0]["Cre_Date_"] = "2016/10/4 上午 09:30:00"
    file, report = tmp_path / "api.json", tmp_path / "report.json"
    file.write_text(json.dumps(records))
    run = CliRunner().invoke(
        root,
        ["--data-dir", str(tmp_path), "cases", "import", str(file), "--format", "open1999-json",
         "--report", str(report)],
        env={"WST_DATABASE_URL": f"sqlite:///{empty_database_file}"},
    )  # fmt: skip
    assert run.exit_code == 0, run.output
    assert json.loads(report.read_text())["added"] == 1


@pytest.mark.city_data
def test_real_records_come_in_whole(cases: CaseService, database: Database, city_data: Path) -> None:
    file = city_data / "cases" / "kcg_open1999_cases_structured_2016-2017.csv"
    rows = list(islice(read(file, FORMATS["open1999-csv"]), 1500))
    report = HistoryImport(cases, Places.load()).take(rows, file.name)
    assert (report.added, report.refused) == (1500, [])
    with database.read() as session:
        units = dict(session.execute(select(Case.number, Case.owner_unit)).tuples().all())
        assert units == {row.number: row.unit for row in rows}
        assert session.scalar(select(func.count()).select_from(CaseAssignment)) == 1500
        assert list(event_faults(session, cases.trail)) == []
