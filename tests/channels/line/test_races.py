"""The same events many times and many events at once: one effect each, in the order of each user."""

from __future__ import annotations

import asyncio
import io
import random
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from PIL import Image
from sqlalchemy import select

from gateway.channels.line.models import LineEvent
from gateway.channels.line.rules import State, message_key
from gateway.conversations.incoming import Incoming
from gateway.conversations.models import Message
from gateway.conversations.outcome import Outcome
from gateway.conversations.rules import Reply
from gateway.conversations.service import Turn
from gateway.database import Database, migrate
from tests.channels.line.crowd import Talker, said, scattered, settled, together, until
from tests.channels.line.fake import FakeLine
from tests.channels.line.talking import line_settings
from tests.channels.line.webhooks import chat_of, events, kind
from tests.in_process import StandIn
from tests.redis_server import RedisServer
from tests.served import served
from tests.workers.pair import Maker, Process

REDELIVERIES, AT_ONCE = 5, 8
SILENT = {
    "unfollow", "join", "leave", "beacon", "memberJoined", "memberLeft", "videoPlayComplete",
    "messageEdited-text", "seasonalGreeting", "unsend",
}  # fmt: skip
"""Kinds that tell nobody anything."""
DICE = random.Random(1999)  # noqa: S311 - no secret


@dataclass
class Served:
    """A gateway behind a real server, and what it works with."""

    url: str
    database: Database
    brain: StandIn


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def gateway(
    request: pytest.FixtureRequest, make_app: Callable[..., FastAPI], line_api: FakeLine
) -> Iterator[Served]:
    """Served on SQLite, and on PostgreSQL."""
    more: dict[str, Any] = {}
    if request.param == "postgresql":
        more = {"database_url": request.getfixturevalue("postgres_url")}
        opened = Database(more["database_url"])
        migrate.upgrade(opened)
        opened.close()
    brain = StandIn()
    app = make_app(brain, **line_settings(line_api, **more))
    with served(app) as url:
        yield Served(url, app.state.database, brain)


def test_every_event_five_times_by_eight_at_once_has_one_effect(gateway: Served, line_api: FakeLine) -> None:
    sent = _known_to(line_api, events())
    *before, taken_back = sorted(sent, key=lambda event: bool(event["type"] == "unsend"))
    for part, stored in ((before, len(before)), ([taken_back], len(sent))):
        deliveries = [
            [{**event, "deliveryContext": {"isRedelivery": again > 0}}]
            for event in part
            for again in range(REDELIVERIES)
        ]
        statuses = together([gateway.url], deliveries, AT_ONCE)
        assert Counter(statuses) == {200: len(part) * REDELIVERIES * AT_ONCE}
        settled(gateway.database, stored)
    _each_once(gateway.database, line_api, sent)


def _known_to(fake: FakeLine, sent: list[dict[str, Any]]) -> list[dict[str, Any]]:
    fake.hand_out(sent)
    data = io.BytesIO()
    Image.new("RGB", (64, 48), "white").save(data, "JPEG")
    for event in sent:
        if event.get("message", {}).get("type") in {"image", "video", "file"}:
            fake.content[event["message"]["id"]] = ("image/jpeg", data.getvalue())
    return sent


def _each_once(database: Database, fake: FakeLine, sent: list[dict[str, Any]]) -> None:
    with database.read() as session:
        rows = {row.event_id: row.state for row in session.scalars(select(LineEvent))}
        messages = list(session.scalars(select(Message)))
    assert rows == {event["webhookEventId"]: State.DONE for event in sent}
    by_key = Counter(one.client_id for one in messages if one.client_id)
    calls = Counter(to for one in fake.sent for to in one.to)
    for event in sent:
        talks = event["source"]["type"] == "user" and kind(event).partition("-")[0] in {"message", "postback"}
        assert by_key[message_key(event["webhookEventId"])] == 1 or not talks, kind(event)
        if kind(event) != "unsend":  # whose user has said something before
            assert calls[chat_of(event) or ""] == _told_of(event), kind(event)
    assert {call.status for call in fake.calls_of("message/reply")} == {200}
    assert fake.calls_of("message/push") == []


def _told_of(event: dict[str, Any]) -> int:
    """In how many calls the chat of an event hears of it."""
    spoken_to = event["source"]["type"] == "user" or event["type"] == "message"
    return int(spoken_to and kind(event) not in SILENT)


