"""Words that plainly change the course of a conversation. Pure, over one table."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import yaml

from knowledge_base.text import normalise, traditional

_TABLE = Path(__file__).with_name("changes.yml")
_FORMS = ("petition", "dispatch")


def leaves_queue(words: str) -> bool:
    """Whether a citizen who waits says that they will not wait any more."""
    return _says("leave_queue", words)


def other_form(words: str) -> str | None:
    """The form that somebody in another one says they want instead."""
    return next((form for form in _FORMS if _says(form, words)), None)


def _says(name: str, words: str) -> bool:
    said = traditional(normalise(words)).strip(" .。!！~,，")
    return _patterns()[name].fullmatch(said) is not None


@cache
def _patterns() -> dict[str, re.Pattern[str]]:
    rows: dict[str, str] = yaml.safe_load(_TABLE.read_text(encoding="utf-8"))
    return {name: re.compile(pattern) for name, pattern in rows.items()}
