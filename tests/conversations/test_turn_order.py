"""Turns of one conversation whose messages come to two processes, seen by their services alone."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest

from gateway.cases.service import CaseService
from gateway.conversations.incoming import Incoming
from gateway.conversations.models import Message
from gateway.conversations.outcome import Outcome
from gateway.conversations.rules import Reply
from gateway.conversations.service import ConversationService
from gateway.conversations.turn_order import STUCK
from gateway.database import Database
from gateway.database.worker import Worker
from gateway.settings import Settings

pytestmark = pytest.mark.postgres


@pytest.fixture
def database(migrated_url: str) -> Iterator[Database]:
    """PostgreSQL only: on SQLite there are no two processes."""
    opened = Database(migrated_url)
    yield opened
    opened.close()


@pytest.fixture
def process(
    database: Database, cases: CaseService, settings: Settings
) -> Iterator[Callable[[], tuple[ConversationService, Worker]]]:
    """Makes processes that live until the test ends, or until it ends one."""
    begun: list[Worker] = []

    def begin() -> tuple[ConversationService, Worker]:
        begun.append(Worker(database))
        begun[-1].keep()
        return ConversationService(database, cases, settings, begun[-1]), begun[-1]

    yield begin
    for worker in begun:
        worker.close()


def words(text: str) -> Incoming:
    return Incoming(str(uuid.uuid4()), text)


def said(text: str) -> Outcome:
    return Outcome((Reply(text),))


def test_one_at_a_time_and_in_order(process: Callable[[], tuple[ConversationService, Worker]]) -> None:
    (one, _), (two, _) = process(), process()
    talk, _, _ = one.create("zh-TW")
    asked = words("一")
    first = one.accept(talk, asked)
    second = two.accept(talk, words("二"))
    assert first.turn is not None and not first.waits
    assert second.turn is None and second.waits
    repeated = two.accept(talk, asked)
    assert (repeated.created, repeated.turn, repeated.waits) == (False, None, True)
    assert two.next_turn(second.message.id).begun is None
    assert two.resume(second.message.id) is None
    assert one.unfinished() == [(talk, first.message.id)]  # the other one's is not its to finish
    assert two.orphaned() == []
    one.finish_turn(first.turn, said("答一"))
    begun = two.next_turn(second.message.id, fresh=True).begun
    assert begun is not None and begun[0].message_id == second.message.id
    assert begun[0].sender_id == first.turn.sender_id  # in order, the tracker goes on
    two.finish_turn(begun[0], said("答二"))
    assert [one.text for one in two.next_turn(second.message.id).replies or ()] == ["答二"]
    _, messages = one.since(talk, 0)
    assert [message.text for message in messages] == ["一", "二", "答一", "答二"]


def test_a_dead_ones_turn_comes_first_and_a_broken_one_is_passed_over(
    process: Callable[[], tuple[ConversationService, Worker]],
) -> None:
    (one, dying), (two, _) = process(), process()
    talk, _, _ = one.create("zh-TW")
    first = one.accept(talk, words("一"))
    second = two.accept(talk, words("二"))
    dying.close()
    assert two.orphaned() == [(talk, first.message.id)]
    begun = two.next_turn(second.message.id, fresh=True).begun
    assert begun is not None and first.turn is not None
    assert (begun[0].message_id, begun[1].text) == (first.message.id, "一")
    assert begun[0].sender_id != first.turn.sender_id  # nobody knows what that tracker has heard
    two.let_go(first.message.id)
    begun = two.next_turn(second.message.id, fresh=True).begun
    assert begun is not None and begun[0].message_id == second.message.id
    assert two.orphaned() == []
    assert (talk, first.message.id) in two.unfinished()


def test_a_turn_that_does_not_end_is_taken_over_and_its_late_answer_dropped(
    process: Callable[[], tuple[ConversationService, Worker]], database: Database
) -> None:
    (one, _), (two, _) = process(), process()
    talk, _, _ = one.create("zh-TW")
    first = one.accept(talk, words("一"))
    second = two.accept(talk, words("二"))
    with database.write() as session:
        message = session.get_one(Message, first.message.id)
        assert message.turn_at is not None
        message.turn_at -= STUCK + timedelta(seconds=1)
    begun = two.next_turn(second.message.id).begun
    assert begun is not None and begun[0].message_id == first.message.id and first.turn is not None
    kept = two.finish_turn(begun[0], said("接手的答案"))
    assert one.finish_turn(first.turn, said("遲到的答案")) == kept
