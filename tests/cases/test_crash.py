"""`kill -9` at the commit: no number without a case, no case without events, audit entries and messages."""

from __future__ import annotations

import subprocess
import sys

import pytest
from sqlalchemy import func, select

from gateway.audit.models import AuditEntry
from gateway.cases.models import Case, CaseAssignment, CaseDue, CaseEvent
from gateway.cases.proving import event_faults
from gateway.cases.service import CaseService
from gateway.database import Database
from gateway.outbox.models import OutboxMessage
from gateway.settings import PROJECT_ROOT

MOMENTS = [
    ("before_commit", 1), ("after_commit", 1), ("before_commit", 4), ("after_commit", 7), ("outside", 0),
]  # fmt: skip
LINES_BEFORE_THE_KILL = 9


def promised(url: str, prefix: str, where: str, turn: int) -> dict[str, int]:
    """What a process said before it was killed: the version of each case that it told of."""
    command = [sys.executable, "-m", "tests.cases.crash_child", url, prefix, where, str(turn)]
    lines: list[str] = []
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=PROJECT_ROOT) as child:
        assert child.stdout is not None
        for line in child.stdout:
            if not line.startswith("told "):
                continue  # the log goes the same way
            lines.append(line)
            if where == "outside" and len(lines) == LINES_BEFORE_THE_KILL:
                child.kill()
    assert child.returncode == -9
    return {number: int(version) for _, number, version in (line.split() for line in lines)}


def test_nothing_that_was_promised_is_lost_and_nothing_is_half_there(
    cases: CaseService, database: Database
) -> None:
    url = database.engine.url.render_as_string(hide_password=False)
    told: dict[str, int] = {}
    for index, (where, turn) in enumerate(MOMENTS):
        told |= promised(url, f"round-{index}", where, turn)
    assert len(told) >= 7
    with database.read() as session:
        versions = {case.number: case.version for case in session.scalars(select(Case))}
        assert all(versions.get(number, 0) >= version for number, version in told.items())
        # What was committed and not told yet is whole; one case of each killed round at the most.
        assert len(versions) - len(told) <= len(MOMENTS)
        assert list(cases.trail.faults(session)) == []
        assert list(event_faults(session, cases.trail)) == []
        for case in session.scalars(select(Case)):
            events = session.scalar(
                select(func.count()).select_from(CaseEvent).where(CaseEvent.case_id == case.id)
            )
            entries = session.scalar(
                select(func.count())
                .select_from(AuditEntry)
                .where(AuditEntry.subject == f"case:{case.number}")
            )
            messages = session.scalars(
                select(OutboxMessage.topic).where(OutboxMessage.subject == case.number)
            ).all()
            assert events == entries == case.version
            assert "notice.register" in messages
            assert any(topic.startswith("reminder.") for topic in messages)
            for model, least in ((CaseAssignment, 1), (CaseDue, 3)):
                there = session.scalar(
                    select(func.count()).select_from(model).where(model.case_id == case.id)
                )
                assert there == least


@pytest.mark.parametrize("moment", ["before_commit", "after_commit"])
def test_the_same_report_again_after_a_crash_is_one_case(database: Database, moment: str) -> None:
    url = database.engine.url.render_as_string(hide_password=False)
    promised(url, "same", moment, 1)
    promised(url, "same", "before_commit", 2)
    with database.read() as session:
        assert session.scalar(select(func.count()).select_from(Case)) == 1
