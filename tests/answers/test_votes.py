"""Months, wordings and standings from votes and asked questions, on both databases."""

from __future__ import annotations

import uuid
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

from gateway.answers.votes import record, standings
from gateway.conversations.models import AnswerFeedback, AskedQuestion, Conversation
from gateway.database import Database

TAIPEI = ZoneInfo("Asia/Taipei")


def at(month: int, day: int, hour: int = 4) -> datetime:
    return datetime(2026, month, day, hour, tzinfo=UTC)


def talk(database: Database) -> str:
    conversation = Conversation(
        id=str(uuid.uuid4()), channel="web", language="zh-TW", owner="bot", state={}, created_at=at(1, 1),
        updated_at=at(1, 1), expires_at=at(1, 2),
    )  # fmt: skip
    with database.write() as session:
        session.add(conversation)
    return conversation.id


def test_an_entry_month_by_month(both: Database) -> None:
    conversation = talk(both)

    def asked(when: datetime, decision: str, ended: str | None = None) -> AskedQuestion:
        return AskedQuestion(
            conversation_id=conversation, message_id=str(uuid.uuid4()), at=when, language="zh-TW",
            decision=decision, entry="tax", ended=ended,
        )  # fmt: skip

    def thumb(seq: int, when: datetime, vote: str, version: str, **more: str) -> AnswerFeedback:
        return AnswerFeedback(
            conversation_id=conversation, seq=seq, entry="tax", score=1.0, vote=vote, at=when,
            version=version, **more,
        )  # fmt: skip

    with both.write() as session:
        session.add_all([
            asked(at(10, 31, 15), "answer"), asked(at(10, 31, 16), "answer"),  # the second is November there
            asked(at(11, 2), "clarify", "chosen"), asked(at(11, 2), "clarify", "none_of_these"),
            asked(at(11, 2), "none"), asked(datetime(2025, 11, 30, tzinfo=UTC), "answer"),
            thumb(1, at(10, 3), "down", "a1b2", reason="outdated", comment="王先生說 0912345678 沒人接"),
            thumb(2, at(11, 3), "up", "v2"), thumb(3, at(11, 4), "down", "v2", reason="wrong"),
        ])  # fmt: skip
    with both.read() as session:
        found = record(session, "tax", date(2026, 11, 5), TAIPEI)
        [standing] = standings(session, at(10, 1), at(11, 6))
        nothing = record(session, "other", date(2026, 11, 5), TAIPEI)
    assert [(one.first.month, one.given, one.up, one.down, dict(one.reasons)) for one in found.months] == [
        (11, 2, 1, 1, {"wrong": 1}), (10, 1, 0, 1, {"outdated": 1}),
    ]  # fmt: skip
    assert [(one.version, one.up, one.down) for one in found.wordings] == [("v2", 1, 1), ("a1b2", 0, 1)]
    assert "0912345678" not in found.comments[0].text and "王" not in found.comments[0].text
    assert (standing.entry, standing.given, standing.up, standing.down) == ("tax", 3, 1, 2)
    assert standing.share_down == 2 / 3
    assert not nothing.months and not nothing.wordings and not nothing.comments
