"""Two answers in a row that fail call a person unasked; an answer in between ends the row."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from sqlalchemy import select

from gateway.conversations.incoming import Incoming
from gateway.conversations.models import Conversation, ConversationEvent
from gateway.conversations.outcome import ENVELOPE, Outcome
from gateway.conversations.rules import Wish
from gateway.conversations.service import Turn
from tests.in_process import Conversation as Talk
from tests.in_process import Gateway, StandIn

NONSENSE = "紫色海豚喜歡什麼口味冰淇淋"
KNOWN = "使用牌照稅幾月繳，繳的是哪一段期間的稅？"
SUNDAY = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)


def alone() -> StandIn:
    """Rasa is away: the dialogue is asked directly."""
    brain = StandIn()
    brain.up = False
    return brain


def by_actions(gateway: Gateway) -> None:
    """Every message is taken for a question, whose action answers as Rasa would ask it to."""

    async def think(turn: Turn, incoming: Incoming) -> Outcome:
        heard = {
            "text": incoming.text, "intent": {"name": "ask_faq"}, "metadata": {"language": turn.language}
        }  # fmt: skip
        tracker = {
            "sender_id": turn.sender_id, "slots": {"dialogue": turn.state.to_dict()},
            "latest_message": heard, "events": [], "paused": False, "followup_action": None,
            "active_loop": {}, "latest_action_name": None,
        }  # fmt: skip
        call = {"next_action": "action_answer", "tracker": tracker, "domain": {}}
        done = await gateway.app.state.action_executor.run(call)
        return Outcome.from_dict(done.responses[0]["custom"][ENVELOPE])

    gateway.brain.thought = think


def owner(talk: Talk) -> str:
    found: str = talk.read()["owner"]
    return found


@pytest.mark.parametrize("rasa", [True, False], ids=["with Rasa", "without"])
def test_two_in_a_row_call_a_person(start: Callable[..., Gateway], rasa: bool) -> None:
    gateway = start(alone())
    if rasa:
        gateway.brain.up = True
        by_actions(gateway)
    talk = gateway.open()
    talk.say(NONSENSE)
    assert owner(talk) == "bot"
    told = talk.say(NONSENSE)
    assert owner(talk) == "queue"
    assert "連續兩次沒能回答" in next(one["text"] for one in told if one["kind"] == "options")
    assert "第 1 位" in told[-1]["text"]
    with gateway.database.read() as session:
        assert session.get_one(Conversation, talk.id).queue_reason == Wish.FAILED_ANSWERS
        [event] = session.scalars(select(ConversationEvent))
    assert (event.actor, event.reason) == ("citizen", Wish.FAILED_ANSWERS)


def test_an_answer_ends_the_row_and_a_choice_does_not(start: Callable[..., Gateway]) -> None:
    talk = start(alone()).open()
    for text in (NONSENSE, KNOWN, NONSENSE):
        talk.say(text)
        assert owner(talk) == "bot"
    [*_, offered, _] = talk.say("火星上的咖啡店幾點打烊")
    assert "faq:none" in [one["payload"] for one in offered["payload"]["options"]]
    assert owner(talk) == "bot"
    talk.send(option="faq:none")
    assert owner(talk) == "queue"
    [noted] = talk.send(option="faq:none").json()["replies"]
    assert "queue:leave" in [one["payload"] for one in noted["payload"]["options"]]


def test_the_row_survives_a_restart_and_begins_anew_after_the_queue(start: Callable[..., Gateway]) -> None:
    talk = start(alone()).open()
    talk.say(NONSENSE)
    talk.client = start(alone()).client
    talk.say(NONSENSE)
    assert owner(talk) == "queue"
    talk.say(NONSENSE)
    talk.say(NONSENSE)
    talk.send(option="queue:leave")
    talk.say(NONSENSE)
    assert owner(talk) == "bot"


def test_not_in_the_middle_of_a_form(start: Callable[..., Gateway]) -> None:
    talk = start(alone()).open()
    talk.say(NONSENSE)
    talk.send(option="start:petition")
    for _ in range(3):
        talk.say(NONSENSE)
        assert owner(talk) == "bot"


def test_where_nobody_is_there_the_hours_are_told_instead(start: Callable[..., Gateway]) -> None:
    gateway = start(alone(), staffed_hours="1-5 08:00-17:30")
    gateway.app.state.handoffs.clock = lambda: SUNDAY
    talk = gateway.open()
    talk.say(NONSENSE)
    told = talk.say(NONSENSE)[-1]
    assert "週一至週五 08:00–17:30" in told["text"]
    offered = [one["payload"] for one in told["payload"]["options"]]
    assert offered == ["start:petition", "call_back:ask", "start:dispatch"]
    assert owner(talk) == "bot"
