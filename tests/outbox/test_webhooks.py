"""Webhooks to a real receiver with faults: signed, in order, each endpoint for itself, nowhere else."""

from __future__ import annotations

import asyncio
import json
import multiprocessing
import os
import random
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from gateway.audit.models import AuditEntry
from gateway.audit.service import AuditTrail
from gateway.database import Database
from gateway.identity.sealing import Sealer
from gateway.outbox import worker as worker_module
from gateway.outbox.models import OutboxMessage
from gateway.outbox.queue import Letter
from gateway.outbox.rules import LEASE, WAITS, DeliveryFailed, Undeliverable
from gateway.outbox.service import Outbox
from gateway.outbox.webhooks.addresses import Destinations, Networks
from gateway.outbox.webhooks.carrier import WebhookCarrier
from gateway.outbox.webhooks.errors import EndpointNotActive, EndpointNotFound
from gateway.outbox.webhooks.models import WebhookEndpoint
from gateway.outbox.webhooks.rules import GRACE, WORDS_MAX, EndpointState, Topic, event_id, signatures
from gateway.outbox.webhooks.service import By, Webhooks, put_event, standings
from gateway.outbox.worker import OutboxWorker
from tests.outbox.conftest import NOW
from tests.outbox.receiver import CUT, Receiver, receiving

Rows = Callable[[], dict[str, OutboxMessage]]
Receivers = Callable[..., Receiver]
KEY = b"only for tests"
BY = By("mei", "administrator")
HERE = Destinations(Networks.from_names(["127.0.0.1"]), plain_http=True)
DATA = {"number": "D1151124-00001", "status": "assigned"}


@pytest.fixture
def receivers() -> Iterator[Receivers]:
    """Starts receivers; stopped when the test ends."""
    with ExitStack() as running:
        yield lambda **parts: running.enter_context(receiving(**parts))


@pytest.fixture
def webhooks(outbox: Outbox) -> Webhooks:
    return Webhooks(outbox, AuditTrail(KEY), Sealer(KEY))


@pytest.fixture
def enter(database: Database, webhooks: Webhooks) -> Callable[[str], tuple[int, str]]:
    """Enters an endpoint; its id and its secret."""

    def add(url: str) -> tuple[int, str]:
        with database.write() as session:
            return webhooks.add(session, unit="養工處", url=url, topics=list(Topic), by=BY, now=NOW)

    return add


@pytest.fixture
def tell(database: Database, outbox: Outbox) -> Callable[[int, str], None]:
    """Writes one event for an endpoint."""

    def write(endpoint_id: int, cause: str) -> None:
        with database.write() as session:
            endpoint = session.get_one(WebhookEndpoint, endpoint_id)
            put_event(session, outbox, endpoint, cause, Topic.ASSIGNED, {**DATA, "cause": cause}, "D1", NOW)

    return write


Enter, Tell = Callable[[str], tuple[int, str]], Callable[[int, str], None]


class Post:
    """A real worker with the real carrier, on a clock that a test moves."""

    def __init__(self, database: Database, destinations: Destinations = HERE, **options: Any) -> None:
        self.now = NOW
        carrier = WebhookCarrier(database, Sealer(KEY), destinations, **options)
        self.worker = OutboxWorker(database, {"webhook": carrier}, clock=lambda: self.now)

    def deliver(self) -> int:
        return asyncio.run(self.worker.deliver_due())


def state_of(database: Database, endpoint_id: int) -> str:
    with database.read() as session:
        return session.get_one(WebhookEndpoint, endpoint_id).state


def causes(receiver: Receiver) -> list[str]:
    return [json.loads(one.body)["data"]["cause"] for one in receiver.received]


