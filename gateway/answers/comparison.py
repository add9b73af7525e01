"""What the rows of a file would add or change, and what is odd about them. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from gateway.answers.content import Content
from knowledge_base.import_rows import RowRejected, entry_of
from knowledge_base.overlay import ORIGIN
from knowledge_base.readers import Row
from knowledge_base.text import fold


@dataclass(frozen=True)
class NewRow:
    """A row that adds or changes an entry."""

    row: int
    id: str
    content: Content

    def to_json(self) -> dict[str, Any]:
        """As the database keeps it."""
        return {"row": self.row, "id": self.id, "content": self.content.to_json()}

    @classmethod
    def from_json(cls, kept: Mapping[str, Any]) -> NewRow:
        """From what the database keeps."""
        return cls(kept["row"], kept["id"], Content.from_json(kept["content"]))


@dataclass(frozen=True)
class Comparison:
    """The rows of a file beside what there is."""

    rows: list[NewRow] = field(default_factory=list)
    unchanged: int = 0
    rejected: list[dict[str, Any]] = field(default_factory=list)
    """Row and reason."""
    warnings: list[dict[str, Any]] = field(default_factory=list)
    """A way to ask that belongs to two entries: text and both ids."""


def compared(rows: Iterable[Row], present: Mapping[str, Content]) -> Comparison:
    """What the rows would do to the entries that count now. A wrong row is left out, with its reason."""
    seen: set[str] = set()
    new: list[NewRow] = []
    rejected: list[dict[str, Any]] = []
    for number, record in rows:
        try:
            entry = entry_of(record, ORIGIN)
            if entry.id in seen:
                raise RowRejected(f"the id {entry.id} stands in an earlier row")
        except RowRejected as reason:
            rejected.append({"row": number, "reason": str(reason)})
            continue
        seen.add(entry.id)
        content = Content.of(entry)
        if not _same(present.get(entry.id), content):
            new.append(NewRow(number, entry.id, content))
    after = {**present, **{one.id: one.content for one in new}}
    touched = {one.id for one in new}
    return Comparison(new, len(seen) - len(new), rejected, _shared(after, touched))


def _same(old: Content | None, new: Content) -> bool:
    """Whether a file says what there is: its rows are tidied when they are read, and so must the other be."""
    if old is None or old == new:
        return old is not None
    try:
        return Content.of(entry_of({"id": "x", **old.to_json()}, ORIGIN)) == new
    except RowRejected:
        return False


def _shared(after: Mapping[str, Content], touched: set[str]) -> list[dict[str, Any]]:
    owners: dict[str, dict[str, str]] = {}
    for entry_id, content in after.items():
        for text in (content.question, *content.phrasings):
            owners.setdefault(fold(text), {}).setdefault(entry_id, text)
    found = []
    for by_id in owners.values():
        if len(by_id) > 1 and touched & by_id.keys() and not _twins(list(by_id), after):
            ids = sorted(by_id, key=lambda one: (one not in touched, one))
            found.append({"text": by_id[ids[0]], "ids": ids})
    return found


def _twins(ids: list[str], after: Mapping[str, Content]) -> bool:
    return {after[one].translation_of or one for one in ids} == {after[ids[0]].translation_of or ids[0]}
