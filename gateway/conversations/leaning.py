"""Which messages lean on the answer before them, and what of an entry answers them. Pure, over one table."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from knowledge_base.text import normalise
from knowledge_base.wording import shipped_wording

_TABLE = Path(__file__).with_name("follow_ups.yml")
_LONGEST = 24
"""Characters of a Chinese message that may still lean; longer ones tell enough by themselves."""
_MOST_WORDS = 10
"""The same for words of an English one."""
_SHORT_REST = 6
_ENDS = re.compile(r"(?<=[。！？!?；;\n])|(?<=[.])\s+(?=[A-Z\"(])")
_LATIN_WORD = re.compile(r"[a-z0-9][a-z0-9'\-]*")
_HAN = re.compile(r"[\u3400-\u9fff]")


@dataclass(frozen=True)
class Leaning:
    """A message without a topic of its own, or perhaps without one."""

    aspect: str | None
    """What of the topic it asks for (`fee`, `documents`, …)."""
    rest: str
    """What else it names: whom or what it is about now; empty where nothing."""
    tells: str | None
    """What a sentence about `rest` says, as a pattern, where `rest` only narrows the topic."""
    pointed: bool = False
    """Whether a word points back; without one, what narrows may be the topic itself."""


def leaning(text: str, districts: Mapping[str, str] | None = None) -> Leaning | None:
    """How the message leans on the one before; None for a question of its own.

    `districts` are patterns for each district that the message names, by the name it uses: a
    district alone narrows the topic as well.
    """
    table = _table()
    said = shipped_wording().plain(text)
    if not _short(said):
        return None
    rest, led = _led(said)
    pointed = table.pronoun.search(rest) is not None or led or table.tail.search(rest) is not None
    aspect, rest = _aspect(rest)
    rest = table.pronoun.sub(" ", rest)
    narrowed = _narrowed(rest, districts or {})
    named = telling(rest if narrowed is None else rest.replace(narrowed[0], " "))
    if named:
        # Something else is named: it may lean only where the message plainly leads over.
        may = led and narrowed is None and len(named) <= _SHORT_REST
        return Leaning(aspect, named, None) if may else None
    if narrowed is not None:
        return Leaning(aspect, *narrowed, pointed) if aspect is not None or pointed else None
    return Leaning(aspect, "", None) if aspect is not None else None


def aspect_of(text: str) -> str | None:
    """What a question wants to know of its matter, where it says so plainly."""
    return _aspect(shipped_wording().plain(text))[0]


def passage(entry: str, leaning: Leaning) -> str | None:
    """The sentences of the entry that answer, in their order; None where it does not say."""
    sentences = [part for part in _ENDS.split(entry) if part and part.strip()]
    patterns = []
    if leaning.tells is not None:
        patterns.append(re.compile(leaning.tells, re.IGNORECASE))
    if leaning.aspect is not None:
        patterns.append(_table().aspects[leaning.aspect].tells)
    if not patterns:
        patterns.append(re.compile(re.escape(leaning.rest), re.IGNORECASE))
    told = [one for one in sentences if all(pattern.search(one) for pattern in patterns)]
    if not told and leaning.tells is not None:
        # Of whom or what it is about now, the entry may say less than was asked.
        told = [one for one in sentences if patterns[0].search(one)]
    # A part that ends a clause ends the sentence here.
    return re.sub(r"；$", "。", "".join(told).strip()) or None


def in_words(leaning: Leaning, language: str) -> str:
    """What is asked for, as a sentence can name it."""
    if leaning.rest:
        return leaning.rest
    aspect = _table().aspects[leaning.aspect or "way"]
    return aspect.en if language == "en" else aspect.zh


def wording(aspect: str | None) -> str:
    """How a question for the aspect is put to the search."""
    return _table().aspects[aspect].search if aspect is not None else ""


def telling(said: str) -> str:
    """What of the words tells something: without courtesy, particles and the like."""
    if _HAN.search(said):
        return _table().filler.sub("", said)
    words = [word for word in _LATIN_WORD.findall(said) if word not in _table().english]
    return " ".join(words)


@dataclass(frozen=True)
class _Aspect:
    zh: str
    en: str
    search: str
    asks: re.Pattern[str]
    tells: re.Pattern[str]


@dataclass(frozen=True)
class _Table:
    aspects: Mapping[str, _Aspect]
    qualifiers: tuple[tuple[re.Pattern[str], str], ...]
    lead: re.Pattern[str]
    pronoun: re.Pattern[str]
    tail: re.Pattern[str]
    filler: re.Pattern[str]
    english: frozenset[str]


@cache
def _table() -> _Table:
    raw: dict[str, Any] = yaml.safe_load(_TABLE.read_text(encoding="utf-8"))
    aspects = {
        name: _Aspect(one["zh"], one["en"], one["search"], _english_whole(one["asks"]), _any(one["tells"]))
        for name, one in raw["aspects"].items()
    }
    qualifiers = tuple((_english_whole(one["asks"]), one["tells"]) for one in raw["qualifiers"])
    return _Table(
        aspects, qualifiers, _any(raw["lead"]), _any(raw["pronoun"]), _any(raw["tail"]), _any(raw["filler"]),
        frozenset(raw["filler_english"].split()),
    )  # fmt: skip


def _any(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.IGNORECASE)


def _english_whole(pattern: str) -> re.Pattern[str]:
    """The pattern, whose English words must stand alone: `free` is not in `freeway`."""
    return _any(rf"(?<![a-z])(?:{pattern})(?![a-z])")


def _short(said: str) -> bool:
    if _HAN.search(said):
        return len(said) <= _LONGEST
    return 0 < len(_LATIN_WORD.findall(said)) <= _MOST_WORDS


def _led(said: str) -> tuple[str, bool]:
    led = False
    while found := _table().lead.match(said):
        said, led = said[found.end() :], True
    return said, led


def _aspect(said: str) -> tuple[str | None, str]:
    """The first aspect that the words ask for, and the words without it."""
    found = [
        (match.start(), -len(match.group()), name)
        for name, one in _table().aspects.items()
        if (match := one.asks.search(said))
    ]
    if not found:
        return None, said
    rest = said
    for _, _, name in sorted(found):
        rest = _table().aspects[name].asks.sub(" ", rest)
    return min(found)[2], rest


def _narrowed(said: str, districts: Mapping[str, str]) -> tuple[str, str] | None:
    """The words that narrow the topic, and what a sentence about them says."""
    for name, tells in districts.items():
        if normalise(name) in said:
            return normalise(name), tells
    for asks, tells in _table().qualifiers:
        if found := asks.search(said):
            return found.group(), tells
    return None