def test_another_library_verifies_what_arrives(
    database: Database, receivers: Receivers, enter: Enter, tell: Tell, rows: Rows
) -> None:
    receiver = receivers()
    endpoint, secret = enter(receiver.url)
    tell(endpoint, "D1:2")
    Post(database).deliver()
    (came,) = receiver.received
    told = Webhook(secret).verify(came.body, came.headers)
    assert told == {
        "type": "case.assigned", "timestamp": NOW.isoformat(), "data": {**DATA, "cause": "D1:2"},
    }  # fmt: skip
    assert (came.path, came.headers["content-type"]) == ("/hook", "application/json")
    assert rows()[f"webhook:{endpoint}:D1:2"].state == "sent"
    for data, other in ((came.body + b" ", secret), (came.body, enter(receiver.url)[1])):
        with pytest.raises(WebhookVerificationError):
            Webhook(other).verify(data, came.headers)


@pytest.mark.parametrize("minutes", [-10, -6, 6])
def test_an_old_attempt_is_refused_whoever_sends_it_again(minutes: int) -> None:
    secret, body = "whsec_" + "c2VjcmV0IGZvciB0ZXN0cyBvbmx5" * 2, b'{"type":"case.assigned"}'
    at = int((datetime.now(UTC) + timedelta(minutes=minutes)).timestamp())
    headers = {
        "webhook-id": "evt_1", "webhook-timestamp": str(at),
        "webhook-signature": signatures([secret], "evt_1", at, body),
    }  # fmt: skip
    with pytest.raises(WebhookVerificationError, match=r"too old|too new"):
        Webhook(secret).verify(body, headers)
    replayed = {**headers, "webhook-timestamp": str(int(datetime.now(UTC).timestamp()))}
    with pytest.raises(WebhookVerificationError, match="signature"):
        Webhook(secret).verify(body, replayed)


def test_a_repeat_has_the_same_id_and_bytes_and_a_time_of_its_own(
    database: Database, receivers: Receivers, enter: Enter, tell: Tell
) -> None:
    receiver = receivers(answers=[500, CUT])
    endpoint, secret = enter(receiver.url)
    tell(endpoint, "a")
    clock = [datetime.now(UTC)]
    post = Post(database, clock=lambda: clock[0])
    for wait in (timedelta(0), *WAITS[:2]):
        post.now += wait
        clock[0] += timedelta(seconds=30)
        assert post.deliver() == 1
    assert set(receiver.ids) == {event_id(f"webhook:{endpoint}:a")}
    assert len({one.body for one in receiver.received}) == 1
    assert len({one.headers["webhook-timestamp"] for one in receiver.received}) == 3
    for one in receiver.received:
        Webhook(secret).verify(one.body, one.headers)


def test_after_a_rotation_both_secrets_sign_for_a_while(
    database: Database, receivers: Receivers, webhooks: Webhooks, enter: Enter, tell: Tell
) -> None:
    receiver = receivers()
    endpoint, old = enter(receiver.url)
    with database.write() as session:
        new = webhooks.rotate(session, endpoint, BY, datetime.now(UTC) - timedelta(minutes=1))
    clock = [datetime.now(UTC)]
    post = Post(database, clock=lambda: clock[0])
    tell(endpoint, "a")
    post.deliver()
    came = receiver.received[0]
    for secret in (old, new):
        Webhook(secret).verify(came.body, came.headers)
    clock[0] += GRACE
    tell(endpoint, "b")
    post.deliver()
    assert len(receiver.received[1].headers["webhook-signature"].split()) == 1
    assert len(came.headers["webhook-signature"].split()) == 2
    with database.read() as session:
        row = session.get_one(WebhookEndpoint, endpoint)
        assert not {old, new} & {row.sealed_secret, row.sealed_old_secret}
        acts = list(session.scalars(select(AuditEntry.act).order_by(AuditEntry.seq)))
    assert acts == ["webhook.add", "webhook.rotate"]


ANSWERS = {
    200: "sent", 204: "sent", 301: "failed", 302: "failed", 307: "failed", 400: "failed", 401: "failed",
    404: "failed", 408: "pending", 429: "pending", 500: "pending", 503: "pending", CUT: "pending",
}  # fmt: skip


