"""A crowd for `desk_load.py`: citizens who write and wait, operators who answer, and how long words took.

Everybody talks to the gateway as the widget and the desk's page do: real WebSockets, the same requests.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import random
import time
import uuid
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

import httpx
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

API = "/api/v1"
DICE = random.Random(1999)  # noqa: S311 - no secret
QUESTIONS = (
    "請問案件處理到哪裡了？", "那大概什麼時候會好？", "地址是三民區建工路415號", "我再看一下，謝謝",
    "路燈還是沒有亮", "可以請他們先打電話給我嗎？", "是哪一個單位負責？",
)  # fmt: skip
ANSWERS = ("好的，我幫您查詢，請稍候。", "已經轉請養護單位處理。", "請問還有其他需要協助的嗎？")
GOODBYE = "沒有了，謝謝，再見"
PLACE_SECONDS = 10.0
"""How often the widget of a citizen who waits asks for the place in line."""
BETWEEN_WORDS = (22.0, 42.0)
AT_ONCE, AT_ONCE_SHARE = (4.0, 10.0), 0.2
"""One in five answers comes while the operator still looks at the conversation."""
WAITING_WORDS = (60.0, 180.0)
THINKING = (1.0, 2.5)
TALK_SECONDS = (180.0, 420.0)


@dataclass
class Delivery:
    """When words were sent, acknowledged and seen, by conversation and number (seconds of one clock)."""

    sent: dict[tuple[str, int], float] = field(default_factory=dict)
    acknowledged: dict[tuple[str, int], float] = field(default_factory=dict)
    seen: dict[tuple[str, int], float] = field(default_factory=dict)
    watched: set[tuple[str, int]] = field(default_factory=set)
    """Those that were seen as a message; the others in a list."""

    def tell(self, key: tuple[str, int], *, watched: bool = True) -> None:
        """Somebody on the other side has it on the screen."""
        if self.seen.setdefault(key, now := time.perf_counter()) == now and watched:
            self.watched.add(key)

    def lags(self, since: float, until: float = float("inf"), *, watched: bool | None = None) -> list[float]:
        """Seconds from acknowledged to seen of what was sent in that time; seen first is 0."""
        return [
            max(self.seen[key] - at, 0.0)
            for key, at in self.acknowledged.items()
            if key in self.seen
            and since <= self.sent[key] < until
            and (watched is None or (key in self.watched) is watched)
        ]

    def whole(self, since: float) -> list[float]:
        """Seconds from sent to seen."""
        return [
            max(at - self.sent[key], 0.0)
            for key, at in self.seen.items()
            if key in self.sent and self.sent[key] >= since
        ]

    def unseen(self, since: float, until: float) -> list[tuple[str, int]]:
        """What nobody on the other side has seen of what was sent in that time."""
        return [key for key, at in self.sent.items() if since <= at < until and key not in self.seen]


@dataclass
class Crowd:
    """Everybody, and what they share: the address, the clock of deliveries, who is done."""

    url: str
    http: httpx.AsyncClient
    to_operator: Delivery = field(default_factory=Delivery)
    to_citizen: Delivery = field(default_factory=Delivery)
    requests: dict[str, list[float]] = field(default_factory=dict)
    counts: Counter[str] = field(default_factory=Counter)
    leaving: set[str] = field(default_factory=set)
    """Conversations whose citizens have said goodbye."""
    owners: dict[str, str] = field(default_factory=dict)

    async def ask(self, name: str, method: str, path: str, **more: Any) -> httpx.Response:
        """One request, timed under `name`."""
        began = time.perf_counter()
        answer = await self.http.request(method, self.url + path, **more)
        self.requests.setdefault(name, []).append(time.perf_counter() - began)
        self.counts[f"{name} {answer.status_code}"] += 1
        return answer

    def socket(self, path: str, **more: Any) -> connect:
        """A WebSocket as a browser opens it, compressed."""
        return connect(self.url.replace("http", "ws") + path, max_size=None, ping_interval=None, **more)


class Citizen:
    """Opens a conversation, asks for a person, waits, talks, says goodbye, rates."""

    def __init__(self, crowd: Crowd) -> None:
        self._crowd = crowd
        self._id = ""
        self._owner = "bot"
        self._changed = asyncio.Event()
        self._pending: dict[str, float] = {}

    async def run(self) -> None:
        """From the first word to the rating."""
        crowd = self._crowd
        opened = (await crowd.ask("open", "POST", f"{API}/conversations", json={})).json()
        self._id, token = opened["id"], opened["token"]
        path = f"{API}/conversations/{self._id}"
        headers = {"authorization": f"Bearer {token}"}
        async with crowd.socket(f"{path}/ws?token={token}&after=0") as line:
            hearing = asyncio.create_task(self._hear(line))
            polling = asyncio.create_task(self._ask_place(path, headers))
            try:
                await self._say(line, text="您好")
                await asyncio.sleep(0.5)
                await self._say(line, option="human")
                await self._talk(line)
            finally:
                for task in (hearing, polling):
                    task.cancel()
        rating = {"speed": 5, "result": 5}
        await crowd.ask("rating", "POST", f"{path}/rating", json=rating, headers=headers)

    async def _talk(self, line: ClientConnection) -> None:
        until = float("inf")
        while self._owner != "closed":
            talking = self._owner == "operator"
            if talking and until == float("inf"):
                until = time.perf_counter() + DICE.uniform(*TALK_SECONDS)
            between = AT_ONCE if DICE.random() < AT_ONCE_SHARE else BETWEEN_WORDS
            if await self._owner_changes(DICE.uniform(*(between if talking else WAITING_WORDS))):
                continue
            if time.perf_counter() > until and self._owner == "operator":
                self._crowd.leaving.add(self._id)
                await self._say(line, text=GOODBYE)
                until = float("inf")
            else:
                await line.send(json.dumps({"type": "typing", "on": True}))
                await self._say(line, text=DICE.choice(QUESTIONS))

    async def _owner_changes(self, seconds: float) -> bool:
        self._changed.clear()
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._changed.wait(), seconds)
        return self._changed.is_set()

    async def _say(self, line: ClientConnection, **what: str) -> None:
        client_id = str(uuid.uuid4())
        if self._owner == "operator":
            self._pending[client_id] = time.perf_counter()
        await line.send(json.dumps({"type": "send", "client_id": client_id, **what}))

    async def _hear(self, line: ClientConnection) -> None:
        last, crowd = 0, self._crowd
        async for raw in line:
            frame = json.loads(raw)
            if frame["type"] == "message":
                seq = frame["message"]["seq"]
                crowd.counts["citizen: gaps"] += seq != last + 1
                last = seq
                if frame["message"]["sender"] == "operator":
                    crowd.to_citizen.tell((self._id, seq))
            elif frame["type"] == "owner":
                self._owner = crowd.owners[self._id] = frame["owner"]
                self._changed.set()
            elif frame["type"] == "sent" and frame["client_id"] in self._pending:
                key = (self._id, frame["seq"])
                crowd.to_operator.sent[key] = self._pending.pop(frame["client_id"])
                crowd.to_operator.acknowledged[key] = time.perf_counter()
            elif frame["type"] == "error":
                crowd.counts[f"citizen: {frame['error']['code']}"] += 1

    async def _ask_place(self, path: str, headers: dict[str, str]) -> None:
        while True:
            if self._owner == "queue":
                await self._crowd.ask("place", "GET", f"{path}/place", headers=headers)
            await asyncio.sleep(PLACE_SECONDS)


class Operator:
    """Has the desk's socket open, keeps `chats` conversations, answers what is unread, oldest first."""

    def __init__(self, crowd: Crowd, token: str, chats: int) -> None:
        self._crowd = crowd
        self._headers = {"authorization": f"Bearer {token}"}
        self._chats = chats
        self._mine: dict[str, dict[str, Any]] = {}
        self._answered: dict[str, int] = {}
        self._known: dict[str, int] = {}
        self._watched = ""
        self._news = asyncio.Event()

    async def run(self) -> None:
        """Sit at the desk until cancelled."""
        body = {"state": "available", "capacity": min(self._chats, 20)}
        await self._ask("presence", "POST", "/presence", json=body)
        async with self._crowd.socket(f"{API}/operator/ws", additional_headers=self._headers) as line:
            hearing = asyncio.create_task(self._hear(line))
            try:
                while True:
                    await self._work(line)
            finally:
                hearing.cancel()

    async def _ask(self, name: str, method: str, path: str, **more: Any) -> httpx.Response:
        return await self._crowd.ask(name, method, f"{API}/operator{path}", headers=self._headers, **more)

    async def _work(self, line: ClientConnection) -> None:
        unanswered = [
            card
            for card in self._mine.values()
            if card["last_sender"] != "operator" and self._answered.get(card["id"], 0) < card["last_seq"]
        ]
        if unanswered:
            await self._answer(line, min(unanswered, key=lambda card: card["updated_at"])["id"])
        elif len(self._mine) < self._chats:
            taken = await self._ask("next", "POST", "/next")
            if taken.status_code == 200:
                self._mine.setdefault(taken.json()["id"], new_card(taken.json()["id"]))
            await asyncio.sleep(DICE.uniform(0.5, 1.0))
        else:
            self._news.clear()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._news.wait(), 5)

    async def _answer(self, line: ClientConnection, conversation: str) -> None:
        leaves = conversation in self._crowd.leaving
        path = f"/conversations/{conversation}"
        if conversation != self._watched:
            whole = await self._ask("whole", "GET", path)
            if whole.status_code != 200:
                self._mine.pop(conversation, None)
                return
            messages = whole.json()["messages"]
            last = messages[-1]["seq"]
            for one in messages:
                self._crowd.to_operator.tell((conversation, one["seq"]), watched=False)
            self._watched = conversation
            await self._send(line, type="watch", conversation_id=conversation, after=last)
            await self._send(line, type="seen", conversation_id=conversation, seq=last)
        await self._ask("suggestions", "GET", f"{path}/suggestions")
        await self._send(line, type="typing", conversation_id=conversation, on=True)
        await asyncio.sleep(DICE.uniform(*THINKING))
        await self._send(line, type="typing", conversation_id=conversation, on=False)
        began = time.perf_counter()
        body = {"client_id": str(uuid.uuid4()), "text": DICE.choice(ANSWERS)}
        said = await self._ask("say", "POST", f"{path}/messages", json=body)
        if said.status_code == 201:
            seq = said.json()["message"]["seq"]
            self._crowd.to_citizen.sent[conversation, seq] = began
            self._crowd.to_citizen.acknowledged[conversation, seq] = time.perf_counter()
            self._answered[conversation] = seq
        if leaves or said.status_code != 201:
            await self._ask("close", "POST", f"{path}/close", json={"note": ""})
            self._mine.pop(conversation, None)

    async def _send(self, line: ClientConnection, **frame: Any) -> None:
        self._crowd.counts["operator: frames sent"] += 1
        await line.send(json.dumps(frame))

    async def _hear(self, line: ClientConnection) -> None:
        crowd = self._crowd
        async for raw in line:
            assert isinstance(raw, str)
            kind = raw[:20].split('"')[3]
            crowd.counts[f"desk frame {kind}"] += 1
            crowd.counts[f"desk frame {kind} bytes"] += len(raw)
            if kind == "mine":
                self._listed(json.loads(raw)["conversations"])
            elif kind == "message":
                frame = json.loads(raw)
                key = (frame["conversation_id"], frame["message"]["seq"])
                if frame["message"]["sender"] == "citizen":
                    crowd.to_operator.tell(key)
            elif kind == "error":
                crowd.counts[f"operator: {json.loads(raw)['error']['code']}"] += 1

    def _listed(self, cards: list[dict[str, Any]]) -> None:
        self._mine = {card["id"]: card for card in cards}
        for card in cards:
            known = self._known.get(card["id"], 0)
            for seq in range(known + 1, card["last_seq"] + 1):
                self._crowd.to_operator.tell((card["id"], seq), watched=False)
            self._known[card["id"]] = max(known, card["last_seq"])
        self._news.set()


