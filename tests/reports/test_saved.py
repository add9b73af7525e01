"""Saved reports and their letters: who sees them, once per due time, and when they stop."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import select

from gateway.identity.rules import StaffRole
from gateway.outbox.models import OutboxMessage
from gateway.outbox.service import Outbox
from gateway.reports.readers import reader_of_staff
from gateway.reports.saved.errors import SavedReportNotFound, TooManySaved
from gateway.reports.saved.models import ReportSchedule
from gateway.reports.saved.rules import Every, Rhythm, Why
from gateway.reports.saved.sending import ReportSending
from gateway.reports.saved.service import MOST, SavedReports
from gateway.settings import PROJECT_ROOT
from tests.reports.conftest import Office
from tests.reports.samples import ZONE

DAILY = Rhythm(Every.DAY, 0, 8)
MONDAY_8 = datetime(2026, 11, 30, 0, 0, tzinfo=UTC)
"""Eight o'clock on a Monday in Kaohsiung."""
PEOPLE = ["a@city.gov.tw", "b@city.gov.tw"]


def works(day: date) -> bool:
    return day.isoweekday() < 6


def sending(office: Office, opens: Callable[[date], bool] = works) -> ReportSending:
    return ReportSending(
        office.database, office.reports, Outbox(), office.trail, lambda _: opens, ZONE, "https://1999.example/",
        office.now,
    )  # fmt: skip


def keep(office: Office, username: str, shared: bool = False, **asked: str) -> int:
    reader = reader_of_staff(office.staff(username), "zh-TW")
    with office.database.write() as session:
        return SavedReports(office.trail).keep(
            session, reader, "上月依限", "sample", asked, shared, office.now()
        )


def schedule(office: Office, saved_id: int, username: str = "mei", rhythm: Rhythm = DAILY) -> None:
    staff = office.staff(username)
    with office.database.write() as session:
        SavedReports(office.trail).schedule(
            session, saved_id, staff, reader_of_staff(staff, "zh-TW"), rhythm, PEOPLE,
            sending(office).first_due(session, rhythm), office.now(),
        )  # fmt: skip


def letters(office: Office) -> list[OutboxMessage]:
    with office.database.read() as session:
        return list(session.scalars(select(OutboxMessage).order_by(OutboxMessage.id)))


def found(office: Office) -> ReportSchedule:
    with office.database.read() as session:
        return session.scalars(select(ReportSchedule)).one()


def names_seen(office: Office, username: str) -> int:
    with office.database.read() as session:
        return len(SavedReports(office.trail).visible(session, reader_of_staff(office.staff(username), "en")))


def test_shared_with_colleagues_of_the_same_reach_and_nobody_else(both_offices: Office) -> None:
    office = both_offices
    office.hire("mei", units=("養工處",))
    office.hire("peer", units=("養工處",))
    office.hire("other", units=("水利局",))
    office.hire("boss")
    own, shared = keep(office, "mei"), keep(office, "mei", shared=True)
    assert [names_seen(office, one) for one in ("mei", "peer", "other", "boss")] == [2, 1, 0, 0]
    rooms = SavedReports(office.trail)
    reader = reader_of_staff(office.staff("peer"), "zh-TW")
    with office.database.write() as session:
        assert rooms.found(session, shared, reader).id == shared
        for act in (
            lambda: rooms.found(session, own, reader),
            lambda: rooms.change(session, shared, reader, "x", True, office.now()),
            lambda: rooms.drop(session, shared, office.staff("peer"), reader, office.now()),
            lambda: rooms.stop(session, shared, office.staff("peer"), reader, office.now()),
        ):
            with pytest.raises(SavedReportNotFound):
                act()


def test_nobody_keeps_more_than_enough(office: Office) -> None:
    office.hire("mei")
    for _ in range(MOST):
        keep(office, "mei")
    with pytest.raises(TooManySaved):
        keep(office, "mei")


def test_a_letter_for_each_due_time_and_recipient(both_offices: Office) -> None:
    office = both_offices
    office.hire("mei")
    schedule(office, keep(office, "mei", period="last_month", rows="3"), rhythm=Rhythm(Every.DAY, 0, 8, True))
    assert found(office).next_at == datetime(2026, 11, 27, 0, 0, tzinfo=UTC)
    assert sending(office).mind() == 0
    office.clock[0] = datetime(2026, 11, 27, 0, 0, tzinfo=UTC)
    assert sending(office).mind() == 2
    assert sending(office).mind() == 0
    assert found(office).next_at == MONDAY_8, "the weekend is left out"
    first, second = letters(office)
    assert [first.recipient, second.recipient] == PEOPLE
    assert first.transport == "email"
    assert first.payload["title"] == "【高雄 1999】示範報表：上月依限"
    assert first.payload["text"].splitlines() == [
        "示範報表", "期間：2026-10-01 – 2026-10-31", "資料截至：2026-11-26 14:30", "列數：3",
        "合計：件數 12,345,678；平均辦理日數 0.5", "",
        "開啟報表（需登入）：https://1999.example/console/reports/saved/1", "",
        "這封信由 mei 設定定期寄送；如不需要，請與寄送人聯絡。",
    ]  # fmt: skip
    assert "D1151126" not in str(first.payload), "no case's number leaves by letter"
    assert office.sample.heard[-1][0] == {"rows": "3", "from": "2026-10-01", "to": "2026-10-31"}
    assert [entry.detail["recipients"] for entry in office.entries("report.sent")] == [2]


