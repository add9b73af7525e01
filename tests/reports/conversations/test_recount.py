"""Random conversations, acted out on SQLite and PostgreSQL: every figure equals the slow recount."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy.orm import Session

from gateway.cases.service import CaseService
from gateway.conversations.service import ConversationService
from gateway.database import Database
from gateway.handoff.call_backs import CallBacks
from gateway.handoff.counts import counts
from gateway.handoff.figures import By as Each
from gateway.handoff.rules import Presence
from gateway.handoff.service import Handoffs
from gateway.reports.shelf import ReportShelf
from gateway.reports.tables import Table
from tests.reports.conversations import recount
from tests.reports.conversations.conftest import ALL, TAIPEI, days
from tests.reports.conversations.play import STAFF, Play
from tests.reports.conversations.recount import All, Asked, Cells

NOW = datetime.now(UTC)
TODAY = NOW.astimezone(TAIPEI).date()
FIRST, LAST = TODAY - timedelta(days=20), TODAY + timedelta(days=30)
"""So that whatever a conversation came to lies within it, however long it went on."""
TIMES = ("day", "week", "month", "hour", "weekday", "channel")
RECOUNTS: dict[str, Callable[[All, Asked], dict[Any, Cells]]] = {
    "conversations": recount.volumes, "waiting": recount.waits, "escalations": recount.escalations,
    "handling": recount.handlings, "satisfaction": recount.ratings,
    "conversation-cases": recount.became_cases,
}  # fmt: skip


def midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=TAIPEI)


def starts() -> list[datetime]:
    """Around the midnights of some days, and at odd hours between them."""
    edges = [midnight(TODAY - timedelta(days=back)) for back in (1, 2, 3, 5, 8, 13)]
    seconds = (-86_400, -3_600, -1, -0.000001, 0, 1, 3_599, 30_000, 80_000)
    return [edge + timedelta(seconds=after) for edge in edges for after in seconds]


@pytest.fixture(params=[1, 2])
def played(
    request: pytest.FixtureRequest, database: Database, conversations: ConversationService,
    handoffs: Handoffs, call_backs: CallBacks, cases: CaseService,
) -> Database:  # fmt: skip
    """A database in which much has happened."""
    handoffs.clock = lambda: datetime.now(UTC)
    for who in STAFF:
        handoffs.be(who, Presence.AVAILABLE, capacity=20)
    play = Play(database, conversations, handoffs, call_backs, cases, request.param)
    play.act_out(36, [None, *(f"visitor-{n}" for n in range(8))], starts())
    return database


def told(table: Table) -> dict[Any, Cells]:
    """The cells of a table by the names of its rows."""
    rows = [*table.rows, *([table.total] if table.total else [])]
    assert all(len(row.cells) == len(table.columns) for row in rows)
    return {row.cells[0]: tuple(row.cells[1:]) for row in rows}


def check(session: Session, shelf: ReportShelf, name: str, all_: All, asked: Asked) -> None:
    wanted = days(asked.first, asked.last, by=asked.by, channel=asked.channel)
    table = shelf.named(name).table(session, wanted, ALL, asked.now)
    expected = RECOUNTS[name](all_, asked)
    found = told(table)
    assert list(found) == list(expected)
    for row, cells in expected.items():
        assert found[row] == pytest.approx(cells), (name, asked, row)


def test_every_figure_equals_the_slow_recount(played: Database, shelf: ReportShelf) -> None:
    now = datetime.now(UTC)
    with played.read() as session:
        all_ = All.of(session)
        assert all_.asked and all_.stays and all_.handlings and all_.ratings and all_.votes and all_.cases
        for name in RECOUNTS:
            for by in TIMES:
                check(session, shelf, name, all_, Asked(FIRST, LAST, by, now))
            for channel in ("web", "line"):
                some = Asked(TODAY - timedelta(days=3), TODAY - timedelta(days=2), "day", now, channel)
                check(session, shelf, name, all_, some)
        sides_equal(session, shelf, all_, now)
        parts_make_the_whole(session, shelf, all_, now)
        same_as_the_queue_figures(session, shelf, now)


def sides_equal(session: Session, shelf: ReportShelf, all_: All, now: datetime) -> None:
    found = told(shelf.named("bot-and-people").table(session, days(FIRST, LAST), ALL, now))
    expected = recount.sides(all_, Asked(FIRST, LAST, "day", now))
    assert list(found) == list(expected)
    for side, cells in expected.items():
        assert found[side] == pytest.approx(cells, abs=1e-6), side


def parts_make_the_whole(session: Session, shelf: ReportShelf, all_: All, now: datetime) -> None:
    def ask(name: str, by: str) -> dict[Any, Cells]:
        return told(shelf.named(name).table(session, days(FIRST, LAST, by=by), ALL, now))

    waits, why = ask("waiting", "operator"), ask("waiting", "reason")
    handled, rated = ask("handling", "operator"), ask("satisfaction", "operator")
    taken = [one for one in all_.stays if one.taken]
    for who in STAFF:
        mine = [one for one in taken if one.by == who.username]
        name, nothing = who.display_name, recount.of_stays([], now)
        assert waits.get(name, nothing) == pytest.approx(recount.of_stays(mine, now))
        led = [one for one in all_.handlings if one.operator == who.username and one.ended_at is not None]
        assert handled.get(name, recount.of_handlings([])) == pytest.approx(recount.of_handlings(led))
        by = [one for one in all_.ratings if one.operator == who.username]
        assert rated.get(name, recount.of_ratings([])) == pytest.approx(recount.of_ratings(by))
    untaken = [one for one in all_.stays if not one.taken]
    assert waits["（無人接手）"] == pytest.approx(recount.of_stays(untaken, now))
    assert sum(cells[0] for row, cells in why.items() if row != "合計") == why["合計"][0] == len(all_.stays)


def same_as_the_queue_figures(session: Session, shelf: ReportShelf, now: datetime) -> None:
    wanted = days(FIRST, LAST, by="day")
    waits = told(shelf.named("waiting").table(session, wanted, ALL, now))
    why = told(shelf.named("escalations").table(session, wanted, ALL, now))
    for one in counts(session, FIRST, LAST, Each.DAY, TAIPEI, 0.9):
        cells, reasons = waits[one.start.date()], why[one.start.date()]
        assert (one.entered, one.taken, one.median_wait, one.longest_wait) == (*cells[:2], *cells[4:8:3])
        assert (one.abandoned, one.silent, one.instead, one.waiting) == (cells[8], *cells[10:13])
        assert (one.stepped_in, one.returned, one.calls_asked, one.overflow) == (*reasons[8:], cells[13])
        assert [one.reasons[name] for name in recount.REASONS] == list(reasons[1:8])
