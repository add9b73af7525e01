"""How long one FAQ search takes, and where the time goes: one thread, 1,412 imported entries.

    OMP_NUM_THREADS=1 python -m bench.faq_search CITY_DATA [--write]

CITY_DATA holds faq/kcg_faq_all.json and eval/dev_faq.jsonl. `--write` puts the figures into
bench/results/faq_search.md.
"""

from __future__ import annotations

import argparse
import platform
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from gateway.settings import Settings
from knowledge_base.encoder import load_encoder
from knowledge_base.evaluation import read_questions
from knowledge_base.importers import import_file
from knowledge_base.service import KnowledgeBase
from knowledge_base.universal_encoder import UniversalSentenceModule
from knowledge_base.wording import shipped_wording

RESULTS = Path(__file__).resolve().parent / "results" / "faq_search.md"
ROUNDS = 5


def timed(act: Callable[[str], object], questions: Sequence[str]) -> list[float]:
    """Milliseconds of every call over several rounds, after one round of warming up."""
    for question in questions:
        act(question)
    spent = []
    for _ in range(ROUNDS):
        for question in questions:
            start = time.perf_counter()
            act(question)
            spent.append((time.perf_counter() - start) * 1000)
    return spent


def row(name: str, spent: Sequence[float]) -> str:
    """A line of the table."""
    return f"| {name} | {np.percentile(spent, 50):.2f} | {np.percentile(spent, 95):.2f} |"


def measure(city_data: Path, data_dir: Path) -> str:
    """The report."""
    import_file(city_data / "faq" / "kcg_faq_all.json", "kcg", data_dir)
    settings = Settings(data_dir=data_dir)
    start = time.perf_counter()
    knowledge = KnowledgeBase.open(settings)
    built = time.perf_counter() - start
    start = time.perf_counter()
    KnowledgeBase.open(settings)
    opened = time.perf_counter() - start
    start = time.perf_counter()
    KnowledgeBase.rebuild(settings)
    again = time.perf_counter() - start

    questions = [question.q for question in read_questions(city_data / "eval" / "dev_faq.jsonl", True)]
    encoder = load_encoder(settings)
    direct = UniversalSentenceModule()
    wording = shipped_wording()
    index = knowledge.snapshot.index
    status = knowledge.status()
    lines = [
        "# FAQ search",
        "",
        "Command: `OMP_NUM_THREADS=1 python -m bench.faq_search CITY_DATA --write`; one thread,"
        f" {platform.machine()}, Python {platform.python_version()}.",
        f"{status['entries']} entries (imported and shipped) on {status['topics']} topics,"
        f" model {status['model']}; {len(questions)} citizens' questions, {ROUNDS} rounds.",
        f"Building took {built:.1f} s, with every vector known {again:.1f} s,"
        f" opening a built index {opened:.1f} s.",
        "",
        "| part | p50 ms | p95 ms |",
        "|---|---|---|",
        row("search, all of it", timed(lambda q: knowledge.search(q, 10), questions)),
        row("encode (through sentence-transformers)", timed(lambda q: encoder.encode([q]), questions)),
        row("encode (the encoder itself)", timed(lambda q: direct.forward({"texts": [q]}), questions)),
        row("all signals, encoding among them", timed(index.measure, questions)),
        row("wording", timed(lambda q: wording.related(wording.plain(q)), questions)),
        "",
    ]
    return "\n".join(lines)


def main() -> None:
    """Measure, print, and write where asked."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("city_data", type=Path)
    parser.add_argument("--write", action="store_true")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        report = measure(options.city_data, Path(folder))
    print(report)
    if options.write:
        RESULTS.write_text(report, encoding="utf-8")


if __name__ == "__main__":
    main()
