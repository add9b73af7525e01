"""Asking operators to take who waits: one at a time, for so long, then the next.

Every method owns its transactions and looks again under the conversation's lock, so that several processes
may run them at once.
"""

from __future__ import annotations

from datetime import datetime, timedelta

import structlog
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from gateway.conversations.models import Conversation
from gateway.conversations.rules import Owner
from gateway.conversations.transcript import locked, note_event
from gateway.handoff.errors import NotOffered
from gateway.handoff.matching import Candidate, Offer, offers
from gateway.handoff.models import OperatorPresence
from gateway.handoff.presence import is_there, leads, leads_of_all
from gateway.handoff.reading import waiting
from gateway.handoff.rules import Presence, Taker
from gateway.handoff.service import Handoffs
from gateway.handoff.views import Person
from gateway.identity.models import Account
from gateway.settings import Settings

log = structlog.get_logger()
NO_ANSWER = "no_answer"
"""The reason of a pause that nobody chose."""


class Offers:
    """Who is asked to take which conversation of the queue."""

    def __init__(self, handoffs: Handoffs, settings: Settings) -> None:
        self._database = handoffs.database
        self._clock = handoffs.clock
        self._automatic = settings.assignment == "offer"
        self._valid = timedelta(seconds=settings.offer_seconds)

    def mind(self) -> list[str]:
        """Take back what was offered in vain, then offer what waits; the conversations that changed.

        Who waits for a colleague that is not there any more waits for anybody, however people are found.
        """
        changed = self._give_up_waiting_for_the_absent()
        return [*changed, *self._take_back(), *self._make()] if self._automatic else changed

    def decline(self, conversation_id: str, who: Person) -> None:
        """Not now: the next is asked. Raises NotOffered."""
        with self._database.write() as session:
            conversation = locked(session, conversation_id)
            if conversation.offered_to != who.username:
                raise NotOffered(conversation_id)
            _withdraw(session, conversation, who.username, "offer_declined")

    def _make(self) -> list[str]:
        with self._database.read() as session:
            queue = waiting(session)
            if all(one.offered_to for one in queue):
                return []
            found = offers(queue, self._candidates(session))
        return [one.conversation_id for one in found if self._offer(one)]

    def _candidates(self, session: Session) -> list[Candidate]:
        now = self._clock()
        rows = session.execute(
            select(OperatorPresence, Account.units)
            .join(Account, Account.username == OperatorPresence.username)
            .where(Account.disabled_at.is_(None))
        ).all()
        led, asked = leads_of_all(session), _asked(session)
        return [
            Candidate(
                Taker(
                    row.username, row.languages, units,
                    row.capacity - led.get(row.username, 0) - asked.get(row.username, 0),
                ),
                row.took_at,
            )
            for row, units in rows
            if is_there(row, now)
        ]  # fmt: skip

    def _offer(self, offer: Offer) -> bool:
        now = self._clock()
        with self._database.write() as session:
            conversation = locked(session, offer.conversation_id)
            if conversation.owner != Owner.QUEUE or conversation.offered_to is not None:
                return False
            row = session.get(OperatorPresence, offer.username, with_for_update=True)
            if row is None or not _there(row, now):
                return False
            if leads(session, offer.username) + _asked(session).get(offer.username, 0) >= row.capacity:
                return False
            conversation.offered_to, conversation.offered_at = offer.username, now
            return True

    def _give_up_waiting_for_the_absent(self) -> list[str]:
        with self._database.read() as session:
            rows = session.execute(
                select(Conversation.id, OperatorPresence)
                .outerjoin(OperatorPresence, OperatorPresence.username == Conversation.wanted_operator)
                .where(Conversation.owner == Owner.QUEUE, Conversation.wanted_operator.is_not(None))
            ).all()
            absent = [row.id for row in rows if not _there(row.OperatorPresence, self._clock())]
        return [one for one in absent if self._wait_for_anybody(one)]

    def _wait_for_anybody(self, conversation_id: str) -> bool:
        with self._database.write() as session:
            conversation = locked(session, conversation_id)
            name = conversation.wanted_operator
            if name is None or _there(session.get(OperatorPresence, name), self._clock()):
                return False
            conversation.wanted_operator = None
            note_event(session, conversation, "wish_given_up", "system", "the colleague is not there", {})
            return True

    def _take_back(self) -> list[str]:
        with self._database.read() as session:
            rows = session.execute(
                select(Conversation.id, Conversation.offered_at, OperatorPresence)
                .outerjoin(OperatorPresence, OperatorPresence.username == Conversation.offered_to)
                .where(Conversation.owner == Owner.QUEUE, Conversation.offered_to.is_not(None))
            ).all()
            now = self._clock()
            late = [
                row.id
                for row in rows
                if not _there(row.OperatorPresence, now)
                or row.offered_at is None
                or row.offered_at < now - self._valid
            ]
        return [one for one in late if self._miss(one)]

    def _miss(self, conversation_id: str) -> bool:
        """The next is asked; whoever was there and did not answer is paused, or it would go on and on."""
        now = self._clock()
        with self._database.write() as session:
            conversation = locked(session, conversation_id)
            name, since = conversation.offered_to, conversation.offered_at
            if name is None or since is None:
                return False
            row = session.get(OperatorPresence, name, with_for_update=True)
            there = _there(row, now)
            if there and since >= now - self._valid:
                return False
            _withdraw(session, conversation, name, "offer_missed" if there else "offer_withdrawn")
            if row is not None and there:
                row.state, row.reason, row.changed_at = Presence.PAUSED.value, NO_ANSWER, now
                log.info("an operator who was asked gave no answer", conversation=conversation_id)
            return True


def _there(row: OperatorPresence | None, now: datetime) -> bool:
    return row is not None and is_there(row, now)


def _asked(session: Session) -> dict[str, int]:
    rows = session.execute(
        select(Conversation.offered_to, func.count())
        .where(Conversation.offered_to.is_not(None))
        .group_by(Conversation.offered_to)
    )
    return {row[0]: row[1] for row in rows if row[0] is not None}


def _withdraw(session: Session, conversation: Conversation, name: str, act: str) -> None:
    conversation.passed_over = sorted({*conversation.passed_over, name})
    conversation.offered_to = conversation.offered_at = conversation.wanted_operator = None
    note_event(session, conversation, act, name, act.replace("_", " "), {})
