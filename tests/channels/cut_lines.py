"""Lines that are doomed from the start: each breaks after a random number of frames, without a farewell.

What had arrived but was not read is lost with it.
"""

from __future__ import annotations

import asyncio
import json
import random
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

SETTLE_SECONDS = 60
LINE_LASTS = {"citizen": 12, "operator": 8}
"""Frames, at most, until a line breaks."""
Message = dict[str, Any]


class Cut(Exception):
    """The line is broken."""


@dataclass
class House:
    """Where everybody calls, what breaks, and when it is enough."""

    url: str
    http: httpx.AsyncClient
    dice: random.Random
    cuts_wanted: int
    answers_wanted: int
    cuts: Counter[str] = field(default_factory=Counter)
    answers: int = 0
    over: asyncio.Event = field(default_factory=asyncio.Event)
    faults: list[str] = field(default_factory=list)

    def cut(self, kind: str) -> None:
        """One more line has broken."""
        self.cuts[kind] += 1
        if self.cuts.total() >= self.cuts_wanted and self.answers >= self.answers_wanted:
            self.over.set()

    @asynccontextmanager
    async def line(self, kind: str, path: str, token: str = "") -> AsyncIterator[Line]:
        """A WebSocket that will break, unless it is over."""
        headers = {"authorization": f"Bearer {token}"} if token else {}
        address = self.url.replace("http", "ws") + path
        async with connect(
            address, additional_headers=headers, max_size=None, ping_interval=None, close_timeout=5
        ) as socket:
            yield Line(self, kind, socket, self.dice.randint(0, LINE_LASTS[kind]))


@dataclass
class Line:
    """One socket and how many frames it will still carry."""

    house: House
    kind: str
    socket: ClientConnection
    left: int

    async def send(self, **frame: Any) -> None:
        """Send a frame; it may be the last one. Raises Cut."""
        try:
            await self.socket.send(json.dumps(frame))
        except ConnectionClosed as closed:
            raise Cut from closed
        self._wear()

    async def receive(self) -> dict[str, Any] | None:
        """The next frame; None where it is over before one comes. Raises Cut."""
        coming = asyncio.ensure_future(self.socket.recv())
        over = asyncio.ensure_future(self.house.over.wait())
        done, _ = await asyncio.wait({coming, over}, return_when=asyncio.FIRST_COMPLETED)
        over.cancel()
        if coming not in done:
            coming.cancel()
            return None
        try:
            frame: dict[str, Any] = json.loads(coming.result())
        except ConnectionClosed as closed:
            raise Cut from closed
        self._wear()
        return frame

    async def settle(self) -> dict[str, Any]:
        """The next frame, when nothing breaks any more."""
        found: dict[str, Any] = json.loads(await asyncio.wait_for(self.socket.recv(), SETTLE_SECONDS))
        return found

    def _wear(self) -> None:
        if self.house.over.is_set():
            return
        self.left -= 1
        if self.left < 0:
            self.socket.transport.abort()
            self.house.cut(self.kind)
            raise Cut


@dataclass
class Seen:
    """What one party has been told of one conversation."""

    house: House
    who: str
    messages: list[Message] = field(default_factory=list)

    @property
    def last(self) -> int:
        """The highest number."""
        return self.messages[-1]["seq"] if self.messages else 0

    def add(self, message: Message) -> None:
        """One more, which must be the next."""
        if message["seq"] != self.last + 1:
            self.house.faults.append(f"{self.who}: {message['seq']} after {self.last}")
        self.messages.append(message)

    def add_if_new(self, message: Message) -> None:
        """As the desk's page: what was on its way when a watch was asked for may come twice, by number."""
        if message["seq"] > self.last:
            self.add(message)
