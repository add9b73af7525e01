"""Random conversations, acted out through the services; time passes by moving what has happened back."""

from __future__ import annotations

import random
import uuid
from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select

from gateway.cases.models import Case
from gateway.cases.service import CaseService
from gateway.cases.views import NewCase
from gateway.conversations import feedback, speech
from gateway.conversations.feedback import CannotVote, Vote
from gateway.conversations.incoming import Incoming
from gateway.conversations.models import (
    AnswerFeedback,
    AskedQuestion,
    Conversation,
    ConversationEvent,
    Message,
)
from gateway.conversations.outcome import Asked, Handoff, Outcome
from gateway.conversations.rules import Kind, Leaving, Owner, OwnerChangeRefused, Reply, Wish
from gateway.conversations.service import ConversationService
from gateway.database import Database
from gateway.errors import PlatformError
from gateway.handoff.call_backs import CallBacks
from gateway.handoff.models import CallBack, Handling, ServiceRating
from gateway.handoff.service import Handoffs
from tests.handoff.conftest import BOSS, HUA, MEI
from tests.handoff.test_call_backs import wish

ENTRIES = ("library-card", "parking-fee", "dog-licence")
STAFF = (MEI, HUA, BOSS)
TIMES: dict[Any, tuple[str, ...]] = {
    Conversation: ("created_at", "updated_at", "closed_at", "queued_at", "last_sign_at", "offered_at",
                   "unanswered_since", "silent_since"),
    Message: ("created_at", "answered_at"), ConversationEvent: ("at",), AnswerFeedback: ("at",),
    AskedQuestion: ("at",), Handling: ("queued_at", "taken_at", "first_reply_at", "ended_at"),
    ServiceRating: ("at",), CallBack: ("asked_at", "finished_at"), Case: ("received_at",),
}  # fmt: skip


