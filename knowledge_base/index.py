"""The index of the FAQ: always that of the present corpus and model, or built anew."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path

from knowledge_base.corpus import Topic, corpus_digest, load_corpus
from knowledge_base.encoder import Encoder
from knowledge_base.generations import FORMAT, Generations, Manifest
from knowledge_base.hybrid import IndexDamaged
from knowledge_base.importers import SourcesFingerprint, sources_fingerprint
from knowledge_base.ranking import Ranking, Tuning
from knowledge_base.signals import SignalIndex
from knowledge_base.storage import exclusive, knowledge_folder
from knowledge_base.tuning import tuning_for
from knowledge_base.vector_cache import VectorCache

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Corpus:
    """The topics at one moment."""

    topics: tuple[Topic, ...]
    digest: str
    fingerprint: SourcesFingerprint

    @cached_property
    def by_member(self) -> dict[str, Topic]:
        """The topic of every entry id."""
        return {member: topic for topic in self.topics for member in topic.members}

    @cached_property
    def by_address(self) -> dict[str, Topic]:
        """The topic of every official address that belongs to one topic alone."""
        uses = Counter(topic.shown.source_url for topic in self.topics)
        return {topic.shown.source_url: topic for topic in self.topics if uses[topic.shown.source_url] == 1}


@dataclass(frozen=True)
class Snapshot:
    """All that one search needs; never changed, only replaced."""

    generation: str
    manifest: Manifest
    corpus: Corpus
    index: SignalIndex
    tuning: Tuning

    def rank(self, text: str, k: int) -> Ranking:
        """The `k` best topics for the citizen's words."""
        return self.tuning.ranked(self.index.measure(text), self.index, k)


@dataclass(frozen=True)
class IndexSource:
    """Where an index comes from and where it lies."""

    data_dir: Path
    encoder: Encoder
    topics: Callable[[Path], Sequence[Topic]] = load_corpus

    @property
    def generations(self) -> Generations:
        """The folder of generations."""
        return Generations(knowledge_folder(self.data_dir) / "index")

    def current(self) -> Snapshot:
        """The index of the present corpus: loaded where it is whole and fresh, else built.

        Raises StorageUnavailable where it has to be built and cannot be written.
        """
        fresh = self._load(self._corpus())
        if fresh is not None:
            return fresh
        with exclusive(knowledge_folder(self.data_dir)):
            corpus = self._corpus()
            return self._load(corpus) or self._build(corpus)

    def build(self) -> Snapshot:
        """Build a new generation in any case and make it current."""
        with exclusive(knowledge_folder(self.data_dir)):
            return self._build(self._corpus())

    def unchanged(self, snapshot: Snapshot) -> bool:
        """Whether neither the current generation nor an imported source is another than the snapshot's."""
        return (
            self.generations.current() == snapshot.generation
            and sources_fingerprint(self.data_dir) == snapshot.corpus.fingerprint
        )

    def _corpus(self) -> Corpus:
        # The fingerprint comes first: a source that changes while it is read is then seen as changed.
        fingerprint = sources_fingerprint(self.data_dir)
        topics = tuple(self.topics(self.data_dir))
        return Corpus(topics, corpus_digest(topics), fingerprint)

    def _load(self, corpus: Corpus) -> Snapshot | None:
        name = self.generations.current()
        if name is None:
            return None
        try:
            manifest = self.generations.manifest(name)
            if not self._fits(manifest, corpus):
                log.info("index %s is stale", name)
                return None
            index = SignalIndex.load(self.generations.path(name), self.encoder)
        except IndexDamaged as error:
            log.warning("index %s is damaged and will be built again: %s", name, error)
            return None
        return Snapshot(name, manifest, corpus, index, self._tuning())

    def _tuning(self) -> Tuning:
        return tuning_for(self.encoder.name, self.data_dir)

    def _fits(self, manifest: Manifest, corpus: Corpus) -> bool:
        made_of = (manifest.format, manifest.corpus, manifest.model, manifest.dimension)
        return made_of == (FORMAT, corpus.digest, self.encoder.name, self.encoder.dimension)

    def _build(self, corpus: Corpus) -> Snapshot:
        encoder = VectorCache(self.encoder, knowledge_folder(self.data_dir))
        built = SignalIndex.build([topic.document() for topic in corpus.topics], encoder)
        encoder.keep()
        manifest = Manifest(
            format=FORMAT,
            corpus=corpus.digest,
            model=self.encoder.name,
            dimension=self.encoder.dimension,
            entries=sum(len(topic.members) for topic in corpus.topics),
            topics=len(corpus.topics),
            built_at=datetime.now(UTC).isoformat(timespec="seconds"),
            files={},
        )

        def write(folder: Path) -> Manifest:
            built.save(folder)
            return manifest

        name = self.generations.add(write)
        return Snapshot(name, manifest, corpus, built.with_encoder(self.encoder), self._tuning())
