"""Two operators act on one case at once, a thousand times on each database.

    python bench/two_operators.py [--races N] [--postgres URL] [--seed N]

Each race takes two acts that the case allows, both prepared on the same version, and does them in two
threads. One must win, the other must be told that the case has changed; afterwards every history must be
gapless and the audit trail whole. Writes bench/results/two_operators.md.
"""

from __future__ import annotations

import argparse
import logging
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import structlog

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from gateway.cases.calendar import OfficeCalendar  # noqa: E402 - found by the line above
from gateway.cases.catalogue import Catalogue  # noqa: E402
from gateway.cases.proving import event_faults  # noqa: E402
from gateway.cases.service import CaseService  # noqa: E402
from gateway.cases.views import NewCase  # noqa: E402
from gateway.database import Database, migrate  # noqa: E402
from gateway.settings import Settings  # noqa: E402
from tests.cases.races import history_is_exact, race  # noqa: E402

RESULT = ROOT / "bench" / "results" / "two_operators.md"


def reports(cases: CaseService) -> Iterator[NewCase]:
    """Reports without end."""
    index = 0
    while True:
        index += 1
        yield NewCase(
            kind="dispatch", item_code="road_pothole", description="巷口路面破一個大洞",
            origin_key=f"race-{index}", received_at=cases.clock(), channel="web_chat", district="三民區",
        )  # fmt: skip


def run(name: str, url: str, races: int, seed: int, folder: Path) -> str:
    """Race on one database; a line of the table."""
    database = Database(url)
    migrate.upgrade(database)
    settings = Settings(data_dir=folder, secret_key="only for this bench")
    cases = CaseService(database, Catalogue.load(), OfficeCalendar.load(), settings)
    began = time.perf_counter()
    tally = race(cases, reports(cases), races, seed)
    seconds = time.perf_counter() - began
    wrong = len(history_is_exact(cases))
    with database.read() as session:
        faults = len([*cases.trail.faults(session), *event_faults(session, cases.trail)])
    database.close()
    pairs = len(tally.acts)
    return (
        f"| {name} | {tally.races} | {pairs} | {tally.won} | {tally.refused} | {len(tally.surprises)} "
        f"| {wrong} | {faults} | {seconds:.0f} |"
    )


def main() -> None:
    """Race, print, and write the figures down."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--races", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=1999)
    parser.add_argument("--postgres", help="URL of an empty PostgreSQL database")
    options = parser.parse_args()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    lines = [
        "# Two operators on one case\n",
        "`python bench/two_operators.py`\n",
        "| database | races | pairs of acts | won | refused with 409 | anything else | histories wrong "
        "| audit faults | seconds |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    with tempfile.TemporaryDirectory() as folder:
        urls = {"SQLite": f"sqlite:///{folder}/races.db"}
        if options.postgres:
            urls["PostgreSQL"] = options.postgres
        for name, url in urls.items():
            lines.append(run(name, url, options.races, options.seed, Path(folder)))
    text = "\n".join(lines) + "\n"
    print(text)
    RESULT.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
