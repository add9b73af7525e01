"""Rate limits: few, named, and counted in this process. A full counter never loses a message."""

from __future__ import annotations

from limits import RateLimitItem, parse
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter

from gateway.errors import TooManyRequests
from gateway.settings import Settings


class RateLimits:
    """The named limits of the settings, each per key (a conversation or an address)."""

    def __init__(self, settings: Settings) -> None:
        self._limiter = MovingWindowRateLimiter(MemoryStorage())
        self._items: dict[str, RateLimitItem] = {
            "conversation": parse(settings.rate_conversation),
            "address_messages": parse(settings.rate_address_messages),
            "address_conversations": parse(settings.rate_address_conversations),
            "case_lookup": parse(settings.rate_case_lookup),
            "address_uploads": parse(settings.rate_address_uploads),
            "filing": parse(settings.rate_filing),
            "open311": parse(settings.rate_open311),
        }

    def check(self, name: str, key: str) -> None:
        """Count one use. Raises TooManyRequests when the limit `name` is reached for `key`."""
        if not self._limiter.hit(self._items[name], name, key):
            raise TooManyRequests(name)