def new_card(conversation: str) -> dict[str, Any]:
    """What is known of a conversation that was just taken: it wants a greeting."""
    return {"id": conversation, "last_sender": "citizen", "last_seq": 1, "updated_at": ""}


async def come_and_go(crowd: Crowd, delay: float) -> None:
    """One citizen after another, each coming when the one before has left."""
    await asyncio.sleep(delay)
    while True:
        try:
            await Citizen(crowd).run()
        except (ConnectionClosed, OSError, httpx.HTTPError) as error:
            crowd.counts[f"citizen lost: {type(error).__name__}"] += 1
            await asyncio.sleep(1)


async def sit(crowd: Crowd, token: str, chats: int) -> None:
    """An operator, who comes back when the line is cut."""
    while True:
        try:
            await Operator(crowd, token, chats).run()
        except (ConnectionClosed, OSError, httpx.HTTPError) as error:
            crowd.counts[f"operator lost: {type(error).__name__}"] += 1
            await asyncio.sleep(1)


async def heartbeat(crowd: Crowd) -> AsyncIterator[float]:
    """How long the gateway takes to answer a ping of the protocol, once a second: its loop's lag."""
    opened = (await crowd.ask("open", "POST", f"{API}/conversations", json={})).json()
    async with crowd.socket(f"{API}/conversations/{opened['id']}/ws?token={opened['token']}&after=0") as line:
        while True:
            began = time.perf_counter()
            await (await line.ping())
            yield time.perf_counter() - began
            await asyncio.sleep(1)
