"""Notices of the platform in a citizen's chat."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select, update

from gateway.conversations.hub import Hub
from gateway.conversations.incoming import Incoming
from gateway.conversations.models import Conversation
from gateway.conversations.notices import ConversationCarrier, post_notice
from gateway.conversations.rules import Kind, Owner, Reply, Sender
from gateway.conversations.service import ConversationService
from gateway.database import Database
from gateway.errors import NotFound
from gateway.outbox.models import OutboxMessage
from gateway.outbox.queue import Letter
from gateway.outbox.rules import Undeliverable

NOTICE = Reply("案件已結案。", Kind.NOTICE, {"case": "D1"}, Sender.SYSTEM)


def letter(conversation_id: str, key: str = "notice:1") -> Letter:
    payload = {"title": "結案", "text": "案件已結案。", "case": "D1"}
    return Letter(1, key, "notice.release", conversation_id, payload, 1, datetime.now(UTC))


@pytest.fixture
def conversation_id(conversations: ConversationService) -> str:
    return conversations.create("zh-TW")[0]


def test_the_same_key_is_one_message_with_the_next_number(
    database: Database, conversations: ConversationService, conversation_id: str
) -> None:
    conversations.accept(conversation_id, Incoming("4b2e7f4e-1b1c-4f0e-9a53-6d2b1f0b7c11", "您好"))
    first = post_notice(database, conversation_id, "notice:1", NOTICE)
    again = post_notice(database, conversation_id, "notice:1", NOTICE)
    other = post_notice(database, conversation_id, "notice:2", NOTICE)
    assert first == again
    _, messages = conversations.since(conversation_id, 0)
    assert [message.seq for message in messages] == [1, 2, 3]
    assert messages[1:] == [first, other]
    assert (first.sender, first.kind, first.payload) == ("system", "notice", {"case": "D1"})


@pytest.mark.parametrize("owner", [Owner.OPERATOR, Owner.QUEUE, Owner.CLOSED])
def test_it_is_told_whoever_is_in_charge(
    database: Database, conversations: ConversationService, conversation_id: str, owner: Owner
) -> None:
    conversations.change_owner(conversation_id, owner, "an operator", "test")
    post_notice(database, conversation_id, "notice:1", NOTICE)
    now_owner, messages = conversations.since(conversation_id, 0)
    assert (now_owner, len(messages)) == (owner, 1)


def test_a_notice_leaves_no_turn_to_finish(
    database: Database, conversations: ConversationService, conversation_id: str
) -> None:
    post_notice(database, conversation_id, "notice:1", NOTICE)
    assert conversations.unfinished() == []


def test_a_chat_that_nobody_can_open_any_more_is_not_told(database: Database, conversation_id: str) -> None:
    with database.write() as session:
        expired = datetime.now(UTC) - timedelta(seconds=1)
        session.execute(update(Conversation).values(expires_at=expired))
    with pytest.raises(NotFound):
        post_notice(database, conversation_id, "notice:1", NOTICE)
    with pytest.raises(NotFound):
        post_notice(database, "no such conversation", "notice:1", NOTICE)
    with pytest.raises(Undeliverable):
        asyncio.run(ConversationCarrier(database, Hub()).deliver(letter(conversation_id)))


def test_who_listens_is_woken_when_it_can_be_read(
    database: Database, conversations: ConversationService, conversation_id: str
) -> None:
    async def scene() -> None:
        hub = Hub()
        with hub.listen(conversation_id) as listener:
            listener.changed.clear()
            await ConversationCarrier(database, hub).deliver(letter(conversation_id))
            assert listener.changed.is_set()
            _, messages = conversations.since(conversation_id, 0)
            assert [message.text for message in messages] == ["案件已結案。"]

    asyncio.run(scene())


def test_where_the_chat_is_read_elsewhere_its_letter_waits_as_the_notice_may(
    database: Database, conversation_id: str
) -> None:
    with database.write() as session:
        session.execute(update(Conversation).values(channel="line", delivered_to="U1"))
    asyncio.run(ConversationCarrier(database, Hub()).deliver(letter(conversation_id)))
    post_notice(database, conversation_id, "notice:2", NOTICE)
    with database.read() as session:
        letters = session.scalars(select(OutboxMessage).order_by(OutboxMessage.id)).all()
    assert [(one.transport, one.topic) for one in letters] == [("line", "notice.release"), ("line", "chat")]
