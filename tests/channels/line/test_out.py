"""What leaves by LINE: replies before pushes, each once, whatever breaks at the other end."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from sqlalchemy import update

from gateway.channels.line.models import LineMonth, LineReplyToken
from gateway.conversations.notices import post_notice
from gateway.conversations.outcome import Outcome
from gateway.conversations.rules import Kind, Reply, Sender
from gateway.outbox.models import OutboxMessage
from gateway.outbox.queue import Letter
from tests.channels.line.fake import FakeLine
from tests.channels.line.faults import Fault, broken, cut_after, cut_before, quota_used_up, rate_limited
from tests.channels.line.talking import Citizen, Line, words
from tests.in_process import Gateway

LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)


@pytest.fixture
def line(start: Callable[..., Gateway], line_api: FakeLine) -> Line:
    return Line.start(start, line_api)


def _notify(line: Line, citizen: Citizen, text: str = "您的案件已辦結。") -> list[str]:
    """Say something that nobody has asked for, when no reply token is left; the kinds of calls accepted."""
    line.fake.grow_older(120)
    _forget_tokens(line)
    before = len(line.fake.sent)
    reply = Reply(text, Kind.NOTICE, {"title": "案件進度"}, Sender.SYSTEM)
    post_notice(line.gateway.database, citizen.conversation().id, f"notice:{text}", reply)
    line.settle()
    return [one.kind for one in line.fake.sent[before:]]


def _forget_tokens(line: Line) -> None:
    with line.gateway.database.write() as session:
        session.execute(update(LineReplyToken).values(received_at=LONG_AGO))


def _try_again(line: Line) -> None:
    with line.gateway.database.write() as session:
        waiting = update(OutboxMessage).where(OutboxMessage.state == "pending")
        session.execute(waiting.values(next_attempt_at=LONG_AGO))
    line.settle()


def _letters(line: Line) -> list[OutboxMessage]:
    return [row for row in line.rows(OutboxMessage) if row.transport == "line"]


def test_what_nobody_asked_for_is_pushed(line: Line) -> None:
    citizen = line.citizen()
    citizen.says("你好")
    assert _notify(line, citizen) == ["push"]
    assert "已辦結" in words(citizen.told())


def test_a_notice_reaches_a_conversation_that_has_ended_on_the_web_clock(line: Line) -> None:
    citizen = line.citizen()
    citizen.says("你好")
    with line.gateway.database.write() as session:
        talk = citizen.conversation()
        session.merge(talk).expires_at = talk.created_at
    assert _notify(line, citizen) == ["push"]


@pytest.mark.parametrize("fault", [cut_after(), cut_before(), broken(), broken(accepted=True)], ids=repr)
def test_a_reply_that_breaks_is_said_once(line: Line, fault: Fault) -> None:
    citizen = line.citizen()
    line.fake.fail("message/reply", fault)
    assert words(citizen.says("你好")).count("聽到了") == 1
    assert [letter.state for letter in _letters(line)] == ["sent"]


@pytest.mark.parametrize("fault", [cut_after(), cut_before(), broken(), broken(accepted=True)], ids=repr)
def test_a_push_that_breaks_is_said_once_when_it_is_tried_again(line: Line, fault: Fault) -> None:
    citizen = line.citizen()
    citizen.says("你好")
    line.fake.fail("message/push", fault)
    _notify(line, citizen)
    assert [letter.state for letter in _letters(line)] == ["sent", "pending"]
    _try_again(line)
    assert words(citizen.told()).count("已辦結") == 1
    assert [letter.state for letter in _letters(line)] == ["sent", "sent"]
    keys = {call.headers.get("x-line-retry-key") for call in line.fake.calls_of("message/push")}
    assert len(keys) == 1


def test_what_was_perhaps_pushed_is_not_told_once_more_as_a_reply(line: Line) -> None:
    citizen = line.citizen()
    citizen.says("你好")
    line.fake.fail("message/push", cut_after())
    _notify(line, citizen)
    line.post(citizen.event("message-text", message={"text": "在嗎"}))  # brings a token that works
    _try_again(line)
    assert words(citizen.told()).count("已辦結") == 1
    assert words(citizen.told()).count("聽到了：在嗎") == 1


def test_a_refused_reply_whose_push_breaks_is_no_loss(line: Line) -> None:
    citizen = line.citizen()
    event = citizen.event("message-text", message={"text": "你好"})
    line.fake.grow_older(120)
    line.fake.fail("message/push", cut_before())
    line.post(event)
    line.settle()
    assert citizen.told() == []
    _try_again(line)
    assert words(citizen.told()).count("聽到了：你好") == 1


def test_a_reply_token_that_is_too_old_is_no_loss(line: Line) -> None:
    citizen = line.citizen()
    event = citizen.event("message-text", message={"text": "你好"})
    line.fake.grow_older(120)
    line.post(event)
    line.settle()
    assert words(citizen.told()).count("聽到了") == 1
    assert [one.kind for one in line.fake.sent] == ["push"]


def test_too_fast_is_tried_again_and_the_months_end_is_not(line: Line) -> None:
    citizen = line.citizen()
    citizen.says("你好")
    line.fake.fail("message/push", rate_limited())
    _notify(line, citizen, "一")
    assert _letters(line)[-1].state == "pending"
    line.fake.fail("message/push", quota_used_up())
    other = line.citizen()
    other.says("你好")
    _notify(line, other, "二")
    assert _letters(line)[-1].state == "failed"


def test_what_line_refuses_is_shown_to_the_operator_and_not_tried_again(line: Line) -> None:
    citizen = line.citizen()
    citizen.says("你好")
    line.fake.fail("message/push", quota_used_up())
    _notify(line, citizen)
    last = citizen.messages()[-1]
    assert (last.payload["notice"], last.payload["seqs"]) == ("undelivered", [3])
    assert "沒有送達" in last.text
    assert len(_letters(line)) == 2


def test_nothing_is_pushed_to_who_has_blocked_us(line: Line) -> None:
    citizen = line.citizen()
    citizen.says("你好")
    citizen.does("unfollow")
    assert _notify(line, citizen) == []
    assert _letters(line)[-1].state == "failed"


def test_many_answers_leave_in_calls_of_five(line: Line) -> None:
    citizen = line.citizen()
    line.gateway.brain.thought = lambda _t, _i: Outcome(tuple(Reply(f"第{n}則") for n in range(7)))
    assert len(citizen.says("很多")) == 7
    assert [(one.kind, len(one.messages)) for one in line.fake.sent] == [("reply", 5), ("push", 2)]
    assert len(_letters(line)) == 1


def test_pushes_are_counted_and_their_end_is_announced_once(
    start: Callable[..., Gateway], line_api: FakeLine
) -> None:
    line = Line.start(start, line_api, line_monthly_pushes=4, line_quota_warning=0.5)
    citizen = line.citizen()
    citizen.says("你好")
    for number in range(3):
        _notify(line, citizen, f"通知{number}")
    (month,) = line.rows(LineMonth)
    assert (month.pushes, month.replies, month.warned) == (3, 1, True)
    warnings = [row for row in line.rows(OutboxMessage) if row.topic == "line.quota"]
    assert [row.recipient for row in warnings] == ["supervisor:"]
    assert "2 則" in warnings[0].payload["text"]


def test_a_letter_that_was_tried_before_takes_no_new_token_though_the_attempt_did_not_count(
    line: Line,
) -> None:
    citizen = line.citizen()
    citizen.says("你好")
    (letter,) = _letters(line)
    line.gateway.brain.thought = lambda _turn, _incoming: Outcome()
    citizen.does("message-text")  # brings a token that nobody has claimed
    again = Letter(
        letter.id, "chat:another:1", letter.topic, letter.recipient, letter.payload, 1, LONG_AGO, "line", True
    )
    portal, carrier = line.gateway.client.portal, line.gateway.app.state.line_channel.out.carrier
    assert portal is not None
    portal.call(carrier.deliver, again)
    assert [one.kind for one in line.fake.sent] == ["reply", "push"]
