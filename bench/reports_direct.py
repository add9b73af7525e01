"""Reports asked for without HTTP: what the database does for each, and the real import on SQLite."""

from __future__ import annotations

import random
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bench.gateway_process import SECRET
from bench.reports_asked import Question, bounded, every_question, lists_of_cases
from bench.reports_plans import SLOW, Statement, plan, shown, sizes, watched
from bench.reports_told import spread
from gateway.app import create_app
from gateway.cases.history.reading import FORMATS, read
from gateway.cases.history.service import HistoryImport
from gateway.console.routes_reports import SHOWN
from gateway.database import Database, migrate
from gateway.places.service import Places
from gateway.reports.tables import Reader
from gateway.settings import Settings

READERS = (
    Reader("all", "all", None),
    Reader("large", "large", frozenset({"養工處"})),
    Reader("small", "small", frozenset({"三民區公所"})),
)
"""Who sees everything, and who sees one large or one small unit."""
TIMES = 3


def questions(today: datetime) -> Iterator[Question]:
    """Every question once as it is, and once within bounds."""
    rnd = random.Random(1999)  # noqa: S311 - no secret
    for question in [*every_question(today.date()), *lists_of_cases(today.date())]:
        yield question
        yield bounded(rnd, question)


def as_page(question: Question) -> dict[str, str]:
    """What a page asks: no more rows than it shows."""
    return {**question.given, "most": str(SHOWN)}


def plans_told(url: str) -> str:
    """Ask everything once, alone; explain what took longer than `SLOW`, one statement of each form."""
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(data_dir=Path(folder), secret_key=SECRET, database_url=url)
        app = create_app(settings)
        database, now = Database(settings.database), datetime.now(UTC)
        slowest: dict[str, tuple[float, str, Statement]] = {}
        count = 0
        for reader in READERS:
            for question in questions(now + timedelta(hours=8)):
                with watched(database.engine) as seen, database.snapshot() as session:
                    app.state.reports.named(question.report).table(session, as_page(question), reader, now)
                count += len(seen.statements)
                for one in seen.slow():
                    asked = f"{question.label}, {question.period}, {bounds(question)}, reader {reader.name}"
                    if one.seconds > slowest.get(one.text, (0.0,))[0]:
                        slowest[one.text] = one.seconds, asked, one
        parts = [
            "# Plans, tables and indexes\n",
            f"{count:,} statements; {len(slowest)} forms of them took over {SLOW * 1000:.0f} ms once.\n",
            tables(url),
        ]
        for seconds, asked, statement in sorted(slowest.values(), key=lambda one: -one[0])[:40]:
            with database.snapshot() as session:
                explained = plan(session, statement)
            parts.append(
                f"## {seconds * 1000:.0f} ms: {asked}\n\n```sql\n{shown(statement)}\n```\n\n"
                f"```\n{explained}\n```\n"
            )
        database.close()
    return "\n".join(parts)


def bounds(question: Question) -> str:
    """What the question is bound to, in words."""
    set_to = {name: value for name, value in question.given.items() if name not in {"by", "from", "to"}}
    return " and ".join(f"{name} {value}" for name, value in set_to.items()) or "no bounds"


def tables(url: str) -> str:
    """Sizes of tables and indexes."""
    rows, indexes = sizes(url)
    lines = ["| table | rows | data | indexes |", "|---|---|---|---|"]
    lines += [f"| {name} | {count:,} | {data} | {index} |" for name, count, data, index in rows]
    lines += ["", "| index | size | definition |", "|---|---|---|"]
    lines += [f"| {name} | {size} | `{text.partition(' USING ')[2]}` |" for _, name, size, text in indexes]
    return "\n".join(lines) + "\n"


def on_sqlite(file: Path) -> str:
    """The real cases on SQLite: every report whole but for its page, the median and the worst of `TIMES`."""
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(data_dir=Path(folder), secret_key=SECRET)
        database = Database(settings.database)
        migrate.upgrade(database)
        app = create_app(settings)
        HistoryImport(app.state.cases, Places.load()).take(read(file, FORMATS["open1999-csv"]), file.name)
        began = time.perf_counter()
        app.state.ledger.gather_all()
        counted = time.perf_counter() - began
        lines = [
            "# The real import on SQLite\n",
            "`python -m bench.reports --keep DIR --names '' --sqlite`: the real cases as the importer\n"
            f"leaves them, asked on 2017-08-02 by one reader, {TIMES} times each; without their pages.\n",
            f"Counted by the ledger in {counted:.0f} s.\n",
            "| report | p50 ms | worst ms |",
            "|---|---|---|",
        ]
        now = datetime(2017, 8, 2, 6, tzinfo=UTC)
        times: dict[str, list[float]] = {}
        for question in questions(now + timedelta(hours=8)):
            for _ in range(TIMES):
                began = time.perf_counter()
                with database.snapshot() as session:
                    app.state.reports.named(question.report).table(
                        session, as_page(question), READERS[0], now
                    )
                times.setdefault(question.label, []).append(time.perf_counter() - began)
        for label, seconds in sorted(times.items()):
            p50, _, worst = spread(seconds)
            lines.append(f"| {label} | {p50:.0f} | {worst:.0f} |")
        database.close()
    return "\n".join(lines) + "\n"
