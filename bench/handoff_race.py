"""Does the bot ever speak over a person? Many random orders of one citizen, a slow bot and two operators.

    python bench/handoff_race.py [--races N] [--postgres URL] [--name NAME]

Nine in ten races are random orders of transactions, the tenth runs all parties in threads at once. Writes
bench/results/handoff_race[_NAME].md.
"""

from __future__ import annotations

import argparse
import logging
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

import structlog

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from gateway.cases.calendar import OfficeCalendar  # noqa: E402
from gateway.cases.catalogue import Catalogue  # noqa: E402
from gateway.cases.service import CaseService  # noqa: E402
from gateway.conversations.service import ConversationService  # noqa: E402
from gateway.database import Database, migrate  # noqa: E402
from gateway.handoff.offers import Offers  # noqa: E402
from gateway.handoff.rules import Presence  # noqa: E402
from gateway.handoff.service import Handoffs  # noqa: E402
from gateway.handoff.views import Person  # noqa: E402
from gateway.settings import Settings  # noqa: E402
from tests.handoff.conftest import hire  # noqa: E402
from tests.handoff.race import Race  # noqa: E402

AT_ONCE_EVERY = 10
OPERATORS = (Person("mei", "林小美"), Person("hua", "陳阿華"))


def run(url: str, races: int, folder: Path) -> tuple[Counter[str], int, float]:
    """Faults by their kind, messages kept, and seconds."""
    database = Database(url)
    migrate.upgrade(database)
    settings = Settings(data_dir=folder, secret_key="only for this bench", operator_capacity=20)
    cases = CaseService(database, Catalogue.load(), OfficeCalendar.load(), settings)
    conversations = ConversationService(database, cases, settings)
    handoffs = Handoffs(database, settings)
    for who in OPERATORS:
        hire(database, who)
        handoffs.be(who, Presence.AVAILABLE)
    minding = (Offers(handoffs, settings).mind, handoffs.sweep)
    faults: Counter[str] = Counter()
    kept, began = 0, time.perf_counter()
    for seed in range(races):
        for who in OPERATORS:
            handoffs.alive(who.username)
        race = Race(database, conversations, handoffs, OPERATORS, seed, minding=minding)
        (race.at_once if seed % AT_ONCE_EVERY == 0 else race.interleaved)()
        for fault in race.faults():
            faults[fault.split(" at ")[0].split(" [")[0]] += 1
        kept += len(race.read)
        race.clear()
    database.close()
    return faults, kept, time.perf_counter() - began


def main() -> None:
    """Race, print, and write the figures down."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--races", type=int, default=10_000)
    parser.add_argument("--postgres", help="URL of an empty PostgreSQL database, instead of SQLite")
    parser.add_argument("--name", default="")
    options = parser.parse_args()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    with tempfile.TemporaryDirectory() as folder:
        url = options.postgres or f"sqlite:///{folder}/race.db"
        faults, kept, seconds = run(url, options.races, Path(folder))
    kind = "PostgreSQL" if options.postgres else "SQLite"
    shown = ", ".join(f"{count} × {name}" for name, count in faults.most_common()) or "none"
    command = f"python bench/handoff_race.py{' --postgres URL' if options.postgres else ''}"
    lines = [
        f"# Handoff races on {kind}\n",
        f"`{command}`\n",
        "| races | messages kept | faults (bot over a person, gaps, lost, doubled) | seconds |",
        "|---|---|---|---|",
        f"| {options.races:,} | {kept:,} | {shown} | {seconds:.0f} |",
    ]
    text = "\n".join(lines) + "\n"
    print(text)
    name = f"handoff_race_{options.name}" if options.name else "handoff_race"
    (ROOT / "bench" / "results" / f"{name}.md").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