def test_the_answer_says_what_becomes_of_the_event(
    database: Database, receivers: Receivers, enter: Enter, tell: Tell, rows: Rows
) -> None:
    elsewhere = receivers()
    known: dict[int, int] = {}
    for status in ANSWERS:
        receiver = receivers(answers=[status], headers={"location": elsewhere.url})
        known[status] = enter(receiver.url)[0]
        tell(known[status], "a")
    Post(database).deliver()
    found = rows()
    left = {status: found[f"webhook:{endpoint}:a"].state for status, endpoint in known.items()}
    assert left == ANSWERS
    assert elsewhere.received == []
    assert {state_of(database, endpoint) for endpoint in known.values()} == {"active"}


def letter(endpoint: int) -> Letter:
    payload = {"event": {"type": "case.assigned", "data": DATA}}
    return Letter(1, "webhook:1:a", "case.assigned", f"endpoint:{endpoint}", payload, 1, NOW)


RETRY_AFTER = {
    "120": 120, "0": 0, "Tue, 24 Nov 2026 02:05:00 GMT": 300, "Tue, 24 Nov 2026 01:00:00 GMT": 0,
    "99999999999999": 12 * 3600, "soon": None, "": None, "-5": None,
}  # fmt: skip


@pytest.mark.parametrize("status", [429, 503])
def test_who_asks_to_be_left_alone_is_left_alone(
    database: Database, receivers: Receivers, enter: Enter, status: int
) -> None:
    carrier = WebhookCarrier(database, Sealer(KEY), HERE, clock=lambda: NOW)
    receiver = receivers()
    endpoint, _ = enter(receiver.url)
    for header, seconds in RETRY_AFTER.items():
        receiver.answers, receiver.headers = [status], {"retry-after": header}
        with pytest.raises(DeliveryFailed) as caught:
            asyncio.run(carrier.deliver(letter(endpoint)))
        assert caught.value.retry_after == (None if seconds is None else timedelta(seconds=seconds))


def test_the_worker_keeps_the_wait_that_an_endpoint_asks_for(
    database: Database, receivers: Receivers, enter: Enter, tell: Tell, rows: Rows
) -> None:
    receiver = receivers(answers=[429], headers={"retry-after": "7200"})
    endpoint, _ = enter(receiver.url)
    tell(endpoint, "a")
    post = Post(database)
    post.deliver()
    at = rows()[f"webhook:{endpoint}:a"].next_attempt_at
    assert at >= NOW + timedelta(hours=2)
    post.now = at
    post.deliver()
    assert rows()[f"webhook:{endpoint}:a"].state == "sent"


def test_who_is_gone_is_told_nothing_more_until_somebody_resumes_it(
    database: Database, receivers: Receivers, webhooks: Webhooks, enter: Enter, tell: Tell, rows: Rows
) -> None:
    receiver = receivers(answers=[410])
    endpoint, _ = enter(receiver.url)
    tell(endpoint, "a")
    tell(endpoint, "b")
    post = Post(database)
    post.deliver()
    assert state_of(database, endpoint) == EndpointState.GONE
    states = {key[-1]: row.state for key, row in rows().items()}
    assert states == {"a": "failed", "b": "cancelled"}
    with database.write() as session, pytest.raises(EndpointNotActive):
        webhooks.test(session, endpoint, BY, NOW)
    with database.write() as session:
        webhooks.resume(session, endpoint, BY, NOW)
        webhooks.test(session, endpoint, BY, NOW)
    post.deliver()
    assert [json.loads(one.body)["type"] for one in receiver.received] == ["case.assigned", "webhook.test"]


def test_paused_or_removed_it_gets_nothing_of_what_waits(
    database: Database, receivers: Receivers, webhooks: Webhooks, enter: Enter, tell: Tell, rows: Rows
) -> None:
    receiver = receivers()
    (paused, _), (removed, _) = enter(receiver.url), enter(receiver.url)
    for endpoint in (paused, removed):
        tell(endpoint, "a")
    with database.write() as session:
        webhooks.pause(session, paused, BY, NOW)
        webhooks.remove(session, removed, BY, NOW)
    Post(database).deliver()
    assert receiver.received == []
    assert {row.state for row in rows().values()} == {"cancelled"}
    with database.write() as session, pytest.raises(EndpointNotFound):
        webhooks.rotate(session, removed, BY, NOW)
    assert enter(receiver.url)[0] > removed  # its number is nobody else's


