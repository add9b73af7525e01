"""A citizen's socket on one process, the operator's on another: nothing of that is to be noticed."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from tests.workers.pair import PATIENCE, Citizen, Operator, Pair, Process

pytestmark = pytest.mark.postgres
SitDown = Callable[[Process], Operator]


def in_the_queue(at: Process) -> Citizen:
    """A citizen who has asked for a person."""
    citizen = Citizen(at)
    citizen.say("person")
    citizen.read_until(lambda frame: frame == {"type": "owner", "owner": "queue"})
    return citizen


def test_both_talk_and_see_each_other_type(pair: Pair, sit_down: SitDown) -> None:
    operator = sit_down(pair.b)
    citizen = in_the_queue(pair.a)
    operator.read_until(
        lambda one: one["type"] == "queue" and citizen.id in [card["id"] for card in one["conversations"]]
    )
    assert operator.post(f"/conversations/{citizen.id}/take").status_code == 200
    citizen.read_until(lambda frame: frame == {"type": "owner", "owner": "operator"})
    operator.read_until(
        lambda one: one["type"] == "mine" and citizen.id in [card["id"] for card in one["conversations"]]
    )
    operator.watch(citizen.id)
    operator.tell(type="typing", conversation_id=citizen.id, on=True)
    typing = citizen.read_until(lambda one: one["type"] == "typing" and one["sender"] == "operator")
    assert typing["on"] is True
    assert operator.say(citizen.id, "您好").status_code == 201
    assert citizen.hear("您好")["message"]["sender"] == "operator"
    citizen.socket.send('{"type": "typing", "on": true}')
    operator.read_until(lambda one: one["type"] == "typing" and one["conversation_id"] == citizen.id)
    citizen.say("在建工路")
    assert operator.hear("在建工路")["message"]["sender"] == "citizen"
    assert [one["seq"] for one in citizen.seen] == list(range(1, len(citizen.seen) + 1))


def test_of_operators_on_two_processes_one_takes_a_conversation(pair: Pair, sit_down: SitDown) -> None:
    desks = [sit_down(pair.a), sit_down(pair.b)]
    with ThreadPoolExecutor(2) as pool:
        for _ in range(6):
            citizen = in_the_queue(pair.a)
            tries = [pool.submit(one.post, f"/conversations/{citizen.id}/take") for one in desks]
            assert sorted(one.result().status_code for one in tries) == [200, 409]


def test_what_the_bot_was_still_computing_is_dropped(pair: Pair, sit_down: SitDown) -> None:
    operator, citizen = sit_down(pair.b), Citizen(pair.a)
    citizen.say("wait")
    citizen.read_until(lambda one: one == {"type": "typing", "sender": "bot", "on": True})
    assert operator.post(f"/conversations/{citizen.id}/take").status_code == 200
    httpx.post(f"{pair.a.url}/stand-in/go-on").raise_for_status()
    citizen.read_until(lambda one: one["type"] == "sent")
    assert operator.say(citizen.id, "我來處理").status_code == 201
    citizen.hear("我來處理")
    assert not any("0:wait" in text for text in citizen.texts())


def test_turns_of_one_conversation_keep_their_order_over_processes(pair: Pair) -> None:
    citizen = Citizen(pair.a)
    slow = citizen.say("wait")
    citizen.read_until(lambda one: one == {"type": "typing", "sender": "bot", "on": True})
    with ThreadPoolExecutor(2) as pool:
        # The next one comes to another process, and so does a repeat of the one that is thought about.
        later = pool.submit(citizen.post, pair.b, {"client_id": str(uuid.uuid4()), "text": "next"})
        citizen.hear("next")
        again = pool.submit(citizen.post, pair.b, slow)
        assert not later.done()
        httpx.post(f"{pair.a.url}/stand-in/go-on").raise_for_status()
        assert [one["text"] for one in later.result().json()["replies"]] == ["0:next"]
        assert [one["text"] for one in again.result().json()["replies"]] == ["0:wait"]
    citizen.hear("0:next")
    assert citizen.texts() == ["wait", "next", "0:wait", "0:next"]


def test_a_turn_that_broke_holds_nobody_up(pair: Pair) -> None:
    citizen = Citizen(pair.a)
    broken = citizen.say("broken")
    citizen.read_until(lambda one: one["type"] == "error")
    answered = citizen.post(pair.b, {"client_id": str(uuid.uuid4()), "text": "next"})
    assert [one["text"] for one in answered.json()["replies"]] == ["0:next"]
    assert citizen.post(pair.b, broken).status_code == 500


def test_messages_sent_to_both_at_once_are_each_answered_once(pair: Pair) -> None:
    citizen = Citizen(pair.a)
    bodies = [{"client_id": str(uuid.uuid4()), "text": f"第{number}則"} for number in range(8)]
    with ThreadPoolExecutor(8) as pool:
        sent = [pool.submit(citizen.post, at, body) for body in bodies for at in (pair.a, pair.b)]
        answers = [one.result() for one in sent]
    assert {one.status_code for one in answers} == {200, 201}
    citizen.read_until(lambda _: len(citizen.seen) == 2 * len(bodies))
    assert [one["seq"] for one in citizen.seen] == list(range(1, 17))
    asked = [one["text"] for one in citizen.seen if one["sender"] == "citizen"]
    told = [one["text"].partition(":")[2] for one in citizen.seen if one["sender"] == "bot"]
    assert sorted(asked) == sorted(body["text"] for body in bodies)
    assert told == asked


def figures(at: Process) -> dict[str, float]:
    """What a process says that all of them have counted."""
    lines = httpx.get(f"{at.url}/metrics", timeout=PATIENCE).text.splitlines()
    return {line.rpartition(" ")[0]: float(line.rpartition(" ")[2]) for line in lines if line[:1] != "#"}


def test_the_figures_are_those_of_both(pair: Pair) -> None:
    def told() -> tuple[float, float]:
        figures(pair.a)
        both = figures(pair.b)
        return both["wst_conversations_total"], both["wst_open_sockets"]

    conversations, sockets = told()
    citizens = [Citizen(pair.a), Citizen(pair.b)]
    for citizen in citizens:
        citizen.read_until(lambda one: one["type"] == "owner")
    assert told() == (conversations + 2, sockets + 2)
    assert figures(pair.a)["wst_live_news_lost"] == 0
