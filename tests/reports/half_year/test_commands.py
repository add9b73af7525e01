"""`wanshitong figures import` and `wanshitong report halfyear`, as somebody at a terminal meets them."""

from __future__ import annotations

import json
from pathlib import Path

import click
import pytest
from click.testing import CliRunner, Result
from sqlalchemy import select

from gateway.audit.models import AuditEntry
from gateway.cli_figures import figures
from gateway.cli_report import report
from gateway.database import Database
from gateway.errors import Unavailable
from gateway.reports.figures.errors import InvalidFigures, InvalidMonth, InvalidPeriod, UnknownFigure
from gateway.settings import Settings
from tests.reports.half_year.conftest import FED

HALF = ("halfyear", "--from", "2018-07-01", "--to", "2018-12-31")


def run(database: Database, command: click.Group, *words: str) -> Result:
    settings = Settings(secret_key="only for tests", database_url=database.url, figures_live_from="2019-01")
    return CliRunner().invoke(command, words, obj=settings)


def test_imported_twice_and_told(both: Database, tmp_path: Path) -> None:
    first = run(both, figures, "import", str(FED))
    assert first.stdout == "added 288, corrected 0, unchanged 0\n", first.output
    assert run(both, figures, "import", str(FED)).stdout == "added 0, corrected 0, unchanged 288\n"
    text = run(both, report, *HALF)
    assert "1999專線本期共處理來電434,901通※，服務水準為98.16%※。" in text.stdout
    assert "cli:" in text.stdout
    data = json.loads(run(both, report, *HALF, "--format", "json").stdout)
    assert data["period"]["zh"] == "民國107年7月1日至12月31日"
    some = run(both, report, *HALF, "--format", "json", "--figure", "市長信箱").stdout
    assert [(one["code"], one["value"]) for one in json.loads(some)] == [("mayor_mailbox", 21_466)]
    for kind in ("ods", "odt"):
        out = tmp_path / f"r.{kind}"
        assert run(both, report, *HALF, "--format", kind, "--output", str(out)).exit_code == 0
        assert out.read_bytes().startswith(b"PK")
    with both.read() as session:
        (entry,) = session.scalars(select(AuditEntry).where(AuditEntry.act == "figures.import"))
    assert (entry.role, entry.detail["of"], entry.detail["changed"]) == ("terminal", FED.name, 288)


def test_a_file_with_a_mistake_changes_nothing(database: Database, tmp_path: Path) -> None:
    wrong = tmp_path / "wrong.csv"
    wrong.write_text(FED.read_text(encoding="utf-8") + "2018-07,nothing,1,a\n", encoding="utf-8")
    told = run(database, figures, "import", str(wrong))
    assert isinstance(told.exception, InvalidFigures)
    assert "line 290" in told.exception.detail
    assert "未填報" in run(database, report, *HALF).stdout
    assert "434,901" not in run(database, report, *HALF).stdout


@pytest.mark.parametrize(
    ("words", "error"),
    [
        (("--from", "2018-12-31", "--to", "2018-07-01"), InvalidPeriod),
        (("--from", "2018-07-01", "--to", "2018-06-30"), InvalidPeriod),
        (("--from", "2018-07-15", "--to", "2018-12-31"), InvalidPeriod),
        (("--from", "2009-01-01", "--to", "2018-12-31"), InvalidPeriod),
        (("--from", "soon", "--to", "2018-12-31"), InvalidMonth),
        (("--from", "2018-07", "--to", "2018-12", "--format", "json", "--figure", "calsl"), UnknownFigure),
    ],
)
def test_what_cannot_be_asked(database: Database, words: tuple[str, ...], error: type[Exception]) -> None:
    assert isinstance(run(database, report, "halfyear", *words).exception, error)


def test_without_a_schema_one_is_told_what_to_do(tmp_path: Path) -> None:
    empty = Database(f"sqlite:///{tmp_path / 'empty.db'}")
    for told in (run(empty, report, *HALF), run(empty, figures, "import", str(FED))):
        assert isinstance(told.exception, Unavailable)
        assert "wanshitong db upgrade" in told.exception.detail


def test_a_spreadsheet_wants_a_file(database: Database) -> None:
    assert run(database, report, *HALF, "--format", "ods").exit_code == 2


def test_the_catalogue_is_listed(database: Database) -> None:
    lines = run(database, figures, "list").stdout.splitlines()
    assert "service_level\t服務水準\t%\tmean\toutside" in lines
