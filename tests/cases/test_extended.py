"""An extended due time: what stops the clock moves it, and nothing makes it earlier."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from gateway.cases.calendar import OfficeCalendar
from gateway.cases.closing_days import NewClosure, enter_closure, move_dues
from gateway.cases.closures import Closure, Part
from gateway.cases.deadlines import LimitUnit, Office
from gateway.cases.extended import open_again, resumed
from gateway.cases.rules import Act
from gateway.cases.service import CaseService
from gateway.cases.views import NewCase
from gateway.database import Database
from tests.cases.life import Life, clocks_of

TAIPEI = ZoneInfo("Asia/Taipei")
OFFICE = Office.from_text(OfficeCalendar.load(), "08:00-12:00,13:30-17:30", "Asia/Taipei")
INSTANTS = st.datetimes(datetime(2023, 1, 1), datetime(2026, 12, 31), timezones=st.just(UTC))  # noqa: DTZ001
LENGTHS = st.timedeltas(timedelta(0), timedelta(days=30))
UNITS = st.sampled_from(LimitUnit)
FRIDAY = "2026-12-11T17:30"


def taipei(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=TAIPEI)


@pytest.mark.parametrize(
    ("unit", "begins", "ends", "due"),
    [
        # Four working days were left on Tuesday the 8th; four are left on Friday the 18th.
        ("working_days", "2026-12-08T10:00", "2026-12-18T10:00", "2026-12-23T17:30"),
        ("working_days", "2026-12-08T10:00", "2026-12-08T17:00", FRIDAY),
        ("working_days", "2026-12-11T17:00", "2026-12-12T09:00", "2026-12-14T17:30"),
        ("calendar_days", "2026-12-11T17:00", "2026-12-12T09:00", "2026-12-12T17:30"),
        ("calendar_days", "2026-12-08T10:00", "2026-12-18T10:00", "2026-12-21T17:30"),
        ("hours", "2026-12-11T10:00", "2026-12-12T10:00", "2026-12-12T17:30"),
        ("office_minutes", "2026-12-11T16:30", "2026-12-14T09:00", "2026-12-14T10:00"),
        ("office_minutes", "2026-12-10T12:00", "2026-12-10T13:30", FRIDAY),
        # It had run out when the pause began.
        ("working_days", FRIDAY, "2026-12-18T10:00", FRIDAY),
        ("hours", "2026-12-11T18:00", "2026-12-18T10:00", FRIDAY),
    ],
)
def test_a_pause_is_given_back(unit: str, begins: str, ends: str, due: str) -> None:
    stood = taipei(begins), taipei(ends)
    assert resumed(taipei(FRIDAY), LimitUnit(unit), stood, OFFICE) == taipei(due)


@given(UNITS, INSTANTS, INSTANTS, LENGTHS, LENGTHS)
# Due at an opening that the pause covers, and over in the lunch break: nothing is left, not even a morning.
@example(
    LimitUnit.OFFICE_MINUTES,
    taipei("2024-04-22T08:00"),
    taipei("2024-04-20T12:00"),
    timedelta(days=2, minutes=30),
    timedelta(0),
)
def test_a_longer_pause_never_makes_it_earlier(
    unit: LimitUnit, extended_to: datetime, begins: datetime, length: timedelta, more: timedelta
) -> None:
    due = open_again(extended_to, OFFICE)
    short = resumed(due, unit, (begins, begins + length), OFFICE)
    assert due <= short <= resumed(due, unit, (begins, begins + length + more), OFFICE)
    assert not begins < short < begins + length


@pytest.mark.parametrize(
    ("part", "extended_to", "due"),
    [
        (Part.ALL, FRIDAY, "2026-12-14T17:30"),
        (Part.PM, FRIDAY, "2026-12-14T17:30"),
        (Part.AM, FRIDAY, FRIDAY),
        (Part.AM, "2026-12-11T12:00", "2026-12-14T12:00"),
        (Part.PM, "2026-12-11T12:00", "2026-12-11T12:00"),
    ],
)
def test_while_the_offices_are_closed_nothing_is_due(part: Part, extended_to: str, due: str) -> None:
    office = OFFICE.with_closures((Closure(date(2026, 12, 11), part, "颱風停止上班", "typhoon closure"),))
    assert open_again(taipei(extended_to), office) == taipei(due)


def test_who_waited_for_the_citizen_is_not_late_at_once(
    cases: CaseService, database: Database, new_case: Callable[..., NewCase], now: list[datetime]
) -> None:
    petition = new_case(kind="petition", item_code="petition_roads", contact_phone="07-3368333")
    with database.write() as session:
        life = Life(cases, session)
        number = life.file(petition)
        life.do(number, Act.ACCEPT)
        life.do(number, Act.EXTEND, new_due_at=taipei(FRIDAY))
        now[0] = taipei("2026-12-08T10:00").astimezone(UTC)
        life.do(number, Act.REQUEST_INFO)
        now[0] = taipei("2026-12-18T10:00").astimezone(UTC)
        life.do(number, Act.SUPPLY_INFO)
        due = clocks_of(session, number)["completion"]
        assert due.due_at == taipei("2026-12-23T17:30")
        view = cases.public_view(session, number, cases.verification_code(number))
        assert view.due[-1].verdict == "open"
    assert move_dues(cases) == 0


def test_a_closed_afternoon_moves_the_extended_due_time_of_that_day(
    cases: CaseService, database: Database, new_case: Callable[..., NewCase]
) -> None:
    with database.write() as session:
        life = Life(cases, session)
        number = life.file(new_case())
        life.do(number, Act.EXTEND, new_due_at=taipei(FRIDAY))
    with database.write() as session:
        typhoon = NewClosure(date(2026, 12, 11), Part.PM, "颱風停止上班", "typhoon closure")
        enter_closure(session, cases, typhoon, actor="sue", role="supervisor")
    assert move_dues(cases) == 1
    with database.read() as session:
        assert clocks_of(session, number)["completion"].due_at == taipei("2026-12-14T17:30")
