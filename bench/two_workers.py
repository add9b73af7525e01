"""How long a message takes between a citizen on one gateway process and an operator on another.

    python bench/two_workers.py --postgres URL [--redis URL] [--pairs 20] [--messages 25]

Two real `wanshitong serve` on ports of their own share the (empty) database, a Redis (one of its own where
none is named) and a data folder. Each pair is a citizen and an operator; first one pair alone, then all at
once, in turns: the citizen says something over the socket, the operator answers over HTTP, both read it from
their sockets. The same with both on one process, for comparison. Writes bench/results/two_workers.md.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import platform as machine
import statistics
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx
from websockets.asyncio.client import ClientConnection, connect

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from gateway.audit.service import AuditTrail  # noqa: E402
from gateway.database import Database, migrate  # noqa: E402
from gateway.identity.rules import StaffRole  # noqa: E402
from gateway.identity.service import IdentityService  # noqa: E402
from gateway.settings import Settings  # noqa: E402
from tests.console.people import PASSWORD, hire  # noqa: E402
from tests.platform import NO_LIMITS, free_port, prepared  # noqa: E402
from tests.redis_server import RedisServer  # noqa: E402

KEY = "only for this bench"
AIM_MS = 200
START_SECONDS = 180
PAUSE_SECONDS = 2.0
"""Between one exchange of a pair and the next: twenty pairs are a busy desk, not a test of the processor."""
ALONE_TIMES, ALONE_PAUSE = 4, 0.2


@dataclass
class Line:
    """One row of the result: seconds to the operator and to the citizen."""

    name: str
    to_operator: list[float] = field(default_factory=list)
    to_citizen: list[float] = field(default_factory=list)


@contextmanager
def served(name: str, folder: Path, **env: str) -> Iterator[str]:
    """A gateway process; its address."""
    port = free_port()
    with (folder / f"{name}.log").open("wb") as log:
        process = subprocess.Popen(
            [Path(sys.executable).with_name("wanshitong"), "serve"],
            env={**os.environ, **NO_LIMITS, **env, "WST_DATA_DIR": str(folder), "WST_PORT": str(port)},
            stdout=log,
            stderr=subprocess.STDOUT,
        )
    try:
        yield f"127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(30)


def until_both_hear(addresses: list[str]) -> None:
    """Wait until both serve and hear each other."""
    deadline = time.monotonic() + START_SECONDS
    for address in addresses:
        while time.monotonic() < deadline:
            try:
                state = httpx.get(f"http://{address}/readyz", timeout=10).json()
            except httpx.HTTPError:
                state = {}
            if state.get("live_news") == "ok" and state.get("workers") == len(addresses):
                break
            time.sleep(0.2)
        else:
            raise SystemExit(f"not ready: {state}")


class Pair:
    """A citizen at one address and an operator, in charge of the conversation, at another."""

    def __init__(self, citizen_at: str, operator_at: str, username: str) -> None:
        self.citizen_at, self.operator_at, self.username = citizen_at, operator_at, username
        # The server gives up a line that was not used for five seconds.
        lines = httpx.Limits(keepalive_expiry=2)
        self.desk = httpx.AsyncClient(
            base_url=f"http://{operator_at}/api/v1/operator", timeout=60, limits=lines
        )

    async def begin(self) -> None:
        """Open the conversation, take it, open both sockets."""
        async with httpx.AsyncClient(timeout=60) as client:
            opened = (await client.post(f"http://{self.citizen_at}/api/v1/conversations", json={})).json()
        self.id = opened["id"]
        given = {"username": self.username, "password": PASSWORD}
        answer = await self.desk.post("/session", json=given)
        self.desk.headers["x-csrf-token"] = answer.json()["csrf"]
        await self.desk.post("/presence", json={"state": "available"})
        (await self.desk.post(f"/conversations/{self.id}/take")).raise_for_status()
        cookies = "; ".join(f"{name}={value}" for name, value in self.desk.cookies.items())
        self.operator = await connect(
            f"ws://{self.operator_at}/api/v1/operator/ws", additional_headers={"Cookie": cookies}, proxy=None
        )
        await self.operator.send(json.dumps({"type": "watch", "conversation_id": self.id, "after": 0}))
        self.citizen = await connect(
            f"ws://{self.citizen_at}/api/v1/conversations/{self.id}/ws?token={opened['token']}&after=0",
            proxy=None,
        )

    async def talk(self, messages: int, line: Line, pause: float, late: float = 0.0) -> None:
        """Say something and be answered, so many times; the times go into the line."""
        await asyncio.sleep(late)
        for number in range(messages):
            question, answer = f"問{number}", f"答{number}"
            began = time.perf_counter()
            await self.citizen.send(
                json.dumps({"type": "send", "client_id": str(uuid.uuid4()), "text": question})
            )
            await _hear(self.operator, question)
            line.to_operator.append(time.perf_counter() - began)
            said = {"client_id": str(uuid.uuid4()), "text": answer}
            began = time.perf_counter()
            posted = asyncio.create_task(self.desk.post(f"/conversations/{self.id}/messages", json=said))
            await _hear(self.citizen, answer)
            line.to_citizen.append(time.perf_counter() - began)
            (await posted).raise_for_status()
            await asyncio.sleep(pause)

    async def end(self) -> None:
        """Close both sockets and the conversation."""
        await self.citizen.close()
        await self.operator.close()
        await self.desk.post(f"/conversations/{self.id}/close", json={"note": "over"})
        await self.desk.aclose()


async def _hear(socket: ClientConnection, text: str) -> None:
    while True:
        frame = json.loads(await asyncio.wait_for(socket.recv(), 30))
        if frame["type"] == "message" and frame["message"]["text"] == text:
            return


async def measure(name: str, where: tuple[str, str], people: list[str], messages: int) -> Line:
    """One row."""
    pairs = [Pair(*where, username) for username in people]
    for pair in pairs:
        await pair.begin()
    alone = len(pairs) == 1
    pause, messages = (ALONE_PAUSE, ALONE_TIMES * messages) if alone else (PAUSE_SECONDS, messages)
    line, apart = Line(name), pause / len(pairs)
    for times, into in ((2, Line("warming up")), (messages, line)):
        talks = [pair.talk(times, into, pause, late=n * apart) for n, pair in enumerate(pairs)]
        await asyncio.gather(*talks)
    for pair in pairs:
        await pair.end()
    return line


async def measure_all(addresses: list[str], people: list[str], messages: int) -> list[Line]:
    """Alone and all at once, on one process and on two."""
    first, second = addresses
    rows = []
    for kind, where in (("one process", (first, first)), ("two processes", (first, second))):
        rows.append(await measure(f"{kind}, one pair", where, people[:1], messages))
        rows.append(await measure(f"{kind}, {len(people)} pairs", where, people, messages))
    return rows


def figures(seconds: list[float]) -> str:
    """p50, p95 and the longest, in milliseconds."""
    cuts = statistics.quantiles(seconds, n=100)
    return " / ".join(f"{1000 * value:.0f}" for value in (cuts[49], cuts[94], max(seconds)))


def staff(database: Database, settings: Settings, count: int) -> list[str]:
    """So many operators."""
    identity = IdentityService(database, settings, AuditTrail(settings.signing_key()))
    names = [f"op{number}" for number in range(count)]
    for name in names:
        hire(identity, name, StaffRole.OPERATOR)
    return names


def main() -> None:
    """Measure, print, and write the figures down."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--postgres", required=True, help="URL of an empty PostgreSQL database")
    parser.add_argument("--redis", help="URL of a Redis")
    parser.add_argument("--pairs", type=int, default=20)
    parser.add_argument("--messages", type=int, default=25)
    options = parser.parse_args()
    with ExitStack() as running:
        folder = prepared(Path(running.enter_context(tempfile.TemporaryDirectory())))
        redis = options.redis
        if redis is None:
            own = RedisServer(folder)
            own.start()
            running.callback(own.stop)
            redis = own.url
        settings = Settings(data_dir=folder, database_url=options.postgres, secret_key=KEY)
        database = Database(options.postgres)
        migrate.upgrade(database)
        people = staff(database, settings, options.pairs)
        database.close()
        env = {
            "WST_DATABASE_URL": options.postgres, "WST_REDIS_URL": redis, "WST_SECRET_KEY": KEY,
            "WST_WORKERS": "2",
        }  # fmt: skip
        addresses = [running.enter_context(served(name, folder, **env)) for name in ("a", "b")]
        until_both_hear(addresses)
        rows = asyncio.run(measure_all(addresses, people, options.messages))
    ways = [way for row in rows[2:] for way in (row.to_operator, row.to_citizen)]
    worst = max(statistics.quantiles(way, n=100)[94] for way in ways)
    lines = [
        "# A citizen on one gateway process, the operator on another\n",
        "`python bench/two_workers.py --postgres URL`\n",
        f"{machine.machine()}, {os.cpu_count()} cores, shared by client, gateways, PostgreSQL and Redis;",
        f"load average {os.getloadavg()[0]:.1f} with everything else on the machine.",
        f"Each of {options.pairs} pairs has an exchange about every {PAUSE_SECONDS:.0f} s.\n",
        "Milliseconds from the sending to the other's socket: p50 / p95 / longest.\n",
        "| | messages each way | citizen → operator | operator → citizen |",
        "|---|---|---|---|",
    ]
    for row in rows:
        to_operator, to_citizen = figures(row.to_operator), figures(row.to_citizen)
        lines.append(f"| {row.name} | {len(row.to_operator)} | {to_operator} | {to_citizen} |")
    lines.append(f"\nWorst p95 across processes: {1000 * worst:.0f} ms (aim ≤ {AIM_MS} ms).")
    text = "\n".join(lines) + "\n"
    print(text)
    (ROOT / "bench" / "results" / "two_workers.md").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
