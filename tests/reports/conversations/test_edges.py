"""Midnight in Taipei, 24 hours to the microsecond, empty periods, and what cannot be asked."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from gateway.conversations.models import AskedQuestion, Conversation, ConversationEvent, Message
from gateway.database import Database
from gateway.errors import InvalidInput
from gateway.identity.errors import NotPermitted
from gateway.reports.conversations.errors import (
    CannotGroup,
    NoSuchDay,
    PeriodReversed,
    PeriodTooLong,
    UnknownChannel,
)
from gateway.reports.conversations.room import NAMES
from gateway.reports.shelf import ReportShelf
from gateway.reports.tables import Reader, Table
from tests.quality.talks import ENDED, ended_talk
from tests.reports.conversations.conftest import ALL, OF_A_UNIT, TAIPEI, days

DAY = date(2026, 11, 24)
MIDNIGHT = datetime(2026, 11, 24, tzinfo=TAIPEI)
NOW = datetime(2026, 11, 30, 4, tzinfo=UTC)
TICK = timedelta(microseconds=1)


def put(
    database: Database, at: datetime, *, talk: str | None = None, visitor: str | None = None,
    entry: str | None = "library-card", decision: str = "answer", said: int = 2,
) -> str:  # fmt: skip
    """A conversation with one question at an instant; its id."""
    key, message = talk or str(uuid.uuid4()), str(uuid.uuid4())
    with database.write() as session:
        if talk is None:
            session.add(
                Conversation(
                    id=key, channel="web", language="zh-TW", owner="bot", last_seq=said, state={},
                    visitor=visitor, created_at=at, updated_at=at, expires_at=at + timedelta(days=3),
                )
            )  # fmt: skip
            session.flush()
        session.add(
            Message(
                id=message, conversation_id=key, seq=1 + hash(message) % 100_000, sender="citizen",
                kind="text", text="問", payload={}, created_at=at, answered_at=at + timedelta(seconds=1),
            )
        )  # fmt: skip
        session.add(
            AskedQuestion(
                conversation_id=key, message_id=message, at=at, language="zh-TW", decision=decision,
                entry=entry, answered_by=message if decision == "answer" else None,
            )
        )  # fmt: skip
    return key


def change(database: Database, talk: str, at: datetime, before: str, after: str, actor: str = "mei") -> None:
    """A change of owner at an instant."""
    with database.write() as session:
        session.add(
            ConversationEvent(
                conversation_id=talk, at=at, act="owner_changed", actor=actor,
                reason="the citizen asked for a person", detail={"from": before, "to": after},
            )
        )  # fmt: skip


def read(
    database: Database, shelf: ReportShelf, name: str, now: datetime = NOW, reader: Reader = ALL, **asked: Any
) -> Table:
    """The table of an address."""
    with database.read() as session:
        given = {key.rstrip("_"): str(value) for key, value in asked.items()}
        return shelf.named(name).table(session, given, reader, now)


def cells(table: Table) -> Mapping[str, Any]:
    """The total by the names of its columns."""
    assert table.total is not None
    return dict(zip((one.key for one in table.columns), table.total.cells, strict=True))


def by_day(database: Database, shelf: ReportShelf, name: str, figure: str) -> dict[date, Any]:
    """One figure of three days."""
    table = read(
        database, shelf, name, from_=DAY - timedelta(days=1), to=DAY + timedelta(days=1), by="day"
    )  # fmt: skip
    place = table.place(figure)
    return {row.cells[0]: row.cells[place] for row in table.rows}  # type: ignore[misc]


def test_a_day_ends_at_midnight_in_taipei(database: Database, shelf: ReportShelf) -> None:
    for at in (MIDNIGHT - TICK, MIDNIGHT, MIDNIGHT + timedelta(days=1) - TICK):
        talk = put(database, at)
        change(database, talk, at, "bot", "queue", "citizen")
    for name, figure in (
        ("conversations", "conversations"), ("conversations", "messages"), ("conversations", "questions"),
        ("waiting", "entered"), ("escalations", "asked"),
    ):  # fmt: skip
        assert by_day(database, shelf, name, figure) == {
            DAY - timedelta(days=1): 1, DAY: 2, DAY + timedelta(days=1): 0,
        }, name  # fmt: skip
    hours = read(database, shelf, "conversations", from_=DAY, to=DAY, by="hour")
    counted = {row.cells[0]: row.cells[1] for row in hours.rows if row.cells[1]}
    assert counted == {"00:00–00:59": 1, "23:00–23:59": 1}


def test_the_same_question_again_counts_for_24_hours_to_the_microsecond(
    database: Database, shelf: ReportShelf
) -> None:
    for visitor, after in (("a", timedelta(hours=24)), ("b", timedelta(hours=24) - TICK)):
        put(database, MIDNIGHT, visitor=visitor)
        put(database, MIDNIGHT + after, visitor=visitor)
    put(database, MIDNIGHT, visitor=None)
    put(database, MIDNIGHT + timedelta(hours=1), visitor=None)
    put(database, MIDNIGHT, visitor="c")
    put(database, MIDNIGHT + timedelta(hours=1), visitor="c", entry="dog-licence")
    told = cells(read(database, shelf, "conversations", from_=DAY, to=DAY))
    assert (told["questions"], told["again"], told["contained"]) == (7, 1, 6)


def test_a_person_counts_for_24_hours_before_and_after(database: Database, shelf: ReportShelf) -> None:
    for away in (
        -timedelta(hours=24),
        TICK - timedelta(hours=24),
        timedelta(hours=24) - TICK,
        timedelta(hours=24),
    ):
        talk = put(database, MIDNIGHT)
        change(database, talk, MIDNIGHT + away, "bot", "queue", "citizen")
        change(database, talk, MIDNIGHT + away + timedelta(days=9), "queue", "bot", "citizen")
    told = cells(read(database, shelf, "conversations", from_=DAY, to=DAY))
    assert (told["person"], told["contained"]) == (2, 2)


def test_what_is_not_a_day_old_is_not_judged(database: Database, shelf: ReportShelf) -> None:
    put(database, MIDNIGHT)
    for later, outcome in ((timedelta(hours=24) - TICK, "pending"), (timedelta(hours=24), "contained")):
        told = cells(read(database, shelf, "conversations", MIDNIGHT + later, from_=DAY, to=DAY))
        assert told[outcome] == 1
        assert told["contained_share"] == (None if outcome == "pending" else 1.0)


def test_a_stay_that_ends_days_later_is_found(database: Database, shelf: ReportShelf) -> None:
    talk = put(database, MIDNIGHT)
    change(database, talk, MIDNIGHT, "bot", "queue", "citizen")
    change(database, talk, MIDNIGHT + timedelta(days=5), "queue", "operator")
    told = cells(read(database, shelf, "waiting", from_=DAY, to=DAY))
    assert (told["taken"], told["wait_longest"], told["service_level"]) == (1, 432_000, 0.0)


def test_the_threshold_itself_is_in_time_and_who_just_came_is_not_judged(
    database: Database, shelf: ReportShelf
) -> None:
    for waited in (timedelta(seconds=20), timedelta(seconds=20) + TICK):
        talk = put(database, MIDNIGHT)
        change(database, talk, MIDNIGHT, "bot", "queue", "citizen")
        change(database, talk, MIDNIGHT + waited, "queue", "operator")
    change(database, put(database, MIDNIGHT), MIDNIGHT, "bot", "queue", "citizen")
    for now, level in ((MIDNIGHT + timedelta(seconds=20), 1 / 2), (MIDNIGHT + timedelta(seconds=21), 1 / 3)):
        told = cells(read(database, shelf, "waiting", now, from_=DAY, to=DAY))
        assert (told["in_time"], told["service_level"]) == (1, pytest.approx(level))


def test_nothing_is_no_share_and_no_average(database: Database, shelf: ReportShelf) -> None:
    for name in NAMES:
        table = read(database, shelf, name, from_=DAY, to=DAY)
        rows = [*table.rows, *([table.total] if table.total else [])]
        assert all(len(row.cells) == len(table.columns) for row in rows)
        for row in rows:
            if name != "grades":
                assert {cell for cell in row.cells[1:] if cell is not None} <= {0, ""}
    assert cells(read(database, shelf, "waiting", from_=DAY, to=DAY))["service_level"] is None


def test_an_unused_conversation_is_none(database: Database, shelf: ReportShelf) -> None:
    put(database, MIDNIGHT, said=0)
    told = cells(read(database, shelf, "conversations", from_=DAY, to=DAY))
    assert (told["conversations"], told["unused"]) == (0, 1)


@pytest.mark.parametrize("name", NAMES)
def test_what_cannot_be_asked_is_refused_in_words(name: str, database: Database, shelf: ReportShelf) -> None:
    for error, asked in (
        (PeriodReversed, days("2026-11-24", "2026-11-23")),
        (PeriodTooLong, days("2016-01-01", "2026-01-01")),
        (PeriodTooLong, days("2025-01-01", "2026-01-02")),
        (NoSuchDay, days("yesterday", "2026-01-02")),
        (NoSuchDay, days("0001-01-01", "0001-01-01")),
        (NoSuchDay, days("9999-12-31", "9999-12-31")),
        (CannotGroup, days(DAY, DAY, by="phase-of-the-moon")),
    ):
        with database.read() as session, pytest.raises(error) as refused:
            shelf.named(name).table(session, asked, ALL, NOW)
        assert isinstance(refused.value, InvalidInput)
        assert refused.value.zh != InvalidInput.zh and refused.value.code != InvalidInput.code


def test_a_channel_that_is_none_is_refused(database: Database, shelf: ReportShelf) -> None:
    with pytest.raises(UnknownChannel):
        read(database, shelf, "waiting", channel="telegraph")
    assert read(database, shelf, "grades", channel="telegraph").rows


def test_366_days_and_no_days_can_be_asked(database: Database, shelf: ReportShelf) -> None:
    assert (
        len(read(database, shelf, "conversations", from_="2024-01-01", to="2024-12-31", by="day").rows) == 366
    )
    table = read(database, shelf, "conversations")
    assert [row.cells[0] for row in table.rows][::29] == [date(2026, 11, 1), date(2026, 11, 30)]


def test_operators_are_told_apart_only_before_who_may_know(database: Database, shelf: ReportShelf) -> None:
    with database.write() as session:
        ended_talk(session, "mei", ENDED, rated=True)
    day = ENDED.astimezone(TAIPEI).date()
    for name in ("waiting", "handling", "satisfaction", "grades"):
        with pytest.raises(NotPermitted):
            read(database, shelf, name, reader=OF_A_UNIT, from_=day, to=day, by="operator")
    overseer = Reader("lin", "林督導", frozenset({"養工處"}), oversees=True)
    for reader in (ALL, overseer):
        table = read(database, shelf, "handling", reader=reader, from_=day, to=day, by="operator")
        assert [(row.cells[0], row.cells[1]) for row in table.rows] == [("mei", 1)]
    total = cells(read(database, shelf, "handling", reader=OF_A_UNIT, from_=day, to=day))
    assert (total["handled"], total["handling_mean"], total["reply_median"]) == (1, 505.0, 25.0)


def test_a_row_leads_to_its_days_and_hours(database: Database, shelf: ReportShelf) -> None:
    months = read(
        database, shelf, "waiting", from_="2026-10-15", to="2026-11-05", by="month", channel="line"
    )  # fmt: skip
    assert [row.link for row in months.rows] == [
        "/console/reports/waiting?from=2026-10-15&to=2026-10-31&by=day&channel=line",
        "/console/reports/waiting?from=2026-11-01&to=2026-11-05&by=day&channel=line",
    ]
    weeks = read(database, shelf, "waiting", from_="2026-11-24", to="2026-12-01", by="week")
    assert [(row.cells[0], row.link.partition("?")[2]) for row in weeks.rows] == [
        (date(2026, 11, 23), "from=2026-11-24&to=2026-11-29&by=day"),
        (date(2026, 11, 30), "from=2026-11-30&to=2026-12-01&by=day"),
    ]
    hours = read(database, shelf, "waiting", from_=DAY, to=DAY, by="hour")
    assert {row.link for row in hours.rows} == {""}