def test_after_days_without_a_process_there_is_one_letter(office: Office) -> None:
    office.hire("mei")
    schedule(office, keep(office, "mei"))
    office.clock[0] = datetime(2026, 12, 5, 3, 0, tzinfo=UTC)
    assert sending(office).mind() == 2
    assert found(office).next_at == datetime(2026, 12, 6, 0, 0, tzinfo=UTC)


def test_an_office_closed_since_then_puts_it_off(office: Office) -> None:
    """A typhoon closes Friday and Monday: what was due on Friday comes on Tuesday, once."""
    office.hire("mei")
    schedule(office, keep(office, "mei"), rhythm=Rhythm(Every.WEEK, 5, 8, True))
    closed = {date(2026, 11, 27), date(2026, 11, 30)}

    def opens(day: date) -> bool:
        return works(day) and day not in closed

    office.clock[0] = datetime(2026, 11, 27, 0, 0, tzinfo=UTC)
    assert sending(office, opens).mind() == 0
    assert found(office).next_at == datetime(2026, 12, 1, 0, 0, tzinfo=UTC)
    office.clock[0] = datetime(2026, 12, 1, 0, 0, tzinfo=UTC)
    assert sending(office, opens).mind() == 2
    assert found(office).next_at == datetime(2026, 12, 4, 0, 0, tzinfo=UTC)


@pytest.mark.parametrize("change", ["role", "disabled"])
def test_it_stops_when_its_owner_may_no_longer_read(office: Office, change: str) -> None:
    office.hire("mei")
    schedule(office, keep(office, "mei"))
    if change == "role":
        office.become("mei", StaffRole.OPERATOR)
    else:
        office.disable("mei")
    office.later(days=1)
    assert sending(office).mind() == 0
    assert (found(office).state, found(office).stopped_because) == ("stopped", Why.PERMISSION)
    office.later(days=30)
    assert sending(office).mind() == 0
    (entry,) = office.entries("report.schedule_stopped")
    assert (entry.actor, entry.detail["why"]) == ("system", "permission")


def test_it_counts_what_its_owner_may_see_on_the_day(office: Office) -> None:
    office.hire("mei", units=("養工處", "水利局"))
    schedule(office, keep(office, "mei"))
    office.become("mei", StaffRole.SUPERVISOR, units=("養工處",))
    office.later(days=1)
    sending(office).mind()
    assert office.sample.heard[-1][1].units == frozenset({"養工處"})


def test_a_question_that_cannot_be_asked_any_more_stops_it(office: Office) -> None:
    office.hire("mei")
    schedule(office, keep(office, "mei", **{"from": "2026-12-01", "to": "2026-11-01"}))
    office.later(days=1)
    assert sending(office).mind() == 0
    assert found(office).stopped_because == Why.INVALID


def test_a_failure_for_the_moment_is_tried_again(office: Office) -> None:
    office.hire("mei")
    schedule(office, keep(office, "mei", rows="none"))
    office.later(days=1)
    assert sending(office).mind() == 0
    assert found(office).state == "active"


def test_stopped_and_dropped_by_its_owner(both_offices: Office) -> None:
    office = both_offices
    office.hire("mei")
    saved_id = keep(office, "mei")
    schedule(office, saved_id)
    rooms, staff = SavedReports(office.trail), office.staff("mei")
    reader = reader_of_staff(staff, "zh-TW")
    with office.database.write() as session:
        rooms.change(session, saved_id, reader, "新名稱", False, office.now())
        assert rooms.found(session, saved_id, reader).shared, "its letters must lead somewhere"
        rooms.stop(session, saved_id, staff, reader, office.now())
        rooms.stop(session, saved_id, staff, reader, office.now())
    office.later(days=1)
    assert sending(office).mind() == 0
    assert len(office.entries("report.schedule_stopped")) == 1
    schedule(office, saved_id)
    with office.database.write() as session:
        rooms.drop(session, saved_id, staff, reader, office.now())
    with office.database.read() as session:
        assert session.scalars(select(ReportSchedule)).all() == []


def test_many_at_once_write_each_letter_once(both_offices: Office) -> None:
    office = both_offices
    office.hire("mei")
    for _ in range(4):
        schedule(office, keep(office, "mei"))
    office.later(days=1)
    with ThreadPoolExecutor(4) as threads:
        counts = list(threads.map(lambda _: sending(office).mind(), range(4)))
    assert sum(counts) == len(letters(office)) == 4 * len(PEOPLE)
    assert len({letter.key for letter in letters(office)}) == 4 * len(PEOPLE)


def test_two_processes_write_each_letter_once(both_offices: Office) -> None:
    office = both_offices
    office.hire("mei")
    for _ in range(10):
        schedule(office, keep(office, "mei"))
    url = office.database.engine.url.render_as_string(hide_password=False)
    at = office.now() + timedelta(days=1)
    program = [sys.executable, "-m", "tests.reports.sending_process", url, at.isoformat()]
    running = [
        subprocess.Popen(program, cwd=PROJECT_ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        for _ in range(2)
    ]
    try:
        for process in running:
            assert process.stdout is not None
            assert process.stdout.readline() == "ready\n"
        for process in running:
            assert process.stdin is not None
            process.stdin.write("go\n")
            process.stdin.flush()
        counts = [int(process.communicate(timeout=90)[0]) for process in running]
    finally:
        for process in running:
            process.kill()
            process.wait()
    assert sum(counts) == len(letters(office)) == 10 * len(PEOPLE)
