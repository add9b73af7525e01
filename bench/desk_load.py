"""500 citizens and 40 operators at once: how long words take to reach the other side, and what is the limit.

    python bench/desk_load.py [--postgres URL] [--minutes 10] [--citizens 500] [--operators 40] [--chats 8]

Starts a gateway of its own (the command `wanshitong serve`, without Rasa: the gateway's own dialogue answers,
so that the desk is measured and not the understanding), and is the crowd itself, in this other process on the
same machine. Without `--postgres` on SQLite. Writes bench/results/desk_load[_sqlite].md.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import os
import platform as machine
import statistics
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import httpx
import psutil
import psycopg

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from bench.crowd import Crowd, come_and_go, heartbeat, sit  # noqa: E402
from bench.gateway_process import Gateway  # noqa: E402
from tests.platform import prepared  # noqa: E402

RAMP_SECONDS = 80.0


class Meter:
    """What the processes used: CPU seconds, memory, transactions."""

    def __init__(self, gateway: Gateway, postgres: str | None) -> None:
        self._gateway = gateway.facts
        self._me = psutil.Process()
        self._connection = psycopg.connect(postgres, autocommit=True) if postgres else None
        self.minutes: list[tuple[float, ...]] = []
        self._last = self._now()

    def minute(self) -> None:
        """One row: memory of the gateway (MiB); CPU of gateway, crowd, database and everything else on the
        machine; transactions a second."""
        now = self._now()
        seconds = now[0] - self._last[0]
        rates = [(one - before) / seconds for one, before in zip(now[1:], self._last[1:], strict=True)]
        self.minutes.append((self._gateway.memory_info().rss / 2**20, *rates))
        self._last = now

    def _now(self) -> tuple[float, ...]:
        gateway, crowd = (cpu_seconds(one) for one in (self._gateway, self._me))
        database, whole = self._database_cpu(), psutil.cpu_times()
        others = sum(whole) - whole.idle - whole.iowait - gateway - crowd - database
        return time.perf_counter(), gateway, crowd, database, others, self._transactions()

    def _database_cpu(self) -> float:
        """The server with every backend it has and had."""
        if self._connection is None:
            return 0.0
        server = psutil.Process(self._connection.info.backend_pid).parent()
        gone = server.cpu_times()
        total = cpu_seconds(server) + gone.children_user + gone.children_system
        for one in server.children():
            with contextlib.suppress(psutil.NoSuchProcess):
                total += cpu_seconds(one)
        return total

    def _transactions(self) -> float:
        if self._connection is None:
            return 0.0
        row = self._connection.execute(
            "SELECT xact_commit + xact_rollback FROM pg_stat_database WHERE datname = current_database()"
        ).fetchone()
        return float(row[0]) if row else 0.0


def cpu_seconds(process: psutil.Process) -> float:
    """What a process has used so far."""
    times = process.cpu_times()
    return float(times.user + times.system)


async def load(gateway: Gateway, options: argparse.Namespace) -> dict[str, Any]:
    """Let everybody come, then measure."""
    limits = httpx.Limits(max_connections=200, max_keepalive_connections=200)
    async with httpx.AsyncClient(limits=limits, timeout=60, trust_env=False) as http:
        crowd = Crowd(gateway.url, http)
        loop_lag: list[float] = []
        work = [
            asyncio.create_task(come_and_go(crowd, RAMP_SECONDS * 0.5 * n / options.citizens))
            for n in range(options.citizens)
        ]
        work += [asyncio.create_task(sit(crowd, one, options.chats)) for one in gateway.tokens]
        work.append(asyncio.create_task(beat(crowd, loop_lag)))
        await asyncio.sleep(RAMP_SECONDS)
        print(f"ramp over: {owners(crowd)}", flush=True)
        loop_lag.clear()
        crowd.requests.clear()
        before = crowd.counts.copy()
        meter, since = Meter(gateway, options.postgres), time.perf_counter()
        for minute in range(1, options.minutes + 1):
            await asyncio.sleep(since + 60 * minute - time.perf_counter())
            meter.minute()
            print(f"minute {minute}: {owners(crowd)} {shown(meter.minutes[-1])}", flush=True)
        broken = [task.exception() for task in work if task.done() and not task.cancelled()]
        until, counts = time.perf_counter() - 5, crowd.counts - before
        for task in work:
            task.cancel()
        await asyncio.gather(*work, return_exceptions=True)
        return {
            "crowd": crowd, "meter": meter, "since": since, "until": until, "lag": loop_lag,
            "broken": broken, "counts": counts,
        }  # fmt: skip


async def beat(crowd: Crowd, lags: list[float]) -> None:
    """Keep what the heartbeat says."""
    async for lag in heartbeat(crowd):
        lags.append(lag)


def owners(crowd: Crowd) -> str:
    """Who is in charge of how many."""
    found = list(crowd.owners.values())
    return ", ".join(f"{found.count(name)} {name}" for name in ("queue", "operator", "closed"))


def shown(row: Sequence[float]) -> str:
    """A minute's figures in one line."""
    rss, gateway, crowd, database, others, transactions = row
    return (
        f"{rss:.0f} MiB, CPU {gateway:.0%} gateway, {crowd:.0%} crowd, {database:.0%} database, "
        f"{others:.0%} others, {transactions:.0f} tx/s"
    )


