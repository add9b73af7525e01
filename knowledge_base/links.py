"""Official addresses that somebody else's checker found dead. Nothing is asked of any other host here."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from gateway.errors import InvalidInput
from knowledge_base.cleaning import repair_addresses
from knowledge_base.storage import exclusive, knowledge_folder, write_atomically

_FILE = "dead_links.json"
_FIRST_ERROR = 400
_DEAD = frozenset({"dead", "gone", "broken", "false", "失效", "無效", "壞"})
_ALIVE = frozenset({"ok", "alive", "true", "有效", "正常"})
_MAX_BYTES = 16 * 1024 * 1024


class LinksUnusable(InvalidInput):
    """The list of links cannot be read."""

    code = "links_unusable"
    zh = "無法讀取這份連結清單。"
    en = "This list of links cannot be used; nothing was changed."


@dataclass(frozen=True)
class LinksReport:
    """What a list did. Counts are addresses."""

    dead: int
    alive: int
    unknown: int
    """Dead ones that no entry names; they are kept all the same."""
    rejected: tuple[tuple[int, str], ...]
    """Line and reason."""


def dead_links(data_dir: Path) -> frozenset[str]:
    """Addresses that are marked as dead; none where the file is missing or damaged."""
    try:
        return frozenset(json.loads(_path(data_dir).read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        return frozenset()


def mark_links(path: Path, data_dir: Path, named: Iterable[str] = ()) -> LinksReport:
    """Take in a CSV of address and status (`404`, `dead`, `200`, `ok`, …); `named` are entries' addresses.

    An address that the list does not have keeps its mark. Raises LinksUnusable or StorageUnavailable.
    """
    found: dict[str, bool] = {}
    rejected: list[tuple[int, str]] = []
    for number, cells in _lines(path):
        url, status = repair_addresses(cells[0].strip()), cells[1].strip().lower()
        dead = _is_dead(status)
        if not url.startswith(("http://", "https://")):
            rejected.append((number, f"no address: {url[:80]}"))
        elif dead is None:
            rejected.append((number, f"no status: {status[:40]}"))
        else:
            found[url] = dead
    if not found:
        raise LinksUnusable(f"{path.name}: not one address with a status")
    gone = {url for url, dead in found.items() if dead}
    with exclusive(knowledge_folder(data_dir) / "links"):
        kept = (dead_links(data_dir) - found.keys()) | gone
        write_atomically(_path(data_dir), json.dumps(sorted(kept), ensure_ascii=False, indent=0) + "\n")
    return LinksReport(len(gone), len(found) - len(gone), len(gone - set(named)), tuple(rejected))


def _lines(path: Path) -> Iterator[tuple[int, list[str]]]:
    try:
        if path.stat().st_size > _MAX_BYTES:
            raise LinksUnusable(f"{path.name}: too large")
        rows = list(csv.reader(io.StringIO(path.read_text(encoding="utf-8-sig"), newline="")))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise LinksUnusable(f"{path.name}: {error}") from error
    for number, cells in enumerate(rows, start=1):
        header = number == 1 and bool(cells) and cells[0].strip().lower() in {"url", "網址", "link"}
        if any(cell.strip() for cell in cells) and not header:
            yield number, [*cells, "", ""]


def _is_dead(status: str) -> bool | None:
    if status.isdecimal():
        return int(status) >= _FIRST_ERROR or int(status) == 0
    return True if status in _DEAD else False if status in _ALIVE else None


def _path(data_dir: Path) -> Path:
    return knowledge_folder(data_dir) / _FILE
