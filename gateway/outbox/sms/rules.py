"""Mobile numbers, and how many parts a text message has. Pure."""

from __future__ import annotations

import re
from typing import Final

_SEPARATORS: Final = re.compile(r"[\s().\-‐－–]+")
_MOBILE: Final = re.compile(r"(?:\+?886|0)(9\d{8})")
_GSM: Final = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿"
    "abcdefghijklmnopqrstuvwxyzäöñüà"
)
_GSM_TWICE: Final = frozenset("^{}\\[~]|€\f")
_GSM_ALONE, _GSM_PART = 160, 153
_WIDE_ALONE, _WIDE_PART = 70, 67


def mobile_number(text: str | None) -> str | None:
    """The mobile number `09xxxxxxxx` that somebody wrote; None for landlines and what is no single number."""
    plain = _SEPARATORS.sub("", (text or "").strip())
    found = _MOBILE.fullmatch(plain) if plain.isascii() else None
    return f"0{found[1]}" if found else None


def parts_of(text: str) -> int:
    """How many messages a provider sends, and bills, for a text."""
    if all(one in _GSM or one in _GSM_TWICE for one in text):
        units = sum(2 if one in _GSM_TWICE else 1 for one in text)
        alone, part = _GSM_ALONE, _GSM_PART
    else:
        units = len(text.encode("utf-16-le")) // 2
        alone, part = _WIDE_ALONE, _WIDE_PART
    return 1 if units <= alone else -(-units // part)
