"""How long reports on conversations take over half a year, on PostgreSQL.

    python bench/talks.py --postgres URL [--conversations N] [--older N] [--runs N] [--explain]

Fills an empty database with a seeded half-year (and `--older` conversations of the half-year before, which no
report may be slowed by), asks every report several times, and writes bench/results/talks.md.
"""

from __future__ import annotations

import argparse
import os
import random
import statistics
import sys
import time
import uuid
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
from sqlalchemy import event, text

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from gateway.answers.shelf import Base  # noqa: E402 - found by the line above
from gateway.answers.unanswered import Gathering  # noqa: E402
from gateway.conversations.rules import Leaving, Wish  # noqa: E402
from gateway.database import Database  # noqa: E402
from gateway.database.migrate import upgrade  # noqa: E402
from gateway.reports.conversations.room import conversation_reports  # noqa: E402
from gateway.reports.shelf import ReportShelf  # noqa: E402
from gateway.reports.tables import Reader  # noqa: E402
from gateway.settings import Settings  # noqa: E402

RESULT = ROOT / "bench" / "results" / "talks.md"
FIRST, LAST = date(2026, 1, 1), date(2026, 6, 30)
NOW = datetime(2026, 7, 1, 1, tzinfo=UTC)
DAYS = (LAST - FIRST).days + 1
HOURS = [1] * 7 + [4, 9, 10, 10, 8, 6, 9, 10, 10, 8, 6, 5, 4, 4, 3, 2, 1]
BUDGET_MS = 300
READER = Reader("bench", "bench", None)
ASKED: Sequence[tuple[str, str]] = (
    ("conversations", "day"), ("conversations", "month"), ("conversations", "hour"),
    ("waiting", "day"), ("waiting", "operator"), ("escalations", "month"), ("handling", "operator"),
    ("satisfaction", "month"), ("bot-and-people", ""), ("conversation-cases", "month"),
    ("answer-quality", ""), ("grades", ""),
)  # fmt: skip
COLUMNS: Mapping[str, str] = {
    "conversations": "id channel language owner last_seq epoch epoch_turns state visitor created_at "
    "updated_at expires_at",
    "messages": "id conversation_id seq sender kind text payload reply_to answered_at created_at",
    "conversation_events": "conversation_id at act actor reason detail",
    "asked_questions": "id conversation_id message_id at language decision entry score ended answered_by",
    "answer_feedback": "conversation_id seq entry vote at",
    "handlings": "id conversation_id operator queued_at taken_at first_reply_at ended_at ending",
    "service_ratings": "conversation_id operator speed result at",
    "call_backs": "id conversation_id client_id language call_from due_at state attempts asked_at",
    "cases": "id number origin_key kind item_code catalogue_version confidential needs_review status version "
    "owner_unit description language channel received_at conversation_id",
}


