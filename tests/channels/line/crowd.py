"""Many at once: webhooks posted from threads to a gateway that is really served, and what came of them."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
from sqlalchemy import select

from gateway.channels.line.models import LineEvent
from gateway.channels.line.rules import State
from gateway.conversations.models import Message
from gateway.database import Database
from gateway.outbox.models import OutboxMessage
from tests.channels.line.fake import FakeLine, user_id
from tests.channels.line.talking import posted
from tests.channels.line.webhooks import event_of

PATIENCE = 90
LOOK_EVERY = 0.05


def until(true: Callable[[], bool], what: str | Callable[[], str]) -> None:
    """Wait for what the processes will bring about; `what` tells of it, perhaps as it is in the end."""
    deadline = time.monotonic() + PATIENCE
    while not true():
        in_vain = time.monotonic() > deadline
        assert not in_vain, f"waited in vain: {what if isinstance(what, str) else what()}"
        time.sleep(LOOK_EVERY)


def settled(database: Database, events: int) -> None:
    """Wait until so many events are stored, and neither of them nor any letter of LINE waits."""

    def still() -> bool:
        with database.read() as session:
            states = list(session.scalars(select(LineEvent.state)))
            letters = select(OutboxMessage.id).where(
                OutboxMessage.state == "pending", OutboxMessage.transport == "line"
            )
            waits = session.scalar(letters.limit(1))
        return len(states) == events and State.PENDING not in states and waits is None

    until(still, f"{events} events carried out")


def together(urls: Sequence[str], deliveries: Iterable[Sequence[dict[str, Any]]], threads: int) -> list[int]:
    """Each delivery from every thread at the same moment, one delivery after the other; all statuses."""
    bodies, barrier = list(deliveries), threading.Barrier(threads)

    def post(number: int) -> list[int]:
        with httpx.Client(base_url=urls[number % len(urls)], timeout=PATIENCE) as client:
            statuses = []
            for events in bodies:
                barrier.wait(PATIENCE)
                statuses.append(posted(client, *events).status_code)
            return statuses

    with ThreadPoolExecutor(threads) as pool:
        return [status for statuses in pool.map(post, range(threads)) for status in statuses]


def scattered(urls: Sequence[str], shares: Sequence[Sequence[dict[str, Any]]]) -> list[int]:
    """Every share by a thread of its own, one event after the other, all at once; all statuses."""

    def post(number: int) -> list[int]:
        statuses = []
        with httpx.Client(timeout=PATIENCE) as client:
            for place, event in enumerate(shares[number]):
                client.base_url = httpx.URL(urls[(number + place) % len(urls)])
                statuses.append(posted(client, event).status_code)
        return statuses

    with ThreadPoolExecutor(len(shares)) as pool:
        return [status for statuses in pool.map(post, range(len(shares))) for status in statuses]


class Talker:
    """A user of LINE whose every word has an instant of its own."""

    def __init__(self, fake: FakeLine) -> None:
        self.id, self._fake, self._at = user_id(), fake, 1_795_651_200_000

    def word(self, text: str) -> dict[str, Any]:
        """The event in which they say so, a second after the last."""
        self._at += 1000
        return event_of(
            "message-text", source={"type": "user", "userId": self.id}, timestamp=self._at,
            message={"text": text}, replyToken=self._fake.reply_token(self.id),
        )  # fmt: skip

    def told(self) -> list[str]:
        """The texts that they have received."""
        return [str(message.get("text")) for message in self._fake.told(self.id)]

    def repeated(self) -> list[str]:
        """What the stand-in of tests/workers has repeated to them, without the number that it puts before."""
        return [text.partition(":")[2] for text in self.told()]


def said(database: Database) -> list[str]:
    """What citizens have said, in the order of their conversations."""
    with database.read() as session:
        words = select(Message.text).where(Message.sender == "citizen")
        return list(session.scalars(words.order_by(Message.conversation_id, Message.seq)))
