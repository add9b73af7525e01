"""The topics people can ask about: shipped and imported entries on the same matter made one."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

from knowledge_base.entries import SHIPPED, Entry, Language, Opens
from knowledge_base.faq_files import SHIPPED_FOLDER, shipped_entries
from knowledge_base.hybrid import Document
from knowledge_base.importers import imported_entries
from knowledge_base.overlay import read_overlay
from knowledge_base.phrasing_files import shipped_phrasings


@dataclass(frozen=True)
class Topic:
    """One matter: the Chinese entry that is shown, the English one if any, and all ways to ask."""

    id: str
    shown: Entry
    english: Entry | None
    titles: tuple[str, ...]
    keywords: tuple[str, ...]
    members: tuple[str, ...]
    valid_until: date | None

    def entry(self, language: Language) -> Entry:
        """The entry for a reader of the language; the Chinese one where there is no other."""
        return self.english if language == "en" and self.english is not None else self.shown

    def document(self) -> Document:
        """What the index knows of the topic."""
        body = " ".join((self.shown.answer, *self.keywords))
        return Document(self.id, self.titles[:1], body, self.titles[1:])


def load_corpus(data_dir: Path, shipped: Path = SHIPPED_FOLDER) -> list[Topic]:
    """Topics of shipped and imported entries, with what the desk has published over them and the phrasings
    that ship.

    Raises ShippedFaqBroken, PhrasingsBroken, SourceDamaged or OverlayDamaged.
    """
    entries = read_overlay(data_dir).over([*imported_entries(data_dir), *shipped_entries(shipped)])
    return topics(entries, shipped_phrasings())


def topics(entries: Iterable[Entry], asked: Mapping[str, Sequence[str]] | None = None) -> list[Topic]:
    """Entries gathered by matter, in the order in which each matter first appears.

    The first entry with an id counts, so an imported entry replaces a shipped one of the same id.
    Entries of one source that share an address are different matters on one page. `asked` are further
    phrasings by the official address of their entry.
    """
    known: dict[str, Entry] = {}
    for entry in entries:
        known.setdefault(entry.id, entry)
    shared = _shared_pages(known.values())
    groups: dict[str, list[Entry]] = {}
    for entry in known.values():
        groups.setdefault(_matter(entry, known, shared), []).append(entry)
    further = {url: said for url, said in (asked or {}).items() if url not in shared}
    return [_topic(group, further) for group in groups.values()]


def corpus_digest(corpus: Sequence[Topic]) -> str:
    """Changes whenever anything that is indexed or shown changes."""
    digest = hashlib.sha256()
    for topic in corpus:
        digest.update(repr(topic).encode())
    return digest.hexdigest()


def _shared_pages(entries: Iterable[Entry]) -> set[str]:
    """Addresses that one source gives to several matters: they cannot tell matters apart."""
    uses = Counter((e.origin, e.language, e.source_url) for e in entries if e.source_url)
    return {url for (_, _, url), count in uses.items() if count > 1}


def _matter(entry: Entry, known: dict[str, Entry], shared: set[str]) -> str:
    twin = known.get(entry.translation_of or "", entry)
    if twin.source_url and twin.source_url not in shared:
        return twin.source_url
    return twin.id


def _topic(group: Sequence[Entry], asked: Mapping[str, Sequence[str]]) -> Topic:
    imported = [entry for entry in group if entry.origin != SHIPPED]
    ordered = [*imported, *(entry for entry in group if entry.origin == SHIPPED)]
    chinese = [entry for entry in ordered if entry.language == "zh-TW"]
    english = next((entry for entry in ordered if entry.language == "en"), None)
    shown = chinese[0] if chinese else ordered[0]
    opens = shown.opens or next((entry.opens for entry in ordered if entry.opens), None)
    limits = [entry.valid_until for entry in ordered if entry.valid_until is not None]
    return Topic(
        id=shown.id,
        shown=_completed(shown, ordered, opens),
        english=None if english is None else _completed(english, ordered, opens),
        titles=_distinct((*_said(_shown_first(shown, ordered)), *asked.get(shown.source_url, ()))),
        keywords=_distinct(word for entry in ordered for word in entry.keywords),
        members=tuple(entry.id for entry in ordered),
        valid_until=min(limits, default=None),
    )


def _completed(entry: Entry, group: Sequence[Entry], opens: Opens | None) -> Entry:
    """The entry with what only its fellows know: the form it leads to, the agency's English name."""
    agency_en = entry.agency_en or next((other.agency_en for other in group if other.agency_en), "")
    return replace(entry, opens=opens, agency_en=agency_en)


def _shown_first(shown: Entry, group: Sequence[Entry]) -> list[Entry]:
    return [shown, *(entry for entry in group if entry is not shown)]


def _said(group: Sequence[Entry]) -> list[str]:
    return [title for entry in group for title in (entry.question, *entry.phrasings)]


def _distinct(items: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(items))
