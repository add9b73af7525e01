"""Which small talk it is. Pure, over one table."""

from __future__ import annotations

import re
from functools import lru_cache
from pathlib import Path

import yaml

from knowledge_base.text import traditional

_TABLE = Path(__file__).with_name("small_talk.yml")


def sentence_for(words: str) -> str:
    """The key of the catalogue's sentence that fits; a greeting when nothing else does."""
    words = traditional(words)
    return next((key for key, sign in _signs() if sign.search(words)), "smalltalk_hello")


@lru_cache(maxsize=1)
def _signs() -> tuple[tuple[str, re.Pattern[str]], ...]:
    rows = yaml.safe_load(_TABLE.read_text(encoding="utf-8"))
    return tuple((row["sentence"], re.compile(row["sign"], re.IGNORECASE)) for row in rows)
