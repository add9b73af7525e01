"""How long a text is as an SMS: GSM 03.38 where every sign is in it, else UCS-2. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

_BASIC: Final = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿"
    "abcdefghijklmnopqrstuvwxyzäöñüà"
)
_EXTENDED: Final = frozenset("^{}\\[~]|€")
"""These take two places."""
GSM: Final = (160, 153)
"""Places of a message alone, and of each part of a longer one; and the same in UCS-2."""
UCS2: Final = (70, 67)


@dataclass(frozen=True)
class SmsLength:
    """Characters as people count them, and the parts that are paid for."""

    characters: int
    parts: int


def sms_length(text: str) -> SmsLength:
    """The length of a text; the empty one has no part."""
    if set(text) <= _BASIC | _EXTENDED:
        places, (alone, each) = sum(1 + (sign in _EXTENDED) for sign in text), GSM
    else:
        places, (alone, each) = len(text.encode("utf-16-be")) // 2, UCS2
    if places <= alone:
        return SmsLength(len(text), int(places > 0))
    return SmsLength(len(text), -(-places // each))
