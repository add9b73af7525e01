"""The hubs of two processes over a real Redis, in one event loop."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import TypeVar

import pytest
from redis.asyncio import Redis

from gateway.conversations import news as news_module
from gateway.conversations.hub import Hub
from gateway.conversations.news import RedisNews
from tests.platform import free_port
from tests.redis_server import RedisServer

CHANNEL = "wst:test:news"
PATIENCE = 20
Answer = TypeVar("Answer")
End = tuple[Hub, RedisNews]


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same ways in a tenth of the time."""
    for name, seconds in (("BEAT", 0.2), ("LOOK_AGAIN", 0.3), ("_ANSWER", 0.5)):
        monkeypatch.setattr(news_module, f"{name}_SECONDS", seconds)


@asynccontextmanager
async def ends(url: str, count: int, others: int) -> AsyncIterator[list[End]]:
    """So many processes, each of which takes `others` more to be alive."""
    made: list[End] = []
    for number in range(count):
        hub = Hub()
        hub.relay = RedisNews(hub, url, CHANNEL, number + 1, lambda: others)
        made.append((hub, hub.relay))
    running = [asyncio.create_task(news.run()) for _, news in made]
    try:
        yield made
    finally:
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)


async def state(news: RedisNews, wanted: str) -> None:
    while news.state != wanted:  # noqa: ASYNC110 - it tells nobody of its changes
        await asyncio.sleep(0.01)


def run(work: Callable[[], Awaitable[Answer]]) -> Answer:
    async def bounded() -> Answer:
        async with asyncio.timeout(PATIENCE):
            return await work()

    return asyncio.run(bounded())


def test_news_reach_the_other_hub_once_told(redis_server: RedisServer) -> None:
    async def work() -> None:
        async with ends(redis_server.url, 2, 1) as [(one, news), (two, heard)]:
            await state(news, "ok")
            await state(heard, "ok")
            with two.listen("c1") as citizen, two.listen("c2") as stranger, two.listen_at_desk() as desk:
                for listener in (citizen, stranger, desk):
                    listener.changed.clear()
                one.announce("c1")
                one.typing("c1", "bot", True)
                await news.told()
                await citizen.changed.wait()
                assert citizen.take()[1] == {"bot": True}
                assert desk.take() == ({"c1"}, {("c1", "bot"): True})
                assert not stranger.changed.is_set()

    run(work)


def test_what_nobody_understands_is_passed_over(redis_server: RedisServer) -> None:
    async def work() -> None:
        async with ends(redis_server.url, 2, 1) as [(one, news), (two, heard)]:
            await state(news, "ok")
            await state(heard, "ok")
            async with Redis.from_url(redis_server.url) as redis:
                for strange in (b"\xff", "[]", '{"from": 1}', '{"from": "x", "again": 0, "changed": 3}'):
                    await redis.publish(CHANNEL, strange)
            with two.listen("c1") as citizen:
                citizen.changed.clear()
                one.announce("c1")
                await citizen.changed.wait()
            assert heard.state == "ok"

    run(work)


def test_one_that_does_not_hear_is_noticed(redis_server: RedisServer) -> None:
    async def work() -> None:
        async with ends(redis_server.url, 1, 1) as [(hub, news)]:
            await state(news, "partial")
            with hub.listen("c1") as citizen:
                citizen.changed.clear()
                await citizen.changed.wait()  # looks by itself, as nobody might tell

    run(work)


@pytest.mark.parametrize("url", ["redis://127.0.0.1:{port}/0", "unix:///nowhere/redis.sock"])
def test_without_redis_everybody_looks_and_nobody_waits_to_tell(url: str) -> None:
    async def work() -> None:
        async with ends(url.format(port=free_port()), 1, 0) as [(hub, news)]:
            assert news.state == "down"
            with hub.listen("c1") as citizen:
                citizen.changed.clear()
                await citizen.changed.wait()
                hub.announce("c1")
                await news.told()
            assert news.state == "down"

    run(work)


def test_a_process_in_which_nobody_listens_only_tells(redis_server: RedisServer) -> None:
    """As `wanshitong worker` does: it is none of those that must hear for the news to be whole."""

    async def work() -> None:
        async with ends(redis_server.url, 2, 1) as [(one, news), (two, _)]:
            await state(news, "ok")
            hub = Hub()
            hub.relay = RedisNews(hub, redis_server.url, CHANNEL, 99, lambda: 0)
            telling = asyncio.create_task(hub.relay.tell())
            with one.listen("c1") as first, two.listen("c1") as second:
                for listener in (first, second):
                    listener.changed.clear()
                    listener.take()
                hub.announce("c1")
                await hub.relay.told()
                await first.changed.wait()
                await second.changed.wait()
            assert news.state == "ok"
            telling.cancel()
            await asyncio.gather(telling, return_exceptions=True)

    run(work)
