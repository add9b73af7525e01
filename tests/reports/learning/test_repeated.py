"""Places reported again and again."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest

from gateway.cases.nearness import place_key
from gateway.database import Database
from gateway.errors import NotFound
from gateway.reports.learning.room import Learning
from gateway.reports.tables import Form, Reader, Table
from tests.reports.learning.conftest import EVERYBODY, NOW
from tests.reports.learning.worlds import at, case_row, put

DAY = date(2026, 11, 20)
ADDRESS = "建工路100號前"
Ask = Callable[..., Table]


def here(days_ago: int = 0, **parts: Any) -> dict[str, Any]:
    """A case at the one address."""
    key = place_key("三民區", ADDRESS)
    return case_row(at(DAY - timedelta(days=days_ago)), **{"address": ADDRESS, "place_key": key, **parts})


def cell(table: Table, key: str, row: int = 0) -> object:
    return table.rows[row].cells[table.place(key)]


def test_the_same_address_three_times(both: Database, learning: Learning, ask: Ask) -> None:
    numbers = put(both, [here(20), here(10), here(0)])
    put(both, [here(0, item_code="noise"), here(200)])
    table = ask("repeated-places")
    assert len(table.rows) == 1
    assert (cell(table, "cases"), cell(table, "newest"), cell(table, "why")) == (3, numbers[2], "多次通報")
    assert cell(table, "place") == "建工路" and "100" not in str(table.rows[0].cells[:3])
    assert table.columns[table.place("newest")].form is Form.CASE
    link = table.rows[0].link
    assert link.startswith(f"/console/reports/repeated-places/{numbers[2]}?")
    with both.read() as session:
        place = learning.place(numbers[0]).table(session, {}, EVERYBODY, NOW)
        assert [row.cells[0] for row in place.rows] == numbers[::-1]
        assert place.rows[0].link == f"/console/cases/{numbers[2]}"
        with pytest.raises(NotFound):
            learning.place("D1").table(session, {}, EVERYBODY, NOW)


def test_within_metres_but_no_chain_of_them(both: Database, ask: Ask) -> None:
    """Lamps every 40 metres along a road are so many places, not one that is as long as the road."""
    step = 40 / 111_195
    put(both, [case_row(at(DAY), latitude=22.64 + number * step, longitude=120.3) for number in range(9)])
    table = ask("repeated-places", metres="50", times="3")
    assert [cell(table, "cases", row) for row in range(len(table.rows))] == [3, 3, 3]
    assert ask("repeated-places", metres="30").rows == []


def test_repaired_and_reported_again_and_reopened(both: Database, ask: Ask) -> None:
    handled = {"status": "released", "closed_at": at(DAY - timedelta(days=8))}
    put(both, [here(10, **handled), here(1)])
    table = ask("repeated-places")
    assert (cell(table, "cases"), cell(table, "again"), cell(table, "why")) == (2, 1, "處理後再通報")
    assert cell(table, "open") == 1
    assert ask("repeated-places", why="often").rows == []
    put(both, [here(3, item_code="noise", reopenings=2)])
    reopened = ask("repeated-places", why="reopened", days="89")
    assert (cell(reopened, "reopened"), cell(reopened, "cases")) == (2, 1)


def test_not_yet_handled_is_not_again(both: Database, ask: Ask) -> None:
    put(both, [here(10, status="released", closed_at=at(DAY)), here(1)])
    assert ask("repeated-places").rows == []


def test_petitions_and_confidential_cases_are_not_told(both: Database, ask: Ask) -> None:
    put(both, [here(number, kind="petition") for number in range(4)])
    put(both, [here(number, item_code="noise", confidential=True) for number in range(4)])
    assert ask("repeated-places").rows == []
    assert len(ask("repeated-places", Reader("a", "b", None, sealed=True)).rows) == 1
    assert ask("repeated-places", Reader("a", "b", frozenset({"環保局"}), sealed=True)).rows == []


def test_without_cases_the_list_is_empty(ask: Ask) -> None:
    assert ask("repeated-places").rows == []
