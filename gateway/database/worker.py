"""This process among those that share a database, and which of them live."""

from __future__ import annotations

import contextlib
import secrets
import threading

from sqlalchemy import Connection, text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from gateway.database.engine import Database

LOCKS = 1_999_001
"""The class of the advisory locks that say which gateways live."""
DELIVERS = 1_999_002
"""The class of those of `wanshitong worker`."""
_HIGHEST = 2**31 - 1
_LIVING = text(
    "SELECT objid FROM pg_locks WHERE locktype = 'advisory' AND classid = :locks AND objsubid = 2 AND granted"
    " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
)
_SIGN = text("SELECT pg_try_advisory_lock(:locks, :me)")
_KEEPALIVE = ("tcp_keepalives_idle = 10", "tcp_keepalives_interval = 5", "tcp_keepalives_count = 3")
"""The server must notice a machine that has lost its power, too."""


class Worker:
    """One process's number, and the sign that it lives.

    On PostgreSQL the sign is an advisory lock on a connection of its own: the server lets go of it when the
    process is gone, however it went, at once. On SQLite there is one process, and nobody else lives.
    """

    def __init__(self, database: Database, locks: int = LOCKS) -> None:
        """`locks`: among which kind of processes this is one."""
        self._locks = locks
        self.id = secrets.randbelow(_HIGHEST) + 1
        self._lived: set[int] = {self.id}
        self._database = database
        self._connection: Connection | None = None
        self._one_at_a_time = threading.Lock()

    @property
    def count(self) -> int:
        """How many processes lived when `keep` last looked, this one included."""
        return len(self._lived)

    def keep(self) -> bool:
        """Give the sign, or see that it is still given; call it every few seconds.

        Says whether another process has died since the last call. Raises SQLAlchemyError while the database
        is away; the next call gives the sign again.
        """
        if self._database.is_sqlite:
            return False
        with self._one_at_a_time:
            try:
                if self._connection is None:
                    self._connection = self._connected()
                given = {"locks": self._locks, "me": self.id}
                living = set(self._connection.scalars(_LIVING, given))
                if self.id not in living:
                    self._connection.execute(_SIGN, given)
            except SQLAlchemyError:
                self._drop()
                raise
            lived, self._lived = self._lived, living | {self.id}
            return not lived <= self._lived

    def living(self, session: Session) -> set[int]:
        """The numbers of all processes that live now, this one included."""
        if self._database.is_sqlite:
            return {self.id}
        return {self.id, *living(session, self._locks)}

    def close(self) -> None:
        """Take the sign back."""
        with self._one_at_a_time:
            self._drop()

    def _connected(self) -> Connection:
        connection = self._database.engine.connect().execution_options(isolation_level="AUTOCOMMIT")
        connection.detach()  # for as long as the process lives; the pool is for transactions
        for setting in _KEEPALIVE:
            connection.execute(text(f"SET {setting}"))
        return connection

    def _drop(self) -> None:
        if self._connection is not None:
            with contextlib.suppress(SQLAlchemyError):
                self._connection.close()
            self._connection = None


def living(session: Session, locks: int) -> set[int]:
    """The numbers of all processes of one kind that live now, on PostgreSQL."""
    return set(session.scalars(_LIVING, {"locks": locks}))
