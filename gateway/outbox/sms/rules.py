"""Whom a text message reaches. Pure."""

from __future__ import annotations

import re
from typing import Final

_SEPARATORS: Final = re.compile(r"[\s().\-‐－–]+")
_MOBILE: Final = re.compile(r"(?:\+?886|0)(9\d{8})")


def mobile_number(text: str | None) -> str | None:
    """The mobile number `09xxxxxxxx` that somebody wrote; None for landlines and what is no single number."""
    plain = _SEPARATORS.sub("", (text or "").strip())
    found = _MOBILE.fullmatch(plain) if plain.isascii() else None
    return f"0{found[1]}" if found else None
