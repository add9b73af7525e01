"""What is counted once for all processes, and what each counts while Redis is away."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from redis import Redis

from gateway.channels.limits import RateLimits
from gateway.errors import TooManyRequests
from gateway.settings import Settings
from tests.platform import free_port
from tests.redis_server import RedisServer

ADDRESS = "198.51.100.7"


def settings(tmp_path: Path, url: str) -> Settings:
    return Settings(data_dir=tmp_path, secret_key=str(tmp_path), redis_url=url, rate_case_lookup="3/minute")


def passes(limits: RateLimits, key: str = ADDRESS) -> bool:
    try:
        limits.check("case_lookup", key)
    except TooManyRequests:
        return False
    return True


def test_processes_count_together(tmp_path: Path, redis_server: RedisServer) -> None:
    one, two = (RateLimits(settings(tmp_path, redis_server.url)) for _ in range(2))
    assert [passes(limits) for limits in (one, two, one, two, one)] == [True, True, True, False, False]
    assert passes(two, "203.0.113.9")
    with Redis.from_url(redis_server.url) as redis:
        names = [name.decode() for name in redis.scan_iter("*limits*")]
        assert names and not any(ADDRESS in name for name in names)
        assert all(redis.ttl(name) > 0 for name in names if "case_lookup" in name)


@pytest.mark.parametrize("address", ["redis://127.0.0.1:{port}/0", "unix:///nowhere/redis.sock"])
def test_without_redis_each_counts_for_itself_and_asks_it_again_later(tmp_path: Path, address: str) -> None:
    now = [100.0]
    limits = RateLimits(settings(tmp_path, address.format(port=free_port())), lambda: now[0])
    tries: list[str] = []
    limits._shared.hit = counted(limits._shared.hit, tries)  # type: ignore[union-attr, method-assign]
    assert [passes(limits) for _ in range(4)] == [True, True, True, False]
    assert len(tries) == 1
    now[0] += 6
    assert not passes(limits)
    assert len(tries) == 2


def counted(hit: Callable[..., bool], tries: list[str]) -> Callable[..., bool]:
    def tried(*asked: object) -> bool:
        tries.append("tried")
        return hit(*asked)

    return tried
