"""Bringing a city's own FAQ in: whole rows only, the same file twice changes nothing."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from gateway.errors import InvalidInput, Unavailable
from knowledge_base.entries import Entry
from knowledge_base.entry_lines import entry_from, line_of
from knowledge_base.import_rows import RowRejected, entry_of
from knowledge_base.overlay import overlay_path
from knowledge_base.readers import FaqFileUnusable, Format, Row, read_rows
from knowledge_base.storage import exclusive, knowledge_folder, write_atomically

_SOURCE = re.compile(r"^[a-z0-9][a-z0-9_-]{0,40}$")
_SOURCES = "sources"


class SourceNameInvalid(InvalidInput):
    """The name of the source cannot be used."""

    code = "source_name_invalid"
    zh = "來源名稱只能用小寫英文、數字、底線與連字號，最長 41 字。"
    en = "A source name is lower-case letters, digits, _ and -, 41 characters at most."


class SourceDamaged(Unavailable):
    """What was imported earlier cannot be read any more."""

    code = "source_damaged"
    zh = "先前匯入的資料已損毀，請重新匯入該來源。"
    en = "What was imported earlier is damaged. Import that source again with --replace."


@dataclass(frozen=True)
class Rejected:
    """A row that was left out: its number in the file, and why."""

    row: int
    reason: str


@dataclass(frozen=True)
class ImportReport:
    """What an import did to a source. Counts are entries."""

    source: str
    added: int
    changed: int
    unchanged: int
    removed: int
    rejected: tuple[Rejected, ...]


def import_file(
    path: Path, source: str, data_dir: Path, file_format: Format | None = None, replace: bool = False
) -> ImportReport:
    """Take the file's valid rows into the source; with `replace`, drop what the file no longer has.

    Raises SourceNameInvalid, FaqFileUnusable (unreadable, not of its format, or no valid row) or
    StorageUnavailable; whenever it raises, nothing has changed.
    """
    if not _SOURCE.match(source):
        raise SourceNameInvalid(source[:60])
    rows = read_rows(path, file_format)
    folder = knowledge_folder(data_dir)
    with exclusive(folder):
        return _import(path.name, rows, source, folder, replace)


def _import(name: str, rows: Iterable[Row], source: str, folder: Path, replace: bool) -> ImportReport:
    before = _stored(_path(folder, source), forgiving=replace)
    elsewhere = {
        entry.id: path.stem
        for path in _source_paths(folder)
        if path.stem != source
        for entry in _read_source(path)
    }
    accepted, rejected = _sort_out(rows, source, elsewhere)
    if not accepted:
        why = f"; row {rejected[0].row}: {rejected[0].reason}" if rejected else ""
        raise FaqFileUnusable(f"{name}: not one valid row{why}")
    after = accepted if replace else {**before, **accepted}
    if after != before:
        write_atomically(_path(folder, source), "".join(map(line_of, after.values())))
    return ImportReport(
        source=source,
        added=len(accepted.keys() - before.keys()),
        changed=sum(before.get(key, entry) != entry for key, entry in accepted.items()),
        unchanged=sum(before.get(key) == entry for key, entry in accepted.items()),
        removed=len(before.keys() - after.keys()),
        rejected=tuple(rejected),
    )


def _sort_out(
    rows: Iterable[Row], source: str, elsewhere: Mapping[str, str]
) -> tuple[dict[str, Entry], list[Rejected]]:
    accepted: dict[str, Entry] = {}
    rejected: list[Rejected] = []
    for number, record in rows:
        try:
            entry = entry_of(record, source)
            if entry.id in accepted:
                raise RowRejected(f"the id {entry.id} stands in an earlier row")
            if entry.id in elsewhere:
                raise RowRejected(f"the id {entry.id} belongs to the source {elsewhere[entry.id]}")
        except RowRejected as reason:
            rejected.append(Rejected(number, str(reason)))
        else:
            accepted[entry.id] = entry
    return accepted, rejected


def imported_entries(data_dir: Path) -> list[Entry]:
    """Every entry of every source, sources by name. Raises SourceDamaged."""
    return [entry for path in _source_paths(knowledge_folder(data_dir)) for entry in _read_source(path)]


SourcesFingerprint = tuple[tuple[str, int, int], ...]
"""Name, size and time of change of every source and of the desk's file: cheap to take, different when any
differs."""


def sources_fingerprint(data_dir: Path) -> SourcesFingerprint:
    """The fingerprint of the imported sources and of what the desk has published, as they lie on disk."""
    desk = overlay_path(data_dir)
    paths = [*_source_paths(knowledge_folder(data_dir)), *([desk] if desk.exists() else [])]
    states = ((f"{path.parent.name}/{path.name}", path.stat()) for path in paths)
    return tuple((name, state.st_size, state.st_mtime_ns) for name, state in states)


def _source_paths(folder: Path) -> list[Path]:
    return [path for path in sorted((folder / _SOURCES).glob("*.jsonl")) if _SOURCE.match(path.stem)]


def _stored(path: Path, forgiving: bool) -> dict[str, Entry]:
    """What the source held; a full replacement may start from a damaged one."""
    try:
        return {entry.id: entry for entry in _read_source(path)}
    except SourceDamaged:
        if not forgiving:
            raise
        return {}


def _path(folder: Path, source: str) -> Path:
    return folder / _SOURCES / f"{source}.jsonl"


def _read_source(path: Path) -> list[Entry]:
    try:
        lines = path.read_text(encoding="utf-8").split("\n")
        return [entry_from(json.loads(line)) for line in lines if line]
    except FileNotFoundError:
        return []
    except (OSError, ValueError, TypeError) as error:
        raise SourceDamaged(f"{path.name}: {error}") from error
