"""What the console says, in both languages, from the message catalogues."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

CATALOGUES = Path(__file__).parent / "catalogue"


class Language(StrEnum):
    """A language that every page of the console has. The values are those of accounts."""

    CHINESE = "zh-TW"
    ENGLISH = "en"

    @property
    def html(self) -> str:
        """The value for `<html lang>`."""
        return "zh-Hant-TW" if self is Language.CHINESE else "en"


def language_of(name: str | None) -> Language | None:
    """The language that a setting or a header (`en-GB,en;q=0.9`) names first, if the console has it."""
    wanted = (name or "").strip().lower()
    if wanted.startswith("en"):
        return Language.ENGLISH
    return Language.CHINESE if wanted.startswith("zh") else None


class BrokenCatalogue(Exception):
    """A message is missing in a language, is there twice, or is no message at all."""


class Words:
    """Every message of the console, by dotted key."""

    def __init__(self, messages: Mapping[str, Mapping[Language, str]]) -> None:
        self._messages = messages

    @classmethod
    def load(cls, folder: Path = CATALOGUES) -> Words:
        """Every `*.yml` of the folder, read once in a process. Raises BrokenCatalogue."""
        return cls(_read(folder))

    def __contains__(self, key: object) -> bool:
        return key in self._messages

    def raw(self, key: str, language: Language) -> str:
        """A message with its variables as they stand, for whoever fills them in elsewhere."""
        return self._messages[key][language]

    def keys(self) -> frozenset[str]:
        """Every key."""
        return frozenset(self._messages)

    def text(self, key: str, language: Language, **values: object) -> str:
        """The message with its `{values}` filled in. Raises KeyError for a key nobody wrote."""
        message = self._messages[key][language]
        return message.format(**values) if values else message


@lru_cache(maxsize=4)
def _read(folder: Path) -> Mapping[str, Mapping[Language, str]]:
    messages: dict[str, Mapping[Language, str]] = {}
    for path in sorted(folder.glob("*.yml")):
        for key, pair in _flattened(yaml.safe_load(path.read_text(encoding="utf-8")), path.name):
            if key in messages:
                raise BrokenCatalogue(f"{path.name}: {key} is there twice")
            messages[key] = pair
    return messages


def _flattened(tree: Any, where: str, prefix: str = "") -> list[tuple[str, Mapping[Language, str]]]:
    if not isinstance(tree, dict):
        raise BrokenCatalogue(f"{where}: {prefix or 'the file'} is not a group of messages")
    if set(tree) == {"zh", "en"} and all(isinstance(text, str) and text for text in tree.values()):
        return [(prefix, {Language.CHINESE: tree["zh"], Language.ENGLISH: tree["en"]})]
    if {"zh", "en"} & set(tree):
        raise BrokenCatalogue(f"{where}: {prefix} needs exactly zh and en, both texts")
    found = []
    for name, below in tree.items():
        found += _flattened(below, where, f"{prefix}.{name}" if prefix else str(name))
    return found
