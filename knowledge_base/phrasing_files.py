"""How citizens ask for the city's entries, in our own words, keyed by the entry's official address."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from gateway.errors import Unavailable

PHRASINGS_FOLDER = Path(__file__).resolve().parent / "phrasings"


class PhrasingsBroken(Unavailable):
    """A file of phrasings that ships with the project cannot be used."""

    code = "phrasings_broken"
    zh = "隨附的問法檔案有誤，請重新安裝。"
    en = "A file of phrasings that comes with the project is broken. Install it again."


class Asked(BaseModel):
    """The ways to ask for one entry: in Chinese (Taiwanese among it) and in English."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    url: str = Field(min_length=1)
    zh: tuple[str, ...] = ()
    en: tuple[str, ...] = ()


def read_phrasings(folder: Path) -> dict[str, tuple[str, ...]]:
    """Every phrasing of the folder's files by the address of its entry.

    Raises PhrasingsBroken for a line that is not understood or an address given twice.
    """
    found: dict[str, tuple[str, ...]] = {}
    for path in sorted(folder.glob("*.jsonl")):
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
            try:
                asked = Asked.model_validate_json(line)
            except ValidationError as error:
                raise PhrasingsBroken(f"{path.name}, line {number}: {error.errors()[0]['msg']}") from error
            if asked.url in found:
                raise PhrasingsBroken(f"{path.name}, line {number}: {asked.url} is given twice")
            found[asked.url] = (*asked.zh, *asked.en)
    return found


@cache
def shipped_phrasings() -> Mapping[str, tuple[str, ...]]:
    """The phrasings that ship with the project."""
    return read_phrasings(PHRASINGS_FOLDER)
