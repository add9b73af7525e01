"""What the answers desk has published over shipped and imported entries, as it lies in the data folder."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from gateway.errors import Unavailable
from knowledge_base.entries import Entry
from knowledge_base.entry_lines import entry_from, line_of
from knowledge_base.storage import exclusive, knowledge_folder, write_atomically

ORIGIN = "desk"
"""Origin of the entries that the desk itself has made."""
_FILE = "desk.jsonl"


class OverlayDamaged(Unavailable):
    """The desk's file cannot be read; the gateway makes it again from its database when it starts."""

    code = "overlay_damaged"
    zh = "知識庫編輯檔案已損毀，重新啟動平臺後會由資料庫重建。"
    en = "The desk's file is damaged. It is made again from the database when the platform starts."


@dataclass(frozen=True)
class Overlay:
    """Published entries, and ids of entries that are withdrawn. `stamp` counts the acts that made it."""

    stamp: int = 0
    entries: Sequence[Entry] = ()
    withdrawn: frozenset[str] = field(default_factory=frozenset)

    def over(self, base: Iterable[Entry]) -> list[Entry]:
        """The entries that count: published ones for those of the same id, withdrawn ones left out.

        A published entry takes the place and the origin of the one that it replaces: by its origin is told
        which entries share a page without being the same matter.
        """
        said = {entry.id: entry for entry in self.entries}
        kept: dict[str, Entry] = {}
        for entry in base:
            if entry.id not in self.withdrawn:
                kept.setdefault(entry.id, replace(said.get(entry.id, entry), origin=entry.origin))
        own = [said[entry_id] for entry_id in sorted(said.keys() - kept.keys())]
        return [*own, *kept.values()]

    def with_entries(self, stamp: int, new: Iterable[Entry]) -> Overlay:
        """This overlay with some more published."""
        added = {entry.id: entry for entry in new}
        kept = [entry for entry in self.entries if entry.id not in added]
        return Overlay(stamp, (*kept, *added.values()), self.withdrawn - added.keys())

    def text(self) -> str:
        """The file's content: the same overlay always gives the same."""
        head = {"stamp": self.stamp, "withdrawn": sorted(self.withdrawn)}
        lines = [line_of(entry) for entry in sorted(self.entries, key=lambda one: one.id)]
        return json.dumps(head) + "\n" + "".join(lines)


def overlay_path(data_dir: Path) -> Path:
    """Where the desk's file lies."""
    return knowledge_folder(data_dir) / _FILE


def read_overlay(data_dir: Path) -> Overlay:
    """What the desk has published; nothing where there is no file. Raises OverlayDamaged."""
    path = overlay_path(data_dir)
    try:
        head, *lines = path.read_text(encoding="utf-8").split("\n")
        told = json.loads(head)
        entries = tuple(entry_from(json.loads(line)) for line in lines if line)
        return Overlay(int(told["stamp"]), entries, frozenset(told["withdrawn"]))
    except FileNotFoundError:
        return Overlay()
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise OverlayDamaged(f"{path.name}: {error}") from error


def written_stamp(data_dir: Path) -> int | None:
    """The stamp of the file as it lies there; None where there is no usable one."""
    try:
        with overlay_path(data_dir).open(encoding="utf-8") as file:
            return int(json.loads(file.readline())["stamp"])
    except (OSError, ValueError, TypeError, KeyError):
        return None


def write_overlay(data_dir: Path, overlay: Overlay) -> bool:
    """Keep the overlay unless the file says it already, or something later; whether it was written.

    Raises StorageUnavailable.
    """
    path, text = overlay_path(data_dir), overlay.text()
    # A lock of its own: an index that is being built holds the folder's for many seconds.
    with exclusive(knowledge_folder(data_dir) / ORIGIN):
        there = written_stamp(data_dir)
        if there is not None and there > overlay.stamp:
            return False
        if there == overlay.stamp and path.read_text(encoding="utf-8", errors="replace") == text:
            return False
        write_atomically(path, text)
        return True
