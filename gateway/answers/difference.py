"""What one version says otherwise than another, word by word. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Final

from gateway.answers.content import FIELDS, LISTS, Content

_WORD: Final = re.compile(r"[A-Za-z0-9]+|\s+|.", re.DOTALL)
_SENTENCE: Final = re.compile(r"[^。！？\n]*[。！？\n]?")
_MOST_WORDS: Final = 3_000
"""Longer texts are compared by sentences: comparing by words takes time by the square of their number."""

Piece = tuple[str, str]
"""`same`, `out` or `in`, and the text."""


@dataclass(frozen=True)
class FieldChange:
    """One field that differs."""

    field: str
    old: str
    new: str
    pieces: tuple[Piece, ...]


def differences(old: Content | None, new: Content) -> list[FieldChange]:
    """The fields that differ, in the order of the form; with no older content, all that say something."""
    changes = []
    for name in FIELDS:
        before, after = _text(old, name), _text(new, name)
        if before != after:
            changes.append(FieldChange(name, before, after, tuple(pieces(before, after))))
    return changes


def pieces(old: str, new: str) -> Iterator[Piece]:
    """The two texts as one: what is in both, what was taken out, what came in."""
    words_old, words_new = _split(old), _split(new)
    matcher = SequenceMatcher(None, words_old, words_new, autojunk=False)
    for kind, i1, i2, j1, j2 in matcher.get_opcodes():
        if kind == "equal":
            yield "same", "".join(words_old[i1:i2])
            continue
        if i2 > i1:
            yield "out", "".join(words_old[i1:i2])
        if j2 > j1:
            yield "in", "".join(words_new[j1:j2])


def _split(text: str) -> list[str]:
    words = _WORD.findall(text)
    return words if len(words) <= _MOST_WORDS else [part for part in _SENTENCE.findall(text) if part]


def _text(content: Content | None, name: str) -> str:
    if content is None:
        return ""
    value = getattr(content, name)
    return "\n".join(value) if name in LISTS else str(value)
