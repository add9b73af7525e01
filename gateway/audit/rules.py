"""How entries of the audit trail are chained. Pure: bytes in, hashes out."""

from __future__ import annotations

import hashlib
import hmac
import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

GENESIS = "0" * 64


@dataclass(frozen=True)
class Entry:
    """What an entry says, apart from its place in the chain."""

    at: datetime
    actor: str
    role: str
    act: str
    subject: str
    detail: dict[str, Any]


def canonical(value: object) -> bytes:
    """The one spelling of a JSON value."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode(
        "utf-8", "surrogatepass"
    )


def digest(value: object) -> str:
    """SHA-256 of the canonical spelling of a JSON value, in hex."""
    return hashlib.sha256(canonical(value)).hexdigest()


def chain_key(secret: bytes) -> bytes:
    """The key of the chain, derived from the platform's own: another purpose, another key."""
    return hmac.new(secret, b"audit-trail", hashlib.sha256).digest()


def entry_hash(key: bytes, seq: int, prev_hash: str, entry: Entry) -> str:
    """The hash of an entry at its place. Without the key nobody can make a false chain that fits."""
    told = [
        seq,
        prev_hash,
        entry.at.astimezone(UTC).isoformat(),
        entry.actor,
        entry.role,
        entry.act,
        entry.subject,
        entry.detail,
    ]
    return hmac.new(key, canonical(told), hashlib.sha256).hexdigest()


def head_seal(key: bytes, seq: int, head_hash: str) -> str:
    """The seal of the end of the chain."""
    return hmac.new(key, canonical(["head", seq, head_hash]), hashlib.sha256).hexdigest()
