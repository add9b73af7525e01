"""The daily digest: once a working day, whoever writes it and whatever was missed, and never empty."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select

from gateway.cases.calendar import OfficeCalendar
from gateway.cases.catalogue import Catalogue
from gateway.cases.closing_days import NewClosure, enter_closure
from gateway.cases.closures import Part
from gateway.cases.deadlines import Office
from gateway.cases.digest import due_day, since_when, write_digests
from gateway.cases.rules import Act
from gateway.cases.service import CaseService
from gateway.cases.views import NewCase
from gateway.database import Database
from gateway.outbox.models import OutboxMessage
from gateway.settings import Settings
from tests.cases.life import Life

Make = Callable[..., NewCase]
TAIPEI = ZoneInfo("Asia/Taipei")
OWNER = "養工處"


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=TAIPEI).astimezone(UTC)


def written(database: Database) -> list[OutboxMessage]:
    with database.read() as session:
        query = select(OutboxMessage).where(OutboxMessage.topic == "digest").order_by(OutboxMessage.id)
        return list(session.scalars(query))


@pytest.mark.parametrize(
    ("now", "day"),
    [
        ("2026-11-24T07:59:59", None),
        ("2026-11-24T08:00:00", date(2026, 11, 24)),
        ("2026-11-24T17:30:00", date(2026, 11, 24)),
        ("2026-11-24T17:30:01", None),
        ("2026-11-28T09:00:00", None),  # a Saturday
        ("2027-01-01T09:00:00", None),  # New Year
    ],
)
def test_which_day_it_is_time_for(office: Office, now: str, day: date | None) -> None:
    assert due_day(at(now), office) == day


def test_without_an_earlier_one_new_is_since_the_working_day_before(office: Office) -> None:
    assert since_when(date(2026, 11, 23), None, office) == at("2026-11-20T08:00")
    last = at("2026-11-19T08:00")
    assert since_when(date(2026, 11, 23), last, office) == last


def test_each_unit_reads_what_came_is_due_late_or_waits(
    database: Database, cases: CaseService, new_case: Make, now: list[datetime]
) -> None:
    now[0] = at("2026-11-23T09:30")
    with database.write() as session:
        life = Life(cases, session)
        late = life.file(new_case("late", received_at=at("2026-11-02T09:00")))
        fresh = life.file(new_case("fresh", received_at=now[0]))
        petition = {"kind": "petition", "item_code": "petition_roads", "contact_phone": "0912345678"}
        asked = life.file(new_case("asked", **petition, received_at=now[0]))
        life.do(asked, Act.ACCEPT)
        life.do(asked, Act.REQUEST_INFO)
        done = life.file(new_case("done", received_at=at("2026-11-02T09:00")))
        life.do(done, Act.ACCEPT)
        life.do(done, Act.WITHDRAW)
    now[0] = at("2026-11-24T08:00")
    assert write_digests(cases) >= 1
    (letter,) = [one for one in written(database) if one.recipient == f"unit:{OWNER}"]
    assert (letter.transport, letter.payload["title"]) == ("desk", f"每日彙整 115/11/24：{OWNER}")
    text = letter.payload["text"]
    first, *lines = text.splitlines()
    assert first == "115/11/23 08:00 以後至 115/11/24 08:00 的情形："
    assert f"已逾期 2 件：{late}、{fresh}" in lines  # an inspection within hours
    assert any(line.startswith("新收 ") and fresh in line and late not in line for line in lines)
    assert done not in text
    assert letter.payload["title_en"].startswith("Daily digest 2026-11-24: Maintenance Office")
    waiting = [one.payload["text"] for one in written(database) if asked in one.payload["text"]]
    assert any(f"等候民眾補充 1 件：{asked}" in one for one in waiting)


def test_once_a_day_and_none_for_a_unit_with_nothing_to_tell(
    database: Database, cases: CaseService, new_case: Make, now: list[datetime]
) -> None:
    now[0] = at("2026-11-24T08:00")
    assert write_digests(cases) == 0
    with database.write() as session:
        Life(cases, session).file(new_case())
    now[0] = at("2026-11-24T10:00")
    assert write_digests(cases) == 0, "today's was there already: it had nothing to tell"
    now[0] = at("2026-11-25T08:00")
    assert write_digests(cases) == 1
    assert write_digests(cases) == 0
    assert [one.recipient for one in written(database)] == [f"unit:{OWNER}"]


def test_after_days_without_the_platform_there_is_one_and_it_tells_of_all_of_them(
    database: Database, cases: CaseService, new_case: Make, now: list[datetime]
) -> None:
    now[0] = at("2026-11-17T08:00")
    write_digests(cases)
    with database.write() as session:
        now[0] = at("2026-11-17T11:00")
        number = Life(cases, session).file(new_case(received_at=now[0]))
    now[0] = at("2026-11-24T15:00")  # a week later, in the afternoon
    assert write_digests(cases) == 1
    (letter,) = written(database)
    assert "115/11/17 08:00 以後" in letter.payload["text"]
    assert number in letter.payload["text"]


def test_a_closed_morning_moves_it_to_the_afternoon(
    database: Database, cases: CaseService, new_case: Make, now: list[datetime]
) -> None:
    now[0] = at("2026-11-23T09:30")
    with database.write() as session:
        Life(cases, session).file(new_case())
        closed = NewClosure(date(2026, 11, 24), Part.AM, "颱風", "Typhoon")
        enter_closure(session, cases, closed, actor="boss", role="supervisor")
    now[0] = at("2026-11-24T08:00")
    assert write_digests(cases) == 0
    now[0] = at("2026-11-24T13:30")
    assert write_digests(cases) == 1


def test_many_processes_at_once_write_one(
    database: Database, catalogue: Catalogue, calendar: OfficeCalendar, cases: CaseService, new_case: Make,
    now: list[datetime], tmp_path: Path,
) -> None:  # fmt: skip
    now[0] = at("2026-11-23T09:30")
    with database.write() as session:
        Life(cases, session).file(new_case())
    now[0] = at("2026-11-24T08:00")
    settings = Settings(data_dir=tmp_path, secret_key="a key for the tests")
    others = [Database(database.url) for _ in range(6)]
    rooms = [CaseService(one, catalogue, calendar, settings, clock=lambda: now[0]) for one in others]
    counts: list[int] = []
    together = threading.Barrier(len(rooms))

    def work(room: CaseService) -> None:
        together.wait()
        counts.append(write_digests(room))

    threads = [threading.Thread(target=work, args=(room,)) for room in rooms]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for other in others:
        other.close()
    assert sorted(counts) == [0] * (len(rooms) - 1) + [1]
    assert len(written(database)) == 1


def test_a_long_list_is_a_number_and_its_beginning(
    database: Database, cases: CaseService, new_case: Make, now: list[datetime]
) -> None:
    now[0] = at("2026-11-23T09:30")
    with database.write() as session:
        life = Life(cases, session)
        for number in range(25):
            life.file(new_case(f"case {number}"))
    now[0] += timedelta(hours=1)
    assert write_digests(cases) == 1
    (line,) = [one for one in written(database)[0].payload["text"].splitlines() if one.startswith("新收")]
    assert line.startswith("新收 25 件：")
    assert line.endswith("、等")
    assert line.count("D1151123-") == 20
