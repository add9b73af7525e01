"""The city's dated entries taken in, the questions asked of them, and how a share of them is written down."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from gateway.measures.intervals import wilson
from gateway.settings import Settings
from knowledge_base.calibration import EVALUATION_FOLDER
from knowledge_base.corpus import Topic
from knowledge_base.encoder import load_encoder
from knowledge_base.importers import import_file
from knowledge_base.index import IndexSource
from knowledge_base.service import KnowledgeBase

CITY = Path(__file__).resolve().parent.parent.parent / "shared" / "data"
DEPTHS = (1, 3, 5)


@dataclass(frozen=True)
class Asked:
    """A question and the ids of the topics that answer it."""

    q: str
    wanted: frozenset[str]


Sets = dict[str, list[Asked]]


def import_dated(city: Path, data_dir: Path) -> None:
    """Take the 1,338 entries with a date into the data folder."""
    rows = json.loads((city / "faq/kcg_faq_all.json").read_text(encoding="utf-8"))
    dated = data_dir / "dated.json"
    dated.write_text(json.dumps([row for row in rows if row["id"].startswith("kh-")]), encoding="utf-8")
    import_file(dated, "kcg", data_dir)


def question_sets(city: Path, topics: Sequence[Topic]) -> Sets:
    """The development questions, by the ids of entries, and our own, by the entries' addresses."""
    owner = {member: topic.id for topic in topics for member in topic.members}
    pages: dict[str, set[str]] = {}
    for topic in topics:
        pages.setdefault(topic.shown.source_url, set()).add(topic.id)
    given = _lines(city / "eval/dev_faq.jsonl")
    own = _lines(EVALUATION_FOLDER / "in_scope.jsonl")
    return {
        "dev": [Asked(line["q"], frozenset(owner[id] for id in line["ids"])) for line in given],
        "own": [
            Asked(line["q"], frozenset().union(*(pages.get(url, ()) for url in line["source_urls"])))
            for line in own
        ],
    }


def knowledge_of(data_dir: Path, topics: Sequence[Topic]) -> KnowledgeBase:
    """The knowledge base of just these topics, in a data folder of its own."""
    settings = Settings(data_dir=data_dir)
    source = IndexSource(data_dir, load_encoder(settings), lambda _: topics)
    return KnowledgeBase(source, lambda: datetime.now(UTC).date(), source.current())


def bare(topics: Sequence[Topic]) -> list[Topic]:
    """The topics with nothing but their names and answers."""
    return [replace(topic, titles=topic.titles[:1]) for topic in topics]


def recall(places: Sequence[int | None], depth: int) -> str:
    """Share of questions whose right entry is among the first `depth`, with its 95 % interval (Wilson)."""
    right = sum(place is not None and place < depth for place in places)
    low, high = wilson(right, len(places))
    return f"{_short(right / len(places))} [{_short(low)}–{_short(high)}]"


def place(found: Sequence[str], wanted: frozenset[str]) -> int | None:
    """Place of the first right entry, from 0."""
    return next((number for number, id in enumerate(found) if id in wanted), None)


def _short(share: float) -> str:
    return f"{share:.3f}".removeprefix("0")


def _lines(path: Path) -> list[dict[str, str | list[str]]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]
