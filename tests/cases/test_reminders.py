"""Reminders of due times: the table, the nights and days off, and the rows they become."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from gateway.cases.calendar import OfficeCalendar
from gateway.cases.catalogue import Catalogue
from gateway.cases.closures import Closure, Part
from gateway.cases.deadlines import Office
from gateway.cases.reminders import REMINDERS, Hours, Kind, Planned, To, plan, reminders, unschedule
from gateway.cases.rules import Stage
from gateway.cases.service import CaseService
from gateway.cases.views import NewCase
from gateway.database import Database
from gateway.outbox.models import OutboxMessage
from gateway.outbox.rules import Transport
from gateway.outbox.service import Outbox
from gateway.settings import Settings

TAIPEI = ZoneInfo("Asia/Taipei")
OFFICE = Office.from_text(OfficeCalendar.load(), "08:00-12:00,13:30-17:30", "Asia/Taipei")
SEVEN, NINE_PM = time(7), time(21)
STAGES = st.sampled_from(list(Stage))
INSTANTS = st.datetimes(
    datetime.fromisoformat("2018-01-01"), datetime.fromisoformat("2026-12-01"), timezones=st.just(UTC)
)
BUDGETS = st.timedeltas(timedelta(minutes=5), timedelta(days=40))


def at(text: str) -> datetime:
    """A local time of the city."""
    return datetime.fromisoformat(text).replace(tzinfo=TAIPEI)


def shown(planned: list[Planned]) -> dict[str, str]:
    """What is planned, on the city's clock."""
    return {one.kind.value: f"{one.at.astimezone(TAIPEI):%m-%d %H:%M}" for one in planned}


def test_completion_by_day_limit() -> None:
    """Tuesday to Friday: the day before, at closing time, the next working day, the one after."""
    due, now = at("2026-11-27T17:30"), at("2026-11-24T10:00")
    assert shown(plan(Stage.COMPLETION, due, now, OFFICE, night_ok=False)) == {
        "before": "11-26 09:00", "due": "11-27 17:30", "after": "11-30 09:00", "escalated": "12-01 09:00",
    }  # fmt: skip


def test_inspection_within_hours() -> None:
    due, now = at("2026-11-24T14:00"), at("2026-11-24T10:00")
    assert shown(plan(Stage.INSPECTION, due, now, OFFICE, night_ok=False)) == {
        "before": "11-24 13:30", "due": "11-24 14:00", "after": "11-24 15:00", "escalated": "11-25 09:00",
    }  # fmt: skip


def test_taking_a_case_up() -> None:
    planned = plan(Stage.ROUTING, at("2026-11-25T17:30"), at("2026-11-24T10:00"), OFFICE, night_ok=False)
    assert shown(planned) == {"due": "11-25 17:30", "escalated": "11-26 09:00"}
    assert [one.to for one in planned] == [To.UNIT, To.SUPERVISOR]


def test_at_night_the_warning_comes_earlier_and_the_rest_in_the_morning() -> None:
    due, now = at("2026-11-25T02:00"), at("2026-11-24T20:00")
    assert shown(plan(Stage.INSPECTION, due, now, OFFICE, night_ok=False)) == {
        "before": "11-24 21:00", "due": "11-25 07:00", "after": "11-25 09:00", "escalated": "11-26 09:00",
    }  # fmt: skip


def test_over_the_weekend_nobody_is_reminded_unless_the_item_says_so() -> None:
    due, now = at("2026-11-28T23:00"), at("2026-11-27T23:00")
    assert shown(plan(Stage.INSPECTION, due, now, OFFICE, night_ok=False)) == {
        "due": "11-30 07:00", "after": "11-30 09:00", "escalated": "11-30 09:00",
    }  # fmt: skip
    assert shown(plan(Stage.INSPECTION, due, now, OFFICE, night_ok=True)) == {
        "before": "11-28 22:30", "due": "11-28 23:00", "after": "11-30 09:00", "escalated": "11-30 09:00",
    }  # fmt: skip


def test_a_half_day_off_is_quiet_too() -> None:
    morning_off = Closure(date(2026, 11, 25), Part.AM, "颱風", "typhoon")
    office = OFFICE.with_closures((morning_off,))
    planned = plan(Stage.INSPECTION, at("2026-11-25T09:00"), at("2026-11-24T22:00"), office, night_ok=False)
    assert shown(planned)["due"] == "11-25 13:30"


def test_of_what_is_over_each_is_told_the_last_at_once() -> None:
    """A letter typed in two weeks late: no row of old reminders, but nothing hidden either."""
    due, now = at("2026-11-10T17:30"), at("2026-11-24T10:00")
    planned = plan(Stage.COMPLETION, due, now, OFFICE, night_ok=False)
    assert [(one.kind, one.at, one.to) for one in planned] == [
        (Kind.AFTER, now, To.UNIT), (Kind.ESCALATED, now, To.SUPERVISOR),
    ]  # fmt: skip


@given(STAGES, INSTANTS, BUDGETS)
def test_never_at_night_nor_on_a_day_off(stage: Stage, now: datetime, budget: timedelta) -> None:
    for one in plan(stage, now + budget, now, OFFICE, night_ok=False):
        local = one.at.astimezone(TAIPEI)
        assert OFFICE.calendar.is_working(local.date())
        assert SEVEN <= local.time() <= NINE_PM


