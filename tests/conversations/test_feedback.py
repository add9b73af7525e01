"""Votes at once, on SQLite and PostgreSQL."""

from __future__ import annotations

import uuid
from concurrent.futures import ThreadPoolExecutor

from sqlalchemy import select

from gateway.conversations.feedback import Vote, vote
from gateway.conversations.incoming import Incoming
from gateway.conversations.models import AnswerFeedback
from gateway.conversations.outcome import Outcome
from gateway.conversations.rules import Kind, Reply
from gateway.conversations.service import ConversationService
from gateway.database import Database


def test_votes_at_once_are_one_and_are_answered_once(
    database: Database, conversations: ConversationService
) -> None:
    conversation_id, _, _ = conversations.create("zh-TW")
    turn = conversations.accept(conversation_id, Incoming(str(uuid.uuid4()), "牌照稅")).turn
    assert turn is not None
    entry = Reply("四月", Kind.ANSWER, {"faq_id": "tax", "score": 0.9})
    [answer] = conversations.finish_turn(turn, Outcome((entry,)))
    given = [Vote.DOWN, Vote.UP, Vote.DOWN, Vote.DOWN]
    with ThreadPoolExecutor(len(given)) as pool:
        said = list(pool.map(lambda one: vote(database, conversation_id, answer.seq, one), given))
    assert said.count(True) == 1
    assert [one.seq for one in conversations.since(conversation_id, 0)[1]] == [1, 2, 3]
    with database.read() as session:
        assert len(session.scalars(select(AnswerFeedback)).all()) == 1
