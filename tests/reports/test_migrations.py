"""The tables of files and of saved reports go up, down and up again, and are what the models say."""

from __future__ import annotations

from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import inspect

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
