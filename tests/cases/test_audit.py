"""Whoever edits or takes away is found: entries of the trail, and events of cases."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import Engine, delete, event, func, select, text, update
from sqlalchemy.exc import DBAPIError

from gateway.audit.models import AuditEntry, AuditHead
from gateway.cases.models import CaseEvent
from gateway.cases.proving import event_faults
from gateway.cases.rules import Act, Status
from gateway.cases.service import CaseService
from gateway.cases.views import NewCase
from gateway.cli import root
from gateway.database import Database
from tests.cases.life import Life

Make = Callable[..., NewCase]


@pytest.fixture
def lived(cases: CaseService, database: Database, new_case: Make) -> str:
    """A database in which some cases have lived."""
    with database.write() as session:
        life = Life(cases, session)
        life.bring(new_case("first"), Status.RELEASED)
        return life.bring(new_case("second"), Status.HANDLED)


def unguarded(database: Database, table: str) -> None:
    """Somebody who is master of the database takes the guards away."""
    with database.engine.begin() as connection:
        if database.is_sqlite:
            for verb in ("update", "delete"):
                connection.execute(text(f"DROP TRIGGER {table}_no_{verb}"))
        else:
            connection.execute(text(f"ALTER TABLE {table} DISABLE TRIGGER USER"))


def found(cases: CaseService, database: Database) -> list[str]:
    with database.read() as session:
        faults = [*cases.trail.faults(session), *event_faults(session, cases.trail)]
        return [fault.problem for fault in faults]


@pytest.mark.usefixtures("lived")
def test_an_untouched_trail_has_no_fault(cases: CaseService, database: Database) -> None:
    assert found(cases, database) == []
    with database.read() as session:
        assert session.scalar(select(func.count()).select_from(AuditEntry)) == session.scalar(
            select(func.count()).select_from(CaseEvent)
        )


@pytest.mark.usefixtures("lived")
@pytest.mark.parametrize("table", ["audit_entries", "case_events"])
@pytest.mark.parametrize("verb", ["UPDATE {} SET actor = 'eve'", "DELETE FROM {}"])
def test_the_database_itself_refuses(database: Database, table: str, verb: str) -> None:
    with pytest.raises(DBAPIError, match="append-only"), database.engine.begin() as connection:
        connection.execute(text(verb.format(table)))


@pytest.mark.usefixtures("lived")
@pytest.mark.parametrize("seq", [1, 4, "last"])
@pytest.mark.parametrize(
    "change",
    [{"actor": "eve"}, {"act": "case.forged"}, {"detail": {"sequence": 99}}, {"hash": "0" * 64}],
    ids=lambda change: next(iter(change)),
)
def test_an_edited_entry_is_found(
    cases: CaseService, database: Database, seq: int | str, change: dict[str, object]
) -> None:
    unguarded(database, "audit_entries")
    with database.write() as session:
        last = session.scalar(select(func.max(AuditEntry.seq)))
        which = last if seq == "last" else seq
        session.execute(update(AuditEntry).where(AuditEntry.seq == which).values(change))
    assert found(cases, database)


@pytest.mark.usefixtures("lived")
@pytest.mark.parametrize("seq", [1, 4, "last"])
def test_a_deleted_entry_is_found(cases: CaseService, database: Database, seq: int | str) -> None:
    unguarded(database, "audit_entries")
    with database.write() as session:
        last = session.scalar(select(func.max(AuditEntry.seq)))
        session.execute(delete(AuditEntry).where(AuditEntry.seq == (last if seq == "last" else seq)))
    assert any("missing" in problem for problem in found(cases, database))


@pytest.mark.usefixtures("lived")
def test_a_cut_off_tail_is_found_even_with_the_end_put_back(cases: CaseService, database: Database) -> None:
    unguarded(database, "audit_entries")
    with database.write() as session:
        last = session.scalar(select(func.max(AuditEntry.seq)))
        session.execute(delete(AuditEntry).where(AuditEntry.seq == last))
        kept = session.scalars(select(AuditEntry).order_by(AuditEntry.seq.desc())).first()
        assert kept is not None
        session.execute(update(AuditHead).values(seq=kept.seq, hash=kept.hash))
    assert "the seal of the end is false" in found(cases, database)


@pytest.mark.parametrize(
    "change", ["UPDATE {} SET note = '改過' WHERE id = 5", "DELETE FROM {} WHERE id = 5"]
)
@pytest.mark.usefixtures("lived")
def test_an_event_edited_or_taken_away_is_found(cases: CaseService, database: Database, change: str) -> None:
    unguarded(database, "case_events")
    with database.engine.begin() as connection:
        connection.execute(text(change.format("case_events")))
    assert found(cases, database)[0].endswith(("was edited", "is missing"))


def test_an_event_slipped_in_is_found(cases: CaseService, database: Database, lived: str) -> None:
    with database.write() as session:
        last = session.scalars(select(CaseEvent).order_by(CaseEvent.id.desc())).first()
        assert last is not None
        session.add(
            CaseEvent(
                case_id=last.case_id, sequence=last.sequence + 1, act="release", actor="eve",
                role="supervisor", at=last.at, before={}, after={}, note=None,
            )
        )  # fmt: skip
    assert f"{lived} event {last.sequence + 1} is not in the trail" in found(cases, database)


SLIPPED_IN = (
    "INSERT INTO audit_entries SELECT 0, at, actor, role, act, subject, detail, prev_hash, hash"
    " FROM audit_entries WHERE seq = 1"
)
EVENT_OF_BEFORE = (
    "INSERT INTO case_events (id, case_id, sequence, act, actor, role, at, before, after)"
    " SELECT -1, case_id, 0, 'comment', 'eve', 'operator', at, before, after FROM case_events WHERE id = 2"
)


@pytest.mark.parametrize(
    "changes",
    [
        ["DELETE FROM audit_entries", "DELETE FROM audit_head"],
        ["DELETE FROM audit_head"],
        [SLIPPED_IN],
        [EVENT_OF_BEFORE],
        ["UPDATE cases SET status = 'handled' WHERE id = 1"],
        ["UPDATE cases SET owner_unit = '水利局' WHERE id = 1"],
    ],
    ids=["the whole trail", "its end", "an entry before the first", "an old event", "a state", "an owner"],
)
@pytest.mark.usefixtures("lived")
def test_nothing_is_so_old_or_so_much_that_it_goes_unseen(
    cases: CaseService, database: Database, changes: list[str]
) -> None:
    for table in ("audit_entries", "case_events"):
        unguarded(database, table)
    with database.engine.begin() as connection:
        for change in changes:
            connection.execute(text(change))
    assert found(cases, database)


def test_a_trail_that_was_emptied_and_begun_anew_is_found(
    cases: CaseService, database: Database, new_case: Make, lived: str
) -> None:
    unguarded(database, "audit_entries")
    with database.write() as session:
        session.execute(delete(AuditEntry))
        session.execute(delete(AuditHead))
    with database.write() as session:
        Life(cases, session).do(lived, Act.COMMENT)
        Life(cases, session).file(new_case("third"))
    assert f"{lived} event 1 is not in the trail" in found(cases, database)


def test_proving_sees_one_moment_while_others_write(
    cases: CaseService, database: Database, new_case: Make
) -> None:
    with database.snapshot() as session:
        assert list(cases.trail.faults(session)) == []
        with database.write() as other:
            Life(cases, other).file(new_case())
        assert list(event_faults(session, cases.trail)) == []
        assert cases.trail.head(session)[0] == 0


@pytest.fixture
def verify(database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Result]:
    """`wanshitong audit verify` on this test's database."""
    url = database.engine.url.render_as_string(hide_password=False)

    def run(*options: str, key: str = "a key for the tests") -> Result:
        monkeypatch.setenv("WST_DATABASE_URL", url)
        monkeypatch.setenv("WST_SECRET_KEY", key)
        return CliRunner().invoke(root, ["--data-dir", str(tmp_path), "audit", "verify", *options])

    return run


