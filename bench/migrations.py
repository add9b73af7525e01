"""Migrations down and up again on a database that holds the city's 36,592 cases.

    python bench/migrations.py [--rows N] [--postgres URL] [--data FOLDER]

Imports the history, goes down to the schema before cases had a life, up again, and compares every case,
assignment, judged clock and event. Writes bench/results/migrations.md.
"""

from __future__ import annotations

import argparse
import logging
import os
import sys
import tempfile
from itertools import islice
from pathlib import Path

import structlog

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from gateway.cases.calendar import OfficeCalendar  # noqa: E402 - found by the line above
from gateway.cases.catalogue import Catalogue  # noqa: E402
from gateway.cases.history.reading import FORMATS, read  # noqa: E402
from gateway.cases.history.service import HistoryImport  # noqa: E402
from gateway.cases.service import CaseService  # noqa: E402
from gateway.database import Database  # noqa: E402
from gateway.database.migrate import upgrade  # noqa: E402
from gateway.places.service import Places  # noqa: E402
from gateway.settings import Settings  # noqa: E402
from tests.cases.rounds import TABLES, content, down_and_up, losses  # noqa: E402

RESULT = ROOT / "bench" / "results" / "migrations.md"
DATA = Path(os.environ.get("WST_CITY_DATA", ROOT.parent / "shared" / "data"))
CSV = Path("cases/kcg_open1999_cases_structured_2016-2017.csv")


def run(name: str, url: str, file: Path, rows: int, folder: Path) -> str:
    """Import, down, up and compare on one database; a line of the table."""
    database = Database(url)
    upgrade(database)
    settings = Settings(data_dir=folder, secret_key="only for this bench")
    cases = CaseService(database, Catalogue.load(), OfficeCalendar.load(), settings)
    records = islice(read(file, FORMATS["open1999-csv"]), rows)
    HistoryImport(cases, Places.load()).take(records, file.name)
    before = content(database)
    down, up = down_and_up(database)
    after = content(database)
    found = losses(before, after)
    database.close()
    counts = " | ".join(f"{len(before[table]):,} → {len(after[table]):,}" for table in TABLES)
    for loss in found[:20]:
        print(loss)
    return f"| {name} | {counts} | {len(found)} | {down:.1f} | {up:.1f} |"


def main() -> None:
    """Run, print, and write the figures down."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=10**9)
    parser.add_argument("--postgres", help="URL of an empty PostgreSQL database")
    parser.add_argument("--data", type=Path, default=DATA)
    options = parser.parse_args()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    logging.disable(logging.INFO)
    lines = [
        "# Migrations on the imported history\n",
        "`python bench/migrations.py`: down to schema 0002 and up again; rows before → after. The older\n"
        "schema has no routing clocks and no clocks that are not judged; nothing else may differ.\n",
        "| database | cases | assignments | clocks | events | differences | down, seconds | up, seconds |",
        "|---|---|---|---|---|---|---|---|",
    ]
    with tempfile.TemporaryDirectory() as folder:
        urls = {"SQLite": f"sqlite:///{folder}/history.db"}
        if options.postgres:
            urls["PostgreSQL"] = options.postgres
        for name, url in urls.items():
            lines.append(run(name, url, options.data / CSV, options.rows, Path(folder)))
    text = "\n".join(lines) + "\n"
    print(text)
    RESULT.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
