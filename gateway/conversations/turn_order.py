"""Whose turn it is: one at a time in a conversation and in order, whichever processes its messages came to.

A citizen's message that waits for its answer carries the number of the process that is to answer it. All of
this happens under the conversation's lock.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from gateway.conversations.models import Message
from gateway.conversations.rules import Sender
from gateway.database.worker import Worker
from gateway.settings import Settings

STUCK = timedelta(seconds=60)
"""After so long a turn is taken from a process that seems to live and does not come to its end."""
_RASA_TIMEOUTS = 4


class TurnOrder:
    """The order of turns, as one process sees it."""

    def __init__(self, worker: Worker, settings: Settings) -> None:
        self._worker = worker
        self._stuck = max(STUCK, _RASA_TIMEOUTS * timedelta(seconds=settings.rasa_timeout_seconds))

    def claim(self, message: Message) -> None:
        """This process is to answer the message."""
        message.turn_worker, message.turn_at = self._worker.id, datetime.now(UTC)

    def let_go(self, session: Session, message_id: str) -> None:
        """This process does not answer it after all."""
        mine = Message.id == message_id, Message.turn_worker == self._worker.id
        session.execute(update(Message).where(*mine).values(turn_worker=None, turn_at=None))

    def is_next(self, session: Session, message: Message) -> bool:
        """Whether no other process has this message, or an earlier one, to answer."""
        return self._of_another(session, message) is None

    def foremost(self, session: Session, message: Message) -> Message | None:
        """What this process may answer now: the message, or first an earlier one whose process has died.

        None while a living process is at work on either.
        """
        other = self._of_another(session, message)
        if other is None:
            return message
        return None if self._at_work(session, other) else other

    def left_over(self, session: Session, *, orphaned: bool = False) -> list[tuple[str, str]]:
        """Conversation and message of every turn that no living process is at work on, oldest first.

        `orphaned` leaves out those that no process has at all: they broke, and are not tried on and on.
        """
        query = select(Message.conversation_id, Message.id, Message.turn_worker).where(
            Message.answered_at.is_(None), Message.sender == Sender.CITIZEN
        )
        if orphaned:
            query = query.where(Message.turn_worker != self._worker.id)
        rows = session.execute(query.order_by(Message.created_at, Message.seq)).all()
        others = self._worker.living(session) - {self._worker.id} if rows else set()
        return [(row[0], row[1]) for row in rows if row[2] not in others]

    def _of_another(self, session: Session, message: Message) -> Message | None:
        waiting = (
            select(Message)
            .where(
                Message.conversation_id == message.conversation_id, Message.seq <= message.seq,
                Message.answered_at.is_(None), Message.turn_worker != self._worker.id,
            )
            .order_by(Message.seq)
            .limit(1)
        )  # fmt: skip
        with session.no_autoflush:  # a message that is just being stored is this process's own
            return session.scalars(waiting).first()

    def _at_work(self, session: Session, message: Message) -> bool:
        since = message.turn_at
        if since is None or datetime.now(UTC) - since > self._stuck:
            return False
        return message.turn_worker in self._worker.living(session)
