"""The worker: at least once, in order, by the table of waits, and never the same message twice at a time."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable
from datetime import datetime, timedelta
from itertools import pairwise

import pytest

from gateway.database import Database
from gateway.outbox import queue, rules
from gateway.outbox.models import OutboxMessage
from gateway.outbox.queue import Letter
from gateway.outbox.rules import LEASE, WAITS, DeliveryFailed, Undeliverable, chance_of, wait_after
from gateway.outbox.service import Outbox
from gateway.outbox.worker import OutboxWorker
from tests.outbox.carriers import Recorder
from tests.outbox.conftest import NOW

Put = Callable[..., None]
Rows = Callable[[], dict[str, OutboxMessage]]
SECOND, HOUR = timedelta(seconds=1), timedelta(hours=1)
PATIENCE = 30


@pytest.fixture
def clock() -> list[datetime]:
    return [NOW]


def worker_of(database: Database, clock: list[datetime], **carriers: Recorder) -> OutboxWorker:
    return OutboxWorker(database, carriers, clock=lambda: clock[0], look_seconds=3600)


def deliver(worker: OutboxWorker) -> int:
    return asyncio.run(worker.deliver_due())


def failing(error: Exception) -> Recorder:
    def fate(_letter: Letter) -> None:
        raise error

    return Recorder(fate)


def test_what_is_due_goes_out_once_and_the_rest_waits(
    database: Database, put: Put, rows: Rows, clock: list[datetime]
) -> None:
    put("now")
    put("later", not_before=NOW + HOUR)
    put("no carrier", transport="line")
    email = Recorder()
    worker = worker_of(database, clock, email=email)
    assert deliver(worker) == 1
    assert deliver(worker) == 0
    clock[0] = NOW + HOUR
    deliver(worker)
    assert email.delivered == ["now", "later"]
    found = rows()
    assert (found["now"].state, found["now"].sent_at, found["now"].attempts) == ("sent", NOW, 1)
    assert (found["no carrier"].state, found["no carrier"].attempts) == ("pending", 0)


def test_a_worker_that_was_away_loses_nothing(database: Database, put: Put, clock: list[datetime]) -> None:
    keys = [f"{hours} hours" for hours in range(40)]
    for hours, key in enumerate(keys):
        put(key, not_before=NOW + hours * HOUR)
    clock[0] = NOW + timedelta(days=30)
    email = Recorder()
    assert deliver(worker_of(database, clock, email=email)) == len(keys)
    assert email.delivered == keys


def test_failures_are_tried_again_by_the_table_and_then_given_up(
    database: Database, put: Put, rows: Rows, clock: list[datetime]
) -> None:
    put("a")
    email = failing(DeliveryFailed("451 greylisted"))
    worker = worker_of(database, clock, email=email)
    assert deliver(worker) == 1
    for number in range(1, len(WAITS) + 1):
        row, wait = rows()["a"], wait_after(number, chance_of("a", number))
        assert wait is not None
        assert (row.state, row.attempts, row.next_attempt_at) == ("pending", number, clock[0] + wait)
        clock[0] += wait - SECOND
        assert deliver(worker) == 0
        clock[0] += SECOND
        assert deliver(worker) == 1
    row = rows()["a"]
    assert (row.state, row.attempts, row.last_error) == ("failed", len(WAITS) + 1, "451 greylisted")
    assert all(one < other for one, other in pairwise(WAITS))


def test_what_can_never_succeed_fails_at_once_and_may_be_tried_anew_by_hand(
    database: Database, outbox: Outbox, put: Put, rows: Rows, clock: list[datetime]
) -> None:
    put("a")
    deliver(worker_of(database, clock, email=failing(Undeliverable("550 unknown"))))
    row = rows()["a"]
    assert (row.state, row.last_error) == ("failed", "550 unknown")
    with database.write() as session:
        assert outbox.again(session, [row.id], NOW) == 1
        assert outbox.again(session, [row.id], NOW) == 0
    deliver(worker_of(database, clock, email=Recorder()))
    assert rows()["a"].state == "sent"


def test_a_surprise_in_a_carrier_is_one_more_failed_attempt(
    database: Database, put: Put, rows: Rows, clock: list[datetime]
) -> None:
    put("a")
    put("b")
    email = Recorder(lambda letter: 1 // 0 if letter.key == "a" else None)  # type: ignore[arg-type,return-value]
    deliver(worker_of(database, clock, email=email))
    found = rows()
    assert (found["a"].state, found["a"].last_error) == ("pending", "ZeroDivisionError")
    assert found["b"].state == "sent"


def test_the_next_of_an_ordering_waits_for_the_one_before(
    database: Database, put: Put, clock: list[datetime]
) -> None:
    for key in ("a1", "b1", "a2", "b2"):
        put(key, ordering=key[0])
    first_fails = iter([DeliveryFailed("try again")])

    def fate(letter: Letter) -> None:
        if letter.key == "a1" and (error := next(first_fails, None)):
            raise error

    email = Recorder(fate)
    worker = worker_of(database, clock, email=email)
    deliver(worker)
    assert email.tried == ["a1", "b1", "b2"]
    clock[0] += WAITS[0]
    deliver(worker)
    assert email.delivered == ["b1", "b2", "a1", "a2"]


def test_one_that_has_failed_for_good_lets_the_next_one_through(
    database: Database, put: Put, clock: list[datetime]
) -> None:
    put("a1", ordering="a")
    put("a2", ordering="a")

    def fate(letter: Letter) -> None:
        if letter.key == "a1":
            raise Undeliverable("no")

    email = Recorder(fate)
    deliver(worker_of(database, clock, email=email))
    assert email.delivered == ["a2"]


def test_one_that_waits_for_its_time_holds_nobody_up(
    database: Database, put: Put, clock: list[datetime]
) -> None:
    put("tomorrow", ordering="a", not_before=NOW + 24 * HOUR)
    put("now", ordering="a")
    email = Recorder()
    deliver(worker_of(database, clock, email=email))
    assert email.delivered == ["now"]


@pytest.mark.parametrize("seed", range(3))
def test_every_ordering_arrives_in_order_whatever_fails(
    database: Database, put: Put, clock: list[datetime], seed: int
) -> None:
    chance = random.Random(seed)  # noqa: S311 - a test's own dice
    orderings: dict[str, list[str]] = {"a": [], "b": [], "c": []}
    for number in range(24):
        name = chance.choice(list(orderings))
        orderings[name].append(f"{name}{number}")
        put(f"{name}{number}", ordering=name)

    def fate(_letter: Letter) -> None:
        if chance.random() < 0.3:
            raise DeliveryFailed("not now")

    email = Recorder(fate)
    workers = [worker_of(database, clock, email=email) for _ in range(2)]

    async def both() -> None:
        await asyncio.gather(*(worker.deliver_due() for worker in workers))

    for _ in WAITS:
        asyncio.run(both())
        clock[0] += WAITS[-1]
    delivered = {name: [key for key in email.delivered if key[0] == name] for name in orderings}
    assert delivered == orderings


def test_several_workers_share_the_work_and_no_message_is_with_two(
    database: Database, put: Put, clock: list[datetime]
) -> None:
    keys = {f"message {number}" for number in range(60)}
    for key in keys:
        put(key)
    email = Recorder()
    others = [Database(database.url) for _ in range(2)]
    workers = [worker_of(one, clock, email=email) for one in (database, *others)]

    async def all_of_them() -> list[int]:
        return list(await asyncio.gather(*(worker.deliver_due() for worker in workers)))

    taken = asyncio.run(all_of_them())
    for other in others:
        other.close()
    assert sorted(email.delivered) == sorted(keys)
    assert sum(taken) == len(keys)


def test_a_death_between_delivery_and_mark_means_once_more_under_the_same_key(
    database: Database, put: Put, rows: Rows, clock: list[datetime]
) -> None:
    put("a")
    with database.write() as session:
        (taken,) = queue.take(session, "email", NOW, 10)  # and then the process is gone
    email = Recorder()
    worker = worker_of(database, clock, email=email)
    assert deliver(worker) == 0
    clock[0] = NOW + LEASE
    assert deliver(worker) == 1
    assert email.delivered == [taken.key]
    with database.write() as session:  # the dead come back late and change nothing
        assert queue.keep(session, taken, clock[0]) == taken
        queue.mark_failed(session, taken, Undeliverable("late"), clock[0])
    assert (rows()["a"].state, rows()["a"].attempts) == ("sent", 2)


def test_cancelled_while_under_way_it_was_still_sent(
    database: Database, outbox: Outbox, put: Put, rows: Rows, clock: list[datetime]
) -> None:
    put("a")

    def fate(_letter: Letter) -> None:
        with database.write() as session:
            assert outbox.cancel(session, "a", NOW) == 1

    deliver(worker_of(database, clock, email=Recorder(fate)))
    assert rows()["a"].state == "sent"


def test_the_lease_is_renewed_while_a_delivery_takes_long(
    database: Database, put: Put, rows: Rows, clock: list[datetime], monkeypatch: pytest.MonkeyPatch
) -> None:
    put("a")
    monkeypatch.setattr(rules, "LEASE", timedelta(milliseconds=3))
    kept: list[Letter] = []
    real = queue.keep

    def keep(session: object, letter: Letter, _now: datetime) -> Letter:
        clock[0] += LEASE / 2
        kept.append(real(session, letter, clock[0]))  # type: ignore[arg-type]
        return kept[-1]

    monkeypatch.setattr(queue, "keep", keep)

    class Slow:
        async def deliver(self, letter: Letter) -> None:
            await until(lambda: len(kept) >= 5)

    worker = OutboxWorker(database, {"email": Slow()}, clock=lambda: clock[0])
    assert deliver(worker) == 1
    assert kept[-1].leased_until > NOW + LEASE
    assert (rows()["a"].state, rows()["a"].attempts) == ("sent", 1)


def test_the_desk_shows_what_is_due_and_nothing_earlier(
    database: Database, outbox: Outbox, put: Put, clock: list[datetime]
) -> None:
    put("now", transport="desk", recipient="unit:養工處")
    put("later", transport="desk", recipient="unit:養工處", not_before=NOW + HOUR)
    worker = worker_of(database, clock)

    def shown() -> list[str]:
        deliver(worker)
        with database.read() as session:
            return [one.key for one in outbox.inbox(session, ["unit:養工處"]).messages]

    assert shown() == ["now"]
    clock[0] = NOW + HOUR
    assert shown() == ["later", "now"]


def test_a_running_worker_is_woken_by_the_commit_and_stops_when_all_is_marked(
    database: Database, outbox: Outbox, put: Put, rows: Rows, clock: list[datetime]
) -> None:
    email = Recorder()
    worker = worker_of(database, clock, email=email)
    outbox.when_written(worker.wake)
    put("before it ran")

    async def scene() -> None:
        running = asyncio.create_task(worker.run())
        await until(lambda: email.delivered == ["before it ran"])
        await asyncio.to_thread(put, "woken")
        await until(lambda: email.delivered == ["before it ran", "woken"])
        worker.stop()
        async with asyncio.timeout(PATIENCE):
            await running

    asyncio.run(scene())
    assert {row.state for row in rows().values()} == {"sent"}


def test_a_transport_that_hangs_holds_no_other_up(
    database: Database, put: Put, clock: list[datetime]
) -> None:
    put("mail")
    put("chat", transport="conversation")
    chat = Recorder()

    async def scene() -> None:
        released = asyncio.Event()

        class Hanging:
            async def deliver(self, letter: Letter) -> None:
                await released.wait()

        carriers = {"email": Hanging(), "conversation": chat}
        worker = OutboxWorker(database, carriers, clock=lambda: clock[0], look_seconds=3600)
        running = asyncio.create_task(worker.run())
        await until(lambda: chat.delivered == ["chat"])
        released.set()
        worker.stop()
        async with asyncio.timeout(PATIENCE):
            await running

    asyncio.run(scene())


def test_a_database_that_is_away_for_a_moment_does_not_end_the_worker(
    database: Database, put: Put, clock: list[datetime], monkeypatch: pytest.MonkeyPatch
) -> None:
    put("a")
    email, real, broken = Recorder(), queue.take, iter([True])

    def take(*arguments: object) -> list[Letter]:
        if next(broken, False):
            raise ConnectionError("away")
        return real(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(queue, "take", take)
    worker = OutboxWorker(database, {"email": email}, clock=lambda: clock[0], look_seconds=0.01)

    async def scene() -> None:
        running = asyncio.create_task(worker.run())
        await until(lambda: email.delivered == ["a"])
        worker.stop()
        await running

    asyncio.run(scene())


async def until(true: Callable[[], bool]) -> None:
    """Wait for something to become true; far too long means never."""
    async with asyncio.timeout(PATIENCE):
        while not true():  # noqa: ASYNC110 - what is awaited happens in other threads
            await asyncio.sleep(0.005)


def test_an_attempt_that_does_not_count_was_an_attempt_all_the_same(
    database: Database, put: Callable[..., None]
) -> None:
    put("a")
    with database.write() as session:
        (first,) = queue.take(session, "email", NOW, 1)
    with database.write() as session:
        queue.mark_failed(session, first, DeliveryFailed("busy", retry_after=timedelta(seconds=60)), NOW)
    with database.write() as session:
        (second,) = queue.take(session, "email", NOW + timedelta(hours=1), 1)
    assert (first.attempts, first.tried_before) == (1, False)
    assert (second.attempts, second.tried_before) == (1, True)
