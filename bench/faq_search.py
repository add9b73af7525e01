"""How long one FAQ search takes, where the time goes, and the memory: one thread, 1,412 imported entries.

    OMP_NUM_THREADS=1 python -m bench.faq_search CITY_DATA [--write]

CITY_DATA holds faq/kcg_faq_all.json and eval/dev_faq.jsonl. `--write` puts the figures into
bench/results/faq_search.md.
"""

from __future__ import annotations

import argparse
import multiprocessing
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


def timed(act: Callable[[str], object], questions: Sequence[str]) -> tuple[list[float], list[float]]:
    """Milliseconds of every call by the clock and of the processor, after one round of warming up."""
    for question in questions:
        act(question)
    by_clock, of_processor = [], []
    for _ in range(ROUNDS):
        for question in questions:
            start, spent = time.perf_counter(), time.process_time()
            act(question)
            of_processor.append((time.process_time() - spent) * 1000)
            by_clock.append((time.perf_counter() - start) * 1000)
    return by_clock, of_processor


def row(name: str, times: tuple[Sequence[float], Sequence[float]]) -> str:
    """A line of the table."""
    cells = [f"{np.percentile(spent, share):.2f}" for spent in times for share in (50, 95)]
    return f"| {' | '.join([name, *cells])} |"


def grown(data_dir: Path, questions: Sequence[str]) -> tuple[float, float, float]:
    """Megabytes of a fresh process: with the framework imported, then with the knowledge base opened and
    having answered the questions, then at its highest.
    """
    framework = _memory("VmRSS")
    knowledge = KnowledgeBase.open(Settings(data_dir=data_dir))
    for question in questions:
        knowledge.search(question, 10)
    return framework, _memory("VmRSS"), _memory("VmHWM")


def _memory(name: str) -> float:
    """Megabytes of this process, as the kernel counts them."""
    lines = Path("/proc/self/status").read_text(encoding="ascii", errors="replace").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(f"{name}:")) / 1024


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
    with multiprocessing.get_context("spawn").Pool(1) as fresh:
        framework, in_use, highest = fresh.apply(grown, (data_dir, questions[:50]))
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
        f"Memory (RSS) of a fresh process: {framework:.0f} MiB with torch, sentence-transformers and faiss"
        f" imported; {in_use:.0f} MiB with the index opened and 50 searches done, so the knowledge base takes"
        f" {in_use - framework:.0f} MiB beside the framework; at its highest {highest:.0f} MiB.",
        "The machine was shared with other work: the time of the processor says more than the clock.",
        "",
        "| part | p50 ms, clock | p95 | p50 ms, processor | p95 |",
        "|---|---|---|---|---|",
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