class Play:
    """One theatre: services on one database, and a seeded die."""

    def __init__(
        self, database: Database, conversations: ConversationService, handoffs: Handoffs,
        call_backs: CallBacks, cases: CaseService, seed: int,
    ) -> None:  # fmt: skip
        self.database, self.conversations, self.handoffs = database, conversations, handoffs
        self.call_backs, self.cases, self.die = call_backs, cases, random.Random(seed)  # noqa: S311 - to be repeated
        self.acts = (
            self.ask, self.ask, self.ask, self.vote, self.to_the_queue, self.leave, self.take, self.take,
            self.say, self.end, self.rate, self.call, self.file, self.say_something, self.be_served,
            self.be_served,
        )  # fmt: skip

    def act_out(self, count: int, visitors: Sequence[str | None], starts: Sequence[datetime]) -> None:
        """So many conversations of these visitors, each begun at one of these instants."""
        for _ in range(count):
            channel = self.die.choice(("web", "web", "line"))
            visitor = self.die.choice(visitors)
            talk = self.conversations.create("zh-TW", channel, visitor)[0]
            for _ in range(self.die.choice((0, 1, 3, 6, 10))):
                with suppress(PlatformError):
                    self.die.choice(self.acts)(talk)
                self.pass_time(talk, self._some_time())
            with self.database.read() as session:
                began = session.get_one(Conversation, talk).created_at
            self.pass_time(talk, began - self.die.choice(starts))

    def be_served(self, talk: str) -> None:
        """From the wish for a person to the rating."""
        for act in (self.to_the_queue, self.take, self.say, self.file, self.end, self.rate):
            if self.die.random() < 0.9:
                with suppress(PlatformError):
                    act(talk)
            self.pass_time(talk, self._some_time())

    def _some_time(self) -> timedelta:
        return timedelta(seconds=self.die.choice((0.25, 3, 19, 20, 21, 90, 3600, 50_000)))

    def pass_time(self, talk: str, back: timedelta) -> None:
        """Everything that has happened in a conversation is so much longer ago."""
        with self.database.write() as session:
            for model, names in TIMES.items():
                mine = model.id if model is Conversation else model.conversation_id
                for row in session.scalars(select(model).where(mine == talk)):
                    for name in names:
                        at = getattr(row, name)
                        setattr(row, name, None if at is None else at - back)

    def _turn(self, talk: str, outcome: Outcome, option: str | None = None) -> int:
        incoming = Incoming(str(uuid.uuid4()), "請問要怎麼辦？", option)
        accepted = self.conversations.accept(talk, incoming)
        if accepted.turn is not None:
            said = self.conversations.finish_turn(accepted.turn, outcome)
            return said[-1].seq if said else 0
        return 0

    def ask(self, talk: str) -> None:
        """A question, answered, asked back or in vain."""
        entry = self.die.choice(ENTRIES)
        how = self.die.choice(("answer", "answer", "answer", "none", "clarify", "nothing near"))
        if how == "answer":
            self._turn(talk, answered(entry))
        elif how == "none":
            self._turn(talk, Outcome((Reply("查無答案"),), asked=Asked("none", entry, "1", 0.2)))
        elif how == "nothing near":
            self._turn(talk, Outcome((Reply("查無答案"),), asked=Asked("none")))
        else:
            offered = speech.options("您想問哪一個？", [("甲", f"faq:{entry}"), ("都不是", "faq:none")])
            self._turn(talk, Outcome((offered,), asked=Asked("clarify", ENTRIES[0], "1", 0.4)))
            pressed = self.die.choice((f"faq:{entry}", "faq:none", None))
            if pressed is not None:
                replies = answered(entry) if pressed != "faq:none" else Outcome((Reply("好的"),))
                self._turn(talk, replies, pressed)

    def vote(self, talk: str) -> None:
        """A thumb on any of its answers."""
        with self.database.read() as session:
            told = session.scalars(
                select(Message.seq).where(Message.conversation_id == talk, Message.kind == Kind.ANSWER)
            ).all()
        if told:
            with suppress(CannotVote):
                feedback.vote(self.database, talk, self.die.choice(told), self.die.choice(list(Vote)))

    def to_the_queue(self, talk: str) -> None:
        """A wish for a person."""
        reason = self.die.choice([*Wish, "emergency: fire"])
        self._turn(talk, Outcome((Reply("請稍候"),), handoff=Handoff(reason)))

    def leave(self, talk: str) -> None:
        """Out of the queue before a person came."""
        with self.database.read() as session:
            waits = session.get_one(Conversation, talk).owner == Owner.QUEUE
        if waits:
            self.conversations.change_owner(talk, Owner.BOT, "citizen", self.die.choice(list(Leaving)))

    def take(self, talk: str) -> None:
        """A person takes it, from the queue or unasked."""
        self.handoffs.take(talk, self.die.choice(STAFF))

    def say(self, talk: str) -> None:
        """Words of whoever is in charge."""
        for who in STAFF:
            with suppress(PlatformError):
                self.handoffs.say(talk, who, str(uuid.uuid4()), "您好")

    def end(self, talk: str) -> None:
        """Closed, handed back or handed on."""
        how = self.die.choice((self.handoffs.close, self.handoffs.release, self.handoffs.transfer))
        for who in STAFF:
            with suppress(PlatformError, OwnerChangeRefused):
                how(talk, who)

    def rate(self, talk: str) -> None:
        """The citizen's rating."""
        self.handoffs.rate(talk, self.die.randint(1, 5), self.die.randint(1, 5), "")

    def call(self, talk: str) -> None:
        """A wish to be called back."""
        self.call_backs.ask(talk, wish(self.call_backs))

    def say_something(self, talk: str) -> None:
        """Words that are no question."""
        self._turn(talk, Outcome((Reply("您好"),)))

    def file(self, talk: str) -> None:
        """A case, filed with the bot, at the desk, or converted from another."""
        origin = self.die.choice(("chat", "chat", "desk", "converted"))
        kind, item = self.die.choice((("dispatch", "street_light_out"), ("dispatch", "road_pothole")))
        with self.database.write() as session:
            self.cases.register(
                session,
                NewCase(
                    kind=kind, item_code=item, description="路燈壞了", origin_key=f"{origin}:{uuid.uuid4()}",
                    received_at=self.handoffs.clock(), channel="web", district="三民區", conversation_id=talk,
                ),
            )  # fmt: skip


def answered(entry: str) -> Outcome:
    """The outcome that tells an entry."""
    payload = {"faq_id": entry, "entry_version": "1", "score": 0.9}
    return Outcome((Reply("請帶身分證。", Kind.ANSWER, payload),))
