"""Whether a place that was found is the place that was meant."""

from __future__ import annotations

import re


def same_place(expected: str | None, found: str | None) -> bool:
    """Both absent, or one inside the other once punctuation and 'and' are left out."""
    a, b = _core(expected), _core(found)
    return bool(a) == bool(b) and (a in b or b in a)


def _core(place: str | None) -> str:
    return re.sub(r"[\s,，、與跟的()（）]", "", place or "")
