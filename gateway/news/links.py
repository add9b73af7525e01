"""What opens one's own subscription without a password: links that only who reads the letters can have."""

from __future__ import annotations

import base64
import hashlib
import hmac
from datetime import datetime
from typing import Any, Final
from urllib.parse import urlencode

from itsdangerous import BadData, URLSafeSerializer

from gateway.outbox.rules import address_hash

PAGE: Final = "/news"
UNSUBSCRIBE: Final = "/news/unsubscribe"
_MARK_BYTES: Final = 18


class Links:
    """Makes and reads the tokens of subscriptions."""

    def __init__(self, key: bytes) -> None:
        self._key = key
        self._wishes = URLSafeSerializer(key, salt="news-subscription")

    def token(self, transport: str, recipient: str) -> str:
        """The token of a recipient's own subscription: the same in every letter, for as long as it lasts."""
        named = f"{transport}.{address_hash(transport, recipient)}"
        return f"{named}.{self._mark(named)}"

    def read(self, token: str) -> tuple[str, str] | None:
        """The transport and hash a token is for; None where it is not one of ours."""
        named, _, mark = token.rpartition(".")
        transport, _, hashed = named.partition(".")
        right = hmac.compare_digest(mark.encode("utf-8", "replace"), self._mark(named).encode())
        return (transport, hashed) if right and transport and hashed else None

    def wish(self, email: str, wanted: list[Any], asked_at: datetime) -> str:
        """The token of a confirmation: what somebody asked for with an address, and when."""
        token = self._wishes.dumps([email, wanted, asked_at.timestamp()])
        return token if isinstance(token, str) else token.decode()

    def read_wish(self, token: str) -> tuple[str, list[Any], float] | None:
        """What a confirmation is for; None where it is not one of ours."""
        try:
            email, wanted, asked_at = self._wishes.loads(token)
        except (BadData, ValueError):
            return None
        return email, wanted, asked_at

    def manage(self, base: str, transport: str, recipient: str) -> str:
        """The page of one's own subscription; the token is in the fragment, which no server sees."""
        return f"{base.rstrip('/')}{PAGE}#mine={self.token(transport, recipient)}"

    def unsubscribe(self, base: str, transport: str, recipient: str, campaign_id: int) -> str:
        """Where one click ends the subscription (RFC 8058)."""
        query = urlencode({"t": self.token(transport, recipient), "n": campaign_id})
        return f"{base.rstrip('/')}{UNSUBSCRIBE}?{query}"

    def _mark(self, named: str) -> str:
        made = hmac.new(self._key, f"news:{named}".encode("utf-8", "replace"), hashlib.sha256).digest()
        return base64.urlsafe_b64encode(made[:_MARK_BYTES]).decode()
