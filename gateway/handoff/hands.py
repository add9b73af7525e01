"""What every change of hands is made of, in the caller's transaction, under the conversation's lock."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ColumnElement, select, update
from sqlalchemy.orm import Session

from gateway.cases.models import Case
from gateway.conversations.catalogue import say
from gateway.conversations.models import Conversation
from gateway.conversations.rules import Kind, Owner, Reply, Sender
from gateway.conversations.transcript import append, pass_to
from gateway.handoff.models import ConversationNote, Handling
from gateway.handoff.rules import RANK, Ending, Priority

NOTE_MAX = 2000
TAKEN_OVER_AT_MOST = 20
"""So many take-overs in a row are looked through for what the citizen had waited."""


def running(conversation_id: str) -> tuple[ColumnElement[bool], ...]:
    """The stretch of handling that has not ended."""
    return Handling.conversation_id == conversation_id, Handling.ended_at.is_(None)


def leave(
    session: Session, conversation: Conversation, username: str, ending: Ending, note: str, now: datetime
) -> None:
    """End the stretch of whoever is in charge, with their note for colleagues."""
    ended = update(Handling).where(*running(conversation.id)).values(ended_at=now, ending=ending.value)
    session.execute(ended)
    conversation.operator = None
    conversation.unanswered_since = conversation.silent_since = None
    if note.strip():
        write_note(session, conversation.id, username, ending.value, note, now)


def case_made(session: Session, conversation_id: str) -> bool:
    """Whether a case has come of the conversation since whoever is in charge has taken it."""
    taken_at = select(Handling.taken_at).where(*running(conversation_id)).limit(1).scalar_subquery()
    made = select(Case.id).where(Case.conversation_id == conversation_id, Case.received_at >= taken_at)
    return session.scalar(made.limit(1)) is not None


def requeue(session: Session, conversation: Conversation, actor: str, reason: str, now: datetime) -> None:
    """Back to the queue: at the place that the waiting has earned, behind nobody who waits as ordinary.

    An emergency stays one, and who was upset stays before transfers.
    """
    since, before = _waited(session, conversation.id)
    pass_to(session, conversation, Owner.QUEUE, actor, reason, now)
    conversation.queued_at = since or now
    conversation.priority = min(before or Priority.TRANSFER, Priority.TRANSFER, key=lambda one: RANK[one])
    conversation.queue_reason = reason


def _waited(session: Session, conversation_id: str) -> tuple[datetime | None, str | None]:
    """Since when and with which priority the citizen had waited before whoever has it now, or whom they
    took it over from."""
    stretches = session.execute(
        select(Handling.queued_at, Handling.priority, Handling.ending)
        .where(Handling.conversation_id == conversation_id)
        .order_by(Handling.id.desc())
        .limit(TAKEN_OVER_AT_MOST)
    ).all()
    for place, stretch in enumerate(stretches):
        if place and stretch.ending != Ending.TAKEN_OVER:
            break
        if stretch.queued_at is not None:
            return stretch.queued_at, stretch.priority
    return None, None


def write_note(
    session: Session, conversation_id: str, author: str, kind: str, text: str, now: datetime
) -> None:
    """Something for colleagues; the citizen never sees it."""
    session.add(
        ConversationNote(
            conversation_id=conversation_id, author=author, kind=kind, text=text.strip()[:NOTE_MAX], at=now
        )
    )


def tell(session: Session, conversation: Conversation, key: str, now: datetime, **values: object) -> None:
    """A notice of the change for the citizen."""
    text = say(key, conversation.language, **values)
    session.add(append(conversation, Reply(text, Kind.NOTICE, {"notice": key}, Sender.SYSTEM), now))
