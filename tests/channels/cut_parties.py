"""Citizens and operators whose lines are cut at random, and what each of them has seen in the end.

Everybody comes back with the last number they have, as the widget and the page of the desk do.
"""

from __future__ import annotations

import asyncio
import uuid
from collections import Counter
from typing import Any

from tests.channels.cut_lines import Cut, House, Line, Message, Seen

API = "/api/v1"
DESK = f"{API}/operator"
CAPACITY = 20
OPTION = "(a button)"


class Citizen:
    """Writes, asks for a person as soon as the bot is in charge, sends again what was not acknowledged."""

    def __init__(self, house: House, name: str) -> None:
        self._house = house
        self.id = self._token = ""
        self._owner = ""
        self._name = name
        self.said: list[str] = []
        self._unsure: dict[str, dict[str, str]] = {}
        self.seen = Seen(house, name)

    @property
    def path(self) -> str:
        """Where the conversation is."""
        return f"{API}/conversations/{self.id}"

    async def come(self) -> None:
        """Open the conversation."""
        opened = await self._house.http.post(f"{self._house.url}{API}/conversations", json={})
        self.id, self._token = opened.json()["id"], opened.json()["token"]

    async def run(self) -> None:
        """Until it is over, and everything that was said is acknowledged."""
        while not self._house.over.is_set() or self._unsure:
            try:
                async with self._line() as line:
                    for body in list(self._unsure.values()):
                        await line.send(type="send", **body)
                    await self._talk(line)
            except Cut:
                continue

    def _line(self) -> Any:
        path = f"{self.path}/ws?token={self._token}&after={self.seen.last}"
        return self._house.line("citizen", path)

    async def _talk(self, line: Line) -> None:
        while True:
            while not self._house.over.is_set() and len(self._unsure) < self._house.dice.randint(1, 2):
                await line.send(type="send", **self._new())
            frame = await line.receive() if not self._house.over.is_set() else None
            if frame is None and not self._unsure:
                return
            self._hear(frame or await line.settle())

    def _new(self) -> dict[str, str]:
        body = {"client_id": str(uuid.uuid4())}
        if self._owner == "bot" and self.seen.last and self._house.dice.random() < 0.5:
            body["option"] = "human"
        else:
            body["text"] = f"{self._name} 第{len(self.said)}句"
        self.said.append(body.get("text", OPTION))
        self._unsure[body["client_id"]] = body
        return body

    def _hear(self, frame: dict[str, Any]) -> None:
        if frame["type"] == "message":
            self.seen.add(frame["message"])
        elif frame["type"] == "owner":
            self._owner = frame["owner"]
        elif frame["type"] == "sent":
            self._unsure.pop(frame["client_id"], None)
        elif frame["type"] == "error":
            self._house.faults.append(f"{self._name}: {frame['error']['code']}")

    async def stored(self) -> list[Message]:
        """The conversation as it is kept."""
        headers = {"authorization": f"Bearer {self._token}"}
        answer = await self._house.http.get(f"{self._house.url}{self.path}/messages", headers=headers)
        found: list[Message] = answer.json()["messages"]
        return found

    async def catch_up(self, last: int) -> None:
        """Read what is missing."""
        async with self._line() as line:
            while self.seen.last < last:
                self._hear(await line.settle())


