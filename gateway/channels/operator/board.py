"""The lists of every desk of this process: looked up once for all of them, and only when there is news."""

from __future__ import annotations

import asyncio
import time
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace

from sqlalchemy.orm import Session

from gateway.channels.operator.schemas import Card, MineFrame, PeopleFrame, PersonThere, QueueFrame
from gateway.conversations.hub import EVERYTHING
from gateway.database import Database
from gateway.handoff import reading
from gateway.handoff.presence import everybody
from gateway.handoff.service import Handoffs
from gateway.handoff.views import ConversationCard

LOOK_EVERY_SECONDS = 0.15
"""So often at most the database is asked, however many desks are open and whatever happens."""
WHOLE_EVERY_SECONDS = 1.0
"""The queue and who is there are long and the same for everybody: they are told at most so often."""
_NONE_LED = MineFrame(conversations=[]).model_dump_json()


@dataclass(frozen=True)
class Lists:
    """What the desks show at one instant, as frames ready to be sent."""

    queue: str = ""
    people: str = ""
    mine: Mapping[str, str] = field(default_factory=dict)
    """By the name of who is in charge."""
    owed: bool = False
    """Whether queue and people are of an earlier instant: look again after WHOLE_EVERY_SECONDS."""

    def of(self, username: str) -> dict[str, str]:
        """One person's frames, by what they list."""
        return {"queue": self.queue, "mine": self.mine.get(username, _NONE_LED), "people": self.people}


class Board:
    """The present lists, shared by all who ask."""

    def __init__(self, database: Database, handoffs: Handoffs) -> None:
        self._database = database
        self._handoffs = handoffs
        self._looking = asyncio.Lock()
        self._looked = self._whole = float("-inf")
        self._news: set[str] = set()
        self._led: dict[str, ConversationCard] = {}
        self._lists = Lists()

    async def now(self, news: Iterable[str]) -> Lists:
        """The lists with what was committed before this call in the conversations named; what happened
        elsewhere is at most WHOLE_EVERY_SECONDS old. Who asks meanwhile shares them."""
        asked = time.monotonic()
        self._news.update(news)
        async with self._looking:
            if self._looked < asked:
                await asyncio.sleep(self._looked + LOOK_EVERY_SECONDS - time.monotonic())
                began, about, self._news = time.monotonic(), self._news, set()
                whole = EVERYTHING in about or began - self._whole >= WHOLE_EVERY_SECONDS
                self._lists = await asyncio.to_thread(self._look, None if whole else about)
                self._looked = began
                self._whole = began if whole else self._whole
        return self._lists

    def _look(self, about: Collection[str] | None) -> Lists:
        """Everything anew, or what has become of these conversations."""
        with self._database.read() as session:
            cards = {card.id: card for card in reading.led(session, about)}
            if about is None:
                self._led = cards
                return Lists(self._queue(session), self._people(session), _by_person(cards.values()))
        touched = {*cards.values(), *(self._led[one] for one in about if one in self._led)}
        self._led = {one: card for one, card in self._led.items() if one not in about} | cards
        names = {card.operator for card in touched}
        mine = _by_person(card for card in self._led.values() if card.operator in names)
        kept = {name: frame for name, frame in self._lists.mine.items() if name not in names}
        return replace(self._lists, mine=kept | mine, owed=True)

    @staticmethod
    def _queue(session: Session) -> str:
        found = reading.queue(session)
        total = len(found) if len(found) < reading.LISTED_MAX else reading.queue_length(session)
        cards = [Card.model_validate(one) for one in found]
        return QueueFrame(total=total, conversations=cards).model_dump_json()

    def _people(self, session: Session) -> str:
        found = everybody(session, self._handoffs.clock())
        return PeopleFrame(people=[PersonThere.model_validate(one) for one in found]).model_dump_json()


def _by_person(cards: Iterable[ConversationCard]) -> dict[str, str]:
    """The frame of everybody who is in charge of something, the latest news first."""
    found: defaultdict[str, list[ConversationCard]] = defaultdict(list)
    for card in sorted(cards, key=lambda one: (one.updated_at, one.id), reverse=True):
        found[card.operator or ""].append(card)
    return {
        name: MineFrame(conversations=[Card.model_validate(one) for one in mine]).model_dump_json()
        for name, mine in found.items()
    }