@given(STAGES, INSTANTS, BUDGETS, st.booleans())
def test_every_plan_is_in_order_and_lies_ahead(
    stage: Stage, now: datetime, budget: timedelta, night_ok: bool
) -> None:
    due_at = now + budget
    planned = plan(stage, due_at, now, OFFICE, night_ok=night_ok)
    instants = [one.at for one in planned]
    assert instants == sorted(instants)
    for one in planned:
        assert now <= one.at < due_at if one.kind is Kind.BEFORE else one.at >= due_at
    must = [kind for kind, _, _ in REMINDERS[stage] if kind is not Kind.BEFORE]
    assert [one.kind for one in planned if one.kind is not Kind.BEFORE] == must


@given(STAGES, INSTANTS, BUDGETS)
def test_an_item_of_the_night_is_reminded_at_the_very_instant(
    stage: Stage, now: datetime, budget: timedelta
) -> None:
    planned = plan(stage, now + budget, now, OFFICE, night_ok=True)
    assert [one.at for one in planned if one.kind is Kind.DUE] == [now + budget]


@given(STAGES, INSTANTS, st.timedeltas(timedelta(0), timedelta(days=60)), st.booleans())
def test_however_late_it_is_planned_nobody_goes_without(
    stage: Stage, due_at: datetime, late: timedelta, night_ok: bool
) -> None:
    planned = plan(stage, due_at, due_at + late, OFFICE, night_ok=night_ok)
    assert {one.to for one in planned} == {to for _, to, _ in REMINDERS[stage]}
    assert all(one.at >= due_at + late for one in planned)


def test_the_hours_are_a_setting() -> None:
    hours = Hours.from_text("08:00-17:30")
    planned = plan(
        Stage.INSPECTION, at("2026-11-24T20:00"), at("2026-11-24T16:00"), OFFICE, night_ok=False, hours=hours
    )
    assert shown(planned)["before"] == "11-24 17:30"
    assert shown(planned)["due"] == "11-25 08:00"


DUE = at("2026-11-27T17:30")
NOW = at("2026-11-24T10:00").astimezone(UTC)


def write(database: Database, due_row_id: int = 1, unit: str = "養工處", due_at: datetime = DUE) -> None:
    letters = reminders(
        due_row_id=due_row_id, case_number="D1151124-000001-7", unit=unit, stage=Stage.COMPLETION,
        due_at=due_at, item_name="路面坑洞", item_name_en="Pothole", night_ok=False, office=OFFICE, now=NOW,
    )  # fmt: skip
    with database.write() as session:
        Outbox().put_all(session, letters, NOW)


def pending(database: Database) -> list[OutboxMessage]:
    with database.read() as session:
        rows = select(OutboxMessage).where(OutboxMessage.state == "pending")
        return list(session.scalars(rows.order_by(OutboxMessage.not_before)))


def test_reminders_become_messages_of_the_desk_once(database: Database) -> None:
    write(database)
    write(database)
    rows = pending(database)
    assert [row.key for row in rows] == [
        f"reminder:1:20261127T093000Z:{kind}" for kind in ("before", "due", "after", "escalated")
    ]
    assert {row.recipient for row in rows[:3]} == {"unit:養工處"}
    assert rows[3].recipient == "supervisor:養工處"
    assert {(row.transport, row.subject) for row in rows} == {(Transport.DESK, "D1151124-000001-7")}
    assert rows[0].payload["title"] == "即將到期：D1151124-000001-7 處理"
    assert rows[0].payload["text"] == "路面坑洞（養工處）處理期限 115/11/27 17:30。"
    assert rows[0].payload["text_en"] == "Pothole (養工處): completion due 2026-11-27 17:30."


def unplan(database: Database, due_row_id: int) -> None:
    with database.write() as session:
        unschedule(session, Outbox(), due_row_id, NOW)


def test_a_clock_that_is_met_reminds_nobody_and_others_go_on(database: Database) -> None:
    write(database, due_row_id=1)
    write(database, due_row_id=11)
    unplan(database, 1)
    assert {row.key.split(":")[1] for row in pending(database)} == {"11"}


@pytest.mark.parametrize("unit", ["養工處", "水利局"])
def test_a_due_time_that_moves_there_and_back_is_reminded_again(database: Database, unit: str) -> None:
    """A closure entered and withdrawn; or the same due time with another unit."""
    write(database)
    unplan(database, 1)
    write(database, due_at=DUE + timedelta(days=3))
    unplan(database, 1)
    write(database, unit=unit)
    rows = pending(database)
    assert len(rows) == len(REMINDERS[Stage.COMPLETION])
    assert {row.recipient for row in rows} == {f"unit:{unit}", f"supervisor:{unit}"}


def test_the_setting_reaches_the_reminders_of_a_registered_case(
    database: Database,
    catalogue: Catalogue,
    calendar: OfficeCalendar,
    new_case: Callable[..., NewCase],
    tmp_path: Path,
) -> None:
    settings = Settings(data_dir=tmp_path, secret_key="only for tests", reminder_hours="10:00-11:00")
    received = at("2026-11-24T15:00").astimezone(UTC)
    cases = CaseService(database, catalogue, calendar, settings, clock=lambda: received)
    with database.write() as session:
        number = cases.register(session, new_case(item_code="street_light_out", received_at=received)).number
    rows = [row for row in pending(database) if row.topic.startswith("reminder.")]
    assert {row.subject for row in rows} == {number}
    assert {row.payload["stage"] for row in rows} >= {"completion"}
    assert {row.payload["text"] != row.payload["text_en"] for row in rows} == {True}
    for row in rows:
        local = row.not_before.astimezone(TAIPEI)
        assert time(10) <= local.time() <= time(11)
