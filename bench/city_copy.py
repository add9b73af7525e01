"""Writing a made-up city with COPY: a month at a time, indexes and constraints when all is there."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

import psycopg
from psycopg import sql

COLUMNS = {
    "cases": "id number origin_key kind item_code catalogue_version confidential needs_review status version "
    "owner_unit district village address latitude longitude description contact_name contact_phone "
    "contact_email language channel received_at attributes place_key next_due_at paused_since resume_status "
    "status_since closed_at reopenings",
    "case_assignments": "id case_id unit status lead active external_unit handler next_due_at "
    "started_at ended_at",
    "case_dues": "id case_id assignment_id stage start_at due_at first_due_at extended_to met_at current "
    "rule working calendar_version catalogue_version",
    "case_events": "id case_id sequence act actor role at before after note",
    "case_extensions": "id case_id assignment_id new_due_at reason state asked_by asked_at "
    "decided_by decided_at",
    "case_pauses": "id case_id started_at ended_at",
    "case_links": "id case_id other_id relation at ended_at",
    "case_ratings": "id case_id closing score comment at",
    "case_reporters": "id case_id origin_key name phone email language channel note joined_at",
}
"""The tables in the order in which they refer to each other."""


@dataclass
class Rows:
    """Rows as COPY takes them, and the last id of each table."""

    last: dict[str, int]
    lines: dict[str, list[str]] = field(default_factory=lambda: {table: [] for table in COLUMNS})
    digests: list[str] = field(default_factory=list)
    """Of the events, in their order."""

    def new(self, table: str) -> int:
        """The next id of a table."""
        self.last[table] += 1
        return self.last[table]

    def write(self, connection: psycopg.Connection) -> None:
        """Everything there is, and forget it."""
        for table, names in COLUMNS.items():
            lines = self.lines[table]
            if lines:
                columns = sql.SQL(", ").join(map(sql.Identifier, names.split()))
                order = sql.SQL("COPY {} ({}) FROM STDIN").format(sql.Identifier(table), columns)
                with connection.cursor() as cursor, cursor.copy(order) as copy:
                    copy.write("".join(lines))
            self.lines[table] = []


def last_ids(connection: psycopg.Connection) -> dict[str, int]:
    """The highest id of each table."""
    found = {}
    for table in COLUMNS:
        row = connection.execute(
            sql.SQL("SELECT coalesce(max(id), 0) FROM {}").format(sql.Identifier(table))
        ).fetchone()
        found[table] = int(row[0]) if row else 0
    return found


def set_sequences(connection: psycopg.Connection, last: dict[str, int]) -> None:
    """Let the next row of each table get the next id."""
    for table, number in last.items():
        if number:
            connection.execute("SELECT setval(pg_get_serial_sequence(%s, 'id'), %s)", (table, number))


def without_indexes(connection: psycopg.Connection) -> Callable[[], dict[str, float]]:
    """Take indexes, unique and foreign keys away; what is given back makes them again, checked, and tells
    how many seconds each took."""
    tables = list(COLUMNS)
    constraints = connection.execute(
        "SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid) FROM pg_constraint "
        "WHERE conrelid = ANY(%s::regclass[]) AND contype IN ('f', 'u') ORDER BY contype DESC, conname",
        (tables,),
    ).fetchall()
    for table, name, _ in sorted(constraints, key=lambda row: "FOREIGN" not in row[2]):
        connection.execute(f'ALTER TABLE {table} DROP CONSTRAINT "{name}"')
    indexes = connection.execute(
        "SELECT indexrelid::regclass::text, pg_get_indexdef(indexrelid) FROM pg_index "
        "WHERE indrelid = ANY(%s::regclass[]) AND NOT indisprimary ORDER BY 1",
        (tables,),
    ).fetchall()
    for name, _ in indexes:
        connection.execute(f"DROP INDEX {name}")

    def again() -> dict[str, float]:
        orders = [(name, definition) for name, definition in indexes]
        orders += [
            (name, f'ALTER TABLE {table} ADD CONSTRAINT "{name}" {definition}')
            for table, name, definition in constraints
        ]
        return dict(_timed(connection, orders))

    return again


def _timed(connection: psycopg.Connection, orders: Iterable[tuple[str, str]]) -> Iterable[tuple[str, float]]:
    for name, order in orders:
        began = time.perf_counter()
        connection.execute(order)
        yield name, time.perf_counter() - began
