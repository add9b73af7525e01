"""Conversations in which one side says nothing any more.

A citizen whom nobody answers goes back to the queue; a conversation whose citizen is gone goes back to the
bot, so that the place is free for somebody who waits.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import InstrumentedAttribute

from gateway.conversations.models import Conversation
from gateway.conversations.rules import Owner
from gateway.conversations.transcript import locked, pass_to
from gateway.handoff.hands import leave, requeue, tell
from gateway.handoff.rules import Ending
from gateway.handoff.service import Handoffs
from gateway.settings import Settings


class Silence:
    """Ends what has fallen silent. Both times are settings in minutes; 0 means never."""

    def __init__(self, handoffs: Handoffs, settings: Settings) -> None:
        self._database = handoffs.database
        self._clock = handoffs.clock
        self._answer_within = timedelta(minutes=settings.answer_within_minutes)
        self._wait_for_citizen = timedelta(minutes=settings.citizen_silent_minutes)

    def mind(self) -> list[str]:
        """Hand on what has been silent for too long; the conversations that changed hands."""
        unanswered = self._older(Conversation.unanswered_since, self._answer_within)
        silent = self._older(Conversation.silent_since, self._wait_for_citizen)
        return [
            *(one for one in unanswered if self._nobody_answers(one)),
            *(one for one in silent if self._citizen_is_gone(one)),
        ]

    def _older(self, since: InstrumentedAttribute[datetime | None], allowed: timedelta) -> list[str]:
        if not allowed:
            return []
        with self._database.read() as session:
            found = select(Conversation.id).where(
                Conversation.owner == Owner.OPERATOR, since < self._clock() - allowed
            )
            return list(session.scalars(found))

    def _nobody_answers(self, conversation_id: str) -> bool:
        now = self._clock()
        with self._database.write() as session:
            conversation = locked(session, conversation_id)
            since, name = conversation.unanswered_since, conversation.operator
            if name is None or since is None or since >= now - self._answer_within:
                return False
            leave(session, conversation, name, Ending.UNANSWERED, "", now)
            requeue(session, conversation, name, "gave no answer", now)
            conversation.passed_over = [name]
            tell(session, conversation, "operator_unanswered", now)
            return True

    def _citizen_is_gone(self, conversation_id: str) -> bool:
        now = self._clock()
        with self._database.write() as session:
            conversation = locked(session, conversation_id)
            since, name = conversation.silent_since, conversation.operator
            if name is None or since is None or since >= now - self._wait_for_citizen:
                return False
            leave(session, conversation, name, Ending.SILENT, "", now)
            conversation.state = {}
            pass_to(session, conversation, Owner.BOT, "system", "the citizen said nothing any more", now)
            tell(session, conversation, "citizen_silent", now)
            return True
