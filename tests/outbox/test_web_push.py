"""Web push to a real server on this machine that plays a push service, read with the browser's own keys."""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from py_vapid import Vapid02

from gateway.conversations import push
from gateway.conversations.models import Conversation, PushSubscription
from gateway.conversations.push import LATELY, Bell
from gateway.conversations.push_carrier import WebPushCarrier, public_key, vapid_of
from gateway.database import Database
from gateway.outbox.models import OutboxMessage
from gateway.outbox.rules import WAITS
from gateway.outbox.service import Outbox
from gateway.outbox.worker import OutboxWorker
from gateway.settings import Settings
from tests.conversations.browsers import RealBrowser
from tests.outbox.conftest import NOW
from tests.outbox.receiver import CUT, Receiver, receiving

Rows = Callable[[], dict[str, OutboxMessage]]
TALK = "5f0f6f5e-0000-4000-8000-000000000001"
CONTACT = "mailto:1999@city.example"


@pytest.fixture
def service() -> Iterator[Receiver]:
    with receiving() as receiver:
        yield receiver


@pytest.fixture
def settings(service: Receiver, tmp_path: Path) -> Settings:
    origin = "{0.scheme}://{0.netloc}".format(urlsplit(service.url))
    return Settings(
        data_dir=tmp_path, web_push=True, web_push_contact=CONTACT, web_push_services=["x.example", origin]
    )


@pytest.fixture
def browser(database: Database, service: Receiver) -> RealBrowser:
    """One that has asked to be told of a conversation and is not looking at it."""
    real = RealBrowser(service.url + "/browser-1")
    with database.write() as session:
        session.add(
            Conversation(
                id=TALK, channel="web", language="zh-TW", owner="operator", last_seq=7, epoch=0,
                epoch_turns=0, state={}, created_at=NOW, updated_at=NOW, expires_at=NOW + timedelta(days=3),
            )
        )  # fmt: skip
    push.subscribe(database, TALK, real.told, NOW)
    push.sign(database, TALK, NOW, visible=False)
    return real


def ring(database: Database, seq: int = 7, at: datetime = NOW) -> None:
    with database.write() as session:
        Bell(Outbox()).ring(session, session.get_one(Conversation, TALK), seq, at)


def deliver(database: Database, settings: Settings, at: datetime = NOW) -> None:
    carrier = WebPushCarrier(database, settings, clock=lambda: at)
    asyncio.run(OutboxWorker(database, {"web_push": carrier}, clock=lambda: at).deliver_due())


def is_told(database: Database) -> bool:
    with database.read() as session:
        return session.query(PushSubscription).count() == 1


def test_only_the_browser_reads_it_and_it_holds_no_word_of_anybody(
    database: Database, settings: Settings, service: Receiver, browser: RealBrowser, rows: Rows
) -> None:
    ring(database)
    deliver(database, settings)
    (came,) = service.received
    told = browser.read(came.body)
    assert told == {"title": "1999 有新訊息", "text": "點這裡回到對話。", "language": "zh-TW"}
    assert (came.headers["content-encoding"], came.path) == ("aes128gcm", "/hook/browser-1")
    assert int(came.headers["ttl"]) > 0
    assert rows()["push:1:7"].state == "sent"
    assert Vapid02.verify(came.headers["authorization"])
    token, key = (
        part.partition("=")[2] for part in came.headers["authorization"].split(" ", 1)[1].split(",")
    )
    claims = json.loads(base64.urlsafe_b64decode(token.split(".")[1] + "=="))
    assert (claims["sub"], claims["aud"]) == (CONTACT, service.url.removesuffix("/hook"))
    assert key == public_key(vapid_of(settings))


@pytest.mark.parametrize("status", [404, 410])
@pytest.mark.usefixtures("browser")
def test_a_browser_that_is_gone_is_forgotten(
    database: Database, settings: Settings, service: Receiver, rows: Rows, status: int
) -> None:
    service.answers = [status]
    ring(database, 7)
    ring(database, 8)
    deliver(database, settings)
    assert not is_told(database)
    assert len(service.received) == 1
    assert {key: row.state for key, row in rows().items()} == {"push:1:7": "failed", "push:1:8": "cancelled"}


def test_a_service_in_trouble_is_tried_again(
    database: Database, settings: Settings, service: Receiver, browser: RealBrowser, rows: Rows
) -> None:
    service.answers = [503, CUT]
    ring(database)
    at = NOW
    for wait in (timedelta(0), *WAITS[:2]):
        at += wait
        deliver(database, settings, at)
    assert len(service.received) == 3
    assert browser.read(service.received[-1].body)["title"] == "1999 有新訊息"
    assert rows()["push:1:7"].state == "sent"
    assert is_told(database)


@pytest.mark.parametrize("status", [400, 403, 413, 302])
@pytest.mark.usefixtures("browser")
def test_another_refusal_is_final_and_the_browser_stays(
    database: Database, settings: Settings, service: Receiver, rows: Rows, status: int
) -> None:
    service.answers, service.headers = [status], {"location": service.url}
    ring(database)
    deliver(database, settings)
    assert (rows()["push:1:7"].state, len(service.received)) == ("failed", 1)
    assert is_told(database)


@pytest.mark.parametrize("seconds", [1, 44])
@pytest.mark.usefixtures("browser")
def test_who_looks_meanwhile_is_not_told(
    database: Database, settings: Settings, service: Receiver, seconds: int
) -> None:
    push.sign(database, TALK, NOW - timedelta(seconds=5), visible=True)
    ring(database)
    deliver(database, settings, NOW)
    push.sign(database, TALK, NOW + timedelta(seconds=seconds), visible=True)
    deliver(database, settings, NOW + LATELY)
    assert service.received == []


@pytest.mark.usefixtures("browser")
def test_who_has_looked_just_before_and_does_not_come_back_is_told(
    database: Database, settings: Settings, service: Receiver
) -> None:
    push.sign(database, TALK, NOW - timedelta(seconds=5), visible=True)
    ring(database)
    deliver(database, settings, NOW)
    assert service.received == []
    deliver(database, settings, NOW + LATELY)
    assert len(service.received) == 1


@pytest.mark.usefixtures("browser")
def test_what_is_a_day_old_is_not_told_any_more(
    database: Database, settings: Settings, service: Receiver, rows: Rows
) -> None:
    ring(database)
    deliver(database, settings, NOW + timedelta(hours=25))
    assert service.received == []
    assert rows()["push:1:7"].last_error == "too late to be of use"


@pytest.mark.usefixtures("browser")
def test_a_service_that_the_setting_names_no_more_is_not_posted_to(
    database: Database, service: Receiver, tmp_path: Path
) -> None:
    ring(database)
    deliver(database, Settings(data_dir=tmp_path, web_push=True, web_push_contact=CONTACT))
    assert service.received == []
