"""`kill -9` in the middle of a file: another process takes it over, and nobody gets half of one."""

from __future__ import annotations

import signal
import subprocess
import sys
from datetime import UTC, datetime

import pytest

from gateway.database import Database
from gateway.reports.exports.models import ReportExport
from gateway.reports.exports.rules import State
from gateway.settings import PROJECT_ROOT
from tests.reports.conftest import Office

LEASE_SECONDS, ROWS, KILLED_AT, PATIENCE = 2, 3_000, 1_700, 90
STEP = 0.05


def begin(office: Office, row: int) -> subprocess.Popen[str]:
    url = office.database.engine.url.render_as_string(hide_password=False)
    given = [url, str(office.folder), str(LEASE_SECONDS), str(row)]
    return subprocess.Popen(
        [sys.executable, "-m", "tests.reports.export_process", *given], cwd=PROJECT_ROOT,
        stdout=subprocess.PIPE, text=True,
    )  # fmt: skip


def finished(database: Database, number: int) -> ReportExport | None:
    with database.read() as session:
        export = session.get_one(ReportExport, number)
    return export if export.state == State.DONE else None


def until_done(office: Office, number: int, process: subprocess.Popen[str]) -> ReportExport:
    """The file once it is there; the other process is waited for in its own time."""
    for _ in range(int(PATIENCE / STEP)):
        export = finished(office.database, number)
        if export is not None:
            return export
        try:
            process.wait(STEP)
        except subprocess.TimeoutExpired:
            continue
        pytest.fail("the second process ended")
    pytest.fail("nobody took it over")


def test_another_process_takes_over_what_a_killed_one_had_begun(both_offices: Office) -> None:
    office = both_offices
    office.clock[0] = datetime.now(UTC)
    office.hire("mei")
    number = office.ask("mei", rows=str(ROWS))
    victim = begin(office, KILLED_AT)
    other = None
    try:
        assert victim.stdout is not None
        assert victim.stdout.readline() == "in the middle\n"
        export = office.export(number)
        assert (export.state, export.rows_done, export.attempts) == (State.RUNNING, 1_500, 1)
        assert office.files() == [f"{number}-1.csv.part"]
        other = begin(office, 0)
        victim.send_signal(signal.SIGKILL)
        assert victim.wait(PATIENCE) == -signal.SIGKILL
        export = until_done(office, number, other)
    finally:
        for process in filter(None, (victim, other)):
            process.kill()
            process.wait()
            assert process.stdout is not None
            process.stdout.close()
    assert (export.attempts, export.rows_done) == (2, ROWS)
    assert len(office.fetch(number, "mei").read_text(encoding="utf-8-sig").splitlines()) == 7 + ROWS + 2
    office.exports.sweep(office.now())
    assert office.files() == [f"{number}-2.csv"], "what the dead one had written is swept away"
    assert len(office.entries("report.export")) == 1
