"""The board's figures against a slow count, over every edge of the day, on both databases."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from gateway.cases.models import Case
from gateway.cases.office import Office
from gateway.cases.service import CaseService
from gateway.database import Database
from gateway.handoff.views import PresenceView
from gateway.reports.board.cases import case_figures
from gateway.reports.board.rules import HOURS, Operators, hour_starts, operators_of
from gateway.reports.cases.ledger import Ledger
from tests.reports.board.standing import TAIPEI, UNITS, areas_recounted, counted, in_hours, made
from tests.reports.cases.lives import live
from tests.reports.cases.recount import Recount

REACHES = [None, frozenset(UNITS[:1]), frozenset(UNITS[:2]), frozenset({"沒有這個單位"})]
TIMES = {
    "noon": datetime(2026, 3, 4, 4, 0, tzinfo=UTC),
    "the first second of the day": datetime(2026, 1, 1, 0, 0, 0, tzinfo=TAIPEI).astimezone(UTC),
    "the last second of the day": datetime(2025, 12, 31, 23, 59, 59, tzinfo=TAIPEI).astimezone(UTC),
}


@pytest.mark.parametrize("when", sorted(TIMES))
def test_figures_are_those_of_a_slow_count(database: Database, office: Office, when: str) -> None:
    now = TIMES[when]
    rows = made(500, now)
    with database.write() as session:
        session.add_all(rows)
        session.flush()
        session.add_all(counted(rows))
    done = {"released", "not_processed"}
    for units in REACHES:
        mine = [row for row in rows if units is None or row.owner_unit in units]
        with database.snapshot() as session:
            found = case_figures(session, units, now, office)
        assert found.areas == areas_recounted(rows, units, now)
        received = [row.received_at for row in mine]
        finished = [row.closed_at for row in mine if row.closed_at and row.status in done]
        assert [hour.received for hour in found.hours] == in_hours(received, now)
        assert [hour.finished for hour in found.hours] == in_hours(finished, now)
        today = now.astimezone(TAIPEI).date()
        assert found.received == sum(at.astimezone(TAIPEI).date() == today for at in received)
        assert found.finished == sum(at.astimezone(TAIPEI).date() == today for at in finished)
        items = Counter(row.item_code for row in mine if row.received_at.astimezone(TAIPEI).date() == today)
        assert found.items == sorted(items.items(), key=lambda one: (-one[1], one[0]))[:5]
        assert found.counted_to == now


def test_today_is_what_the_reports_count_of_real_lives(
    database: Database, cases: CaseService, now: list[datetime], office: Office
) -> None:
    live(cases, now, seed=3, histories=40)
    while Ledger(cases).gather():
        pass
    with database.read() as session:
        recount = Recount(session, office)
        every = session.scalars(select(Case)).all()
        days = sorted({one["day"] for one in recount.happened if one["what"] in {"received", "finished"}})
        for day in days:
            last = datetime(day.year, day.month, day.day, 23, 59, 59, 999_999, tzinfo=TAIPEI)
            found, slow = case_figures(session, None, last, office), recount.figures(day, day)
            assert (found.received, found.finished) == (slow["received"], slow["finished"]), day
        found = case_figures(session, None, now[0], office)
        assert found.areas == areas_recounted(every, None, now[0])
    assert len(days) > 20


def test_what_waits_to_be_counted_is_said(
    database: Database, cases: CaseService, now: list[datetime]
) -> None:
    live(cases, now, seed=1, histories=2)
    later = datetime.now(UTC) + timedelta(hours=1)
    with database.read() as session:
        assert case_figures(session, None, later, cases.office(session)).counted_to < later


@given(st.integers(0, 730 * 86_400))
def test_the_hours_of_the_chart_end_with_the_one_that_runs(second: int) -> None:
    now = datetime(2025, 1, 1, tzinfo=TAIPEI) + timedelta(seconds=second)
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    starts = hour_starts(now, midnight)
    assert len(starts) == HOURS and starts[-1] <= now < starts[-1] + timedelta(hours=1)
    assert {later - start for start, later in pairwise(starts)} == {timedelta(hours=1)}
    assert midnight in starts


def test_operators_are_free_or_busy_while_they_are_there() -> None:
    at = datetime(2026, 1, 1, tzinfo=UTC)
    people = [
        PresenceView(name, state, None, capacity, ("zh-TW",), leads, at)
        for name, state, capacity, leads in (
            ("a", "available", 2, 0), ("b", "available", 2, 2), ("c", "available", 1, 3),
            ("d", "paused", 4, 1), ("e", "away", 4, 0),
        )
    ]  # fmt: skip
    assert operators_of(people, "available", "paused") == Operators(online=3, busy=2, paused=1)
    assert operators_of(people, "available", "paused").free == 1


def test_the_day_of_a_number_is_the_citys() -> None:
    assert in_hours([TIMES["the first second of the day"]], TIMES["the first second of the day"])[-1] == 1
    assert date(2026, 1, 1) == TIMES["the first second of the day"].astimezone(TAIPEI).date()
