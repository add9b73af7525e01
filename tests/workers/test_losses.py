"""What a killed process and a lost Redis cost: time, and nothing else."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from gateway.conversations.notices import post_notice
from gateway.conversations.rules import Kind, Reply, Sender
from tests.redis_server import RedisServer
from tests.workers.pair import Citizen, Operator, Pair, Process

pytestmark = pytest.mark.postgres


def everything_once_and_in_order(citizen: Citizen) -> None:
    """Gapless, nothing lost, nothing doubled, questions in the order of sending, each answered once."""
    assert [one["seq"] for one in citizen.seen] == list(range(1, len(citizen.seen) + 1))
    asked = [one["text"] for one in citizen.seen if one["sender"] == "citizen"]
    told = [one["text"].partition(":")[2] for one in citizen.seen if one["sender"] == "bot"]
    assert asked == [one["text"] for one in citizen.sent]
    assert told == asked


def test_citizens_of_a_killed_process_go_on_at_the_other(pair: Pair) -> None:
    citizens = [Citizen(pair.a) for _ in range(5)]
    for number in range(4):
        for citizen in citizens:
            citizen.say(f"第{number}則")
    for citizen in citizens:
        citizen.hear("第0則")
        citizen.say("@a 想到一半")
    citizens[0].hear("@a 想到一半")
    pair.a.kill()
    for citizen in citizens:
        citizen.connected(pair.b)
        citizen.send_again()
        citizen.say("還在嗎")
    for citizen in citizens:
        citizen.hear(":還在嗎")
        everything_once_and_in_order(citizen)
    pair.a.begin()
    pair.whole()


def test_the_open_turn_of_a_dead_process_is_answered_by_another(pair: Pair) -> None:
    citizen = Citizen(pair.a)
    citizen.say("@a 想到一半")
    citizen.read_until(lambda one: one == {"type": "typing", "sender": "bot", "on": True})
    at_b = Citizen(pair.b)
    at_b.read_until(lambda one: one["type"] == "owner")
    # Committed, and its process died before it could tell anybody.
    post_notice(pair.database, at_b.id, "untold", Reply("沒來得及說的", Kind.NOTICE, {}, Sender.SYSTEM))
    pair.a.kill()
    citizen.connected(pair.b)  # and says nothing
    citizen.hear(":@a 想到一半")
    everything_once_and_in_order(citizen)
    at_b.hear("沒來得及說的")
    pair.b.until(lambda told: told["workers"] == 1)
    pair.a.begin()
    pair.whole()


def test_without_redis_nothing_is_lost_and_with_it_all_is_live_again(
    pair: Pair, redis_server: RedisServer, sit_down: Callable[[Process], Operator]
) -> None:
    operator, citizen = sit_down(pair.b), Citizen(pair.a)
    assert operator.post(f"/conversations/{citizen.id}/take").status_code == 200
    operator.watch(citizen.id)
    redis_server.stop()
    for one in (pair.a, pair.b):
        assert one.until(lambda told: told["live_news"] == "down")["status"] == "degraded"
    assert operator.say(citizen.id, "紅色的燈熄了").status_code == 201
    citizen.hear("紅色的燈熄了")  # everybody looks every few seconds
    citizen.say("我看到了")
    operator.hear("我看到了")
    redis_server.start()
    pair.whole()
    assert operator.say(citizen.id, "又亮了").status_code == 201
    citizen.hear("又亮了")
    assert [one["seq"] for one in citizen.seen] == list(range(1, len(citizen.seen) + 1))
    for one in (pair.a, pair.b):
        log = one.log.read_text()
        assert log.count("live news of other processes are lost") == 1
        assert log.rindex("live news of other processes are heard") > log.index("are lost")
