"""How soon a webhook of LINE hears 200 while nothing behind it runs, and how what it brought is carried out.

    python bench/line.py [--rate 200] [--seconds 60] [--users 2000] [--postgres URL] [--only DATABASE]
                         [--no-drain]

A real `wanshitong serve` with WST_LINE_INTAKE=off and no Rasa takes signed webhooks of one event each, sent
at their appointed moments whether or not earlier ones have been answered; what is measured runs from that
moment to the whole answer, by the clock of who sends. Then the gateway is started again with the intake on
and must tell every user everything once, in order (not with --no-drain); LINE is the fake of the tests.
Without --postgres a server is started for the run. Writes bench/results/line.md.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import platform as machine
import subprocess
import sys
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
import httpx
import psutil
import psycopg
from sqlalchemy import func, select

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from gateway.channels.line.models import LineEvent  # noqa: E402
from gateway.conversations.models import Conversation, Message  # noqa: E402
from gateway.database import Database, migrate  # noqa: E402
from gateway.outbox.models import OutboxMessage  # noqa: E402
from tests.channels.line.fake import FakeLine, user_id  # noqa: E402
from tests.channels.line.talking import SECRET, line_settings  # noqa: E402
from tests.channels.line.webhooks import body, event_of, signed  # noqa: E402
from tests.platform import NO_LIMITS, free_port, prepared  # noqa: E402
from tests.postgres import postgres_server  # noqa: E402

RESULT = ROOT / "bench" / "results" / "line.md"
START_SECONDS = 180
LOOK_SECONDS = 2.0
CONNECTIONS = 100
QUESTIONS = (
    "使用牌照稅是幾月繳", "買東西和店家發生消費糾紛，要怎麼申訴？", "紅綠燈故障時要打哪支電話通報？",
)  # fmt: skip
"""What is answered without Rasa, too."""


@dataclass
class Outcome:
    """What came of a run on one database; times in seconds."""

    name: str
    waits: list[float]
    statuses: Counter[int]
    stored: int
    drained: float | None
    told: int
    wrong: list[str]
    load: tuple[float, float]
    """Before the webhooks, and after them."""

    def row(self) -> str:
        """As a line of the table."""
        waits = sorted(self.waits)
        half, most = (1000 * waits[min(len(waits) - 1, int(len(waits) * share))] for share in (0.5, 0.99))
        answers = "all" if self.statuses == {200: len(waits)} else dict(self.statuses)
        took = "- | - | -"
        if self.drained is not None:
            took = f"{self.drained:.0f} | {self.stored / self.drained:.0f} | {self.told}"
        return (
            f"| {self.name} | {len(waits)} | {answers} | {half:.0f} | {most:.0f} | {1000 * waits[-1]:.0f} "
            f"| {self.stored} | {took} | {len(self.wrong)} | {self.load[0]:.1f} → {self.load[1]:.1f} |"
        )


@contextmanager
def served(folder: Path, fake: FakeLine, **env: str) -> Iterator[str]:
    """The gateway in a process of its own; its address."""
    port = free_port()
    line = {f"WST_{name.upper()}": str(value) for name, value in line_settings(fake).items()}
    with (folder / "gateway.log").open("ab") as log:
        process = subprocess.Popen(
            [Path(sys.executable).with_name("wanshitong"), "serve"],
            env={
                **os.environ, **NO_LIMITS, **line, "WST_RASA_URL": "http://127.0.0.1:9",
                "WST_LINE_PUSHES_A_SECOND": "2000", "WST_LOG_LEVEL": "ERROR", **env,
                "WST_DATA_DIR": str(folder), "WST_PORT": str(port),
            },
            stdout=log, stderr=subprocess.STDOUT,
        )  # fmt: skip
    try:
        url = f"http://127.0.0.1:{port}"
        _until_it_serves(url)
        yield url
    finally:
        process.terminate()
        process.wait(60)


def _until_it_serves(url: str) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        try:
            if httpx.get(f"{url}/readyz", timeout=10).json()["database"] == "ok":
                return
        except (httpx.HTTPError, KeyError):
            pass
        time.sleep(LOOK_SECONDS / 10)
    raise SystemExit("the gateway did not start")


def webhooks(fake: FakeLine, users: int, count: int) -> list[tuple[bytes, str]]:
    """Bodies and their signatures: the users take turns, and each one's instants go forward."""
    names, began = [user_id() for _ in range(users)], int(time.time() * 1000)
    made = []
    for number in range(count):
        who = names[number % users]
        event = event_of(
            "message-text", source={"type": "user", "userId": who}, timestamp=began + number,
            replyToken=fake.reply_token(who), message={"text": QUESTIONS[number // users % len(QUESTIONS)]},
        )  # fmt: skip
        raw = body([event])
        made.append((raw, signed(SECRET, raw)))
    return made


async def send(url: str, bodies: list[tuple[bytes, str]], rate: float) -> tuple[list[float], Counter[int]]:
    """Each at its moment; how long each took from it, and the statuses (0: none came)."""
    waits: list[float] = []
    statuses: Counter[int] = Counter()
    connector = aiohttp.TCPConnector(limit=CONNECTIONS)
    async with aiohttp.ClientSession(connector=connector, timeout=aiohttp.ClientTimeout(60)) as session:
        began = time.perf_counter() + 1

        async def one(number: int, raw: bytes, signature: str) -> None:
            due = began + number / rate
            await asyncio.sleep(max(0.0, due - time.perf_counter()))
            headers = {"x-line-signature": signature, "content-type": "application/json"}
            try:
                async with session.post(f"{url}/channels/line/webhook", data=raw, headers=headers) as answer:
                    await answer.read()
                    statuses[answer.status] += 1
            except (aiohttp.ClientError, TimeoutError):
                statuses[0] += 1
            waits.append(time.perf_counter() - due)

        await asyncio.gather(*(one(number, *it) for number, it in enumerate(bodies)))
    return waits, statuses


def drained(database: Database) -> float:
    """Wait until nothing waits any more; seconds."""
    began = time.perf_counter()
    while True:
        with database.read() as session:
            events = session.scalar(select(func.count()).where(LineEvent.state == "pending"))
            letters = session.scalar(
                select(func.count()).where(
                    OutboxMessage.state == "pending", OutboxMessage.transport == "line"
                )
            )
        print(f"  {time.perf_counter() - began:.0f} s: {events} events, {letters} letters", flush=True)
        if not events and not letters:
            return time.perf_counter() - began
        time.sleep(LOOK_SECONDS)


def faults(database: Database, fake: FakeLine, events: int, users: int) -> list[str]:
    """Whoever was not told each answer once and in order; empty is right."""
    told = Counter(to for one in fake.sent for to in one.to)
    wrong = [f"{who} was told {count} times" for who, count in told.items() if count != events // users]
    wrong += [f"{users - len(told)} users were told nothing"] if len(told) < users else []
    asked: dict[str, list[str]] = defaultdict(list)
    with database.read() as session:
        states = Counter(session.scalars(select(LineEvent.state)))
        said = select(Conversation.delivered_to, Message.text).join(
            Conversation, Message.conversation_id == Conversation.id
        )
        rows = session.execute(said.where(Message.sender == "citizen").order_by(Message.seq))
        for who, text in rows:
            asked[str(who)].append(text)
        letters = select(OutboxMessage.ordering, OutboxMessage.sent_at, OutboxMessage.state)
        sent: dict[str, list[Any]] = defaultdict(list)
        for ordering, at, state in session.execute(
            letters.where(OutboxMessage.transport == "line").order_by(OutboxMessage.id)
        ):
            sent[str(ordering)].append(at if state == "sent" else None)
    wrong += [f"events: {dict(states)}"] if states != {"done": events} else []
    in_order = [QUESTIONS[turn % len(QUESTIONS)] for turn in range(events // users)]
    wrong += [f"{who} asked {words}" for who, words in asked.items() if words != in_order]
    wrong += [f"letters of {who}" for who, at in sent.items() if None in at or at != sorted(at)]
    return wrong


def run(name: str, url: str | None, options: argparse.Namespace) -> Outcome:
    """Take in, stop, start again and carry out, on one fresh database."""
    with tempfile.TemporaryDirectory(prefix="wst-line-") as made, FakeLine(quota=None) as fake:
        folder = prepared(Path(made))
        env = {"WST_DATABASE_URL": url} if url else {}
        database = Database(url or f"sqlite:///{folder / 'wanshitong.db'}")
        migrate.upgrade(database)
        count = int(options.rate * options.seconds) // options.users * options.users
        bodies = webhooks(fake, options.users, count)
        load = psutil.getloadavg()[0]
        print(f"{name}: {count} webhooks, load {load:.1f}", flush=True)
        with served(folder, fake, WST_LINE_INTAKE="off", **env) as address:
            waits, statuses = asyncio.run(send(address, bodies, options.rate))
        with database.read() as session:
            stored = session.scalar(select(func.count(LineEvent.id))) or 0
        loads = (load, psutil.getloadavg()[0])
        seconds: float | None = None
        wrong = [] if stored == count else [f"{stored} of {count} are stored"]
        if not options.no_drain:
            with served(folder, fake, **env):
                seconds = drained(database)
            wrong += faults(database, fake, count, options.users)
        database.close()
        return Outcome(name, waits, statuses, stored, seconds, len(fake.sent), wrong, loads)


def main() -> None:
    """Run, print, and write the figures down."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rate", type=float, default=200)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--users", type=int, default=2000)
    parser.add_argument("--postgres", help="URL of an empty PostgreSQL database")
    parser.add_argument("--no-drain", action="store_true")
    parser.add_argument("--only", choices=("sqlite", "postgresql"))
    options = parser.parse_args()
    found = []
    if options.only != "postgresql":
        found.append(run("SQLite", None, options))
    if options.only != "sqlite":
        with _postgres(options.postgres) as url:
            found.append(run("PostgreSQL", url, options))
    write(found, options)
    sys.exit(1 if any(one.wrong for one in found) else 0)


@contextmanager
def _postgres(url: str | None) -> Iterator[str]:
    if url is not None:
        yield url
        return
    server = postgres_server.__wrapped__()  # type: ignore[attr-defined]
    try:
        url = f"{next(server)}/postgres"
        with psycopg.connect(url, autocommit=True) as connection:  # as a city would run it
            connection.execute("ALTER SYSTEM SET fsync = on")
            connection.execute("SELECT pg_reload_conf()")
        yield url
    finally:
        server.close()


def write(found: list[Outcome], options: argparse.Namespace) -> None:
    """The page of results."""
    lines = [
        "# Webhooks of LINE: taken in while nothing behind them runs, carried out later\n",
        f"`python bench/line.py --rate {options.rate:g} --seconds {options.seconds:g} "
        f"--users {options.users}`\n",
        f"{machine.machine()}, {os.cpu_count()} cores, shared by the sender, the gateway, the fake LINE,",
        "the database and everything else on the machine, whose load before and after the webhooks is last.",
        "The webhooks come with the intake off and Rasa away; milliseconds from the moment at which a",
        "webhook was to be sent to its whole answer. Then the gateway starts with the intake on, still",
        "without Rasa; drained: seconds until every event is carried out and every answer has left.",
        "Wrong: users who were not told every answer once, or not in order. Aim: p99 ≤ 100 ms.\n",
        "| database | webhooks | 200 | p50 | p99 | longest | stored | drained s | events/s | calls to LINE "
        "| wrong | load |",
        "|---|---|---|---|---|---|---|---|---|---|---|---|",
        *(one.row() for one in found),
    ]
    RESULT.write_text("\n".join(lines) + "\n", encoding="utf-8")
    print("\n".join(lines))
    for one in found:
        for wrong in one.wrong[:10]:
            print(f"  {one.name}: {wrong}")


if __name__ == "__main__":
    main()
