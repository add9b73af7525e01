"""Twenty supervisors read reports at once while cases are filed: how long each report takes, at three sizes.

    .venv/bin/python -m bench.reports --keep DIR [--names city_200k,city_1m,city_2m] [--seconds 120]
        [--supervisors 20] [--rate 20] [--sqlite] [--plans]

DIR holds databases made by `bench.city`. The gateway is the command `wanshitong serve` in a process of its
own, without Rasa; it counts what is filed beside answering. Filing is another process
(`bench.reports_filing`), the supervisors are this one. `--plans` explains every statement over 20 ms
afterwards, alone; `--sqlite` measures the real import on SQLite, one reader. Writes bench/results/reports.md,
reports_plans.md and reports_sqlite.md.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from bench import reports_told as told  # noqa: E402
from bench.city import CASES, CITY  # noqa: E402
from bench.desk_load import Meter, shown  # noqa: E402
from bench.gateway_process import Gateway  # noqa: E402
from bench.postgres_server import Server  # noqa: E402
from bench.reports_asked import Question, board, every_question, lists_of_cases  # noqa: E402
from bench.reports_crowd import Seen, ask, crowd, hired, signed_in  # noqa: E402
from bench.reports_direct import on_sqlite, plans_told  # noqa: E402
from bench.reports_told import Run  # noqa: E402
from gateway.database import Database  # noqa: E402
from tests.platform import prepared  # noqa: E402

RESULTS = ROOT / "bench" / "results"
SETTLE = 20.0
"""Seconds in which all ask before anything is counted."""
LIMIT = 0.300


async def measured(
    gateway: Gateway, filing: subprocess.Popen[str], name: str, options: argparse.Namespace
) -> Run:
    """Everybody at work for a while."""
    url = gateway.settings.database
    database = Database(url)
    names = await asyncio.to_thread(hired, database, gateway.settings, options.supervisors)
    database.close()
    clients = [await signed_in(gateway.url, one) for one in names]
    today = datetime.now(UTC) + timedelta(hours=8)
    questions, left_out = await there(
        clients[0], [*every_question(today.date()), *lists_of_cases(today.date()), *board()]
    )
    assert filing.stdout and filing.stdin
    await asyncio.to_thread(filing.stdout.readline)
    filing.stdin.write("go\n")
    filing.stdin.flush()
    await crowd(clients, questions, SETTLE, 1)
    meter, lags = Meter(gateway, url), list[float]()
    watching = asyncio.create_task(watch(url, lags))
    seen = await crowd(clients, questions, options.seconds, 1000)
    meter.minute()
    watching.cancel()
    with suppress(asyncio.CancelledError):
        await watching
    filed = json.loads(await asyncio.to_thread(filing.stdout.readline))
    for client in clients:
        await client.aclose()
    with psycopg.connect(url) as connection:
        row = connection.execute(
            "SELECT (SELECT count(*) FROM cases), (SELECT count(*) FROM cases WHERE closed_at IS NULL AND "
            "status <> 'merged'), (SELECT count(*) FROM report_entries), (SELECT count(*) FROM report_totals)"
        ).fetchone()
    assert row is not None
    return Run(name, *row, seen, filed, lags, shown(meter.minutes[-1]), os.getloadavg()[0], left_out)


async def there(client: object, questions: Sequence[Question]) -> tuple[list[Question], list[str]]:
    """Those that are answered, one of each label tried, and those that are not."""
    known: dict[str, int] = {}
    for question in questions:
        if question.label not in known:
            known[question.label] = await ask(client, question, Seen())  # type: ignore[arg-type]
    found = [one for one in questions if known[one.label] == 200]
    return found, sorted(f"{label}: {status}" for label, status in known.items() if status != 200)


async def watch(url: str, lags: list[float]) -> None:
    """Once a second: for how long the oldest change waits to be counted."""
    connection = await psycopg.AsyncConnection.connect(url, autocommit=True)
    while True:
        cursor = await connection.execute(
            "SELECT extract(epoch FROM clock_timestamp() - min(at)) FROM case_changes"
        )
        row = await cursor.fetchone()
        lags.append(float(row[0] or 0.0) if row else 0.0)
        await asyncio.sleep(1)


def under_load(server: Server, name: str, options: argparse.Namespace) -> Run:
    """Start a gateway on a database and measure."""
    url = server.url(name)
    with tempfile.TemporaryDirectory() as folder:
        gateway = Gateway(prepared(Path(folder)), url, 0)
        filing = subprocess.Popen(
            [sys.executable, "-m", "bench.reports_filing", "--postgres", url, "--rate", str(options.rate),
             "--seconds", str(SETTLE + options.seconds)],
            cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
        try:
            gateway.wait()
            return asyncio.run(measured(gateway, filing, name, options))
        finally:
            filing.kill()
            gateway.stop()


def main() -> None:
    """Measure, print, and write the figures down."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--keep", type=Path, required=True)
    parser.add_argument("--names", default="city_200k,city_1m,city_2m")
    parser.add_argument("--seconds", type=float, default=120)
    parser.add_argument("--supervisors", type=int, default=20)
    parser.add_argument("--rate", type=float, default=20)
    parser.add_argument("--plans", action="store_true")
    parser.add_argument("--sqlite", action="store_true")
    options = parser.parse_args()
    names = [name for name in options.names.split(",") if name]
    server = Server(options.keep)
    runs, explained = [], ""
    try:
        for name in names:
            runs.append(under_load(server, name, options))
            print(told.of_run(runs[-1]), flush=True)
        if runs:
            (RESULTS / "reports.md").write_text(told.whole(runs, options), encoding="utf-8")
        if options.plans:
            explained = plans_told(server.url(names[-1]))
    finally:
        server.stop()
    if explained:
        (RESULTS / "reports_plans.md").write_text(explained, encoding="utf-8")
    if options.sqlite:
        (RESULTS / "reports_sqlite.md").write_text(on_sqlite(CITY / CASES), encoding="utf-8")


if __name__ == "__main__":
    main()
