"""The code that opens a case to its citizen: derived, never stored, so a replay shows the same one."""

from __future__ import annotations

import hashlib
import hmac
import unicodedata

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
LENGTH = 8
_LOOKALIKES = str.maketrans({"O": "0", "I": "1", "L": "1", " ": None, "-": None})


def verification_code(key: bytes, number: str) -> str:
    """Eight characters of Crockford's base32 (40 bits) from HMAC-SHA256 of the case number."""
    digest = hmac.new(key, f"case-verification:{number}".encode(), hashlib.sha256).digest()
    bits = int.from_bytes(digest[:5])
    return "".join(ALPHABET[bits >> shift & 31] for shift in range(35, -1, -5))


def normalise_code(text: str) -> str:
    """A code as people type it: full-width, small letters, spaces, O for 0, I or L for 1."""
    return "".join(unicodedata.normalize("NFKC", text).upper().translate(_LOOKALIKES).split())


def code_matches(key: bytes, number: str, given: str) -> bool:
    """Whether `given` opens `number`; takes the same time whatever the answer."""
    expected = verification_code(key, number)
    return hmac.compare_digest(expected.encode(), normalise_code(given).encode())
