"""The entry: one question the city answers, with its source."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Literal

Language = Literal["zh-TW", "en"]
Opens = Literal["dispatch", "petition", "public_works", "legal_consultation", "query_case", "human"]

SHIPPED = ""
"""Origin of the entries that come with the project; an imported entry's origin is its source's name."""


@dataclass(frozen=True)
class Entry:
    """A question, its answer, who says so, where and when.

    `phrasings` are other ways citizens ask it; `translation_of` is the id of the Chinese twin;
    `opens` is the form the matter leads to; after `valid_until` the answer is no longer current.
    """

    id: str
    question: str
    answer: str
    agency: str = ""
    agency_en: str = ""
    category: str = ""
    language: Language = "zh-TW"
    source_url: str = ""
    source_date: date | None = None
    phrasings: tuple[str, ...] = ()
    keywords: tuple[str, ...] = ()
    translation_of: str | None = None
    valid_until: date | None = None
    opens: Opens | None = None
    origin: str = SHIPPED
    version: str = field(default="", repr=False)
    """Number of the desk's version, such as `v3`; empty where the desk has none."""
    link_dead: bool = field(default=False, repr=False)
    """Whether an importer found that the official page is gone."""


def version_of(entry: Entry) -> str:
    """Which wording of an entry this is: the desk's version, else the beginning of its content's digest."""
    if entry.version:
        return entry.version
    return hashlib.sha256(repr(replace(entry, origin=SHIPPED)).encode()).hexdigest()[:12]
