"""The hub's news between processes, over Redis publish and subscribe.

Redis carries no message and nothing that must not be lost: conversation ids, and who is typing. While it
is away, and once it is back, everybody looks into the database again.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import Callable
from typing import Any

import structlog
from redis.asyncio import Redis
from redis.asyncio.client import PubSub
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import ConnectionError as RedisGone
from redis.exceptions import RedisError

from gateway.conversations.hub import Hub
from gateway.settings import Settings

log = structlog.get_logger()
BEAT_SECONDS = 2.0
"""A process with nothing to tell says so; from what it hears of itself it knows that it hears."""
SILENT_SECONDS = 3 * BEAT_SECONDS
LOOK_AGAIN_SECONDS = 3.0
"""How often everybody looks for themselves while news may be missing."""
FIRST_PAUSE, LONGEST_PAUSE = 0.1, 5.0
_ANSWER_SECONDS = 2.0


class RedisNews:
    """Tells other processes what this one's hub announces, and the hub what they announce."""

    def __init__(self, hub: Hub, url: str, channel: str, me: int, others: Callable[[], int]) -> None:
        """`me` numbers this process; `others` says how many more are alive."""
        self._hub, self._channel, self._me, self._others = hub, channel, me, others
        self._url = url
        self._changed: dict[str, None] = {}
        self._typing: dict[tuple[str, str], bool] = {}
        self._something, self._all_told = asyncio.Event(), asyncio.Event()
        self._hearing = self._speaking = False
        self._reached = 0
        self._missed = True
        self._was_whole: bool | None = None

    @property
    def state(self) -> str:
        """`ok`; `down` without Redis; `partial` while another process does not hear."""
        if not (self._hearing and self._speaking):
            return "down"
        return "ok" if self._reached > self._others() else "partial"

    def changed(self, conversation_id: str) -> None:
        """There are new messages, or a new owner."""
        self._changed[conversation_id] = None
        self._wake()

    def typing(self, conversation_id: str, who: str, on: bool) -> None:
        """Somebody began or stopped typing."""
        self._typing[conversation_id, who] = on
        self._wake()

    def _wake(self) -> None:
        self._all_told.clear()
        self._something.set()

    async def told(self) -> None:
        """Wait until everything is told that was announced so far; not for long where Redis is away."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_ANSWER_SECONDS):
                await self._all_told.wait()

    async def tell(self) -> None:
        """Tell the others until cancelled, and hear nothing: for a process in which nobody listens."""
        await self._again_and_again(self._speak)

    async def run(self) -> None:
        """Carry news until cancelled; Redis may come and go meanwhile."""
        async with asyncio.TaskGroup() as work:
            work.create_task(self._again_and_again(self._hear))
            work.create_task(self._again_and_again(self._speak))
            work.create_task(self._make_up_for_it())

    async def _again_and_again(self, work: Callable[[Redis], Any]) -> None:
        pause = FIRST_PAUSE
        while True:
            started = asyncio.get_running_loop().time()
            # redis-py's own tries would hide how long news have been missing.
            client = Redis.from_url(
                self._url, socket_connect_timeout=_ANSWER_SECONDS, socket_timeout=_ANSWER_SECONDS,
                retry=Retry(NoBackoff(), 0),
            )  # fmt: skip
            try:
                await work(client)
            except (RedisError, OSError, TimeoutError) as error:
                self._tell_state(type(error).__name__)
            except Exception:
                log.exception("live news interrupted; they go on")
            finally:
                with contextlib.suppress(RedisError, OSError):
                    await client.aclose()
            lived = asyncio.get_running_loop().time() - started
            pause = FIRST_PAUSE if lived > SILENT_SECONDS else min(pause * 2, LONGEST_PAUSE)
            await asyncio.sleep(pause)

    async def _hear(self, client: Redis) -> None:
        try:
            async with client.pubsub() as heard:
                await heard.subscribe(self._channel)
                while True:
                    self._take(await self._next(heard))
        finally:
            self._hearing = False

    @staticmethod
    async def _next(heard: PubSub) -> dict[str, Any]:
        message: dict[str, Any] | None = await heard.get_message(timeout=SILENT_SECONDS)
        if message is None:
            raise RedisGone("silent")
        return message

    def _take(self, message: dict[str, Any]) -> None:
        if message["type"] == "subscribe":
            self._hearing = True
            self._hub.look_again()
            self._tell_state()
        if message["type"] != "message":
            return
        try:
            news = json.loads(message["data"])
            sender, again = int(news["from"]), bool(news["again"])
            changed = [str(one) for one in news["changed"]]
            typing = [(str(about), str(who), bool(on)) for about, who, on in news["typing"]]
        except (ValueError, TypeError, KeyError):
            log.warning("news that nobody understands")
            return
        if sender == self._me:
            return
        if again:
            self._hub.look_again()
        for one in changed:
            self._hub.hear(one)
        for told in typing:
            self._hub.hear_typing(*told)

    async def _speak(self, client: Redis) -> None:
        try:
            while True:
                changed, self._changed = self._changed, {}
                typing, self._typing = self._typing, {}
                self._something.clear()
                news = {
                    "from": self._me,
                    "again": self._missed,
                    "changed": list(changed),
                    "typing": [[about, who, on] for (about, who), on in typing.items()],
                }
                # Until it is known to have been told, whatever was in it counts as missed.
                self._missed = True
                self._reached = int(await client.publish(self._channel, json.dumps(news)))
                self._missed, self._speaking = False, True
                if not self._something.is_set():
                    self._all_told.set()
                self._tell_state()
                await self._until_something()
        finally:
            self._speaking = False

    async def _until_something(self) -> None:
        try:
            async with asyncio.timeout(BEAT_SECONDS):
                await self._something.wait()
        except TimeoutError:
            return  # time for a sign of life

    async def _make_up_for_it(self) -> None:
        while True:
            await asyncio.sleep(LOOK_AGAIN_SECONDS)
            if self.state != "ok":
                self._hub.look_again()

    def _tell_state(self, error: str = "") -> None:
        whole = self._hearing and self._speaking
        if whole == self._was_whole:
            return
        if whole:
            log.info("live news of other processes are heard")
        elif self._was_whole is not False and error:
            log.warning("live news of other processes are lost; everybody looks again", error=error)
        else:
            return
        self._was_whole = whole


def open_news(settings: Settings, hub: Hub, me: int, others: Callable[[], int]) -> RedisNews | None:
    """The relay of a hub, as it is set up; None without Redis. For `me` and `others` see RedisNews."""
    if settings.redis_url is None:
        return None
    hub.relay = relay = RedisNews(hub, settings.redis_url, f"{settings.redis_prefix()}:news", me, others)
    return relay
