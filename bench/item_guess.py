"""How often the catalogue guesses the item the city's own staff chose.

    python bench/item_guess.py [--cases FILE] [--misses]

Every text of the city's masked cases is guessed among the dispatch items; the right answer is the
item that stands for the category the staff filed it under. Writes bench/results/item_guess.md.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import tempfile
import time
from collections import Counter
from pathlib import Path

from gateway.cases.guessing import open_catalogue
from gateway.settings import Settings

ROOT = Path(__file__).resolve().parent.parent
CITY = Path(os.environ.get("WST_CITY_DATA", ROOT.parent / "shared" / "data"))
TEXTS = "cases/kcg_open1999_text_dev.json"
RESULT = ROOT / "bench" / "results" / "item_guess.md"


def main() -> None:
    """Measure, print, and write the figures down."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--cases", type=Path, default=CITY / TEXTS)
    parser.add_argument("--misses", action="store_true")
    options = parser.parse_args()
    rows = json.loads(options.cases.read_text(encoding="utf-8"))
    with tempfile.TemporaryDirectory() as folder:
        catalogue = open_catalogue(Settings(data_dir=Path(folder)))
    ranks: list[int] = []
    misses: Counter[tuple[str, str]] = Counter()
    took: list[float] = []
    for row in rows:
        wanted = catalogue.by_city_name(row["InformDesc_"])
        if wanted is None:
            raise SystemExit(f"no item for {row['InformDesc_']}")
        start = time.perf_counter()
        codes = [guess.code for guess in catalogue.guess(row["BeforeDesc_"], kind="dispatch", k=10)]
        took.append((time.perf_counter() - start) * 1000)
        ranks.append(codes.index(wanted.code) if wanted.code in codes else 99)
        if ranks[-1]:
            misses[wanted.code, codes[0]] += 1
            if options.misses:
                print(ranks[-1], wanted.code, codes[:3], row["BeforeDesc_"][:70].replace("\n", " "))
    _report(ranks, misses, took, catalogue.version)


def _report(ranks: list[int], misses: Counter[tuple[str, str]], took: list[float], version: str) -> None:
    share = {k: sum(rank < k for rank in ranks) / len(ranks) for k in (1, 3, 5)}
    lines = [
        "# Guessing the service item",
        "",
        f"`python bench/item_guess.py`: {len(ranks)} real texts, catalogue `{version}`, dispatch items only.",
        "",
        "| top 1 | top 3 | top 5 | p50 ms | p95 ms |",
        "|---|---|---|---|---|",
        f"| {share[1]:.3f} | {share[3]:.3f} | {share[5]:.3f} "
        f"| {statistics.median(took):.1f} | {statistics.quantiles(took, n=20)[18]:.1f} |",
        "",
        "Most frequent confusions (filed as → guessed first):",
        "",
        *(f"* {count} × {wanted} → {got}" for (wanted, got), count in misses.most_common(12)),
        "",
    ]
    RESULT.parent.mkdir(parents=True, exist_ok=True)
    RESULT.write_text("\n".join(lines), encoding="utf-8")
    print("\n".join(lines))


if __name__ == "__main__":
    main()