class Season:
    """Rows of many conversations, table by table, always the same for a seed."""

    def __init__(self, seed: int) -> None:
        self.die = random.Random(seed)  # noqa: S311 - to be repeated
        self.rows: dict[str, list[tuple[Any, ...]]] = defaultdict(list)

    def add(self, count: int, first: date, days: int) -> None:
        """So many conversations, begun on these days at the hours of a day as it is."""
        for _ in range(count):
            day = first + timedelta(days=self.die.randrange(days))
            hour = self.die.choices(range(24), HOURS)[0]
            self._talk(
                datetime(day.year, day.month, day.day, tzinfo=UTC)
                + timedelta(hours=hour - 8, seconds=self.die.random() * 3600)
            )

    def _talk(self, at: datetime) -> None:
        die, talk = self.die, str(uuid.UUID(int=self.die.getrandbits(128)))
        line = die.random() < 0.3
        visitor = f"line-{die.randrange(15_000)}" if line else f"web-{die.randrange(60_000)}"
        seq, begun = 0, at
        for _ in range(die.choice((1, 1, 2, 2, 3))):
            seq = self._question(talk, seq, at)
            at += timedelta(seconds=die.uniform(20, 200))
        if die.random() < 0.25:
            seq, at = self._person(talk, seq, at)
        if die.random() < 0.1:
            self._case(talk, at)
        self.rows["conversations"].append(
            (talk, "line" if line else "web", "zh-TW", "bot", seq, 0, 0, "{}", visitor, begun, at,
             begun + timedelta(days=3))
        )  # fmt: skip

    def _message(self, talk: str, seq: int, sender: str, at: datetime, reply_to: str | None = None) -> str:
        key, kind = str(uuid.UUID(int=self.die.getrandbits(128))), "answer" if sender == "bot" else "text"
        took = timedelta(milliseconds=self.die.uniform(40, 900))
        words = "請問路燈壞了要怎麼通報？" if sender == "citizen" else "您可以撥打 1999 或線上通報。" * 8
        answered = at + took if sender == "citizen" else None
        self.rows["messages"].append((key, talk, seq, sender, kind, words, "{}", reply_to, answered, at))
        return key

    def _question(self, talk: str, seq: int, at: datetime) -> int:
        die, rows = self.die, self.rows
        message = self._message(talk, seq + 1, "citizen", at)
        self._message(talk, seq + 2, "bot", at + timedelta(seconds=1), message)
        entry = f"entry-{int(die.paretovariate(0.9)) % 300}"
        decision = die.choices(("answer", "clarify", "none"), (70, 15, 15))[0]
        ended = die.choice(("chosen", "none_of_these", None)) if decision == "clarify" else None
        given = decision == "answer" or ended == "chosen"
        rows["asked_questions"].append(
            (len(rows["asked_questions"]) + 1, talk, message, at, "zh-TW", decision, entry, 0.7, ended,
             message if given else None)
        )  # fmt: skip
        if given and die.random() < 0.08:
            vote = die.choice(("up", "up", "down"))
            rows["answer_feedback"].append((talk, seq + 2, entry, vote, at + timedelta(seconds=9)))
        return seq + 2

    def _change(self, talk: str, at: datetime, before: str, after: str, actor: str, why: str) -> None:
        detail = f'{{"from": "{before}", "to": "{after}"}}'
        self.rows["conversation_events"].append((talk, at, "owner_changed", actor, why, detail))

    def _person(self, talk: str, seq: int, at: datetime) -> tuple[int, datetime]:
        die, rows, who = self.die, self.rows, f"operator-{self.die.randrange(60)}"
        self._change(talk, at, "bot", "queue", "citizen", die.choice(list(Wish)).value)
        came = at + timedelta(seconds=die.lognormvariate(2.5, 1.1))
        if die.random() < 0.2:
            self._change(talk, came, "queue", "bot", "citizen", die.choice(list(Leaving)).value)
            return seq, came
        self._change(talk, came, "queue", "operator", who, "taken from the queue")
        ended = came + timedelta(seconds=die.lognormvariate(5.5, 0.8))
        for n in range(3):
            sender = "operator" if n % 2 == 0 else "citizen"
            seq += 1
            self._message(talk, seq, sender, came + timedelta(seconds=5 + n))
        self._change(talk, ended, "operator", "bot", who, "handed back")
        ending = die.choice(("closed", "released", "transferred", "silent"))
        first = came + timedelta(seconds=5)
        key = len(rows["handlings"]) + 1
        rows["handlings"].append((key, talk, who, at, came, first, ended, ending))
        if die.random() < 0.2:
            rows["service_ratings"].append((talk, who, die.randint(1, 5), die.randint(1, 5), ended))
        return seq, ended

    def _case(self, talk: str, at: datetime) -> None:
        key = len(self.rows["cases"]) + 1
        kind = self.die.choice(("dispatch", "petition"))
        self.rows["cases"].append(
            (key, f"INS{key:09d}", f"chat:{key}", kind, "street_light_out", "1", False, False, "closed", 1,
             "養工處", "路燈壞了", "zh-TW", "web", at, talk)
        )  # fmt: skip


def fill(url: str, season: Season) -> None:
    """Copy the rows into an empty database, and let the server know them."""
    with psycopg.connect(url, autocommit=True) as connection:
        for table, columns in COLUMNS.items():
            names = ", ".join(columns.split())
            with connection.cursor().copy(f"COPY {table} ({names}) FROM STDIN") as copy:
                for row in season.rows[table]:
                    copy.write_row(row)
        connection.execute("VACUUM ANALYZE")


