"""How citizens put it and how offices write it: the question made ready for the search."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from pathlib import Path

import yaml
from pydantic import BaseModel, ConfigDict

from knowledge_base.text import fold, normalise, traditional

SYNONYMS_FILE = Path(__file__).resolve().parent / "synonyms.yml"

_LATIN = re.compile(r"[a-z0-9][a-z0-9 \-]*")
_SPACES = re.compile(r"\s+")
_REPUBLIC = 1911
_ROC_YEAR = re.compile(r"(?:(?<=民国)|(?<!\d)(?=1[01]\d\s*年))\s*(\d{2,3})(?!\d)")
_WESTERN_YEAR = re.compile(r"(?<!\d)(20\d{2})(?=\s*年)")


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    courtesy: tuple[str, ...]
    slips: dict[str, str]
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
        slips: Mapping[str, str] | None = None,
    ) -> None:
        """`slips` are regular expressions over normalised text, in order, and what was meant."""
        self._slips = [(re.compile(said), meant) for said, meant in (slips or {}).items()]
        replaced = {**dict.fromkeys(courtesy, " "), **(spoken or {})}
        self._replaced = {normalise(said): written for said, written in replaced.items()}
        longest_first = sorted(self._replaced, key=len, reverse=True)
        self._spoken = re.compile("|".join(map(re.escape, longest_first)) or r"(?!)")
        self._here = _pattern(here)
        self._elsewhere = _pattern(elsewhere)
        self._groups = [(_pattern(group), tuple(group)) for group in related]

    def plain(self, question: str) -> str:
        """The question normalised, in written Mandarin, without courtesy; never empty if it was not."""
        said = self.corrected(question)
        written = self._spoken.sub(lambda found: self._replaced[found.group()], said)
        return _SPACES.sub(" ", written).strip() or said

    def corrected(self, question: str) -> str:
        """The question normalised, in Traditional characters, without slips of the keyboard."""
        said = traditional(normalise(question))
        for slip, meant in self._slips:
            said = slip.sub(meant, said)
        return said

    def related(self, question: str) -> list[str]:
        """Other words for what the question names, the ones it does not use itself."""
        folded = fold(question)
        found = [group for pattern, group in self._groups if pattern.search(folded)]
        words = [word for group in found for word in group]
        return list(
            dict.fromkeys(word for word in [*words, *other_years(folded)] if fold(word) not in folded)
        )

    def names_elsewhere(self, question: str) -> bool:
        """Whether the question names another city and not this one."""
        folded = fold(question)
        return self._elsewhere.search(folded) is not None and self._here.search(folded) is None


@cache
def shipped_wording() -> Wording:
    """The table that ships with the project."""
    table = _Table.model_validate(yaml.safe_load(SYNONYMS_FILE.read_text(encoding="utf-8")))
    return Wording(
        table.courtesy, table.spoken, table.related, table.here, table.elsewhere, table.slips
    )  # fmt: skip


def other_years(text: str) -> list[str]:
    """The years of the text in the other calendar: 民國113年 is 2024, and 2024年 is 113."""
    western = [f"{int(year) + _REPUBLIC}年" for year in _ROC_YEAR.findall(text)]
    return western + [f"{int(year) - _REPUBLIC}年" for year in _WESTERN_YEAR.findall(text)]


def _pattern(words: Iterable[str]) -> re.Pattern[str]:
    return re.compile("|".join(_one(fold(word)) for word in words) or r"(?!)")


def _one(word: str) -> str:
    if _LATIN.fullmatch(word):
        return rf"\b{re.escape(word)}(?:s|es|d|ed|ing)?\b"
    return re.escape(word)
