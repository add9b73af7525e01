"""Migrations down and up again on a database that holds cases: what was there before and what is after.

Used by the tests and by bench/migrations.py.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import MetaData, Table, select

from gateway.database import Database
from gateway.database.migrate import downgrade, upgrade

BEFORE_ISSUE_THREE = "0002"
"""The last schema without assignments, audit trail and outbox."""
TABLES = ("cases", "case_assignments", "case_dues", "case_events")
GUESSED = frozenset({"status_since", "closed_at", "ended_at"})
"""Where the history knows no time, the migration takes that of the last event."""
RENUMBERED = {"case_assignments": frozenset({"id"}), "case_dues": frozenset({"assignment_id"})}
"""Assignments are made anew."""

Row = Mapping[str, Any]
Content = Mapping[str, Sequence[Row]]


def content(database: Database) -> Content:
    """Every row of the tables of cases, as the database has it."""
    with database.engine.connect() as connection:
        found = {}
        for name in TABLES:
            table = Table(name, MetaData(), autoload_with=connection)
            rows = connection.execute(select(table).order_by(table.c.id)).mappings()
            found[name] = [dict(row) for row in rows]
        return found


def down_and_up(database: Database) -> tuple[float, float]:
    """Down to the schema before this issue and up to the newest; seconds of both ways."""
    began = time.perf_counter()
    downgrade(database, BEFORE_ISSUE_THREE)
    turned = time.perf_counter()
    upgrade(database)
    return turned - began, time.perf_counter() - turned


def survives(table: str, row: Row) -> bool:
    """Whether the older schema can hold a row: it judges every clock and has no routing clock."""
    return table != "case_dues" or (bool(row["current"]) and row["stage"] != "routing")


def losses(before: Content, after: Content) -> list[str]:
    """What is gone, new or changed, of all that the older schema can hold."""
    nearest = _nearest(before)
    found = []
    for table in TABLES:
        was = {_key(table, row): row for row in before[table] if survives(table, row)}
        now = {_key(table, row): row for row in after[table]}
        found += [f"{table} {key} is gone" for key in was.keys() - now.keys()]
        found += [f"{table} {key} is new" for key in now.keys() - was.keys()]
        for key in was.keys() & now.keys():
            row = was[key]
            if row.get("next_due_at") is not None:
                row = {**row, "next_due_at": nearest.get(key)}
            found += [f"{table} {key}: {change}" for change in _changes(table, row, now[key])]
    return found


def _nearest(before: Content) -> dict[int, Any]:
    """By case, the earliest due time that runs on without the clocks that are left behind."""
    found: dict[int, Any] = {}
    for row in before["case_dues"]:
        if survives("case_dues", row) and row["met_at"] is None:
            case, due = row["case_id"], row["due_at"]
            found[case] = min(found.get(case, due), due)
    return found


def _key(table: str, row: Row) -> Any:
    return row["case_id" if table == "case_assignments" else "id"]


def _changes(table: str, was: Row, now: Row) -> list[str]:
    return [
        f"{name} was {was[name]!r}, is {now[name]!r}"
        for name in was
        if name not in RENUMBERED.get(table, ())
        and was[name] != now[name]
        and not (name in GUESSED and was[name] is None)
    ]
