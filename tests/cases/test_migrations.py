"""The case tables go up, down and up again, and are what the models say."""

from __future__ import annotations

from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import inspect

from gateway.audit import models as audit_models
from gateway.cases import models
from gateway.database import Base, Database
from gateway.database.migrate import downgrade, upgrade
from gateway.outbox import models as outbox_models

FIRST = {"cases", "case_dues", "case_events", "case_counters"}
ROOMS = (models, audit_models, outbox_models)
TABLES = {
    model.class_.__tablename__
    for model in Base.registry.mappers
    if model.class_.__module__ in {room.__name__ for room in ROOMS}
}


def tables(database: Database) -> set[str]:
    return set(inspect(database.engine).get_table_names()) & TABLES


def test_up_down_and_up_again(empty_database: Database) -> None:
    upgrade(empty_database, "0001")
    assert tables(empty_database) == FIRST
    upgrade(empty_database)
    assert tables(empty_database) == TABLES
    downgrade(empty_database, "0001")
    assert tables(empty_database) == FIRST
    downgrade(empty_database, "base")
    assert tables(empty_database) == set()
    upgrade(empty_database)
    assert tables(empty_database) == TABLES


def test_the_tables_are_what_the_models_say(empty_database: Database) -> None:
    upgrade(empty_database)
    options = {"include_name": lambda name, kind, _parents: kind != "table" or name in TABLES}
    with empty_database.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts=options)
        differences = compare_metadata(context, Base.metadata)
    assert [found for found in differences if _concerns_cases(found)] == []


def _concerns_cases(difference: object) -> bool:
    return any(name in str(difference) for name in TABLES)
