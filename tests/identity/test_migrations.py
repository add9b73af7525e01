"""The identity tables go up, down and up again, and are what the models say."""

from __future__ import annotations

import re

from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import inspect

from gateway.database import Base, Database
from gateway.database.migrate import downgrade, upgrade
from gateway.identity import models

TABLES = {
    mapper.class_.__tablename__
    for mapper in Base.registry.mappers
    if mapper.class_.__module__ == models.__name__
}


def tables(database: Database) -> set[str]:
    return set(inspect(database.engine).get_table_names()) & TABLES


def test_up_down_and_up_again(empty_database: Database) -> None:
    upgrade(empty_database, "0004")
    assert tables(empty_database) == TABLES
    downgrade(empty_database, "0003")
    assert tables(empty_database) == set()
    upgrade(empty_database, "0004")
    assert tables(empty_database) == TABLES


def test_the_tables_are_what_the_models_say(empty_database: Database) -> None:
    upgrade(empty_database, "0004")
    options = {"include_name": lambda name, kind, _parents: kind != "table" or name in TABLES}
    with empty_database.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts=options)
        differences = compare_metadata(context, Base.metadata)
    ours = re.compile(rf"\b({'|'.join(sorted(TABLES))})\b")  # a word: LINE has accounts of its own
    assert [found for found in differences if ours.search(str(found))] == []