def spread(seconds: Sequence[float]) -> str:
    """p50, p95, p99 and the worst, in ms."""
    if len(seconds) < 2:
        return "– | – | – | –"
    cuts = statistics.quantiles(seconds, n=100)
    return " | ".join(f"{one * 1000:.0f}" for one in (cuts[49], cuts[94], cuts[98], max(seconds)))


def report(found: dict[str, Any], options: argparse.Namespace) -> str:
    """The figures as they are kept."""
    crowd, since, until = found["crowd"], found["since"], found["until"]
    up, down, counts = crowd.to_operator, crowd.to_citizen, found["counts"]
    minutes = options.minutes
    kind = "PostgreSQL" if options.postgres else "SQLite"
    switches = f" --minutes {minutes}{' --postgres URL' if options.postgres else ''}"
    lines = [
        f"# {options.citizens} citizens and {options.operators} operators on {kind}\n",
        f"`python bench/desk_load.py{switches}` on {os.cpu_count()} cores ({machine.machine()}), load "
        f"average {os.getloadavg()[1]:.1f} (5 min) at the end. {options.chats} chats an operator; gateway "
        "and crowd are two processes on this machine; Rasa does not run, the gateway's own dialogue answers. "
        "CPU is in shares of one core; others are whatever else ran on the machine.\n",
        "## From acknowledged to seen on the other side's socket, ms\n",
        "| way | messages | p50 | p95 | p99 | worst |",
        "|---|---|---|---|---|---|",
    ]
    for name, lags in (
        ("citizen → operator", up.lags(since)),
        ("… the conversation is open on the desk", up.lags(since, watched=True)),
        ("… it is in the list of one's own", up.lags(since, watched=False)),
        ("operator → citizen", down.lags(since)),
        ("citizen → operator, from sending on", up.whole(since)),
        ("operator → citizen, from sending on", down.whole(since)),
        ("ping of the protocol (the gateway's loop)", found["lag"]),
    ):
        lines.append(f"| {name} | {len(lags):,} | {spread(lags)} |")
    unseen = [len(way.unseen(since, until)) for way in (up, down)]
    errors = sum(n for name, n in counts.items() if name[-3:].isdigit() and name[-3:] >= "500")
    cut = sum(n for name, n in counts.items() if " lost: " in name)
    lines += [
        "",
        f"Not seen at all: {unseen[0]} and {unseen[1]}; gaps in a citizen's sequence: "
        f"{counts['citizen: gaps']}; lines that broke: {cut}; answers of 500 and above: {errors}; parties "
        f"that gave up: {len([one for one in found['broken'] if one])}.\n",
        "## Requests, ms\n",
        "| request | a second | p50 | p95 | p99 | worst |",
        "|---|---|---|---|---|---|",
    ]
    for name, seconds in sorted(crowd.requests.items()):
        lines.append(f"| {name} | {len(seconds) / minutes / 60:.1f} | {spread(seconds)} |")
    lines += [
        "",
        "Frames to the desks: "
        + "; ".join(
            f"{name} {counts[f'desk frame {name}'] / minutes / 60:.0f}/s, "
            f"{counts[f'desk frame {name} bytes'] / minutes / 60 / 1024:.0f} KiB/s"
            for name in ("queue", "mine", "people", "message", "typing")
        )
        + ".\n",
        "## Minute by minute\n",
        "| minute | gateway RSS MiB | gateway CPU | crowd CPU | database CPU | others | tx/s | p95 to "
        "the operator, to the citizen, ms |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for minute, (rss, *shares, transactions) in enumerate(found["meter"].minutes, 1):
        used = " | ".join(f"{one:.0%}" for one in shares)
        begins, ends = since + 60 * (minute - 1), since + 60 * minute
        p95 = ", ".join(spread(way.lags(begins, ends)).split(" | ")[1] for way in (up, down))
        lines.append(f"| {minute} | {rss:.0f} | {used} | {transactions:.0f} | {p95} |")
    return "\n".join(lines) + "\n"


def main() -> None:
    """Load, print, and write the figures down."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--postgres", help="URL of an empty PostgreSQL database, instead of SQLite")
    parser.add_argument("--minutes", type=int, default=10)
    parser.add_argument("--citizens", type=int, default=500)
    parser.add_argument("--operators", type=int, default=40)
    parser.add_argument("--chats", type=int, default=8)
    parser.add_argument("--dry", action="store_true", help="print only")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        gateway = Gateway(prepared(Path(folder)), options.postgres, options.operators)
        try:
            gateway.wait()
            text = report(asyncio.run(load(gateway, options)), options)
        finally:
            gateway.stop()
    print(text)
    if not options.dry:
        name = "desk_load" if options.postgres else "desk_load_sqlite"
        (ROOT / "bench" / "results" / f"{name}.md").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
