"""A city of two million cases in PostgreSQL, drawn from the real ones by a seed.

    .venv/bin/python -m bench.city --keep DIR [--cases 2000000] [--name city] [--seed 1999]
        [--until 2026-11-26T09:00]

Takes the 36,592 real cases in by the platform's own importer, then makes the others: about 200,000 a year
back from `until`, so that a smaller city is the latest years of a larger one, case by case the same, and as
many are open in it. Item, district, unit, weekday and hour of a case are those of one real case, handling
times those of real cases of the item with a longer tail. The newest year went through this platform act by
act, older ones mostly through the one before. DIR holds the server's data and stays.
"""

from __future__ import annotations

import argparse
import os
import random
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import psycopg

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from bench.city_case import World  # noqa: E402
from bench.city_clock import Clocks  # noqa: E402
from bench.city_copy import Rows, last_ids, set_sequences, without_indexes  # noqa: E402
from bench.city_draw import Sample, seconds  # noqa: E402
from bench.city_story import Stories  # noqa: E402
from bench.gateway_process import SECRET  # noqa: E402
from bench.postgres_server import Server  # noqa: E402
from gateway.audit.rules import Entry  # noqa: E402
from gateway.cases.calendar import OfficeCalendar  # noqa: E402
from gateway.cases.catalogue import Catalogue  # noqa: E402
from gateway.cases.history.reading import FORMATS, read  # noqa: E402
from gateway.cases.history.rules import Raw  # noqa: E402
from gateway.cases.history.service import HistoryImport  # noqa: E402
from gateway.cases.proving import IMPORTED, batch_digest  # noqa: E402
from gateway.cases.service import CaseService  # noqa: E402
from gateway.database import Database, migrate  # noqa: E402
from gateway.places.service import Places  # noqa: E402
from gateway.settings import Settings  # noqa: E402

CITY = Path(os.environ.get("WST_CITY_DATA", ROOT.parent / "shared" / "data"))
CASES = "cases/kcg_open1999_cases_structured_2016-2017.csv"
SEED = 1999
UNTIL = datetime(2026, 11, 26, 9, 0, tzinfo=ZoneInfo("Asia/Taipei"))
"""The city's present: nothing happens after it."""
COUNTED = "SELECT count(*), count(*) FILTER (WHERE closed_at IS NULL AND status <> 'merged') FROM cases"
UNCOUNTED = (
    "INSERT INTO case_changes (case_id) SELECT id FROM cases WHERE id > %s ORDER BY id"  # for the ledger
)
SIZES = (200_000, 1_000_000, 2_000_000)


@dataclass
class Made:
    """What was made, and how long each step took."""

    cases: int
    events: int
    open: int
    seconds: dict[str, float]


def real_cases(file: Path, seed: int) -> Iterator[Raw]:
    """The real cases; those that were still open when they were last seen end as cases of their item do.

    Left open they would be twenty thousand cases nine years late, which no city has.
    """
    raws = list(read(file, FORMATS["open1999-csv"]))
    hours = [
        datetime.fromisoformat(raw.closed) - datetime.fromisoformat(raw.created) for raw in raws if raw.closed
    ]
    rnd = random.Random(seed)  # noqa: S311 - no secret
    for raw in raws:
        if raw.closed:
            yield raw
            continue
        end = datetime.fromisoformat(raw.created) + rnd.choice(hours) * rnd.choice((1, 1, 2, 5))
        yield replace(raw, status_code="5", status_name="解除管制", closed=end.isoformat(timespec="seconds"))


