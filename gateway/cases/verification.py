"""The code that opens a case to its citizen: derived, never stored, so a replay shows the same one."""

from __future__ import annotations

import hashlib
import hmac
import unicodedata
from typing import Literal

from sqlalchemy import select
from sqlalchemy.orm import Session

from gateway.cases.models import Case, CaseReporter

Holder = Literal["reporter", "co_reporter"]
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


def co_reporter_code(key: bytes, number: str, reporter_id: int) -> str:
    """The code of somebody who joined the case of that number: theirs alone."""
    return verification_code(key, f"{number}:co-reporter:{reporter_id}")


def opens(session: Session, key: bytes, number: str, case: Case | None, given: str) -> Holder | None:
    """Who holds the code `given` for the case of that number: who filed it, who joined it, or nobody.

    Without a case the same work is done as for one that nobody joined.
    """
    filed_it = code_matches(key, number, given)
    joined = session.scalars(select(CaseReporter.id).where(CaseReporter.case_id == (case.id if case else 0)))
    typed = normalise_code(given).encode()
    codes = [co_reporter_code(key, number, reporter).encode() for reporter in joined]
    joined_it = any(hmac.compare_digest(code, typed) for code in codes)
    if case is None:
        return None
    return "reporter" if filed_it else "co_reporter" if joined_it else None
