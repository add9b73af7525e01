"""The sentences of LINE, by key and language."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

import yaml

_FILE = Path(__file__).with_name("texts.yml")


@lru_cache(maxsize=1)
def sentences() -> dict[str, dict[str, str]]:
    """Every sentence in both languages, `zh` and `en`."""
    loaded: dict[str, dict[str, str]] = yaml.safe_load(_FILE.read_text(encoding="utf-8"))
    return loaded


def line_text(key: str, language: str, **values: object) -> str:
    """The sentence `key` in `language` (`zh-TW` unless `en`), with its {names} filled in."""
    sentence = sentences()[key]["en" if language == "en" else "zh"]
    return sentence.format(**values) if values else sentence


def known(key: str) -> bool:
    """Whether there is such a sentence."""
    return key in sentences()
