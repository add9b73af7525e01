"""The FAQ that ships with the project: one YAML file per agency."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Annotated, Any

import yaml
from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from gateway.errors import PlatformError
from knowledge_base.entries import SHIPPED, Entry, Language, Opens

SHIPPED_FOLDER = Path(__file__).resolve().parent / "faq"

_Line = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]


class ShippedFaqBroken(PlatformError):
    """A FAQ file that ships with the project is not valid."""

    code = "shipped_faq_broken"
    zh = "內建的常見問答檔案格式有誤。"
    en = "A FAQ file that ships with the project is not valid."


class FaqEntry(BaseModel):
    """One entry as written in a YAML file."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: _Line
    language: Language = "zh-TW"
    translation_of: _Line | None = None
    category: str = ""
    question: _Line
    phrasings: tuple[_Line, ...] = Field(min_length=4)
    answer: _Line
    source_url: Annotated[str, StringConstraints(pattern=r"^https?://")]
    source_date: date
    keywords: tuple[_Line, ...] = ()
    valid_until: date | None = None
    opens: Opens | None = None


class FaqFile(BaseModel):
    """One YAML file: an agency and what it answers."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    agency: _Line
    agency_en: _Line
    entries: tuple[FaqEntry, ...]


def read_faq_file(path: Path) -> list[Entry]:
    """The entries of one file. Raises ShippedFaqBroken with the place of the first fault."""
    try:
        content: Any = yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)
        file = FaqFile.model_validate(content)
    except (OSError, yaml.YAMLError, UnicodeDecodeError) as error:
        raise ShippedFaqBroken(f"{path.name}: {error}") from error
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        raise ShippedFaqBroken(f"{path.name}: {place}: {first['msg']}") from error
    return [
        Entry(**entry.model_dump(), agency=file.agency, agency_en=file.agency_en, origin=SHIPPED)
        for entry in file.entries
    ]


def shipped_entries(folder: Path = SHIPPED_FOLDER) -> tuple[Entry, ...]:
    """Every entry of the folder. Raises ShippedFaqBroken for a fault, an id given twice or a lost twin."""
    entries = [entry for path in sorted(folder.glob("*.yml")) for entry in read_faq_file(path)]
    known: set[str] = set()
    for entry in entries:
        if entry.id in known:
            raise ShippedFaqBroken(f"the id {entry.id} is given twice")
        known.add(entry.id)
    for entry in entries:
        if entry.translation_of is not None and entry.translation_of not in known:
            raise ShippedFaqBroken(f"{entry.id}: there is no {entry.translation_of} to be a translation of")
    return tuple(entries)
