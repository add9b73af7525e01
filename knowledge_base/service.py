"""The knowledge base as the other rooms see it."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from gateway.settings import Settings
from knowledge_base.corpus import Topic
from knowledge_base.encoder import load_encoder
from knowledge_base.entries import Language, Opens, version_of
from knowledge_base.index import IndexSource, Snapshot
from knowledge_base.ranking import Ranking
from knowledge_base.rules import Costs, Decision, decide, is_current, is_old
from knowledge_base.wording import shipped_wording


@dataclass(frozen=True)
class Hit:
    """An entry that was found, in the reader's language where there is one, with its source.

    `id` is the topic's id in every language. `score` is the estimated chance, in [0, 1], that the entry is
    the one that was meant; 1.0 where it was asked for by its id.
    """

    id: str
    question: str
    answer: str
    agency: str
    agency_en: str
    category: str
    source_url: str
    source_date: date | None
    score: float
    language: Language
    opens: Opens | None
    valid_until: date | None
    older_than_3_years: bool
    expired: bool = False
    """Whether its `valid_until` is over."""
    version: str = ""
    """Which wording of the entry this is."""


@dataclass(frozen=True)
class SearchResult:
    """Entries, best first, and whether the first may be given as the answer."""

    decision: Decision
    hits: list[Hit]


class KnowledgeBase:
    """Search over the city's FAQ. Safe to use from several threads."""

    def __init__(
        self, source: IndexSource, today: Callable[[], date], snapshot: Snapshot, costs: Costs | None = None
    ) -> None:
        self._source = source
        self._today = today
        self._snapshot = snapshot
        self._costs = costs or Costs()
        self._refreshing = threading.Lock()

    @classmethod
    def open(cls, settings: Settings) -> KnowledgeBase:
        """The knowledge base of a run; its index is built first where it is missing, stale or damaged.

        Raises ModelMissing, StorageUnavailable, SourceDamaged or ShippedFaqBroken.
        """
        source = IndexSource(settings.data_dir, load_encoder(settings))
        return cls(source, _today_in(settings.timezone), source.current(), _costs(settings))

    @classmethod
    def rebuild(cls, settings: Settings) -> KnowledgeBase:
        """As `open`, after building the index whether or not it was fresh."""
        source = IndexSource(settings.data_dir, load_encoder(settings))
        return cls(source, _today_in(settings.timezone), source.build(), _costs(settings))

    @property
    def snapshot(self) -> Snapshot:
        """What is being served: one whole index with its topics."""
        return self._snapshot

    def search(self, text: str, k: int = 10, language: Language = "zh-TW") -> SearchResult:
        """The `k` best topics for the citizen's words, no topic twice, and what to do with them.

        A topic past its `valid_until` is found and offered, but never decided to be the answer.
        """
        snapshot = self._snapshot
        ranking = snapshot.rank(text, k)
        return SearchResult(
            self._decide(snapshot, text, ranking),
            [self._hit(snapshot.corpus.by_member[item.id], language, item.score) for item in ranking.topics],
        )

    def entry_at(self, id_or_address: str) -> Hit | None:
        """The topic of an entry id, or else of an official address, if any."""
        topic = self._snapshot.corpus.by_address.get(id_or_address)
        found = self.entry(id_or_address)
        return found if found or topic is None else self._hit(topic, "zh-TW", 1.0)

    def entry(self, id: str, language: Language = "zh-TW") -> Hit | None:
        """The topic an entry id belongs to (its own, its twin's or its imported one's), if any."""
        topic = self._snapshot.corpus.by_member.get(id)
        return None if topic is None else self._hit(topic, language, 1.0)

    def refresh(self) -> bool:
        """Serve what was built or imported meanwhile; whether anything changed.

        Searches go on with the old snapshot until the new one is whole. May build, for seconds:
        call it from a thread. Raises as `open` does, and then goes on serving what it had.
        """
        with self._refreshing:
            if self._source.unchanged(self._snapshot):
                return False
            fresh = self._source.current()
            swapped = fresh.generation != self._snapshot.generation
            self._snapshot = fresh
            return swapped

    def has_newest(self) -> bool:
        """Whether what is served is made of the sources and the desk's file as they lie on disk."""
        return self._source.unchanged(self._snapshot)

    def over(self, source: IndexSource) -> KnowledgeBase:
        """A search by the same costs and the same day over another index, which is built now.

        Raises StorageUnavailable.
        """
        return KnowledgeBase(source, self._today, source.build(), self._costs)

    @property
    def source(self) -> IndexSource:
        """Where its index comes from."""
        return self._source

    @property
    def today(self) -> date:
        """The day by which entries are current."""
        return self._today()

    def status(self) -> dict[str, Any]:
        """What is being served."""
        manifest = self._snapshot.manifest
        return {
            "ready": True,
            "entries": manifest.entries,
            "topics": manifest.topics,
            "model": manifest.model,
            "built_at": manifest.built_at,
            "generation": self._snapshot.generation,
        }

    def _decide(self, snapshot: Snapshot, text: str, ranking: Ranking) -> Decision:
        if not ranking.topics:
            return "none"
        best = snapshot.corpus.by_member[ranking.topics[0].id]
        current = is_current(best.valid_until, self._today())
        ours = not shipped_wording().names_elsewhere(text)
        return decide(ranking.chances, self._costs, current, ours)

    def _hit(self, topic: Topic, language: Language, score: float) -> Hit:
        entry = topic.entry(language)
        return Hit(
            id=topic.id,
            question=entry.question,
            answer=entry.answer,
            agency=entry.agency,
            agency_en=entry.agency_en,
            category=entry.category,
            source_url=entry.source_url,
            source_date=entry.source_date,
            score=score,
            language=entry.language,
            opens=entry.opens,
            valid_until=topic.valid_until,
            older_than_3_years=is_old(entry.source_date, self._today()),
            expired=not is_current(topic.valid_until, self._today()),
            version=version_of(entry),
        )


def _costs(settings: Settings) -> Costs:
    return Costs(
        wrong=settings.cost_wrong_answer,
        declined=settings.cost_declined,
        asked=settings.cost_asked,
        asked_in_vain=settings.cost_asked_in_vain,
    )


def _today_in(timezone: str) -> Callable[[], date]:
    zone = ZoneInfo(timezone)
    return lambda: datetime.now(zone).date()
