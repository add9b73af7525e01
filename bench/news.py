"""A piece of city news to 100,000 recipients: queued, killed, stopped, resumed, drained at its rate.

    python bench/news.py --postgres URL [--people N] [--rate PER_MINUTE] [--load WORDS]

URL is that of an empty PostgreSQL database. Queues once undisturbed and once with `kill -9` in the middle;
stops and resumes; looks at what taking a citizen's notice costs beside what waits, on PostgreSQL and on
SQLite; then two workers drain the news to a recorder in this process, one of them is killed with `kill -9`
in the middle and another begins, while notices to citizens go out every second. Writes bench/results/news.md.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from statistics import median, quantiles

from sqlalchemy import func, insert, select, text

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from bench.news_drain import busiest_minute, child_deliver, drain, put_notice  # noqa: E402 - found by the line above
from gateway.database import Database  # noqa: E402
from gateway.database.migrate import upgrade  # noqa: E402
from gateway.news.models import NewsSubscription  # noqa: E402
from gateway.outbox import queue  # noqa: E402
from gateway.outbox.models import OutboxMessage  # noqa: E402
from gateway.outbox.rules import address_hash  # noqa: E402
from tests.news.conftest import BOSS, MEI, Newsroom  # noqa: E402

RESULT = ROOT / "bench" / "results" / "news.md"
MEGABYTE = 1_048_576
TAKEN = (
    "SELECT * FROM outbox_messages m WHERE state = 'pending' AND transport = 'email' AND stream = ''"
    " AND next_attempt_at <= CURRENT_TIMESTAMP"
    " AND (leased_until IS NULL OR leased_until <= CURRENT_TIMESTAMP) AND (ordering IS NULL OR NOT EXISTS"
    " (SELECT 1 FROM outbox_messages e WHERE e.ordering = m.ordering AND e.state = 'pending' AND"
    " (e.not_before < m.not_before OR (e.not_before = m.not_before AND e.id < m.id))))"
    " ORDER BY next_attempt_at, id LIMIT 8"
)
"""`queue.take` of what belongs to no stream."""
NOTICES = ROOT / "gateway" / "cases" / "notices.yml"
TEXT = "".join(re.findall(r"[\u3000-\u9fff\uff00-\uffef]+", NOTICES.read_text(encoding="utf-8")))
"""Prose that does not repeat itself."""


def timed(deed: Callable[[], object]) -> float:
    """How many seconds something takes."""
    begin = time.perf_counter()
    deed()
    return time.perf_counter() - begin


def room_on(url: str) -> Newsroom:
    """The news room with the real clock."""
    room = Newsroom(Database(url))
    room.now = lambda: datetime.now(UTC)  # type: ignore[method-assign]
    for part in (room.desk, room.sending, room.subscriptions):
        part._clock = part.clock = room.now  # type: ignore[union-attr]
    return room


def fill(room: Newsroom, people: int) -> None:
    """So many who take traffic news of the whole city."""
    rows = [
        {
            "transport": "email", "recipient": f"citizen{one}@example.org",
            "language": "en" if one % 9 == 0 else "zh-TW",
            "recipient_hash": address_hash("email", f"citizen{one}@example.org"), "topics": 15, "areas": 1,
            "changed_at": room.now(),
        }
        for one in range(people)
    ]  # fmt: skip
    for begin in range(0, people, 10_000):
        with room.database.write() as session:
            session.execute(insert(NewsSubscription), rows[begin : begin + 10_000])
    if not room.database.is_sqlite:
        with room.database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text("ANALYZE"))


def approved(room: Newsroom, rate: int) -> int:
    """Urgent, so that the bench may run at night."""
    return room.approved(topic="disaster", urgent=True, per_minute=rate, text_zh=TEXT[:1000])


def queue_and_die(room: Newsroom, url: str, news: int, people: int) -> tuple[int, float]:
    """Another process queues and is killed at about a third; how far it was, and the seconds for the rest."""
    child = subprocess.Popen([sys.executable, __file__, "--child-queue", url])
    while room.counts(news).queued < people // 3:
        time.sleep(0.02)
    child.send_signal(signal.SIGKILL)
    child.wait()
    reached, begin = room.counts(news).queued, time.perf_counter()
    while room.news(news).queued_at is None:  # the dead one's last statement may still be running
        room.sending.mind()
        time.sleep(0.05)
    return reached, time.perf_counter() - begin


def takes(database: Database, times: int = 200) -> list[float]:
    """Milliseconds of taking, with one notice to take each time."""
    spent = []
    for number in range(times):
        now = datetime.now(UTC)
        with database.write() as session:
            put_notice(session, f"take:{number}:{time.time_ns()}", now)
        begin = time.perf_counter()
        with database.write() as session:
            found = queue.take(session, "email", datetime.now(UTC), 8)
        spent.append((time.perf_counter() - begin) * 1000)
        assert len(found) == 1
        with database.write() as session:
            queue.mark_sent(session, found[0], now)
    return spent


def figures(spent: list[float]) -> str:
    """Median and 99th percentile."""
    return f"{median(spent):.1f} / {quantiles(spent, n=100)[98]:.1f}"


def explained(database: Database) -> str:
    """How the database finds the notices to take."""
    with database.read() as session:
        if database.is_sqlite:
            analyse = "EXPLAIN QUERY PLAN "
        else:
            analyse = "EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF, SUMMARY OFF) "
        rows = session.execute(text(analyse + TAKEN)).all()
    return "\n".join(str(row[-1] if database.is_sqlite else row[0]) for row in rows)


def sizes(database: Database, people: int) -> str:
    """What the words in every letter would cost, against a reference: seconds and megabytes."""
    lines = []
    whole = {"title": "標題", "text": TEXT[:1000] + "頁尾" * 100, "language": "zh-TW"}
    with database.write() as session:
        for name, payload in (("a reference", {"news": 1, "language": "zh-TW"}), ("the whole text", whole)):
            session.execute(text("CREATE TABLE letters (LIKE outbox_messages INCLUDING ALL)"))
            columns = (
                "key, topic, transport, recipient, payload, state, attempts, not_before, next_attempt_at,"
                " created_at, stream, subject"
            )
            made = text(
                f"INSERT INTO letters (id, {columns}) SELECT id, 'n:' || recipient_hash, 'news.x', transport,"  # noqa: S608
                " recipient, CAST(:payload AS json), 'pending', 0, now(), now(), now(), 'news:0', 'news:0'"
                " FROM news_subscriptions ORDER BY id LIMIT :people"
            )
            seconds = timed(
                lambda payload=payload, made=made: session.execute(  # type: ignore[misc]
                    made, {"payload": json.dumps(payload), "people": people}
                )
            )
            size = session.scalar(text("SELECT pg_total_relation_size('letters')")) or 0
            lines.append(f"| {name} | {seconds:.1f} | {size / MEGABYTE:.0f} |")
            session.execute(text("DROP TABLE letters"))
    return "\n".join(lines)


def on_sqlite(people: int) -> Iterator[str]:
    """The cost of taking there."""
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{folder}/news.db"
        upgrade(Database(url))
        room = room_on(url)
        fill(room, people)
        before = takes(room.database)
        news = approved(room, 600)
        seconds = timed(room.sending.mind)
        assert room.counts(news).queued == people
        yield f"| SQLite | {seconds:.1f} | {figures(before)} | {figures(takes(room.database))} |"
        yield explained(room.database)
        room.database.close()


def main() -> None:
    """Run, print, and write the figures down."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--postgres")
    parser.add_argument("--people", type=int, default=100_000)
    parser.add_argument("--rate", type=int, default=6_000)
    parser.add_argument("--load", default="")
    parser.add_argument("--child-queue", metavar="URL")
    parser.add_argument("--child-deliver", nargs=2, metavar=("URL", "PORT"))
    options = parser.parse_args()
    if options.child_queue:
        room_on(options.child_queue).sending.mind()
        return
    if options.child_deliver:
        child_deliver(options.child_deliver[0], int(options.child_deliver[1]))
        return
    measure(options)


