"""The sentences of the dialogue, by key and language."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

import yaml

_FILE = Path(__file__).with_name("messages.yml")


@lru_cache(maxsize=1)
def _sentences() -> dict[str, dict[str, str]]:
    loaded: dict[str, dict[str, str]] = yaml.safe_load(_FILE.read_text(encoding="utf-8"))
    return loaded


def say(key: str, language: str, **values: object) -> str:
    """The sentence `key` in `language` (`zh-TW` unless `en`), with its {names} filled in."""
    sentence = _sentences()[key]["en" if language == "en" else "zh"]
    return sentence.format(**values) if values else sentence
