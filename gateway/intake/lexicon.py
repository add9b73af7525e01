"""The words of `words.yml`, read once and compiled."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

import yaml

WORDS = Path(__file__).with_name("words.yml")


class Lexicon:
    """Patterns and whole answers by name."""

    def __init__(self, words: Mapping[str, Any]) -> None:
        self.words = words
        exact = words["exact"]
        self._particles = re.compile(exact["particles"])
        self._exact = {
            name: frozenset(self.plain(str(w)) for w in listed) | frozenset(str(w) for w in listed)
            for name, listed in exact.items()
            if name not in {"particles", "ordinals"}
        }
        self._ordinals = [frozenset(str(word) for word in listed) for listed in exact["ordinals"]]

    def plain(self, text: str) -> str:
        """The answer without closing particles and punctuation, in small letters."""
        lowered = text.strip().casefold().replace("’", "'")
        return self._particles.sub("", lowered)

    def says(self, meaning: str, text: str) -> bool:
        """Whether the whole text is one of the answers listed under `meaning`."""
        lowered = text.strip().casefold()
        return lowered in self._exact[meaning] or self.plain(text) in self._exact[meaning]

    def ordinal(self, text: str) -> int | None:
        """0, 1 or 2 for `the first`, `the second`, `the third`."""
        plain = self.plain(text) or text.strip()
        return next((i for i, listed in enumerate(self._ordinals) if plain in listed), None)

    @cached_property
    def frames(self) -> re.Pattern[str]:
        """What opens or closes a report without telling anything."""
        return re.compile("|".join(self.words["frames"]), re.IGNORECASE)

    @cached_property
    def surname(self) -> str:
        """A regular expression for a family name."""
        return "(?:" + "|".join(sorted(self.words["name"]["surnames"], key=len, reverse=True)) + ")"

    @lru_cache(maxsize=64)  # noqa: B019 - the one lexicon lives as long as the process
    def pattern(self, *path: str) -> re.Pattern[str]:
        """The compiled expression at `path` of the file."""
        found: Any = self.words
        for name in path:
            found = found[name]
        return re.compile(found, re.IGNORECASE)


@lru_cache(maxsize=1)
def lexicon() -> Lexicon:
    """The lexicon of this process."""
    return Lexicon(yaml.safe_load(WORDS.read_text(encoding="utf-8")))


def is_yes(text: str) -> bool:
    """Whether the text is a plain yes, in Chinese, Taiwanese or English."""
    return lexicon().says("yes", text)


def is_no(text: str) -> bool:
    """Whether the text is a plain no."""
    return lexicon().says("no", text)


def is_cancel(text: str) -> bool:
    """Whether the text plainly gives the report up."""
    return lexicon().says("cancel", text)
