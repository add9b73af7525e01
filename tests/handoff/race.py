"""One citizen, a slow bot and two operators at once, in any order, and whether all is well afterwards.

Used by the tests and by bench/handoff_race.py.
"""

from __future__ import annotations

import random
import threading
import uuid
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

from sqlalchemy import select

from gateway.conversations.incoming import Incoming
from gateway.conversations.models import Conversation, Message
from gateway.conversations.outcome import Handoff, Outcome
from gateway.conversations.rules import Owner, Reply
from gateway.conversations.service import ConversationClosed, ConversationService
from gateway.database import Database
from gateway.errors import Conflict, InvalidInput
from gateway.handoff.service import Handoffs
from gateway.handoff.views import Person

JOINED = "operator_joined"
LEFT = frozenset({
    "operator_released", "operator_released_form", "operator_transferred", "operator_closed", "operator_lost",
    "operator_unanswered", "citizen_silent",
})  # fmt: skip
MESSAGES = 4
Step = Callable[[], None]


@dataclass
class Race:
    """One conversation; `parties` are sequences of transactions that may interleave in any way."""

    database: Database
    conversations: ConversationService
    handoffs: Handoffs
    operators: tuple[Person, Person]
    seed: int
    sent: dict[str, str] = field(default_factory=dict)
    """Every message that somebody was told is kept: client id and sender."""
    minding: Sequence[Callable[[], list[str]]] = ()
    """What the platform does by itself, such as offering who waits."""
    read: list[int] = field(default_factory=list)
    """Numbers as a citizen who reconnects with the last one reads them."""

    def __post_init__(self) -> None:
        self.random = random.Random(self.seed)  # noqa: S311 - an order, no secret
        self.id, _, _ = self.conversations.create("zh-TW")

    def citizen(self) -> Iterator[Step]:
        """Messages, each accepted in one transaction and answered, much later, in another."""
        for n in range(MESSAGES):
            incoming = Incoming(str(uuid.UUID(int=self.random.getrandbits(128))), f"第{n}則")
            kept: list[object] = []
            yield lambda incoming=incoming, kept=kept: self._accept(incoming, kept)
            wish = Handoff("wants a person") if self.random.random() < 0.3 else None
            yield lambda kept=kept, n=n, wish=wish: self._answer(kept, n, wish)

    def operator(self, who: Person, other: Person) -> Iterator[Step]:
        """Take, talk, and hand on in one of the ways there are."""
        leave = self.random.choice(("release", "transfer", "queue", "close", "stay"))
        yield lambda: self._try(lambda: self.handoffs.take(self.id, who))
        for n in range(2):
            client_id = str(uuid.UUID(int=self.random.getrandbits(128)))
            yield lambda n=n, client_id=client_id: self._say(who, client_id, n)
            if self.random.random() < 0.3:  # the same again, as after a lost answer
                yield lambda n=n, client_id=client_id: self._say(who, client_id, n)
        if leave == "release":
            yield lambda: self._try(lambda: self.handoffs.release(self.id, who))
        elif leave == "transfer":
            yield lambda: self._try(lambda: self.handoffs.transfer(self.id, who, operator=other.username))
        elif leave == "queue":
            yield lambda: self._try(lambda: self.handoffs.transfer(self.id, who))
        elif leave == "close":
            yield lambda: self._try(lambda: self.handoffs.close(self.id, who))

    def reader(self) -> Iterator[Step]:
        """A page that reconnects again and again with the last number it has."""
        for _ in range(4):
            yield self.catch_up

    def platform(self) -> Iterator[Step]:
        """What happens by itself, between everything else."""
        for chore in self.minding * 3:
            yield lambda chore=chore: self._try(chore)

    def parties(self) -> list[Iterator[Step]]:
        """Everybody."""
        first, second = self.operators
        return [
            self.citizen(),
            self.operator(first, second),
            self.operator(second, first),
            self.reader(),
            self.platform(),
        ]

    def interleaved(self) -> None:
        """All steps, one transaction at a time, in a random order that keeps each party's own."""
        parties = self.parties()
        while parties:
            party = self.random.choice(parties)
            step = next(party, None)
            if step is None:
                parties.remove(party)
            else:
                step()

    def at_once(self) -> None:
        """All parties in threads of their own, begun together."""
        parties = self.parties()
        gate = threading.Barrier(len(parties))

        def play(party: Iterator[Step]) -> None:
            gate.wait()
            for step in party:
                step()

        with ThreadPoolExecutor(len(parties)) as pool:
            for done in [pool.submit(play, party) for party in parties]:
                done.result()

    def clear(self) -> None:
        """Nobody stays in a finished race: the places are needed for the next."""
        self._try(lambda: self.handoffs.take(self.id, self.operators[0]))
        for who in self.operators:
            self._try(lambda who=who: self.handoffs.close(self.id, who))

    def catch_up(self) -> None:
        """Everything after the last number that was read."""
        _, messages = self.conversations.since(self.id, self.read[-1] if self.read else 0)
        self.read += [message.seq for message in messages]

    def faults(self) -> list[str]:
        """What went wrong: bot messages under a person, gaps, lost or doubled messages."""
        self.catch_up()
        with self.database.read() as session:
            rows = session.scalars(
                select(Message).where(Message.conversation_id == self.id).order_by(Message.seq)
            ).all()
            conversation = session.get_one(Conversation, self.id)
        found = []
        numbers = [row.seq for row in rows]
        if numbers != list(range(1, len(rows) + 1)) or conversation.last_seq != len(rows):
            found.append(f"numbers {numbers}")
        if self.read != numbers:
            found.append(f"read {self.read} of {numbers}")
        found += self._spoken_over(rows)
        kept = [row.client_id for row in rows if row.client_id is not None]
        if sorted(kept) != sorted(self.sent):
            found.append(f"kept {len(kept)} of {len(self.sent)}")
        if (conversation.operator is not None) != (conversation.owner == Owner.OPERATOR):
            found.append(f"{conversation.owner} with {conversation.operator}")
        return found

    @staticmethod
    def _spoken_over(rows: object) -> list[str]:
        found, in_charge, joined_at = [], False, 0
        asked: dict[str, int] = {}
        for row in rows:  # type: ignore[attr-defined]
            asked[row.id] = row.seq
            notice = row.payload.get("notice")
            if notice == JOINED:
                in_charge, joined_at = True, row.seq
            elif notice in LEFT:
                in_charge = False
            elif row.sender == "bot" and in_charge:
                found.append(f"the bot spoke at {row.seq}")
            elif row.sender == "bot" and asked[row.reply_to] < joined_at:
                found.append(f"an answer from before the takeover at {row.seq}")
            elif row.sender == "operator" and not in_charge:
                found.append(f"nobody was in charge at {row.seq}")
        return found

    def _accept(self, incoming: Incoming, kept: list[object]) -> None:
        try:
            accepted = self.conversations.accept(self.id, incoming)
        except ConversationClosed:
            return
        self.sent[incoming.client_id] = "citizen"
        if accepted.turn is not None:
            kept.append(accepted.turn)

    def _answer(self, kept: list[object], n: int, wish: Handoff | None) -> None:
        for turn in kept:
            self.conversations.finish_turn(turn, Outcome((Reply(f"答{n}"),), handoff=wish))  # type: ignore[arg-type]

    def _say(self, who: Person, client_id: str, n: int) -> None:
        if self._try(lambda: self.handoffs.say(self.id, who, client_id, f"{who.display_name}{n}")):
            self.sent[client_id] = "operator"

    @staticmethod
    def _try(act: Callable[[], object]) -> bool:
        try:
            act()
        except (Conflict, InvalidInput):
            return False
        return True
