"""Recognising that somebody is in danger, and the numbers to call. Pure, over one table.

This stands before Rasa so that a person in danger gets the number even while Rasa is down.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import yaml

from knowledge_base.text import traditional

_TABLE = Path(__file__).with_name("emergency.yml")


@dataclass(frozen=True)
class EmergencyTopic:
    """One kind of danger: the numbers to call and what to say first."""

    name: str
    numbers: tuple[str, ...]
    zh: str
    en: str
    patterns: tuple[re.Pattern[str], ...] = ()

    def sentence(self, language: str) -> str:
        """What the citizen reads first."""
        return self.en if language == "en" else self.zh


@dataclass(frozen=True)
class EmergencyTable:
    """The topics in order of urgency, and the signs that somebody only asks."""

    topics: tuple[EmergencyTopic, ...]
    calm: tuple[re.Pattern[str], ...]
    fallback: EmergencyTopic

    def match(self, text: str) -> EmergencyTopic | None:
        """The danger that the text plainly tells of, if any."""
        folded = _plain(text)
        if any(pattern.search(folded) for pattern in self.calm):
            return None
        for topic in self.topics:
            if any(pattern.search(folded) for pattern in topic.patterns):
                return topic
        return None


def _plain(text: str) -> str:
    # 着 is written in both ways of writing, and only in one of them for 著火.
    return traditional(unicodedata.normalize("NFKC", text).lower()).replace("着", "著")


@lru_cache(maxsize=1)
def table() -> EmergencyTable:
    """The shipped table."""
    raw = yaml.safe_load(_TABLE.read_text(encoding="utf-8"))
    return EmergencyTable(
        topics=tuple(_topic(row) for row in raw["topics"]),
        calm=tuple(re.compile(pattern) for pattern in raw["calm"]),
        fallback=_topic(raw["fallback"]),
    )


def _topic(row: dict[str, object]) -> EmergencyTopic:
    numbers, patterns = row["numbers"], row.get("patterns", [])
    assert isinstance(numbers, list) and isinstance(patterns, list)  # noqa: S101 - our own file
    return EmergencyTopic(
        str(row["name"]), tuple(map(str, numbers)), str(row["zh"]), str(row["en"]),
        tuple(re.compile(pattern) for pattern in patterns),
    )  # fmt: skip
