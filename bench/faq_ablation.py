"""What each part of the search of the FAQ is worth: recall without it, on the city's 1,338 dated entries.

    OMP_NUM_THREADS=1 .venv/bin/python -m bench.faq_ablation [--city-data DIR]

Signals are left out by fitting the order again without them, on what `wanshitong kb calibrate` fits on.
Writes `bench/results/faq_ablation.md`. Minutes.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from bench.faq_sets import CITY, DEPTHS, Sets, bare, import_dated, place, question_sets, recall
from gateway.settings import Settings
from knowledge_base.calibration import (
    FOLDS,
    QUESTIONS_A_FOLD,
    Asked,
    asked_of,
    fit_order,
    labelled_questions,
)
from knowledge_base.corpus import Topic, load_corpus
from knowledge_base.encoder import load_encoder
from knowledge_base.ranking import TopicWeights
from knowledge_base.signals import SIGNALS, Measured, SignalIndex
from knowledge_base.storage import knowledge_folder
from knowledge_base.tuning import SHIPPED_TUNING, read
from knowledge_base.vector_cache import VectorCache

RESULT = Path(__file__).resolve().parent / "results" / "faq_ablation.md"
DENSE = frozenset({"meaning", "text"})
COUNTS = (1, 3, 6, 10)
DEEPEST = max(DEPTHS)
_SEED = 1999

Orders = tuple[TopicWeights, TopicWeights]
Places = dict[str, list[int | None]]


@dataclass(frozen=True)
class Put:
    """The questions of one set as one index measures them, with the right topics' ids."""

    index: SignalIndex
    measured: dict[str, list[tuple[Measured, frozenset[str]]]]

    def places(self, orders: Orders, without: frozenset[str] = frozenset()) -> Places:
        """Where the right topic stands for every question of every set; None: not among the first."""
        return {
            name: [self._place(_masked(one, without), orders, wanted) for one, wanted in asked]
            for name, asked in self.measured.items()
        }

    def _place(self, measured: Measured, orders: Orders, wanted: frozenset[str]) -> int | None:
        scores = orders[measured.latin].scores(measured.signals, self.index.phrased)
        best = np.argsort(-scores, kind="stable")[:DEEPEST]
        return place([self.index.ids[number] for number in best.tolist()], wanted)


