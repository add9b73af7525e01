"""Whether two wordings name one place. Pure."""

from __future__ import annotations

import re
import unicodedata
from typing import Literal

RULE = (
    "A place is exact when it equals the stated one without capitals, spaces, marks, 「的」, words between "
    "two roads (跟、與…) and a position at its end (前、旁、附近、這邊…); it is found also when one of the "
    "two contains the other, with two characters at least."
)
Likeness = Literal["exact", "found", "wrong", "missing"]

_SHORTEST = 2
_MARKS = re.compile(r"[\W_的跟與和佮及交]+")
_POSITION = re.compile(
    r"(?:(?:正|斜)?對面|(?:前|後|旁|外|上|下|裡|裏|內|側)(?:面|邊)|附近|一帶|隔壁|門口|那邊|這邊|那裡|這裡|頭前|邊仔"
    r"|前|後|旁|外|上|下|裡|內|邊|near|nearby)+$"
)


def likeness(found: str | None, stated: str) -> Likeness:
    """How the found wording stands to the stated one."""
    if not found:
        return "missing"
    ours, theirs = _plain(found), _plain(stated)
    if ours == theirs:
        return "exact"
    shorter, longer = sorted((ours, theirs), key=len)
    return "found" if len(shorter) >= _SHORTEST and shorter in longer else "wrong"


def _plain(words: str) -> str:
    bare = _MARKS.sub("", unicodedata.normalize("NFKC", words).casefold().replace("臺", "台"))
    return _POSITION.sub("", bare) or bare
