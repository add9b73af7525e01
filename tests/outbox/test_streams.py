"""Streams: their pace by property and by the clock, and notices that never wait for them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import insert, text, update

from gateway.database import Database
from gateway.outbox import queue, streams
from gateway.outbox.models import OutboxMessage, OutboxStream
from gateway.outbox.queue import Letter
from gateway.outbox.rules import CATCH_UP, GULP, LEASE, DeliveryFailed, Pace, State, Undeliverable
from gateway.outbox.service import Outbox
from gateway.outbox.worker import OutboxWorker
from tests.outbox.carriers import Recorder
from tests.outbox.conftest import NOW

Put = Callable[..., None]
Rows = Callable[[], dict[str, OutboxMessage]]
MINUTE = timedelta(minutes=1)


@given(
    per_minute=st.integers(1, 60_000),
    waits=st.lists(st.timedeltas(timedelta(0), timedelta(seconds=90)), min_size=1, max_size=60),
    limit=st.integers(1, 500),
)
def test_no_minute_sees_more_than_the_rate_and_what_may_be_made_good(
    per_minute: int, waits: list[timedelta], limit: int
) -> None:
    now, next_at, left = NOW, NOW, []
    for wait in waits:
        now += wait
        pace = Pace(per_minute, next_at)
        count = min(pace.due(now), limit)
        if count:
            next_at = pace.after(count, now)
            left.append((now, count))
        assert pace.worth_taking(now) in (0, pace.due(now))
    most = per_minute * (1 + CATCH_UP / MINUTE) + 1
    for begin, _ in left:
        assert sum(count for at, count in left if begin <= at < begin + MINUTE) <= most


@given(per_minute=st.integers(1, 60_000))
def test_a_stream_that_is_looked_at_often_keeps_its_rate(per_minute: int) -> None:
    now, next_at, total = NOW, NOW, 0
    while now < NOW + 3 * MINUTE:
        pace = Pace(per_minute, next_at)
        count = pace.worth_taking(now)
        if count:
            total, next_at = total + count, pace.after(count, now)
        now += GULP
    gulp = GULP / MINUTE * per_minute
    steps_are_whole_microseconds = 3 * per_minute / 1000
    assert abs(total - 3 * per_minute) <= gulp + 2 + steps_are_whole_microseconds


def fill(database: Database, count: int, stream: str = "news:1", transport: str = "email") -> None:
    """So many letters of a stream, due now."""
    letter = {
        "topic": "news.traffic", "transport": transport, "payload": {}, "stream": stream,
        "state": State.PENDING, "attempts": 0, "not_before": NOW, "next_attempt_at": NOW, "created_at": NOW,
        "subject": stream,
    }  # fmt: skip
    rows = [
        {**letter, "key": f"{stream}:{transport}:{one}", "recipient": f"{one}@example.org"}
        for one in range(count)
    ]
    with database.write() as session:
        session.execute(insert(OutboxMessage), rows)


def begin(database: Database, per_minute: int = 60, name: str = "news:1", **hours: datetime | None) -> None:
    with database.write() as session:
        given = {"opens_at": NOW, "closes_at": None, **hours}
        streams.open_stream(session, name, per_minute, **given)  # type: ignore[arg-type]


def worker_of(database: Database, clock: list[datetime], **carriers: Recorder) -> OutboxWorker:
    return OutboxWorker(database, carriers, clock=lambda: clock[0], look_seconds=3600)


def test_letters_of_a_stream_leave_at_its_pace(database: Database) -> None:
    fill(database, 100)
    clock, email = [NOW], Recorder()
    worker = worker_of(database, clock, email=email)
    assert asyncio.run(worker.deliver_due()) == 0, "the stream is not open"
    begin(database, per_minute=60)
    left = []
    for _ in range(30):
        left.append(asyncio.run(worker.deliver_due()))
        clock[0] += timedelta(seconds=1)
    assert left == [1] * 30
    clock[0] += timedelta(hours=1)
    assert asyncio.run(worker.deliver_due()) == CATCH_UP.seconds + 1, "an outage is not poured out"
    assert asyncio.run(worker.deliver_due()) == 0
    assert len(email.delivered) == len(set(email.delivered))


def test_a_notice_goes_before_any_number_of_news(database: Database, put: Put) -> None:
    fill(database, 500)
    begin(database, per_minute=60_000)
    put("notice", ordering="email:a")
    with database.write() as session:
        assert [letter.key for letter in queue.take(session, "email", NOW, 8)] == ["notice"]


def test_news_holds_nobodys_notices_up(database: Database, put: Put, rows: Rows) -> None:
    """A letter of news that waits for hours has no ordering: nothing else waits for it."""
    fill(database, 1)
    put("notice", recipient="0@example.org", ordering="email:0", not_before=NOW + MINUTE)
    email = Recorder()
    asyncio.run(worker_of(database, [NOW + MINUTE], email=email).deliver_due())
    assert email.delivered == ["notice"]
    assert rows()["news:1:email:0"].state == State.PENDING


def test_hours_of_a_stream(database: Database) -> None:
    fill(database, 10)
    begin(database, per_minute=60, opens_at=NOW + MINUTE, closes_at=NOW + 2 * MINUTE)
    clock, email = [NOW], Recorder()
    worker = worker_of(database, clock, email=email)
    for after, expected in ((0, 0), (59, 0), (60, 1), (119, 6), (120, 0), (180, 0)):
        clock[0] = NOW + timedelta(seconds=after)
        assert asyncio.run(worker.deliver_due()) == expected, after
    begin(database, per_minute=60, opens_at=NOW + 3 * MINUTE, closes_at=None)
    assert asyncio.run(worker.deliver_due()) == 3


def test_two_transports_share_the_pace_of_their_stream(database: Database) -> None:
    fill(database, 50)
    fill(database, 50, transport="line")
    begin(database, per_minute=600)
    clock, email, line = [NOW], Recorder(), Recorder()
    worker = worker_of(database, clock, email=email, line=line)
    for _ in range(12):
        clock[0] += timedelta(milliseconds=500)
        asyncio.run(worker.deliver_due())
    assert 58 <= len(email.delivered) + len(line.delivered) <= 61


def test_several_workers_keep_the_pace_together(database: Database) -> None:
    fill(database, 200)
    begin(database, per_minute=600)
    clock, email = [NOW], Recorder()
    workers = [worker_of(database, clock, email=email) for _ in range(3)]

    async def all_at_once() -> None:
        await asyncio.gather(*(worker.deliver_due() for worker in workers))

    for _ in range(8):
        clock[0] += timedelta(milliseconds=500)
        asyncio.run(all_at_once())
    assert 38 <= len(email.delivered) <= 41
    assert len(set(email.delivered)) == len(email.delivered)


def test_failures_stay_in_their_stream_and_by_hand_they_leave_it(
    database: Database, outbox: Outbox, rows: Rows
) -> None:
    fill(database, 2)
    begin(database, per_minute=60_000)
    clock = [NOW + MINUTE]

    def fate(letter: Letter) -> None:
        raise (DeliveryFailed("451") if letter.key.endswith("0") else Undeliverable("550"))

    asyncio.run(worker_of(database, clock, email=Recorder(fate)).deliver_due())
    found = rows()
    assert (found["news:1:email:0"].state, found["news:1:email:1"].state) == ("pending", "failed")
    clock[0] += LEASE
    with database.write() as session:
        streams.close_stream(session, "news:1")
        outbox.again(session, [found["news:1:email:1"].id], clock[0])
    email = Recorder()
    asyncio.run(worker_of(database, clock, email=email).deliver_due())
    assert email.delivered == ["news:1:email:1"]


def test_what_waits_in_a_stream_is_not_late(database: Database, outbox: Outbox, put: Put) -> None:
    fill(database, 5)
    put("late")
    with database.read() as session:
        late = outbox.backlog(session, ["email"], NOW + MINUTE)
    assert (late.waiting, late.oldest_seconds) == (1, 60)


def test_a_running_worker_goes_on_with_a_stream_without_being_woken(database: Database) -> None:
    fill(database, 6)
    begin(database, per_minute=60_000)
    clock, email = [NOW], Recorder()
    worker = worker_of(database, clock, email=email)

    async def scene() -> None:
        running = asyncio.create_task(worker.run())
        async with asyncio.timeout(30):
            while len(email.delivered) < 6:
                clock[0] += timedelta(milliseconds=10)
                await asyncio.sleep(0.001)
        worker.stop()
        await running

    asyncio.run(scene())
    assert len(set(email.delivered)) == 6


def test_taking_asks_the_index_of_streams(database: Database) -> None:
    """On SQLite; PostgreSQL's planner prefers no index on tables as small as a test's (see bench/news.py)."""
    if not database.is_sqlite:
        pytest.skip("asked of SQLite")
    wanted = (
        "EXPLAIN QUERY PLAN SELECT id FROM outbox_messages WHERE state='pending' AND transport='email' AND"
        " stream='' AND next_attempt_at <= '2026-11-24' ORDER BY next_attempt_at, id LIMIT 8"
    )
    with database.read() as session:
        plan = " ".join(row.detail for row in session.execute(text(wanted)))
    assert "ix_outbox_messages_state_transport_stream_next_attempt_at" in plan


def test_the_pace_may_be_set_anew(database: Database) -> None:
    fill(database, 100)
    begin(database, per_minute=60)
    begin(database, per_minute=600)
    clock, email = [NOW + timedelta(seconds=2)], Recorder()
    assert asyncio.run(worker_of(database, clock, email=email).deliver_due()) == 21
    with database.write() as session:
        session.execute(update(OutboxStream).values(closes_at=clock[0]))
    clock[0] += MINUTE
    assert asyncio.run(worker_of(database, clock, email=email).deliver_due()) == 0
