"""What the database does for a report: every statement, how long it took, and the plan of the slow ones."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import psycopg
from sqlalchemy import Engine, event
from sqlalchemy.orm import Session

SLOW = 0.020
TABLES = (
    "cases", "case_assignments", "case_dues", "case_events", "case_extensions", "case_changes", "report_%",
)  # fmt: skip
SIZES = """
SELECT c.relname, s.n_live_tup, pg_size_pretty(pg_table_size(c.oid)), pg_size_pretty(pg_indexes_size(c.oid))
FROM pg_class c JOIN pg_stat_user_tables s ON s.relid = c.oid
WHERE c.relname LIKE ANY(%s) ORDER BY pg_total_relation_size(c.oid) DESC
"""
INDEXES = """
SELECT t.relname, i.relname, pg_size_pretty(pg_relation_size(i.oid)), pg_get_indexdef(i.oid)
FROM pg_index x JOIN pg_class i ON i.oid = x.indexrelid JOIN pg_class t ON t.oid = x.indrelid
WHERE t.relname LIKE ANY(%s) ORDER BY t.relname, i.relname
"""


@dataclass
class Statement:
    """One statement that a report made."""

    text: str
    given: Any
    seconds: float


@dataclass
class Watched:
    """What a report made the database do."""

    statements: list[Statement] = field(default_factory=list)

    @property
    def seconds(self) -> float:
        """Of the database, all together, as the client sees it."""
        return sum(one.seconds for one in self.statements)

    def slow(self) -> list[Statement]:
        """Those that took longer than `SLOW`, the slowest first."""
        return sorted((one for one in self.statements if one.seconds > SLOW), key=lambda one: -one.seconds)


@contextmanager
def watched(engine: Engine) -> Iterator[Watched]:
    """Everything that is asked of the engine meanwhile."""
    found = Watched()

    def before(_connection: Any, _cursor: Any, _text: str, _given: Any, context: Any, _many: bool) -> None:
        context.wst_began = time.perf_counter()

    def after(_connection: Any, _cursor: Any, text: str, given: Any, context: Any, _many: bool) -> None:
        found.statements.append(Statement(text, given, time.perf_counter() - context.wst_began))

    event.listen(engine, "before_cursor_execute", before)
    event.listen(engine, "after_cursor_execute", after)
    try:
        yield found
    finally:
        event.remove(engine, "before_cursor_execute", before)
        event.remove(engine, "after_cursor_execute", after)


def plan(session: Session, statement: Statement) -> str:
    """EXPLAIN (ANALYZE, BUFFERS) of a statement as it was made."""
    order = f"EXPLAIN (ANALYZE, BUFFERS, COSTS OFF) {statement.text}"
    rows = session.connection().exec_driver_sql(order, statement.given)
    return "\n".join(row[0] for row in rows)


def shown(statement: Statement, most: int = 1500) -> str:
    """A statement with what it was given, on few lines."""
    text = re.sub(r"\s+", " ", statement.text).strip()
    if isinstance(statement.given, dict):
        for name, value in sorted(statement.given.items(), key=lambda one: -len(one[0])):
            text = re.sub(rf"%\({re.escape(name)}\)s(::\w+)?", lambda _, value=value: repr(value), text)
    return text if len(text) <= most else f"{text[:most]} …"


def sizes(url: str) -> tuple[list[tuple[Any, ...]], list[tuple[Any, ...]]]:
    """Tables with rows and sizes, and their indexes."""
    with psycopg.connect(url) as connection:
        tables = connection.execute(SIZES, (list(TABLES),)).fetchall()
        return tables, connection.execute(INDEXES, (list(TABLES),)).fetchall()
