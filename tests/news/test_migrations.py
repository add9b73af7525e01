"""The tables of news go up, down and up again, and are what the models say."""

from __future__ import annotations

from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import inspect, select, text

from gateway.database import Base, Database
from gateway.database.migrate import alembic_config, downgrade, upgrade
from gateway.news import models
from gateway.outbox.models import OutboxMessage, OutboxStream
from tests.news.conftest import Newsroom, addresses

OURS = "0015"
TABLES = {
    OutboxStream.__tablename__,
    *(
        mapper.class_.__tablename__
        for mapper in Base.registry.mappers
        if mapper.class_.__module__ == models.__name__
    ),
}


def tables(database: Database) -> set[str]:
    return set(inspect(database.engine).get_table_names()) & TABLES


def test_the_tables_are_what_the_models_say(both: Database) -> None:
    options = {"include_name": lambda name, kind, _parents: kind != "table" or name in TABLES}
    with both.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts=options)
        differences = compare_metadata(context, Base.metadata)
    assert [found for found in differences if any(name in str(found) for name in TABLES)] == []


def test_going_down_takes_the_letters_of_news_along_and_no_others(both_newsrooms: Newsroom) -> None:
    newsroom, database = both_newsrooms, both_newsrooms.database
    newsroom.take_in(addresses(3))
    newsroom.approved()
    newsroom.sending.mind()
    with database.write() as session:
        newsroom.outbox.put(
            session, key="notice", topic="notice.release", transport="email", recipient="a@a.tw", payload={},
            now=newsroom.now(),
        )  # fmt: skip
    script = ScriptDirectory.from_config(alembic_config(database)).get_revision(OURS)
    downgrade(database, str(script.down_revision))
    assert tables(database) == set()
    with database.read() as session:
        assert session.execute(text("SELECT key FROM outbox_messages")).scalars().all() == ["notice"]
    upgrade(database)
    assert tables(database) == TABLES
    with database.read() as session:
        assert session.execute(select(OutboxMessage.key, OutboxMessage.stream)).all() == [("notice", "")]