@pytest.mark.usefixtures("lived")
def test_the_command_says_so(database: Database, verify: Callable[..., Result]) -> None:
    fine = verify("--json")
    assert fine.exit_code == 0
    told = json.loads(fine.stdout)
    assert told["faults"] == []
    assert verify("--expect", told["head"]).exit_code == 0
    assert verify("--expect", f"{told['entries']}:{'0' * 64}").exit_code == 1
    unguarded(database, "audit_entries")
    with database.write() as session:
        session.execute(update(AuditEntry).where(AuditEntry.seq == 2).values(actor="eve"))
    broken = verify()
    assert broken.exit_code == 1
    assert "entry 2: was edited" in broken.stderr


@pytest.mark.usefixtures("lived")
def test_another_key_does_not_fit(verify: Callable[..., Result]) -> None:
    assert verify(key="another key").exit_code == 1


def test_nothing_of_the_trail_stays_when_the_commit_fails(
    cases: CaseService, database: Database, new_case: Make
) -> None:
    def no_space_left(_session: object) -> None:
        raise OSError("no space left")

    with pytest.raises(OSError, match="no space"), database.write() as session:
        Life(cases, session).file(new_case())
        event.listen(session, "before_commit", no_space_left)
    assert isinstance(database.engine, Engine)
    with database.read() as session:
        assert cases.trail.head(session)[0] == 0