def main() -> None:
    """Measure, write, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--city-data", type=Path, default=CITY)
    city: Path = parser.parse_args().city_data
    with tempfile.TemporaryDirectory() as folder:
        text = _measure(city, Path(folder))
    RESULT.write_text(text, encoding="utf-8")
    print(text)


def _measure(city: Path, data_dir: Path) -> str:
    import_dated(city, data_dir)
    topics = load_corpus(data_dir)
    sets = question_sets(city, topics)
    encoder = VectorCache(load_encoder(Settings(data_dir=data_dir)), knowledge_folder(data_dir))
    shipped = read(SHIPPED_TUNING)
    orders = shipped.chinese, shipped.english

    def put(kept: Sequence[Topic]) -> Put:
        index = SignalIndex.build([topic.document() for topic in kept], encoder)
        return Put(
            index,
            {name: [(index.measure(one.q), one.wanted) for one in asked] for name, asked in sets.items()},
        )

    whole, plain = put(topics), put(bare(topics))
    known = asked_of(topics, encoder, labelled_questions())
    fitted = fit_order(known)
    full = whole.places(fitted)
    rows = [
        ("as it ships", whole.places(orders)),
        ("fitted again, all eight signals", full),
        *((f"without `{name}`", _without(whole, known, {name})) for name in SIGNALS),
        ("meaning alone (`meaning`, `text`)", _without(whole, known, set(SIGNALS) - DENSE)),
        ("wording alone (the other six)", _without(whole, known, DENSE)),
        ("no phrasings: names and answers", plain.places(orders)),
        ("no phrasings, meaning alone", _without(plain, known, set(SIGNALS) - DENSE)),
        ("no phrasings, wording alone", _without(plain, known, DENSE)),
        *(
            (f"half of the topics bare ({half + 1} of 2)", put(_half(topics, half)).places(orders))
            for half in (0, 1)
        ),
        *((f"{count} phrasings a topic", put(_fewer(topics, count)).places(orders)) for count in COUNTS),
    ]
    report = _report(rows, full, sets, topics, len(known))
    return f"{report}\n{_left_out(known[: FOLDS * QUESTIONS_A_FOLD], fitted)}\n"


def _left_out(known: Sequence[Asked], orders: Orders) -> str:
    """How phrasings fare that are asked of an index without them."""
    places: list[int | None] = []
    for one in known:
        scores = orders[one.measured.latin].scores(one.measured.signals, one.index.phrased)
        places.append(int((scores > scores[one.right]).sum()))
    shares = ", ".join(f"@{depth} {recall(places, depth)}" for depth in DEPTHS)
    return (
        f"{len(known)} phrasings asked of an index that lacks them (the order was fitted on them): {shares}."
    )


def _without(put: Put, known: Sequence[Asked], names: Collection[str]) -> Places:
    """The places when the order is fitted, and asked, without some signals."""
    left_out = frozenset(names)
    blind = [replace(one, measured=_masked(one.measured, left_out)) for one in known]
    return put.places(fit_order(blind), left_out)


def _masked(measured: Measured, without: frozenset[str]) -> Measured:
    """A signal that is 0 everywhere is fitted no weight."""
    if not without:
        return measured
    kept = np.array([name not in without for name in SIGNALS], dtype=np.float32)
    return replace(measured, signals=measured.signals * kept)


def _half(topics: Sequence[Topic], half: int) -> list[Topic]:
    return [
        replace(topic, titles=topic.titles[:1]) if number % 2 == half else topic
        for number, topic in enumerate(topics)
    ]


def _fewer(topics: Sequence[Topic], count: int) -> list[Topic]:
    """Every topic with so many of its phrasings, drawn at random: they are written Chinese first."""
    draw = np.random.default_rng(_SEED)

    def some(said: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(said[number] for number in sorted(draw.permutation(len(said))[:count].tolist()))

    return [replace(topic, titles=(topic.titles[0], *some(topic.titles[1:]))) for topic in topics]


def _report(
    rows: Sequence[tuple[str, Places]], full: Places, sets: Sets, topics: Sequence[Topic], known: int
) -> str:
    columns = [f"{name} @{depth}" for name in sets for depth in DEPTHS]
    counts = ", ".join(f"{name}: {len(asked)} questions" for name, asked in sets.items())
    phrasings = sum(len(topic.titles) - 1 for topic in topics)
    lines = [
        "# What each part of the search is worth",
        "",
        "Command: `OMP_NUM_THREADS=1 .venv/bin/python -m bench.faq_ablation`.",
        f"{len(topics)} dated entries with {phrasings} phrasings, the shipped entries' own among them;"
        f" {counts}; fitted on {known} other questions.",
        "`dev` are the questions that came with the task, `own` those in `knowledge_base/evaluation_set`."
        " Recall with its 95 % interval (Wilson). The last column compares with all eight signals fitted"
        " again: questions of both sets whose entry came first only here / only there.",
        "",
        f"| | {' | '.join(columns)} | first only here / only there |",
        "|---|" + "---|" * (len(columns) + 1),
    ]
    for name, places in rows:
        shares = [recall(places[one], depth) for one in sets for depth in DEPTHS]
        pairs = [pair for one in sets for pair in zip(places[one], full[one], strict=True)]
        here = sum(mine == 0 != theirs for mine, theirs in pairs)
        there = sum(theirs == 0 != mine for mine, theirs in pairs)
        lines.append(f"| {' | '.join([name, *shares])} | {here} / {there} |")
    return "\n".join([*lines, ""])


if __name__ == "__main__":
    main()
