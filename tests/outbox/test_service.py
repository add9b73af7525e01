"""Putting out, taking back, and the inbox of the desk."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import update

from gateway.database import Database
from gateway.outbox.models import OutboxMessage
from gateway.outbox.service import PAGE_SIZE, Outbox
from tests.outbox.conftest import NOW

Put = Callable[..., None]
Rows = Callable[[], dict[str, OutboxMessage]]
HOUR = timedelta(hours=1)


def test_the_same_key_twice_is_one_message(put: Put, rows: Rows) -> None:
    put("a", payload={"title": "first"})
    put("a", payload={"title": "second"})
    assert [row.payload["title"] for row in rows().values()] == ["first"]


def test_a_message_is_not_due_before_its_time_nor_before_it_was_written(put: Put, rows: Rows) -> None:
    put("later", not_before=NOW + HOUR)
    put("past", not_before=NOW - HOUR)
    found = rows()
    assert found["later"].next_attempt_at == found["later"].not_before == NOW + HOUR
    assert found["past"].next_attempt_at == NOW


def test_what_is_rolled_back_was_never_put_out(database: Database, outbox: Outbox, rows: Rows) -> None:
    told: list[str] = []
    outbox.when_written(lambda: told.append("news"))
    with pytest.raises(ZeroDivisionError), database.write() as session:
        outbox.put(
            session, key="a", topic="t", transport="email", recipient="r", payload={}, now=NOW
        )  # fmt: skip
        raise ZeroDivisionError
    assert (rows(), told) == ({}, [])


def test_listeners_hear_once_and_only_after_the_commit(
    database: Database, outbox: Outbox, rows: Rows
) -> None:
    seen: list[list[str]] = []
    outbox.when_written(lambda: seen.append(sorted(rows())))
    with database.write() as session:
        for key in ("a", "b"):
            outbox.put(
                session, key=key, topic="t", transport="email", recipient="r", payload={}, now=NOW
            )  # fmt: skip
        assert seen == []
    assert seen == [["a", "b"]]


def test_cancelling_takes_back_what_is_pending_under_a_prefix(
    database: Database, outbox: Outbox, put: Put, rows: Rows
) -> None:
    for key in ("reminder:1:x", "reminder:1:y", "reminder:12:x", "reminder:1%:x"):
        put(key)
    with database.write() as session:
        session.execute(update(OutboxMessage).where(OutboxMessage.key == "reminder:1:y").values(state="sent"))
        assert outbox.cancel(session, "reminder:1:", NOW) == 1
        assert outbox.cancel(session, "reminder:1%", NOW, subject="another case") == 0
    states = {key: row.state for key, row in rows().items()}
    assert states == {
        "reminder:1:x": "cancelled", "reminder:1:y": "sent",
        "reminder:12:x": "pending", "reminder:1%:x": "pending",
    }  # fmt: skip


def test_what_was_cancelled_can_be_put_out_anew(
    database: Database, outbox: Outbox, put: Put, rows: Rows
) -> None:
    put("reminder:1:x", recipient="unit:養工處")
    with database.write() as session:
        outbox.cancel(session, "reminder:1:", NOW)
    put("reminder:1:x", recipient="unit:水利局", payload={"title": "new"}, not_before=NOW + HOUR)
    row = rows()["reminder:1:x"]
    assert (row.state, row.recipient, row.payload["title"]) == ("pending", "unit:水利局", "new")
    assert row.next_attempt_at == NOW + HOUR


def test_the_inbox_shows_each_desk_its_own_newest_first(database: Database, outbox: Outbox, put: Put) -> None:
    for number in range(PAGE_SIZE + 1):
        put(f"ours{number}", transport="desk", recipient="unit:養工處")
    put("theirs", transport="desk", recipient="unit:水利局")
    put("waiting", transport="desk", recipient="unit:養工處")
    with database.write() as session:
        session.execute(
            update(OutboxMessage).where(OutboxMessage.key != "waiting").values(state="sent", sent_at=NOW)
        )
    with database.write() as session:
        first = outbox.inbox(session, ["unit:養工處"])
        second = outbox.inbox(session, ["unit:養工處"], page=2)
        assert (first.total, first.unread, len(first.messages)) == (PAGE_SIZE + 1, PAGE_SIZE + 1, PAGE_SIZE)
        assert [one.key for one in second.messages] == ["ours0"]
        newest = first.messages[0].id
        assert outbox.mark_read(session, [newest], ["unit:水利局"], NOW) == 0
        assert outbox.mark_read(session, [newest], ["unit:養工處"], NOW + HOUR) == 1
        assert outbox.mark_read(session, [newest], ["unit:養工處"], NOW + 2 * HOUR) == 0
        unread = outbox.inbox(session, ["unit:養工處"], unread_only=True)
        assert newest not in {one.id for one in unread.messages}
        assert (unread.total, unread.unread) == (PAGE_SIZE, PAGE_SIZE)
        assert outbox.inbox(session, []).total == 0


def test_the_backlog_counts_what_is_due_and_its_age(database: Database, outbox: Outbox, put: Put) -> None:
    put("due", now=NOW - 2 * HOUR)
    put("coming", not_before=NOW + HOUR)
    put("chat", transport="conversation")
    with database.read() as session:
        backlog = outbox.backlog(session, ["email"], NOW)
        assert (backlog.waiting, backlog.oldest_seconds, backlog.failed) == (1, 7200.0, 0)
        assert outbox.backlog(session, ["line"], NOW).oldest_seconds == 0.0
        assert outbox.waiting_without_transport(session, ["conversation"]) == {"email": 2}
