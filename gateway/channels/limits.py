"""Rate limits: few, named, counted for all processes where there is a Redis. None ever loses a message."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable

import structlog
from limits import RateLimitItem, parse
from limits.storage import MemoryStorage, RedisStorage
from limits.strategies import MovingWindowRateLimiter
from redis import ConnectionPool, RedisError
from redis.backoff import NoBackoff
from redis.retry import Retry

from gateway.errors import TooManyRequests
from gateway.settings import Settings

log = structlog.get_logger()
_ANSWER_SECONDS = 0.2
"""Counting is no reason to keep anybody waiting."""
_REST_SECONDS = 5.0


class RateLimits:
    """The named limits of the settings, each per key (a conversation or an address).

    While Redis does not answer each process counts for itself.
    """

    def __init__(self, settings: Settings, clock: Callable[[], float] = time.monotonic) -> None:
        self._own = MovingWindowRateLimiter(MemoryStorage())
        self._shared = _shared(settings.redis_url, settings) if settings.redis_url else None
        self._key = settings.signing_key()
        self._clock = clock
        self._rest_until = 0.0
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
        if not self._counted(self._items[name], name, key):
            raise TooManyRequests(name)

    def _counted(self, item: RateLimitItem, name: str, key: str) -> bool:
        if self._shared is not None and self._clock() >= self._rest_until:
            # Addresses of citizens do not leave the process as they are.
            marked = hashlib.blake2b(key.encode(), key=self._key[:64], digest_size=16).hexdigest()
            try:
                return self._shared.hit(item, name, marked)
            except (RedisError, OSError) as error:
                self._rest_until = self._clock() + _REST_SECONDS
                log.warning("rate limits are counted here alone for a while", error=type(error).__name__)
        return self._own.hit(item, name, key)


def _shared(url: str, settings: Settings) -> MovingWindowRateLimiter:
    # redis-py's own tries would hold up everybody whom this process serves.
    pool = ConnectionPool.from_url(
        url, socket_timeout=_ANSWER_SECONDS, socket_connect_timeout=_ANSWER_SECONDS,
        retry=Retry(NoBackoff(), 0),
    )  # fmt: skip
    prefix = f"{settings.redis_prefix()}:limits"
    return MovingWindowRateLimiter(RedisStorage("redis://", connection_pool=pool, key_prefix=prefix))