def test_how_it_goes_is_counted(database: Database, receivers: Receivers, enter: Enter, tell: Tell) -> None:
    receiver = receivers(answers=[204, 400, 500])
    endpoint, _ = enter(receiver.url)
    for cause in "abc":
        tell(endpoint, cause)
    Post(database).deliver()
    with database.read() as session:
        standing = standings(session)[endpoint]
    assert (standing.waiting, standing.failed, standing.last_sent_at) == (1, 1, NOW)


@pytest.mark.parametrize("seed", [1999])
def test_each_endpoint_hears_everything_in_order_whatever_fails(
    database: Database, receivers: Receivers, enter: Enter, tell: Tell, rows: Rows, seed: int
) -> None:
    chance = random.Random(seed)  # noqa: S311 - a test's own dice
    faults = [204, 204, 204, 500, 429, CUT]
    several = [receivers(answers=[chance.choice(faults) for _ in range(20)]) for _ in range(3)]
    known = [enter(one.url)[0] for one in several]
    for number in range(18):
        tell(known[number % 3], f"{number:02}")
    post = Post(database)
    post.deliver()
    while again := [row.next_attempt_at for row in rows().values() if row.next_attempt_at > post.now]:
        post.now = min(again)
        post.deliver()
    for place, receiver in enumerate(several):
        first_times = list(dict.fromkeys(causes(receiver)))
        assert first_times == [f"{number:02}" for number in range(place, 18, 3)]
        # What came twice has one id, so that the receiver can tell.
        assert len(set(receiver.ids)) == len(first_times)


def test_one_that_hangs_holds_up_nobody_else(
    database: Database, receivers: Receivers, enter: Enter, tell: Tell, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worker_module, "PATIENCE_SECONDS", 0.02)
    everybody_else_has_theirs = threading.Event()
    hanging, well = receivers(until=everybody_else_has_theirs), receivers()
    for endpoint, cause in ((enter(hanging.url)[0], "x"), (enter(well.url)[0], "y")):
        for number in range(20):
            tell(endpoint, f"{cause}{number:02}")
    answer = well.answer

    def counted(handler: Any) -> None:
        answer(handler)
        if len(well.received) == 20:
            everybody_else_has_theirs.set()

    well.answer = counted  # type: ignore[method-assign]
    assert Post(database, timeout_seconds=60).deliver() == 40
    assert causes(well) == [f"y{number:02}" for number in range(20)]
    assert causes(hanging) == [f"x{number:02}" for number in range(20)]


def test_one_that_never_answers_is_given_up_for_now(
    database: Database, receivers: Receivers, enter: Enter, tell: Tell, rows: Rows
) -> None:
    receiver = receivers(until=threading.Event())
    endpoint, _ = enter(receiver.url)
    tell(endpoint, "a")
    Post(database, timeout_seconds=0.05).deliver()
    row = rows()[f"webhook:{endpoint}:a"]
    assert (row.state, row.last_error) == ("pending", "no answer within 0.05 s")


def test_of_its_words_little_is_kept_and_nobody_in_them(
    database: Database, receivers: Receivers, enter: Enter, tell: Tell, rows: Rows
) -> None:
    words = "unknown item\r\nask ming@example.org, 0912-345-678 or A123456789 " + "x" * 500
    receiver = receivers(answers=[400], words=words)
    endpoint, _ = enter(receiver.url)
    tell(endpoint, "a")
    Post(database).deliver()
    kept = rows()[f"webhook:{endpoint}:a"].last_error or ""
    assert kept.startswith("400 unknown item ask •••")
    assert len(kept) <= len("400 ") + WORDS_MAX
    assert not [secret for secret in ("ming", "0912", "345", "123456") if secret in kept]


