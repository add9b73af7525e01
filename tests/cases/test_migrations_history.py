"""Migrations down and up again on a database that holds the imported history."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice, product
from pathlib import Path

import pytest

from gateway.cases.errors import ActNotAllowed
from gateway.cases.history.reading import FORMATS, read
from gateway.cases.history.rules import CITY_CODE, CITY_NAME, Raw
from gateway.cases.history.service import HistoryImport
from gateway.cases.rules import Act, Role, Status
from gateway.cases.service import CaseService
from gateway.cases.views import Deed
from gateway.database.migrate import downgrade, upgrade
from gateway.places.service import Places
from tests.cases.rounds import BEFORE_ISSUE_THREE, content, down_and_up, losses, survives

REAL_ROWS = 3_000
CSV = "kcg_open1999_cases_structured_2016-2017.csv"


def records() -> list[Raw]:
    """Cases in every state of the city's, of several units and categories, some without a closing time."""
    kinds = (
        ("養工處", "B01000", "路面坑洞(一)"),
        ("環保局", "A03000", "髒亂清除"),
        ("水利局", "A05000", ""),
    )
    rows = []
    for number, (status, (unit, code, category), day) in enumerate(
        product(CITY_NAME, kinds, ("02", "11", "23")), start=1
    ):
        closed = f"2017-03-{day}T16:20:00" if status is Status.RELEASED and number % 4 else ""
        rows.append(
            Raw(
                row=number, number=f"INS17030{number:04}", status_code=CITY_CODE[status],
                status_name=CITY_NAME[status], created=f"2017-03-{day}T0{number % 8}:15:30", saved="",
                closed=closed, unit_code=code, unit=unit, zip="813", district="左營區", category=category,
            )
        )  # fmt: skip
    return rows


def held(cases: CaseService, raws: Sequence[Raw]) -> None:
    """Take the records in; every one must be taken."""
    report = HistoryImport(cases, Places.load()).take(raws, "history.csv")
    assert report.added == len(raws)


def test_no_case_event_or_judged_clock_is_lost(cases: CaseService) -> None:
    held(cases, records())
    before = content(cases.database)
    assert {row["status"] for row in before["cases"]} == set(CITY_NAME)
    assert {survives("case_dues", row) for row in before["case_dues"]} == {True, False}
    down_and_up(cases.database)
    assert losses(before, content(cases.database)) == []


def test_every_further_round_changes_nothing(cases: CaseService) -> None:
    held(cases, records())
    down_and_up(cases.database)
    before = content(cases.database)
    down_and_up(cases.database)
    assert content(cases.database) == before


def test_no_clock_that_nobody_judged_comes_back_as_running(cases: CaseService) -> None:
    held(cases, records())
    done = {row["number"] for row in content(cases.database)["cases"] if row["next_due_at"] is None}
    assert done
    down_and_up(cases.database)
    rows = content(cases.database)["cases"]
    assert {row["number"] for row in rows if row["next_due_at"] is None} == done


def test_the_older_schema_holds_the_cases_meanwhile(cases: CaseService) -> None:
    held(cases, records())
    with cases.database.engine.connect() as connection:
        count = "SELECT count(*) FROM cases"
        before = connection.exec_driver_sql(count).scalar_one()
    downgrade(cases.database, BEFORE_ISSUE_THREE)
    with cases.database.engine.connect() as connection:
        assert connection.exec_driver_sql(count).scalar_one() == before
        strange = (
            "SELECT count(*) FROM case_dues d WHERE NOT EXISTS (SELECT 1 FROM cases c WHERE c.id = d.case_id)"
        )
        assert connection.exec_driver_sql(strange).scalar_one() == 0
    upgrade(cases.database)


def test_cases_live_on_afterwards(cases: CaseService) -> None:
    held(cases, records())
    down_and_up(cases.database)
    rows = {row["status"]: row for row in content(cases.database)["cases"]}
    open_one, closed = rows[Status.IN_PROGRESS], rows[Status.RELEASED]
    with cases.database.write() as session:
        deed = Deed(Act.COMMENT, "mei", Role.DISPATCHER, expected_version=open_one["version"], note="已電洽")
        state = cases.act(session, open_one["number"], deed)
        assert state.version == open_one["version"] + 1
    with cases.database.write() as session, pytest.raises(ActNotAllowed):
        deed = Deed(Act.ACCEPT, "mei", Role.SUPERVISOR, expected_version=closed["version"])
        cases.act(session, closed["number"], deed)
    with cases.database.read() as session:
        assert list(cases.trail.faults(session)) == []
    again = HistoryImport(cases, Places.load()).take(records(), "history.csv")
    assert (again.added, again.updated) == (0, 0)


@pytest.mark.city_data
def test_nothing_of_the_real_history_is_lost(cases: CaseService, city_data: Path) -> None:
    held(cases, list(islice(read(city_data / "cases" / CSV, FORMATS["open1999-csv"]), REAL_ROWS)))
    before = content(cases.database)
    down_and_up(cases.database)
    assert losses(before, content(cases.database)) == []


def test_a_loss_would_be_seen(cases: CaseService) -> None:
    held(cases, records())
    before = content(cases.database)
    first, *others = before["cases"]
    after = {
        **before,
        "cases": [{**first, "district": "三民區"}, *others],
        "case_events": before["case_events"][1:],
        "case_dues": before["case_dues"],
    }
    found = losses(before, after)
    assert sum("is new" in loss for loss in found) == sum(
        not survives("case_dues", row) for row in before["case_dues"]
    )
    assert any("district was '左營區', is '三民區'" in loss for loss in found)
    assert f"case_events {before['case_events'][0]['id']} is gone" in found
