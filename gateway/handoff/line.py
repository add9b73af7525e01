"""Signs of citizens who wait, and the places of those who went away without a word."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import structlog
from sqlalchemy import ColumnElement, and_, func, or_, select, update

from gateway.conversations import speech
from gateway.conversations.models import Conversation
from gateway.conversations.rules import Leaving, Owner
from gateway.conversations.transcript import append, locked, pass_to
from gateway.database import Database
from gateway.handoff.rules import Priority
from gateway.handoff.service import Handoffs
from gateway.settings import Settings

log = structlog.get_logger()
NOTED_EVERY = timedelta(seconds=30)
"""A sign sooner after the last one is not written down."""
NOTED_AT_MOST = 10_000
"""Of so many at most this process remembers it."""
_LONG_AGO = datetime(1999, 1, 1, tzinfo=UTC)
_OFFERED = ("human", "call_back", "leave_message")


class Line:
    """Who is still there of those who wait."""

    def __init__(self, handoffs: Handoffs, settings: Settings) -> None:
        self._database: Database = handoffs.database
        self._handoffs = handoffs
        self._noted: dict[str, datetime] = {}
        self._silence = timedelta(minutes=settings.waiting_silent_minutes)

    def seen(self, conversation_id: str) -> None:
        """A sign of a citizen; it is kept only of who waits."""
        now = self._handoffs.clock()
        if now - self._noted.get(conversation_id, _LONG_AGO) < NOTED_EVERY:
            return
        if len(self._noted) > NOTED_AT_MOST:
            self._noted.clear()
        self._noted[conversation_id] = now
        stale = Conversation.last_sign_at.is_(None) | (Conversation.last_sign_at < now - NOTED_EVERY)
        waits = and_(Conversation.id == conversation_id, Conversation.owner == Owner.QUEUE, stale)
        with self._database.read() as session:
            if session.scalar(select(Conversation.id).where(waits)) is None:
                return
        with self._database.write() as session:
            session.execute(update(Conversation).where(waits).values(last_sign_at=now))

    def give_up_silent(self) -> list[str]:
        """Take out of the queue who gave no sign for as long as the settings say; the conversations.

        Neither a message nor a page that asks for its place: the citizen has gone. Who is in danger or
        distress, who was with a person before, and who is reached elsewhere (LINE), keeps the place.
        """
        since = self._handoffs.clock() - self._silence
        with self._database.read() as session:
            silent = session.scalars(select(Conversation.id).where(_silent(since))).all()
        return [one for one in silent if self._give_up(one, since)]

    def _give_up(self, conversation_id: str, since: datetime) -> bool:
        with self._database.write() as session:
            conversation = locked(session, conversation_id)
            still = select(Conversation.id).where(Conversation.id == conversation_id, _silent(since))
            if session.scalar(still) is None:
                return False
            now = self._handoffs.clock()
            pass_to(session, conversation, Owner.BOT, "system", Leaving.SILENT, now)
            told = speech.starts("left_queue_silent", conversation.language, _OFFERED)
            session.add(append(conversation, told, now))
            log.info("a silent citizen left the queue", conversation=conversation_id)
            return True


def _silent(since: datetime) -> ColumnElement[bool]:
    plain = or_(Conversation.priority.is_(None), Conversation.priority == Priority.NORMAL)
    last_seen = func.coalesce(Conversation.last_sign_at, Conversation.queued_at, Conversation.updated_at)
    here = Conversation.delivered_to.is_(None)
    return and_(
        Conversation.owner == Owner.QUEUE, plain, here, last_seen < since, Conversation.updated_at < since
    )
