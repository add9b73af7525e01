"""How fast the city's history is taken in, and the trail proved afterwards.

    python bench/history.py [--cases FILE] [--postgres URL]

Imports every real case into an empty database twice (the second time nothing may change) and verifies the
audit trail over all events. Writes bench/results/history.md.
"""

from __future__ import annotations

import argparse
import logging
import os
import tempfile
import time
from pathlib import Path

import structlog

from gateway.cases.calendar import OfficeCalendar
from gateway.cases.catalogue import Catalogue
from gateway.cases.history.reading import FORMATS, read
from gateway.cases.history.service import HistoryImport
from gateway.cases.proving import event_faults
from gateway.cases.service import CaseService
from gateway.database import Database, migrate
from gateway.places.service import Places
from gateway.settings import Settings

ROOT = Path(__file__).resolve().parent.parent
CITY = Path(os.environ.get("WST_CITY_DATA", ROOT.parent / "shared" / "data"))
CASES = "cases/kcg_open1999_cases_structured_2016-2017.csv"
RESULT = ROOT / "bench" / "results" / "history.md"


def run(name: str, url: str, file: Path, folder: Path) -> str:
    """Measure one database; a line of the table."""
    database = Database(url)
    migrate.upgrade(database)
    settings = Settings(data_dir=folder, secret_key="only for this bench")
    cases = CaseService(database, Catalogue.load(), OfficeCalendar.load(), settings)
    history = HistoryImport(cases, Places.load())
    first = history.take(read(file, FORMATS["open1999-csv"]), file.name)
    again = history.take(read(file, FORMATS["open1999-csv"]), file.name)
    began = time.perf_counter()
    with database.read() as session:
        faults = len([*cases.trail.faults(session), *event_faults(session, cases.trail)])
    proved = time.perf_counter() - began
    database.close()
    rate = first.rows / first.seconds
    return (
        f"| {name} | {first.rows} | {first.added} | {first.seconds:.1f} | {rate:,.0f} | {again.added} "
        f"| {again.seconds:.1f} | {faults} | {proved:.1f} |"
    )


def main() -> None:
    """Measure, print, and write the figures down."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--cases", type=Path, default=CITY / CASES)
    parser.add_argument("--postgres", help="URL of an empty PostgreSQL database")
    options = parser.parse_args()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    lines = [
        "# Taking in the history\n",
        "`python bench/history.py`\n",
        "| database | rows | added | seconds | rows/s | added by a second run | its seconds | audit faults "
        "| seconds to prove |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    with tempfile.TemporaryDirectory() as folder:
        urls = {"SQLite": f"sqlite:///{folder}/history.db"}
        if options.postgres:
            urls["PostgreSQL"] = options.postgres
        for name, url in urls.items():
            lines.append(run(name, url, options.cases, Path(folder)))
    text = "\n".join(lines) + "\n"
    print(text)
    RESULT.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
