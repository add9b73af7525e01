"""`wanshitong report deadlines` and `report recount`: the same tables at a terminal."""

from __future__ import annotations

import csv
import io
import json
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import openpyxl
import pytest
from click.testing import CliRunner, Result
from sqlalchemy import delete

from gateway.cases.calendar import OfficeCalendar
from gateway.cases.catalogue import Catalogue
from gateway.cases.service import CaseService
from gateway.cases.views import NewCase
from gateway.cli_report import report
from gateway.database import Database
from gateway.errors import InvalidInput, Unavailable
from gateway.reports.cases.models import ReportEntry
from gateway.settings import Settings

NOW = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)
SPAN = ("--from", "2026-11-01", "--to", "2026-11-30")


@pytest.fixture
def settings(migrated_file: Path, tmp_path: Path) -> Iterator[Settings]:
    """A data folder with three cases."""
    shutil.copyfile(migrated_file, tmp_path / "wanshitong.db")
    found = Settings(data_dir=tmp_path, secret_key="a key for the tests")
    database = Database(found.database)
    cases = CaseService(database, Catalogue.load(), OfficeCalendar.load(), found)
    for n, district in enumerate(("三民區", "三民區", "旗山區")):
        with database.write() as session:
            new = NewCase(
                kind="petition", item_code="petition_roads", description="=1+1", origin_key=f"c{n}",
                received_at=NOW, channel="phone", district=district, contact_phone="0912345678",
            )  # fmt: skip
            cases.register(session, new)
    database.close()
    yield found


def run(settings: Settings, *words: str) -> Result:
    return CliRunner().invoke(report, words, obj=settings, catch_exceptions=True)


def test_json_and_csv_say_the_same(settings: Settings) -> None:
    told = json.loads(run(settings, "deadlines", *SPAN, "--by", "district").stdout)
    assert {row["district"]: row["received"] for row in told["rows"]} == {"三民區": 2, "旗山區": 1}
    assert told["total"]["received"] == 3
    text = run(settings, "deadlines", *SPAN, "--by", "district", "--format", "csv").stdout
    rows = list(csv.reader(io.StringIO(text.removeprefix("\ufeff"))))
    assert ["三民區", "2"] in [row[:2] for row in rows]
    assert ["合計", "3"] in [row[:2] for row in rows]


def test_files_and_filters(settings: Settings, tmp_path: Path) -> None:
    path = tmp_path / "out.xlsx"
    only = ("--only", "district=旗山區", "--report", "flow", "--language", "en")
    done = run(settings, "deadlines", *SPAN, *only, "--format", "xlsx", "--output", str(path))
    assert done.exit_code == 0, done.output
    cells = [row for row in openpyxl.load_workbook(path).active.iter_rows(values_only=True) if row[0]]
    assert next(row for row in cells if row[0] == "Total")[2] == 1
    assert run(settings, "deadlines", *SPAN, "--format", "ods").exit_code == 2
    assert run(settings, "deadlines", *SPAN, "--only", "colour=red").exit_code == 2


def test_what_cannot_be_asked_is_refused(settings: Settings) -> None:
    backwards = run(settings, "deadlines", "--from", "2026-12-01", "--to", "2026-11-01")
    assert isinstance(backwards.exception, InvalidInput)
    assert isinstance(run(settings, "deadlines", *SPAN, "--only", "unit=太空局").exception, InvalidInput)


def test_recount_mends_a_ledger(settings: Settings) -> None:
    assert run(settings, "recount").stdout.startswith("3 cases counted, ")
    assert run(settings, "recount").stdout == "3 cases counted, 0 entries written\n"
    database = Database(settings.database)
    with database.write() as session:
        session.execute(delete(ReportEntry).where(ReportEntry.case_id == 1))
    database.close()
    assert "0 entries" not in run(settings, "recount").stdout
    told = json.loads(run(settings, "deadlines", *SPAN, "--by", "district").stdout)
    assert {row["district"]: row["received"] for row in told["rows"]} == {"三民區": 2, "旗山區": 1}


def test_without_the_tables_it_says_what_to_do(tmp_path: Path) -> None:
    empty = Settings(data_dir=tmp_path, secret_key="a key for the tests")
    found = run(empty, "deadlines", *SPAN)
    assert isinstance(found.exception, Unavailable)
    assert "db upgrade" in found.exception.detail
