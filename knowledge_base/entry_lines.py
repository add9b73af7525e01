"""Entries as lines of a file, one JSON object each."""

from __future__ import annotations

import dataclasses
import json
from datetime import date
from typing import Any

from knowledge_base.entries import Entry

_DAYS = ("source_date", "valid_until")
_LISTS = ("phrasings", "keywords")


def content_of(entry: Entry) -> dict[str, Any]:
    """The entry as plain JSON values."""
    content = dataclasses.asdict(entry)
    for day in _DAYS:
        content[day] = content[day].isoformat() if content[day] else None
    for several in _LISTS:
        content[several] = list(content[several])
    return content


def entry_from(content: dict[str, Any]) -> Entry:
    """The entry that `content_of` made plain. Raises TypeError or ValueError for anything else."""
    days = {day: date.fromisoformat(content[day]) if content.get(day) else None for day in _DAYS}
    lists = {several: tuple(content.get(several) or ()) for several in _LISTS}
    return Entry(**{**content, **days, **lists})


def line_of(entry: Entry) -> str:
    """The entry on one line, with its line end."""
    return json.dumps(content_of(entry), ensure_ascii=False) + "\n"
