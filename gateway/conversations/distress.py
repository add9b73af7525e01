"""Recognising that somebody is angry at the service or in distress. Pure, over one table.

Danger goes first (`emergency`): this only decides that a person should answer, soon.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from pathlib import Path

import yaml

from knowledge_base.text import traditional

_TABLE = Path(__file__).with_name("distress.yml")


def is_distressed(text: str) -> bool:
    """Whether the words plainly show it."""
    folded = traditional(unicodedata.normalize("NFKC", text).lower())
    return any(pattern.search(folded) for pattern in _patterns())


@lru_cache(maxsize=1)
def _patterns() -> tuple[re.Pattern[str], ...]:
    return tuple(re.compile(pattern) for pattern in yaml.safe_load(_TABLE.read_text(encoding="utf-8")))
