"""Acts on conversations by people: one transaction each, under the conversation's lock, compare-and-set.

Every method owns its transaction: what it says is committed before anybody is told.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime

import structlog
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from gateway.conversations import push
from gateway.conversations.models import Conversation, Message
from gateway.conversations.push import Ring, no_ring
from gateway.conversations.rules import Owner, Reply, Sender
from gateway.conversations.service import ConversationClosed
from gateway.conversations.transcript import MessageView, append, locked, note_event, pass_to, view
from gateway.database import Database
from gateway.handoff.errors import (
    AlreadyTaken,
    AtCapacity,
    CannotRateService,
    NobodyWaits,
    NotInCharge,
    UnknownTarget,
)
from gateway.handoff.hands import case_made, leave, requeue, running, tell, write_note
from gateway.handoff.models import Handling, OperatorPresence, ServiceRating
from gateway.handoff.presence import can_receive, presence_of, taker_of, takes_one_more
from gateway.handoff.reading import waiting
from gateway.handoff.rules import LOST_AFTER, Ending, Presence, StaffedHours, next_for
from gateway.handoff.views import Person
from gateway.settings import Settings

log = structlog.get_logger()
COMMENT_MAX = 1000
SCORES = range(1, 6)
SIGN_WRITTEN_AFTER = LOST_AFTER / 12


def _now() -> datetime:
    return datetime.now(UTC)


class Handoffs:
    """Taking, answering, handing on and ending conversations."""

    def __init__(self, database: Database, settings: Settings, clock: Callable[[], datetime] = _now) -> None:
        self.database = database
        self._settings = settings
        self.clock = clock
        self.hours = StaffedHours.from_text(settings.staffed_hours)
        """When people answer."""
        self._signs: dict[str, datetime] = {}
        self.ring: Ring = no_ring
        """Tells browsers that want to be told that there is something new."""

    def take(self, conversation_id: str, who: Person) -> bool:
        """Put this person in charge; whether they were not before. Who oversees takes over from a colleague.

        Raises AlreadyTaken, AtCapacity, ConversationClosed, NotFound.
        """
        with self.database.write() as session:
            conversation = locked(session, conversation_id)
            if conversation.operator == who.username:
                return False
            if Owner(conversation.owner) is Owner.CLOSED:
                raise ConversationClosed(conversation_id)
            if conversation.operator is not None and not who.oversees:
                raise AlreadyTaken(conversation.operator)
            self._begin(session, conversation, who)
            return True

    def take_next(self, who: Person) -> str:
        """Take whoever waits longest of those this person can serve; the conversation's id.

        Raises NobodyWaits and AtCapacity.
        """
        with self.database.write() as session:
            taker = taker_of(session, who, self._settings, self.clock())
            if taker.free < 1:
                raise AtCapacity(who.username)
            found = next_for(waiting(session), taker)
            while found is not None:
                conversation = locked(session, found.id)
                session.refresh(conversation)
                if Owner(conversation.owner) is Owner.QUEUE:
                    self._begin(session, conversation, who)
                    return conversation.id
                found = next_for(waiting(session), taker)
            raise NobodyWaits

    def say(
        self, conversation_id: str, who: Person, client_id: str, text: str,
        entry: Reply | Callable[[Session], Reply] | None = None,
    ) -> tuple[MessageView, bool]:  # fmt: skip
        """Say something to the citizen; the same `client_id` again is the same message. `entry` is sent
        instead of words of one's own: an answer of the knowledge base, or what is made in the same
        transaction.

        Raises NotInCharge once somebody else is: what was typed for a conversation that has gone on
        elsewhere reaches nobody.
        """
        with self.database.write() as session:
            conversation = locked(session, conversation_id)
            known = session.scalar(
                select(Message).where(
                    Message.conversation_id == conversation_id, Message.client_id == client_id
                )
            )
            if known is not None:
                if known.sender != Sender.OPERATOR:
                    raise NotInCharge(conversation_id)
                return view(known), False
            _in_charge(conversation, who)
            now = self.clock()
            said = entry(session) if callable(entry) else entry or Reply(text)
            payload = {**said.payload, "operator": who.display_name}
            message = append(conversation, replace(said, payload=payload, sender=Sender.OPERATOR), now)
            message.client_id = client_id
            message.answered_at = now
            session.add(message)
            conversation.operator_seen = message.seq
            self.ring(session, conversation, message.seq, now)
            session.execute(
                update(Handling)
                .where(*running(conversation_id), Handling.first_reply_at.is_(None))
                .values(first_reply_at=now)
            )
            return view(message), True

    def release(self, conversation_id: str, who: Person, note: str = "") -> None:
        """Hand the citizen back to the bot. Raises NotInCharge.

        A form that was open goes on, unless a case has been made meanwhile; without one the bot starts clean.
        """
        with self.database.write() as session:
            conversation = locked(session, conversation_id)
            _in_charge(conversation, who)
            goes_on = bool(conversation.state.get("form")) and not case_made(session, conversation_id)
            leave(session, conversation, who.username, Ending.RELEASED, note, self.clock())
            if not goes_on:
                conversation.state = {}
            pass_to(session, conversation, Owner.BOT, who.username, note[:200] or "handed back", self.clock())
            told = "operator_released_form" if goes_on else "operator_released"
            tell(session, conversation, told, self.clock())

    def transfer(
        self,
        conversation_id: str,
        who: Person,
        *,
        operator: str | None = None,
        unit: str | None = None,
        note: str = "",
    ) -> None:
        """Hand it to a colleague, who must be there with a free place, or to a group's queue, or, without
        either, back to the queue. The citizen keeps the place that their waiting has earned.

        Raises NotInCharge and UnknownTarget.
        """
        with self.database.write() as session:
            conversation = locked(session, conversation_id)
            _in_charge(conversation, who)
            if operator is not None and not can_receive(session, operator, who.username, self.clock()):
                raise UnknownTarget(operator)
            leave(session, conversation, who.username, Ending.TRANSFERRED, note, self.clock())
            requeue(session, conversation, who.username, note[:200] or "transferred", self.clock())
            conversation.wanted_operator, conversation.wanted_unit = operator, unit
            tell(session, conversation, "operator_transferred", self.clock())

    def close(self, conversation_id: str, who: Person, reason: str = "") -> None:
        """End the conversation. Raises NotInCharge."""
        with self.database.write() as session:
            conversation = locked(session, conversation_id)
            _in_charge(conversation, who)
            leave(session, conversation, who.username, Ending.CLOSED, reason, self.clock())
            tell(session, conversation, "operator_closed", self.clock())
            pass_to(session, conversation, Owner.CLOSED, who.username, reason[:200] or "ended", self.clock())
            conversation.closed_at = self.clock()
            push.forget(session, conversation_id, self.clock())

    def note(self, conversation_id: str, who: Person, text: str, kind: str = "note") -> None:
        """Write something for colleagues; the citizen never sees it."""
        with self.database.write() as session:
            locked(session, conversation_id)
            write_note(session, conversation_id, who.username, kind, text, self.clock())

    def seen(self, conversation_id: str, who: Person, seq: int) -> bool:
        """Whoever is in charge has seen up to this number; from anybody else it says nothing. Whether that
        is news.
        """
        with self.database.write() as session:
            conversation = locked(session, conversation_id)
            before = conversation.operator_seen
            if conversation.operator == who.username:
                conversation.operator_seen = min(max(before, seq), conversation.last_seq)
            return conversation.operator_seen > before

    def rate(self, conversation_id: str, speed: int, result: int, comment: str) -> None:
        """The citizen's rating of a service that has ended, once. Raises CannotRateService."""
        with self.database.write() as session:
            conversation = locked(session, conversation_id)
            served = session.scalar(
                select(Handling.operator)
                .where(Handling.conversation_id == conversation_id)
                .order_by(Handling.id.desc())
                .limit(1)
            )
            ended = served is not None and conversation.operator is None
            if not ended or session.get(ServiceRating, conversation_id) is not None:
                raise CannotRateService
            if speed not in SCORES or result not in SCORES:
                raise CannotRateService("a score from 1 to 5")
            session.add(
                ServiceRating(
                    conversation_id=conversation_id, operator=served, speed=speed, result=result,
                    comment=comment.strip()[:COMMENT_MAX] or None, at=self.clock(),
                )
            )  # fmt: skip

    def be(
        self,
        who: Person,
        state: Presence,
        *,
        reason: str | None = None,
        capacity: int | None = None,
        languages: Sequence[str] | None = None,
    ) -> None:
        """Say whether one is there, for how many conversations and in which languages."""
        with self.database.write() as session:
            row = presence_of(session, who.username, self._settings, self.clock())
            if row.state != state:
                row.state, row.changed_at = state.value, self.clock()
            row.reason = reason
            row.capacity = capacity or row.capacity
            row.languages = list(languages) if languages else row.languages
            row.seen_at = self.clock()

    def alive(self, username: str) -> None:
        """A sign of somebody at the desk; not written down again for every request."""
        now = self.clock()
        last = self._signs.get(username)
        if last is not None and last <= now < last + SIGN_WRITTEN_AFTER:
            return
        self._signs[username] = now
        with self.database.write() as session:
            session.execute(
                update(OperatorPresence).where(OperatorPresence.username == username).values(seen_at=now)
            )

    def sweep(self) -> list[str]:
        """Give back to the queue what people have who gave no sign for LOST_AFTER; the conversations."""
        since = self.clock() - LOST_AFTER
        with self.database.read() as session:
            lost = session.scalars(
                select(Conversation.id)
                .outerjoin(OperatorPresence, OperatorPresence.username == Conversation.operator)
                .where(
                    Conversation.owner == Owner.OPERATOR,
                    (OperatorPresence.seen_at < since) | OperatorPresence.seen_at.is_(None),
                )
            ).all()
        return [one for one in lost if self._lose(one, since)]

    def _lose(self, conversation_id: str, since: datetime) -> bool:
        with self.database.write() as session:
            conversation = locked(session, conversation_id)
            name = conversation.operator
            seen = session.get(OperatorPresence, name) if name else None
            if name is None or (seen is not None and seen.seen_at >= since):
                return False
            leave(session, conversation, name, Ending.LOST, "", self.clock())
            requeue(session, conversation, name, "lost the connection", self.clock())
            tell(session, conversation, "operator_lost", self.clock())
            if seen is not None:
                seen.state = Presence.AWAY.value
            log.info("conversation back in the queue", conversation=conversation_id)
            return True

    def _begin(self, session: Session, conversation: Conversation, who: Person) -> None:
        if not takes_one_more(session, who.username, self._settings, self.clock()):
            raise AtCapacity(who.username)
        now, before = self.clock(), conversation.operator
        queued, priority = conversation.queued_at, conversation.priority
        if before is not None:
            leave(session, conversation, before, Ending.TAKEN_OVER, "", now)
            note_event(session, conversation, "owner_changed", who.username, "taken over", {
                "from": f"operator:{before}", "to": f"operator:{who.username}",
            })  # fmt: skip
        else:
            reason = "taken from the queue" if queued else "stepped in"
            pass_to(session, conversation, Owner.OPERATOR, who.username, reason, now)
        conversation.operator = who.username
        conversation.tenure += 1
        conversation.wanted_operator = conversation.wanted_unit = None
        conversation.operator_seen = 0
        conversation.unanswered_since, conversation.silent_since = now, None
        session.add(
            Handling(
                conversation_id=conversation.id, operator=who.username, queued_at=queued,
                priority=priority, taken_at=now,
                first_reply_at=None, ended_at=None, ending=None,
            )
        )  # fmt: skip
        tell(session, conversation, "operator_joined", now, name=who.display_name)
        self.ring(session, conversation, conversation.last_seq, now)


def _in_charge(conversation: Conversation, who: Person) -> None:
    if conversation.operator != who.username:
        raise NotInCharge(conversation.id)
