"""Noting, in a turn's transaction, what became of a question that was put to the knowledge base."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from gateway.conversations.inquiries import FAQ_CHOICE, NONE_OF_THESE
from gateway.conversations.models import AskedQuestion, Conversation, Message
from gateway.conversations.outcome import Asked, DialogueState, Outcome
from gateway.conversations.rules import Kind, Reply

CHOSEN: Final = "chosen"
DECLINED: Final = "none_of_these"


def note_asked(
    session: Session, conversation: Conversation, before: DialogueState, message: Message, outcome: Outcome,
    now: datetime,
) -> None:  # fmt: skip
    """Keep what the turn of `message` came to. What is said to a form is no question: it is not kept."""
    after = outcome.state or before
    if before.form is not None or after.form is not None:
        return
    option = message.payload.get("option")
    if option is None:
        asked = outcome.asked or _answered(outcome.replies)
        if asked is not None:
            session.add(_row(conversation, message, asked, now))
    elif option.startswith(FAQ_CHOICE):
        _settle(session, conversation, message, option, outcome.replies)


def _settle(
    session: Session, conversation: Conversation, message: Message, option: str, replies: tuple[Reply, ...]
) -> None:
    """A button below a question that was asked back: it ends the latest one."""
    query = select(AskedQuestion).where(AskedQuestion.conversation_id == conversation.id)
    latest = session.scalars(query.order_by(AskedQuestion.id.desc()).limit(1)).one_or_none()
    if latest is None or latest.decision != "clarify":
        return
    if option == NONE_OF_THESE:
        latest.ended = DECLINED
        return
    given = _answered(replies)
    if given is not None:
        latest.ended, latest.answered_by = CHOSEN, message.id
        latest.entry, latest.entry_version = given.entry, given.version


def _row(conversation: Conversation, message: Message, asked: Asked, now: datetime) -> AskedQuestion:
    return AskedQuestion(
        conversation_id=conversation.id, message_id=message.id, at=now, language=conversation.language,
        decision=asked.decision, entry=asked.entry, entry_version=asked.version, score=asked.score,
        answered_by=message.id if asked.decision == "answer" else None,
    )  # fmt: skip


def _answered(replies: tuple[Reply, ...]) -> Asked | None:
    """The answer among the replies, if there is one."""
    for reply in replies:
        told = reply.payload
        if reply.kind is Kind.ANSWER and told.get("faq_id"):
            return Asked("answer", told["faq_id"], told.get("entry_version"), told.get("score"))
    return None