NETWORKS = {
    "public,10.0.0.0/8": False, "0.0.0.0/0,::/0": False, "": False, "127.0.0.1": True, "127.0.0.0/8": True,
}  # fmt: skip


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_the_platform_itself_is_posted_to_only_where_it_is_named(
    database: Database, receivers: Receivers, enter: Enter, tell: Tell, rows: Rows, host: str
) -> None:
    """Also one that was entered under an earlier setting, or whose name leads here since."""
    receiver = receivers()
    endpoint, _ = enter(receiver.url.replace("127.0.0.1", host))
    for number, (names, reached) in enumerate(NETWORKS.items()):
        tell(endpoint, str(number))
        named = [*filter(None, names.split(",")), *(["::1"] if reached else [])]
        Post(database, Destinations(Networks.from_names(named), plain_http=True)).deliver()
        row = rows()[f"webhook:{endpoint}:{number}"]
        assert row.state == ("sent" if reached else "failed"), names
        assert reached or "own machine" in (row.last_error or "")
    assert len(receiver.received) == sum(NETWORKS.values())


def test_an_allowed_name_is_not_asked_a_second_time(
    database: Database, receivers: Receivers, enter: Enter, tell: Tell, monkeypatch: pytest.MonkeyPatch
) -> None:
    receiver = receivers()
    endpoint, _ = enter(receiver.url.replace("127.0.0.1", "cases.example.test"))
    tell(endpoint, "a")
    asked: list[str] = []

    async def addresses(_self: Destinations, url: Any) -> list[str]:
        asked.append(url.host)
        return ["127.0.0.2", "127.0.0.1"]  # nobody listens at the first

    monkeypatch.setattr(Destinations, "addresses", addresses)
    Post(database).deliver()
    assert asked == ["cases.example.test"]
    assert receiver.received[0].headers["host"].startswith("cases.example.test:")


def test_without_its_secret_nothing_is_sent(
    database: Database, receivers: Receivers, enter: Enter, tell: Tell, rows: Rows
) -> None:
    receiver = receivers()
    endpoint, _ = enter(receiver.url)
    tell(endpoint, "a")
    carrier = WebhookCarrier(database, Sealer(b"another key"), HERE)
    asyncio.run(OutboxWorker(database, {"webhook": carrier}, clock=lambda: NOW).deliver_due())
    assert receiver.received == []
    assert rows()[f"webhook:{endpoint}:a"].last_error == "the secret of the endpoint does not open"


def test_a_letter_to_nobody_is_undeliverable(database: Database) -> None:
    carrier = WebhookCarrier(database, Sealer(KEY), HERE)
    for endpoint in (0, 999):
        with pytest.raises(Undeliverable):
            asyncio.run(carrier.deliver(letter(endpoint)))


def test_killed_between_delivery_and_mark_it_comes_again_under_the_same_id(
    database: Database, receivers: Receivers, enter: Enter, tell: Tell, rows: Rows
) -> None:
    receiver = receivers()
    endpoint, _ = enter(receiver.url)
    tell(endpoint, "a")
    tell(endpoint, "b")
    database.close()
    victim = multiprocessing.get_context("spawn").Process(target=_deliver_and_die, args=(database.url,))
    victim.start()
    victim.join()
    assert victim.exitcode == -signal.SIGKILL
    assert {row.state for row in rows().values()} == {"pending"}
    post = Post(database)
    post.now = NOW + LEASE + timedelta(seconds=1)
    post.deliver()
    assert causes(receiver) == ["a", "a", "b"]
    assert receiver.ids[0] == receiver.ids[1] != receiver.ids[2]


def _deliver_and_die(url: str) -> None:
    class DiesAfterwards(WebhookCarrier):
        async def deliver(self, one: Letter) -> None:
            await super().deliver(one)
            os.kill(os.getpid(), signal.SIGKILL)

    database = Database(url)
    carrier = DiesAfterwards(database, Sealer(KEY), HERE)
    asyncio.run(OutboxWorker(database, {"webhook": carrier}, clock=lambda: NOW).deliver_due())
