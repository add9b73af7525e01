"""What a text is reduced to before it is compared: one door for the index and for the query."""

from __future__ import annotations

import re
import unicodedata
from functools import cache, lru_cache
from typing import Protocol

import opencc

_CJK = "\u3105-\u312f\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003134f"
_RUN = re.compile(f"[{_CJK}]+|[a-z0-9]+")
_CJK_RUN = re.compile(f"[{_CJK}]")
_LATIN_WORD = re.compile(r"[a-z]{2,}")
_SPACES = re.compile(r"\s+")
_NOT_WRITTEN_HERE = frozenset("万与么价优体几厂听坏异怀惊扑扰据机极构柜气洁种离确网虫适愿")
"""Old characters of Big5 that today only Simplified writing uses; none is in the city's own FAQ."""


class _Converter(Protocol):
    def convert(self, text: str) -> str: ...


@cache
def _folding() -> _Converter:
    converter: _Converter = opencc.OpenCC("t2s")
    return converter


@cache
def _unfolding() -> _Converter:
    converter: _Converter = opencc.OpenCC("s2tw")
    return converter


@lru_cache(maxsize=4096)
def _is_simplified(char: str) -> bool:
    """Whether only Simplified writing uses the character: Big5 lacks it or nobody in Taiwan writes it."""
    if char in _NOT_WRITTEN_HERE:
        return True
    try:
        char.encode("big5")
    except UnicodeEncodeError:
        return _unfolding().convert(char) != char
    return False


def normalise(text: str) -> str:
    """The text in NFKC, lower case, without control characters, with single spaces."""
    folded = unicodedata.normalize("NFKC", text).lower()
    printable = "".join(c if unicodedata.category(c)[0] != "C" else " " for c in folded)
    return _SPACES.sub(" ", printable).strip()


@lru_cache(maxsize=4096)
def fold(text: str) -> str:
    """The text normalised, every written variant of a character as one (臺/台, 裡/裏).

    Folding goes towards Simplified because that direction is many-to-one: it needs no context, so
    the same word always folds to the same key.
    """
    return _folding().convert(normalise(text))


def traditional(text: str) -> str:
    """Text that was typed in Simplified characters in Traditional ones; any other text as it is."""
    simplified = any(_is_simplified(char) for char in set(text) if _CJK_RUN.match(char))
    return _unfolding().convert(text) if simplified else text


def tokens(text: str) -> list[str]:
    """CJK characters and bigrams, Latin words and numbers, of the folded text, in order."""
    found: list[str] = []
    for run in _RUN.findall(fold(text)):
        if _CJK_RUN.match(run):
            found.extend(run)
            found.extend(run[i : i + 2] for i in range(len(run) - 1))
        else:
            found.append(run)
    return found


def script(text: str) -> str:
    """`latin` where the text is written in Latin words, else `cjk`."""
    letters = normalise(text)
    han = len(_CJK_RUN.findall(letters))
    return "latin" if len(_LATIN_WORD.findall(letters)) > han else "cjk"
