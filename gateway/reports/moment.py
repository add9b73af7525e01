"""Reading for a report: one moment of the database, and a plain word while the schema is being changed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from sqlalchemy import text
from sqlalchemy.exc import DBAPIError, OperationalError, ProgrammingError
from sqlalchemy.orm import Session

from gateway.database import Database
from gateway.database.migrate import is_current
from gateway.errors import Unavailable

_PATIENCE: Final = text("SET LOCAL lock_timeout = '2s'")
_LOCKED: Final = "55P03"
"""PostgreSQL: somebody holds the table for longer than we wait, as a migration does."""


class BeingUpgraded(Unavailable):
    """The tables of the reports are held or missing because the database is being brought up to date."""

    code = "being_upgraded"
    zh = "資料庫正在升級，報表暫時無法查詢，請過幾分鐘再試。"
    en = "The database is being upgraded. Please ask for the report again in a few minutes."


@contextmanager
def one_moment(database: Database) -> Iterator[Session]:
    """A transaction that only reads and sees one moment, whatever is written meanwhile.

    Raises BeingUpgraded where a migration stands in the way.
    """
    try:
        with database.snapshot() as session:
            if not database.is_sqlite:
                session.execute(_PATIENCE)
            yield session
    except (OperationalError, ProgrammingError) as error:
        if _upgrading(database, error):
            raise BeingUpgraded(type(error).__name__) from error
        raise


def _upgrading(database: Database, error: DBAPIError) -> bool:
    if getattr(error.orig, "sqlstate", None) == _LOCKED:
        return True
    try:
        return not is_current(database)
    except DBAPIError:
        return False
