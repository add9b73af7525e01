"""Hashing of passwords: argon2id with the library's current parameters (RFC 9106, low memory)."""

from __future__ import annotations

import secrets
from functools import lru_cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from gateway.identity.rules import normalised_password

# No 0, O, 1, l or I: a one-time password is read from a terminal and typed.
_EASY_TO_READ = "23456789abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ"
_GROUPS, _GROUP_LENGTH = 4, 5


class Passwords:
    """Makes and checks hashes; checking costs the same whether there is an account or not."""

    def __init__(self, hasher: PasswordHasher | None = None) -> None:
        self._hasher = hasher or PasswordHasher()
        self._nobody = self._hasher.hash(secrets.token_urlsafe(32))

    def hashed(self, password: str) -> str:
        """A new hash, with its parameters and salt."""
        return self._hasher.hash(_bytes(password))

    def fits(self, stored: str | None, password: str) -> bool:
        """Whether the password made `stored`; without one, the same work and False."""
        try:
            self._hasher.verify(stored or self._nobody, _bytes(password))
        except (VerificationError, InvalidHashError):
            return False
        return stored is not None

    def outdated(self, stored: str) -> bool:
        """Whether the hash was made with other parameters than today's."""
        return self._hasher.check_needs_rehash(stored)


def _bytes(password: str) -> bytes:
    return normalised_password(password).encode("utf-8", "surrogatepass")


@lru_cache(maxsize=1)
def passwords() -> Passwords:
    """The one of this process; making it hashes once."""
    return Passwords()


def one_time_password() -> str:
    """A random password for the first sign-in: four groups of five, 117 bits."""
    groups = ("".join(secrets.choice(_EASY_TO_READ) for _ in range(_GROUP_LENGTH)) for _ in range(_GROUPS))
    return "-".join(groups)
