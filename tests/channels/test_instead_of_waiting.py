"""Who waits for a person can leave a message, which becomes a case and ends the waiting."""

from __future__ import annotations

from sqlalchemy import select

from gateway.cases.models import Case
from gateway.conversations.models import ConversationEvent
from gateway.conversations.rules import Leaving
from tests.channels.test_turns import MOST_TURNS, answer
from tests.in_process import Gateway


def test_a_message_instead_becomes_a_case_and_ends_the_waiting(gateway: Gateway) -> None:
    gateway.brain.up = False
    talk = gateway.open()
    talk.say("請問")
    talk.send(option="human")
    replies = talk.send(option="start:petition").json()["replies"]
    for _ in range(MOST_TURNS):
        assert talk.read()["owner"] == "queue"
        replies = talk.send(**answer(replies[-1])).json()["replies"]
        if replies[-1]["kind"] == "case":
            break
    assert talk.read()["owner"] == "bot"
    assert "不必再等候" in replies[0]["text"]
    with gateway.database.read() as session:
        assert session.scalars(select(Case.number)).all() == [replies[-1]["payload"]["number"]]
        left = session.scalars(select(ConversationEvent).order_by(ConversationEvent.id)).all()[-1]
    assert (left.actor, left.reason) == ("citizen", Leaving.MESSAGE)


def test_a_message_goes_on_beside_other_buttons_and_given_up_leaves_the_place_in_line(
    gateway: Gateway,
) -> None:
    gateway.brain.up = False
    talk = gateway.open()
    talk.say("請問")
    talk.send(option="human")
    [*_, question] = talk.send(option="start:petition").json()["replies"]
    [form, *_, again] = talk.send(option="call_back:ask").json()["replies"]
    assert form["payload"]["notice"] == "call_back_form" and again["text"] == question["text"]
    talk.say("取消")
    assert talk.read()["owner"] == "queue"
    talk.send(option="start:petition")
    assert talk.read()["owner"] == "queue"
