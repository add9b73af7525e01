"""Thumbs on answers of the FAQ: one vote for each answer, kept with its entry; a bad one is followed up."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import UTC, datetime
from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.orm import Session

from gateway.conversations import speech
from gateway.conversations.models import AnswerFeedback, Conversation, Message
from gateway.conversations.notices import KEYS
from gateway.conversations.outcome import DialogueState
from gateway.conversations.rules import Kind, Owner
from gateway.conversations.transcript import append, locked
from gateway.database import Database
from gateway.errors import Conflict, NotFound

FOLLOW_UP = ("ask_again", "human_after_vote")


class Vote(StrEnum):
    """Whether an answer helped."""

    UP = "up"
    DOWN = "down"


class Reason(StrEnum):
    """Why an answer did not help."""

    WRONG = "wrong"
    OUTDATED = "outdated"
    UNCLEAR = "unclear"
    NOT_ASKED = "not_asked"


COMMENT_MAX = 300


class CannotVote(Conflict):
    """The message is no answer of the FAQ."""

    code = "cannot_vote"
    zh = "只有常見問答的回答可以評價。"
    en = "Only answers of the FAQ can be voted on."


def vote(
    database: Database, conversation_id: str, seq: int, given: Vote, reason: Reason | None = None,
    comment: str | None = None,
) -> bool:  # fmt: skip
    """Keep the citizen's vote on one answer, instead of an earlier one; whether something is said to it.

    Only a thumbs-down has a reason; one that is given later joins it, and a thumbs-up takes it away. A
    thumbs-down is answered once, while the bot is in charge and no form is open: elsewhere the person
    sees it. Raises NotFound and CannotVote.
    """
    with database.write() as session:
        conversation = locked(session, conversation_id)
        answer = session.scalar(
            select(Message).where(Message.conversation_id == conversation_id, Message.seq == seq)
        )
        if answer is None:
            raise NotFound("no such message")
        entry = answer.payload.get("faq_id")
        if answer.kind != Kind.ANSWER or not entry:
            raise CannotVote(answer.kind)
        now = datetime.now(UTC)
        kept = session.get(AnswerFeedback, (conversation_id, seq))
        if kept is None:
            score = answer.payload.get("score")
            kept = AnswerFeedback(
                conversation_id=conversation_id, seq=seq, entry=entry, score=score, vote=given.value, at=now,
                version=answer.payload.get("entry_version"),
            )  # fmt: skip
            session.add(kept)
        elif kept.vote != given.value:
            kept.vote, kept.at = given.value, now
        if given is Vote.UP:
            kept.reason = kept.comment = None
        else:
            kept.reason = kept.reason if reason is None else reason.value
            kept.comment = kept.comment if comment is None else comment
        return given is Vote.DOWN and _follow_up(session, conversation, seq, now)


def votes_of(session: Session, conversation_id: str) -> Sequence[AnswerFeedback]:
    """The votes of one conversation, in the order of its answers."""
    return session.scalars(
        select(AnswerFeedback)
        .where(AnswerFeedback.conversation_id == conversation_id)
        .order_by(AnswerFeedback.seq)
    ).all()


def _follow_up(session: Session, conversation: Conversation, seq: int, now: datetime) -> bool:
    form = DialogueState.from_dict(conversation.state).form
    if conversation.owner != Owner.BOT or form is not None:
        return False
    client_id = str(uuid.uuid5(KEYS, f"vote:{conversation.id}:{seq}"))
    said = select(Message.id).where(
        Message.conversation_id == conversation.id, Message.client_id == client_id
    )
    if session.scalar(said) is not None:
        return False
    message = append(conversation, speech.starts("thumbs_down", conversation.language, FOLLOW_UP), now)
    message.client_id = client_id
    session.add(message)
    return True