def test_what_one_user_says_in_a_jumble_is_carried_out_in_order(gateway: Served, line_api: FakeLine) -> None:
    told, open_again = threading.Event(), threading.Event()

    async def think(_turn: Turn, incoming: Incoming) -> Outcome:
        if incoming.text == "0":
            told.set()
            await asyncio.to_thread(open_again.wait, 60)
        return Outcome((Reply(f"聽到了：{incoming.text}"),))

    gateway.brain.thought = think
    talker = Talker(line_api)
    first, *later = [talker.word(str(number)) for number in range(25)]
    assert scattered([gateway.url], [[first]]) == [200]
    assert told.wait(60)
    DICE.shuffle(later)
    assert set(scattered([gateway.url], [later[share::6] for share in range(6)])) == {200}
    open_again.set()
    settled(gateway.database, 25)
    assert said(gateway.database) == [str(number) for number in range(25)]
    assert talker.told() == [f"聽到了：{number}" for number in range(25)]


def test_many_users_all_at_once_lose_and_double_nothing(gateway: Served, line_api: FakeLine) -> None:
    talkers = [Talker(line_api) for _ in range(12)]
    jumble = [
        talker.word(f"{place}的第{number}句") for place, talker in enumerate(talkers) for number in range(6)
    ]
    twice = jumble + jumble
    DICE.shuffle(twice)
    assert set(scattered([gateway.url], [twice[share::8] for share in range(8)])) == {200}
    settled(gateway.database, len(jumble))
    assert Counter(said(gateway.database)) == Counter(event["message"]["text"] for event in jumble)
    for place, talker in enumerate(talkers):
        assert sorted(talker.told()) == [f"聽到了：{place}的第{number}句" for number in range(6)]


# -- two processes


@dataclass
class Two:
    """Two gateway processes on one PostgreSQL."""

    a: Process
    b: Process
    database: Database


@pytest.fixture
def two(postgres_url: str, redis_server: RedisServer, line_api: FakeLine, tmp_path: Path) -> Iterator[Two]:
    """Both begun, and waited for by whoever needs them."""
    database = Database(postgres_url)
    migrate.upgrade(database)
    with ExitStack() as end:
        end.callback(database.close)
        maker = Maker(
            tmp_path, WST_DATABASE_URL=postgres_url, WST_REDIS_URL=redis_server.url, WST_WORKERS="2",
            WST_SECRET_KEY="only for tests",
            **{f"WST_{name.upper()}": str(value) for name, value in line_settings(line_api).items()},
        )  # fmt: skip
        end.callback(maker.close)
        yield Two(Process("a", maker), Process("b", maker), database)


@pytest.mark.postgres
def test_two_processes_carry_out_each_event_once_and_in_order(two: Two, line_api: FakeLine) -> None:
    for one in (two.a, two.b):
        one.until(lambda told: told["workers"] == 2 and told["live_news"] == "ok")
    talkers = [Talker(line_api) for _ in range(8)]
    shares = [[talker.word(f"第{number}句") for number in range(8)] for talker in talkers]
    assert set(scattered([two.a.url, two.b.url], shares)) == {200}
    settled(two.database, 64)
    assert said(two.database) == [f"第{number}句" for _ in talkers for number in range(8)]
    for talker in talkers:
        assert talker.repeated() == [f"第{number}句" for number in range(8)]


@pytest.mark.postgres
def test_what_a_dead_process_had_begun_the_other_takes_at_once(two: Two, line_api: FakeLine) -> None:
    two.b.kill()
    two.a.until(lambda told: told["workers"] == 1)
    talkers = [Talker(line_api) for _ in range(3)]
    for talker in talkers:  # of each the first hangs in a; what comes later waits for it
        assert set(scattered([two.a.url], [[talker.word("@a 想到一半"), talker.word("還在嗎")]])) == {200}
    until(lambda: sorted(said(two.database)) == ["@a 想到一半"] * 3, "a thinks of all three")
    two.b.begin()
    two.b.until(lambda told: told["workers"] == 2)
    assert [talker.told() for talker in talkers] == [[], [], []]
    two.a.kill()
    settled(two.database, 6)
    assert said(two.database) == ["@a 想到一半", "還在嗎"] * 3
    for talker in talkers:
        assert talker.repeated() == ["@a 想到一半", "還在嗎"]
    with two.database.read() as session:
        assert max(session.scalars(select(LineEvent.attempts))) == 2
