"""The ledger of a whole city at once: what the platform's own counting would enter, read and written in bulk.

The platform counts a history batch by batch beside its work. Here nobody else works: the same statements
(`gateway.reports.cases.statement`) are written with COPY and added up once, in a tenth of the time.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import UTC

import psycopg
from sqlalchemy import func, select, text

from gateway.cases.office import Office
from gateway.database import Database
from gateway.reports.cases.ledger import Entry, _row, handling_time
from gateway.reports.cases.models import LedgerState, ReportEntry
from gateway.reports.cases.statement import statement
from gateway.reports.cases.story import Clock, Happening, Story, Subject, Wish
from gateway.reports.cases.totals import add_up

AT_ONCE = 10_000
COLUMNS = (
    "case_id", "figure", "value", "amount", "at", "day", "unit", "item", "district", "village", "channel",
    "person",
)  # fmt: skip
_CASES = (
    "SELECT id, item_code, coalesce(district, ''), coalesce(village, ''), channel, owner_unit, received_at "
    "FROM cases WHERE id BETWEEN %s AND %s ORDER BY id"
)
_EVENTS = (
    'SELECT case_id, act, actor, role, at, "before", "after" FROM case_events '
    "WHERE case_id BETWEEN %s AND %s ORDER BY case_id, sequence"
)
_PARTS = "SELECT id, unit, handler FROM case_assignments WHERE case_id BETWEEN %s AND %s"
_CLOCKS = (
    "SELECT case_id, assignment_id, stage, start_at, due_at, met_at, current FROM case_dues "
    "WHERE case_id BETWEEN %s AND %s ORDER BY case_id, id"
)
_WISHES = (
    "SELECT case_id, assignment_id, state, decided_at, decided_by FROM case_extensions "
    "WHERE case_id BETWEEN %s AND %s AND decided_at IS NOT NULL ORDER BY case_id, id"
)
_RATINGS = "SELECT case_id, score, at FROM case_ratings WHERE case_id BETWEEN %s AND %s ORDER BY case_id, id"


def count(url: str, office: Office) -> dict[str, float]:
    """Fill the empty ledger of a database; seconds of each step."""
    took, began = dict[str, float](), time.perf_counter()
    with psycopg.connect(url) as connection:
        connection.execute("SET timezone = 'UTC'")
        connection.execute("TRUNCATE case_changes, report_entries, report_totals RESTART IDENTITY")
        indexes = connection.execute(
            "SELECT indexrelid::regclass::text, pg_get_indexdef(indexrelid) FROM pg_index "
            "WHERE indrelid = 'report_entries'::regclass AND NOT indisprimary"
        ).fetchall()
        for name, _ in indexes:
            connection.execute(f"DROP INDEX {name}")
        row = connection.execute("SELECT max(id) FROM cases").fetchone()
        assert row is not None
        order = f"COPY report_entries ({', '.join(COLUMNS)}) FROM STDIN"
        for first in range(1, row[0] + 1, AT_ONCE):
            lines = [
                line
                for story in stories(connection, first, first + AT_ONCE - 1)
                for line in entries(story, office)
            ]
            with connection.cursor() as cursor, cursor.copy(order) as copy:
                copy.write("".join(lines))
        took["statements"] = time.perf_counter() - began
        began = time.perf_counter()
        for _, definition in indexes:
            connection.execute(definition)
        took["indexes of entries"] = time.perf_counter() - began
    database, began = Database(url), time.perf_counter()
    with database.write() as session:
        session.execute(text("SET LOCAL work_mem = '256MB'"))
        last = session.scalar(select(func.max(ReportEntry.id))) or 0
        state = session.scalars(select(LedgerState)).one()
        add_up(session, 0, last)
        state.totalled_to, state.calendar_version = last, office.calendar.version
    database.close()
    took["adding up"] = time.perf_counter() - began
    return took


def entries(story: Story, office: Office) -> Iterator[str]:
    """The entries of a case as COPY takes them."""
    facts = statement(story, lambda start, end: handling_time(start, end, office))
    for fact, amount in facts.items():
        row = _row(story.case_id, Entry(fact, story.subject), amount, office)
        row["at"] = row["at"].astimezone(UTC).isoformat()
        yield "\t".join(str(row[name]) for name in COLUMNS) + "\n"


def stories(connection: psycopg.Connection, first: int, last: int) -> list[Story]:
    """The stories of the cases with these ids; as `gateway.reports.cases.story` reads them."""
    found: dict[int, Story] = {}

    def asked(query: str) -> psycopg.Cursor:
        return connection.execute(query, (first, last))

    for case_id, item, district, village, channel, owner, at in asked(_CASES):
        subject = Subject(item, district, village and f"{district}/{village}", channel)
        found[case_id] = Story(case_id, subject, owner, at)
    for case_id, *told in asked(_EVENTS):
        found[case_id].events.append(Happening(*told))
    parts = {part: (unit, handler or "") for part, unit, handler in asked(_PARTS)}
    for case_id, part, stage, start, due, met, current in asked(_CLOCKS):
        unit, handler = parts[part]
        found[case_id].clocks.append(Clock(stage, unit, handler, start, due, met, current))
    for case_id, part, state, at, by in asked(_WISHES):
        found[case_id].wishes.append(Wish(state == "approved", parts[part][0], at, by or ""))
    for case_id, score, at in asked(_RATINGS):
        found[case_id].ratings.append((score, at))
    return list(found.values())
