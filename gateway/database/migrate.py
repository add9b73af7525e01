"""Migrations from code: the same Alembic scripts for SQLite and PostgreSQL."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

from gateway.database.engine import Database
from gateway.errors import Unavailable

SCRIPTS = Path(__file__).parent / "migrations"


def alembic_config(database: Database) -> Config:
    """Alembic's configuration for an open database."""
    config = Config()
    config.set_main_option("script_location", str(SCRIPTS))
    config.attributes["engine"] = database.engine
    return config


def upgrade(database: Database, revision: str = "head") -> None:
    """Bring the schema up to `revision`."""
    command.upgrade(alembic_config(database), revision)


def downgrade(database: Database, revision: str) -> None:
    """Take the schema down to `revision`."""
    command.downgrade(alembic_config(database), revision)


def is_current(database: Database) -> bool:
    """Whether the schema is the one this code expects."""
    head = ScriptDirectory.from_config(alembic_config(database)).get_current_head()
    with database.engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision() == head


def require_current(database: Database) -> None:
    """For commands that need the tables. Raises Unavailable where the schema is another, or missing."""
    if not is_current(database):
        raise Unavailable("the database's schema is not current: run `wanshitong db upgrade`")
