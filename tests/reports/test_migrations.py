"""The tables of files and of saved reports go up, down and up again, and are what the models say."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import event, inspect

from gateway.database import Base, Database
from gateway.database.migrate import alembic_config, downgrade, upgrade
from gateway.reports.exports.models import ReportExport
from gateway.reports.saved.models import ReportSchedule, SavedReport

OURS = "0017"
TABLES = {model.__tablename__ for model in (ReportExport, SavedReport, ReportSchedule)}


def tables(database: Database) -> set[str]:
    return set(inspect(database.engine).get_table_names()) & TABLES


def test_the_tables_are_what_the_models_say(both: Database) -> None:
    options = {"include_name": lambda name, kind, _parents: kind != "table" or name in TABLES}
    with both.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts=options)
        differences = compare_metadata(context, Base.metadata)
    assert [found for found in differences if any(name in str(found) for name in TABLES)] == []


def test_down_and_up_again(both: Database) -> None:
    script = ScriptDirectory.from_config(alembic_config(both)).get_revision(OURS)
    downgrade(both, str(script.down_revision))
    assert tables(both) == set()
    upgrade(both)
    assert tables(both) == TABLES


def test_nobody_writes_between_a_migrations_look_and_its_work(tmp_path: Path) -> None:
    """On SQLite the one that had looked would be told at once that the database is locked."""
    path, met = tmp_path / "before.db", set[str]()
    database = Database(f"sqlite:///{path}")
    upgrade(database)

    def meanwhile(_connection: Any, _cursor: Any, said: str, *_more: Any) -> None:
        if said.startswith("SELECT alembic_version"):
            with closing(sqlite3.connect(path, timeout=0)) as other:
                try:
                    other.execute("UPDATE alembic_version SET version_num = version_num")
                    other.commit()
                    met.add("nobody")
                except sqlite3.OperationalError:
                    met.add("the migration")

    event.listen(database.engine, "after_cursor_execute", meanwhile)
    downgrade(database, "0021")
    upgrade(database)
    database.close()
    assert met == {"the migration"}