def measure(options: argparse.Namespace) -> None:
    """Everything in order."""
    people, url = options.people, options.postgres
    load = f"{options.load} Load averages at the start: {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores."
    upgrade(Database(url))
    room = room_on(url)
    fill(room, people)
    payloads = sizes(room.database, people)
    empty = takes(room.database)
    news = approved(room, options.rate)
    queued = timed(room.sending.mind)
    assert room.counts(news).queued == people
    full, plan = takes(room.database), explained(room.database)
    print(f"queued in {queued:.1f} s; take {figures(empty)} -> {figures(full)} ms\n{plan}", flush=True)
    stopped = timed(lambda: room.desk.stop(news, "bench", MEI))
    assert room.counts(news).cancelled == people
    other = approved(room, options.rate)
    reached, rest = queue_and_die(room, url, other, people)
    with room.database.read() as session:
        letters = session.scalar(select(func.count()).where(OutboxMessage.subject == f"news:{other}"))
    assert letters == people == room.counts(other).waiting
    room.desk.stop(other, "bench", MEI)
    room.desk.resume(news, room.news(news).revision, BOSS)
    resumed = timed(room.sending.mind)
    assert room.counts(news).waiting == people
    print(
        f"stop {stopped:.1f} s, resume {resumed:.1f} s, killed at {reached:,}, rest {rest:.1f} s", flush=True
    )
    recorder, seconds, waited = asyncio.run(drain(room.database, url, people))
    room.sending.mind()
    told, reached_all = room.counts(news), len(recorder.arrived)
    repeats = sum(recorder.arrived.values()) - reached_all
    sqlite_row, sqlite_plan = on_sqlite(people)
    lines = [
        "# City news to many\n",
        f"`python bench/news.py --postgres … --people {people} --rate {options.rate}`,"
        f" {datetime.now(UTC):%Y-%m-%d}. {load}\n",
        "## Queueing, stopping, resuming\n",
        f"* queued on PostgreSQL: {people:,} in {queued:.1f} s",
        f"* with `kill -9` at {reached:,}: the rest by another process in {rest:.1f} s;"
        f" {letters:,} letters, each key once",
        f"* stopping, all of them waiting: {stopped:.1f} s; resuming: {resumed:.1f} s\n",
        "## What a letter holds\n",
        "| payload | seconds to insert | megabytes with indexes |\n|---|---|---|",
        payloads,
        "\n## Taking a citizen's notice, milliseconds (median / 99 %)\n",
        "| database | news queued in, seconds | beside nothing | beside all that waits |\n|---|---|---|---|",
        f"| PostgreSQL | {queued:.1f} | {figures(empty)} | {figures(full)} |",
        sqlite_row,
        f"\n```\n{plan}\n\n{sqlite_plan}\n```\n",
        "## Draining, two workers, one killed in the middle\n",
        f"* {reached_all:,} recipients reached in {seconds:.0f} s:"
        f" {reached_all / seconds * 60:,.0f} a minute of {options.rate:,} set",
        f"* the busiest 60 seconds: {busiest_minute(recorder.at):,}",
        f"* after the kill {repeats} deliveries came again, under the same key; a receiver that knows keys"
        " (LINE, chats) tells nobody twice",
        f"* in the outbox: delivered {told.delivered:,}, waiting {told.waiting}, failed {told.failed};"
        f" state {room.news(news).state}",
        f"* notices to citizens meanwhile: {len(waited)}, from commit to arrival {median(waited):.2f} s"
        f" median, {max(waited):.2f} s at most",
    ]
    RESULT.write_text("\n".join(lines) + "\n", encoding="utf-8")
    print(RESULT.read_text(encoding="utf-8"))


if __name__ == "__main__":
    main()
