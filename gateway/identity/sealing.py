"""Keys of the identity room, all made of the platform's own: keyed hashes and sealed secrets."""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from gateway.errors import Unavailable

_NONCE_BYTES = 12


class SealBroken(Unavailable):
    """A sealed secret does not open: the platform's key is another one, or the row was changed."""

    code = "seal_broken"
    zh = "兩步驟驗證資料無法讀取，請洽系統管理員重設。"
    en = "The two-step verification data cannot be read. Ask an administrator to reset it."


class Sealer:
    """AES-256-GCM for what must be read again, HMAC-SHA256 for what must only be recognised."""

    def __init__(self, key: bytes) -> None:
        self._box = AESGCM(_derived(key, b"identity: sealed secrets"))
        self._marking = _derived(key, b"identity: keyed hashes")

    def sealed(self, secret: str, bound_to: str) -> str:
        """The secret, readable only with the key and only for the same `bound_to`."""
        nonce = secrets.token_bytes(_NONCE_BYTES)
        return base64.urlsafe_b64encode(
            nonce + self._box.encrypt(nonce, secret.encode(), bound_to.encode())
        ).decode()

    def opened(self, sealed: str, bound_to: str) -> str:
        """The secret. Raises SealBroken."""
        raw = base64.urlsafe_b64decode(sealed)
        try:
            return self._box.decrypt(raw[:_NONCE_BYTES], raw[_NONCE_BYTES:], bound_to.encode()).decode()
        except InvalidTag:
            raise SealBroken from None

    def mark(self, purpose: str, text: str) -> str:
        """A keyed hash of `text`, 64 hex digits; equal texts are recognised, none is read back."""
        told = f"{purpose}\0{text}".encode("utf-8", "surrogatepass")
        return hmac.new(self._marking, told, hashlib.sha256).hexdigest()


def new_token() -> str:
    """256 random bits, for a cookie or a link."""
    return secrets.token_urlsafe(32)


def token_digest(token: str) -> str:
    """What is stored of a random token; it has too many bits to be guessed from its digest."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


def _derived(key: bytes, purpose: bytes) -> bytes:
    return HKDF(algorithm=SHA256(), length=32, salt=None, info=purpose).derive(key)
