"""How citizens put it and how offices write it: the question made ready for the search."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from pathlib import Path

import yaml
from pydantic import BaseModel, ConfigDict

from knowledge_base.text import fold, normalise

SYNONYMS_FILE = Path(__file__).resolve().parent / "synonyms.yml"

_LATIN = re.compile(r"[a-z0-9][a-z0-9 \-]*")
_SPACES = re.compile(r"\s+")


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    courtesy: tuple[str, ...]
    spoken: dict[str, str]
    related: tuple[tuple[str, ...], ...]
    here: tuple[str, ...]
    elsewhere: tuple[str, ...]


class Wording:
    """The table of words in use. Pure: the same question always reads the same."""

    def __init__(
        self,
        courtesy: Iterable[str] = (),
        spoken: Mapping[str, str] | None = None,
        related: Sequence[Sequence[str]] = (),
        here: Sequence[str] = (),
        elsewhere: Sequence[str] = (),
    ) -> None:
        replaced = {**dict.fromkeys(courtesy, " "), **(spoken or {})}
        self._replaced = {normalise(said): written for said, written in replaced.items()}
        longest_first = sorted(self._replaced, key=len, reverse=True)
        self._spoken = re.compile("|".join(map(re.escape, longest_first)) or r"(?!)")
        self._here = _pattern(here)
        self._elsewhere = _pattern(elsewhere)
        self._groups = [(_pattern(group), tuple(group)) for group in related]

    def plain(self, question: str) -> str:
        """The question normalised, in written Mandarin, without courtesy; never empty if it was not."""
        said = normalise(question)
        written = self._spoken.sub(lambda found: self._replaced[found.group()], said)
        return _SPACES.sub(" ", written).strip() or said

    def related(self, question: str) -> list[str]:
        """Other words for what the question names, the ones it does not use itself."""
        folded = fold(question)
        found = [group for pattern, group in self._groups if pattern.search(folded)]
        return list(dict.fromkeys(word for group in found for word in group if fold(word) not in folded))

    def names_elsewhere(self, question: str) -> bool:
        """Whether the question names another city and not this one."""
        folded = fold(question)
        return self._elsewhere.search(folded) is not None and self._here.search(folded) is None


@cache
def shipped_wording() -> Wording:
    """The table that ships with the project."""
    table = _Table.model_validate(yaml.safe_load(SYNONYMS_FILE.read_text(encoding="utf-8")))
    return Wording(table.courtesy, table.spoken, table.related, table.here, table.elsewhere)


def _pattern(words: Iterable[str]) -> re.Pattern[str]:
    return re.compile("|".join(_one(fold(word)) for word in words) or r"(?!)")


def _one(word: str) -> str:
    if _LATIN.fullmatch(word):
        return rf"\b{re.escape(word)}(?:s|es|d|ed|ing)?\b"
    return re.escape(word)
