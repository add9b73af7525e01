"""A thousand lines of citizens and operators cut at random under load: is anything lost, doubled or swapped?

    python bench/cuts.py [--cuts 1000] [--postgres URL]

The gateway is a process of its own (`wanshitong serve`, without Rasa). Citizens write and ask for a person,
the bot answers, operators take, answer, transfer and hand back, one who oversees looks on; every line breaks
after a few frames. In the end each party's messages are compared with what is kept
(`tests/channels/cut_parties.py`). Writes bench/results/cuts[_postgres].md.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

import httpx

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from bench.gateway_process import Gateway  # noqa: E402
from tests.channels.cut_lines import House  # noqa: E402
from tests.channels.cut_parties import Citizen, Operator, play  # noqa: E402
from tests.platform import prepared  # noqa: E402

CITIZENS = 12
OPERATORS = 8
ANSWERS = 100
"""Of operators, at least; until then the cutting goes on."""
SHOWN = (
    ("citizen cut", "lines of citizens cut"),
    ("operator cut", "lines of operators cut"),
    ("messages", "messages kept"),
    ("seen by citizens", "… seen by their citizens"),
    ("seen by operators", "… seen at desks, all together"),
    ("next 200", "taken from the queue"),
    ("messages 201", "answers of operators"),
    ("messages 200", "… sent once more, and still one"),
    ("transfer 200", "transfers"),
    ("release 200", "handed back to the bot"),
)


async def run(gateway: Gateway, cuts: int) -> tuple[Counter[str], list[str], float]:
    """Figures, faults and seconds."""
    began = time.perf_counter()
    *tokens, boss_token = gateway.tokens
    async with httpx.AsyncClient(timeout=60, trust_env=False) as http:
        house = House(gateway.url, http, random.Random(1999), cuts, ANSWERS)  # noqa: S311 - no secret
        citizens = [Citizen(house, f"民眾{number}") for number in range(CITIZENS)]
        operators = [
            Operator(house, name, token) for name, token in zip(gateway.usernames, tokens, strict=False)
        ]
        boss = Operator(house, gateway.usernames[-1], boss_token, acts=False)
        figures = await play(house, citizens, operators, boss)
    return figures, house.faults, time.perf_counter() - began


def main() -> None:
    """Cut, print, and write the figures down."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--cuts", type=int, default=1000)
    parser.add_argument("--postgres", help="URL of an empty PostgreSQL database, instead of SQLite")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        gateway = Gateway(prepared(Path(folder)), options.postgres, OPERATORS, overseers=1)
        try:
            gateway.wait()
            figures, faults, seconds = asyncio.run(run(gateway, options.cuts))
        finally:
            gateway.stop()
    kind = "PostgreSQL" if options.postgres else "SQLite"
    lines = [
        f"# Lines cut at random on {kind}\n",
        f"`python bench/cuts.py{' --postgres URL' if options.postgres else ''}`: {CITIZENS} citizens, "
        f"{OPERATORS} operators and one who oversees, {seconds:.0f} s.\n",
        "| what | count |",
        "|---|---|",
        *(f"| {name} | {figures[key]:,} |" for key, name in SHOWN),
        f"| faults (lost, doubled, out of order, a gap, kept though refused) | {len(faults)} |",
        *(f"| {fault} | |" for fault in faults[:20]),
    ]
    text = "\n".join(lines) + "\n"
    print(text)
    name = "cuts_postgres" if options.postgres else "cuts"
    (ROOT / "bench" / "results" / f"{name}.md").write_text(text, encoding="utf-8")
    sys.exit(bool(faults))


if __name__ == "__main__":
    main()
