"""The shipped and imported entries as they lie on disk: what the desk writes over."""

from __future__ import annotations

import threading
from pathlib import Path

from knowledge_base.entries import Entry
from knowledge_base.faq_files import shipped_entries
from knowledge_base.importers import SourcesFingerprint, imported_entries, sources_fingerprint
from knowledge_base.links import dead_links


class Base(dict[str, Entry]):
    """Every entry by its id, and which official addresses are known to be dead."""

    dead: frozenset[str] = frozenset()


class Shelf:
    """Reads them once and again when a source has changed. Safe to use from several threads."""

    def __init__(self, data_dir: Path) -> None:
        self._data_dir = data_dir
        self._lock = threading.Lock()
        self._read: tuple[SourcesFingerprint, Base] | None = None

    def base(self) -> Base:
        """Every entry by its id; an imported one stands for a shipped one of the same id.

        Raises SourceDamaged or ShippedFaqBroken.
        """
        with self._lock:
            fingerprint = sources_fingerprint(self._data_dir)
            if self._read is None or self._read[0] != fingerprint:
                found = Base()
                for entry in [*imported_entries(self._data_dir), *shipped_entries()]:
                    found.setdefault(entry.id, entry)
                self._read = fingerprint, found
            base = self._read[1]
            marked = {entry.source_url for entry in base.values() if entry.link_dead}
            base.dead = dead_links(self._data_dir) | marked
            return base