def timed(
    database: Database, shelf: ReportShelf, runs: int, first: date = FIRST
) -> Iterator[tuple[str, list[float], list[float]]]:
    """Milliseconds of each report, run after run, and of the processors that were at work on it.

    The server must run on this machine; it is kept to one process, so that its work can be told.
    """
    for name, by in ASKED:
        took, worked = [], []
        for _ in range(runs):
            with database.read() as session:
                server = Path(f"/proc/{session.scalar(text('SELECT pg_backend_pid()'))}/stat")
                session.execute(text("SET LOCAL max_parallel_workers_per_gather = 0"))
                begun, before = time.perf_counter(), time.process_time() + used(server)
                wanted = {"from": first.isoformat(), "to": LAST.isoformat(), "by": by}
                shelf.named(name).table(session, wanted, READER, NOW)
                worked.append((time.process_time() + used(server) - before) * 1000)
                took.append((time.perf_counter() - begun) * 1000)
        yield f"{name} {by}".strip(), took, worked


def used(process: Path) -> float:
    """Seconds of processor time of a process so far."""
    user, system = process.read_text().rpartition(")")[2].split()[11:13]
    return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")


def explained(database: Database, shelf: ReportShelf) -> None:
    """Print the plan of every statement that takes longer than a third of the budget."""
    told: list[tuple[float, Any, Any]] = []

    def before(connection: Any, *_: Any) -> None:
        connection.info["begun"] = time.perf_counter()

    def after(connection: Any, _cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
        told.append((time.perf_counter() - connection.info["begun"], statement, parameters))

    event.listen(database.engine, "before_cursor_execute", before)
    event.listen(database.engine, "after_cursor_execute", after)
    seen = set()
    for _ in timed(database, shelf, 1):
        pass
    for seconds, statement, parameters in sorted(told, key=lambda one: -one[0]):
        if seconds * 1000 > BUDGET_MS / 3 and statement not in seen:
            seen.add(statement)
            with database.engine.connect() as connection:
                plan = connection.exec_driver_sql(f"EXPLAIN (ANALYZE, BUFFERS) {statement}", parameters)
                print(f"\n{seconds * 1000:.0f} ms\n{statement}\n" + "\n".join(row[0] for row in plan))


def main() -> None:
    """Fill, ask, print, and write the figures down."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--postgres", required=True)
    parser.add_argument("--conversations", type=int, default=100_000)
    parser.add_argument("--older", type=int, default=100_000)
    parser.add_argument("--runs", type=int, default=9)
    parser.add_argument("--seed", type=int, default=1999)
    parser.add_argument("--kept", action="store_true", help="the database is filled already")
    parser.add_argument("--explain", action="store_true")
    given = parser.parse_args()
    database = Database(given.postgres)
    if not given.kept:
        upgrade(database)
        season = Season(given.seed)
        season.add(given.older, FIRST - timedelta(days=DAYS), DAYS)
        season.add(given.conversations, FIRST, DAYS)
        fill(given.postgres, season)
    reports = conversation_reports(Settings(secret_key="only for this bench"), Base, Gathering(None))  # type: ignore[arg-type]
    shelf = ReportShelf(*reports)
    if given.explain:
        explained(database, shelf)
        return
    with database.engine.connect() as connection:
        counts = {
            table: connection.exec_driver_sql(f"SELECT count(*) FROM {table}").scalar_one()  # noqa: S608
            for table in COLUMNS
        }
    lines = [
        "# Reports on conversations over half a year, PostgreSQL", "",
        f"`python bench/talks.py` (seed {given.seed}), {given.runs} runs of each, one after another. In the "
        "database: " + ", ".join(f"{count:,} {table}" for table, count in counts.items()) + ".", "",
        "*Processor* is what the gateway and the server's one process spent together: about what it takes "
        "on an idle machine. *Wall* is what it took here, with other work on the same processors "
        f"(load {os.getloadavg()[0]:.1f} on {os.cpu_count()}).",
    ]  # fmt: skip
    for first, name in (
        (FIRST, "Half a year"),
        (LAST - timedelta(days=29), "30 days, as a page first shows"),
    ):
        heads = f"| report | processor ms | wall ms | within {BUDGET_MS} ms of processor |"
        lines += ["", f"## {name}", "", heads, "|---|---:|---:|---|"]  # fmt: skip
        for report, took, worked in timed(database, shelf, given.runs, first):
            cost = statistics.median(worked)
            fits = "yes" if cost <= BUDGET_MS else f"no, {cost / BUDGET_MS:.1f} times"
            lines.append(f"| {report} | {cost:.0f} | {statistics.median(took):.0f} | {fits} |")
            print(lines[-1], flush=True)
    RESULT.write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