class Operator:
    """Takes, answers, hands on and hands back at random, and looks at one conversation at a time."""

    def __init__(self, house: House, username: str, token: str, *, acts: bool = True) -> None:
        self._house = house
        self.username = username
        self._token = token
        self._acts = acts
        self._mine: list[str] = []
        self._waiting: list[str] = []
        self._watched = ""
        self.colleagues: list[str] = []
        self.everybody: list[str] = []
        """Conversations that who only looks on may watch."""
        self.seen: dict[str, Seen] = {}
        self.said: Counter[str] = Counter()
        """Texts that were taken, by text."""
        self.refused: set[str] = set()
        self.acts: Counter[str] = Counter()

    async def come(self) -> None:
        """Be there."""
        await self._post("/presence", state="available", capacity=CAPACITY)

    async def run(self) -> None:
        """Until it is over."""
        while not self._house.over.is_set():
            try:
                async with self._house.line("operator", f"{DESK}/ws", self._token) as line:
                    await self._watch(line, self._watched)
                    while (frame := await line.receive()) is not None:
                        self._hear(frame)
                        await self._act(line)
            except Cut:
                continue

    async def _act(self, line: Line) -> None:
        dice = self._house.dice
        watchable = [*self._mine, *self._waiting] if self._acts else self.everybody
        if watchable and (not self._watched or dice.random() < 0.15):
            await self._watch(line, dice.choice(watchable))
        if not self._acts:
            return
        kind = dice.choices(["say", "next", "transfer", "release", "nothing"], [6, 3, 1, 1, 9])[0]
        if kind == "next" and self._waiting:
            await self._post("/next")
        elif kind == "say" and self._mine:
            await self._say(dice.choice(self._mine))
        elif kind == "transfer" and self._mine:
            to = dice.choice([{}, *({"operator": name} for name in self.colleagues)])
            await self._post(f"/conversations/{dice.choice(self._mine)}/transfer", **to)
        elif kind == "release" and self._mine:
            await self._post(f"/conversations/{dice.choice(self._mine)}/release")

    async def _say(self, conversation: str) -> None:
        text = f"{self.username} 答{len(self.said) + len(self.refused)}"
        body = {"client_id": str(uuid.uuid4()), "text": text}
        path = f"/conversations/{conversation}/messages"
        codes = [await self._post(path, **body) for _ in range(self._house.dice.randint(1, 2))]
        if codes[0] == 201:
            self.said[text] += 1
            self._house.answers += 1
        else:
            self.refused.add(text)

    async def _post(self, path: str, **body: Any) -> int:
        headers = {"authorization": f"Bearer {self._token}"}
        answer = await self._house.http.post(f"{self._house.url}{DESK}{path}", json=body, headers=headers)
        self.acts[f"{path.rsplit('/', 1)[-1]} {answer.status_code}"] += 1
        if answer.status_code not in {200, 201, 409}:
            self._house.faults.append(f"{self.username}: {path} {answer.status_code}")
        return answer.status_code

    async def _watch(self, line: Line, conversation: str) -> None:
        if not conversation:
            return
        self._watched = conversation
        seen = self.seen.setdefault(conversation, Seen(self._house, self.username))
        await line.send(type="watch", conversation_id=conversation, after=seen.last)

    def _hear(self, frame: dict[str, Any]) -> None:
        if frame["type"] == "message":
            self.seen[frame["conversation_id"]].add_if_new(frame["message"])
        elif frame["type"] == "mine":
            self._mine = [one["id"] for one in frame["conversations"]]
        elif frame["type"] == "queue":
            self._waiting = [one["id"] for one in frame["conversations"]]
        elif frame["type"] == "error" and frame["error"]["code"] != "not_permitted":
            self._house.faults.append(f"{self.username}: {frame['error']['code']}")

    async def catch_up(self, stored: dict[str, list[Message]], owners: dict[str, str | None]) -> int:
        """Read what is missing of every conversation that one may still see; how many these are."""
        caught = 0
        async with self._house.line("operator", f"{DESK}/ws", self._token) as line:
            for conversation, messages in stored.items():
                if self._acts and owners[conversation] not in {None, self.username}:
                    continue
                caught += 1
                await self._watch(line, conversation)
                while self.seen[conversation].last < messages[-1]["seq"]:
                    self._hear(await line.settle())
        return caught


async def play(
    house: House, citizens: list[Citizen], operators: list[Operator], boss: Operator
) -> Counter[str]:
    """Everybody at once until it is over; then everybody reads the rest, and is judged. The figures."""
    for party in (*operators, *citizens):
        await party.come()
    boss.everybody = [one.id for one in citizens]
    for one in operators:
        one.colleagues = [other.username for other in operators if other is not one]
    parties = [*citizens, *operators, boss]
    await asyncio.gather(*(party.run() for party in parties))
    stored = {one.id: await one.stored() for one in citizens}
    await asyncio.gather(*(one.catch_up(stored[one.id][-1]["seq"]) for one in citizens))
    owners = await _owners(house, boss)
    caught = [await one.catch_up(stored, owners) for one in (*operators, boss)]
    house.faults += judged(stored, citizens, operators, boss)
    figures = Counter({f"{kind} cut": count for kind, count in house.cuts.items()})
    figures["messages"] = sum(map(len, stored.values()))
    figures["seen by citizens"] = sum(len(one.seen.messages) for one in citizens)
    figures["seen by operators"] = sum(
        len(seen.messages) for one in (*operators, boss) for seen in one.seen.values()
    )
    figures["read to the end at desks"] = sum(caught)
    for one in operators:
        figures.update(one.acts)
    return figures


async def _owners(house: House, boss: Operator) -> dict[str, str | None]:
    """Who is in charge of each; the bot's are nobody's to see, which is no operator's name."""
    headers = {"authorization": f"Bearer {boss._token}"}
    answer = await house.http.get(f"{house.url}{DESK}/conversations?mine=0", headers=headers)
    return {
        one["id"]: one["operator"] if one["owner"] != "bot" else "the bot"
        for one in answer.json()["conversations"]
    }


def judged(
    stored: dict[str, list[Message]], citizens: list[Citizen], operators: list[Operator], boss: Operator
) -> list[str]:
    """Whatever was lost, doubled or out of order."""
    faults = []
    for one in citizens:
        kept = stored[one.id]
        if one.seen.messages != kept:
            faults.append(f"{one.id}: the citizen has seen something else than is kept")
        if boss.seen[one.id].messages != kept:
            faults.append(f"{one.id}: who oversees has seen something else than is kept")
        if [message["seq"] for message in kept] != list(range(1, len(kept) + 1)):
            faults.append(f"{one.id}: a gap in what is kept")
        heard = [
            OPTION if "option" in message["payload"] else message["text"]
            for message in kept
            if message["sender"] == "citizen"
        ]
        if heard != one.said:
            faults.append(f"{one.id}: a citizen's message was lost, doubled or out of order")
    texts = Counter(
        message["text"] for kept in stored.values() for message in kept if message["sender"] == "operator"
    )
    for one in operators:
        faults += [
            f"{one.username}: has seen something else of {conversation} than is kept"
            for conversation, seen in one.seen.items()
            if seen.messages != stored[conversation][: len(seen.messages)]
        ]
        faults += [
            f"lost or doubled: {text}" for text, times in one.said.items() if texts.pop(text, 0) != times
        ]
    return faults + [f"kept, though refused: {text}" for text in texts]