def make(
    url: str, cases: int, *, seed: int = SEED, until: datetime = UNTIL, file: Path = CITY / CASES
) -> Made:
    """Fill an empty database of the current schema. Raises SystemExit where it is not empty."""
    database, took = Database(url), dict[str, float]()
    migrate.upgrade(database)
    catalogue, places = Catalogue.load(), Places.load()
    settings = Settings(secret_key=SECRET)
    service = CaseService(database, catalogue, OfficeCalendar.load(), settings)
    began = time.perf_counter()
    report = HistoryImport(service, places).take(real_cases(file, seed), file.name)
    took["import of the real cases"] = time.perf_counter() - began
    if not report.added:
        raise SystemExit("the database is not empty")
    clocks = Clocks.load(settings.office_windows, settings.timezone)
    sample = Sample(file, catalogue, places)
    plain = url.replace("postgresql+psycopg://", "postgresql://")
    with psycopg.connect(plain) as connection:
        again = without_indexes(connection)
        connection.commit()
        rows = Rows(last_ids(connection))
        stories = Stories(World(catalogue, clocks, rows, seconds(until)), sample, seed)
        began = time.perf_counter()
        for month, keep in _months(sample, seed, until, cases - report.added):
            first = rows.last["case_events"] + 1
            for _ in stories.tell(month, keep):
                pass
            rows.write(connection)
            connection.commit()
            _note(service, rows, first, f"{month.first:%Y-%m}", until)
        connection.execute(UNCOUNTED, (report.added,))
        took["the others"] = time.perf_counter() - began
        set_sequences(connection, rows.last)
        with connection.cursor() as cursor:
            cursor.executemany(
                "INSERT INTO case_counters (kind, day, last) VALUES (%s, %s, %s)",
                [(kind.value, day, last) for (kind, day), last in stories.counters.items()],
            )
        began = time.perf_counter()
        took |= {f"… {name}": spent for name, spent in again().items() if spent >= 5}
        connection.commit()
        took["indexes and keys"] = time.perf_counter() - began
    with psycopg.connect(plain, autocommit=True) as connection:
        began = time.perf_counter()
        connection.execute("VACUUM (ANALYZE)")
        took["VACUUM (ANALYZE)"] = time.perf_counter() - began
        row = connection.execute(COUNTED).fetchone()
    database.close()
    assert row is not None
    return Made(row[0], rows.last["case_events"], row[1], took)


def _months(sample: Sample, seed: int, until: datetime, wanted: int) -> Iterator[tuple[object, slice]]:
    """The latest `wanted` cases before `until`: months in their order, with the part of each that is kept."""
    here = until.astimezone(ZoneInfo("Asia/Taipei"))
    year, month, months = here.year, here.month, []
    last = sample.month(seed, year, month)
    count = int((last.received <= seconds(until)).sum())
    months.append((year, month, 0, count))
    while count < wanted:
        year, month = (year, month - 1) if month > 1 else (year - 1, 12)
        here_now = int(sample.per_day(seed, year, month).sum())
        months.append((year, month, 0, here_now))
        count += here_now
    year, month, _, number = months[-1]
    months[-1] = (year, month, count - wanted, number)
    for year, month, begin, end in reversed(months):
        yield sample.month(seed, year, month), slice(begin, end)


def _note(service: CaseService, rows: Rows, first: int, month: str, until: datetime) -> None:
    """The entry of the trail that stands for a month's events."""
    detail = {
        "source": f"city {month}", "count": len(rows.digests), "first_event": first,
        "last_event": rows.last["case_events"], "digest": batch_digest(rows.digests),
    }  # fmt: skip
    entry = Entry(until.astimezone(UTC), "bench", "system", IMPORTED, f"file:city-{month}", detail)
    with service.database.write() as session:
        service.trail.extend(session, [entry])
    rows.digests.clear()


def main() -> None:
    """Make a city and say what it took."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--keep", type=Path, required=True, help="the folder of the server's data")
    parser.add_argument("--cases", type=int, default=SIZES[-1])
    parser.add_argument("--name", default="city", help="of the database")
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--until", type=datetime.fromisoformat, default=UNTIL)
    options = parser.parse_args()
    until = options.until if options.until.tzinfo else options.until.replace(tzinfo=UNTIL.tzinfo)
    server = Server(options.keep, loading=True)
    try:
        began = time.perf_counter()
        made = make(server.fresh(options.name), options.cases, seed=options.seed, until=until)
        whole = time.perf_counter() - began
    finally:
        server.stop()
    print(f"{made.cases:,} cases, {made.events:,} events, {made.open:,} open, {whole:.0f} s")
    for name, spent in made.seconds.items():
        print(f"  {name}: {spent:.1f} s")
    print(f"started again by bench.postgres_server.Server({str(options.keep)!r})")


if __name__ == "__main__":
    main()
