"""Storms told: which items, which districts, how long."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

import pytest

from gateway.cases.models import OfficeClosure
from gateway.database import Database
from gateway.errors import InvalidInput, NotFound
from gateway.reports.tables import Reader, Table
from tests.reports.learning.worlds import at, put, steady

LAST = date(2026, 11, 25)
FIRST = LAST - timedelta(days=120)
STORM = date(2026, 9, 22)
Ask = Callable[..., Table]


def stormy_city(both: Database) -> None:
    put(both, steady(FIRST, LAST, 4))
    put(both, steady(STORM, STORM + timedelta(days=1), 40, item_code="street_tree_fallen", district="鳳山區"))


def test_an_outbreak_is_told_with_its_items_and_districts(both: Database, ask: Ask) -> None:
    stormy_city(both)
    table = ask("storms")
    row = dict(zip((one.key for one in table.columns), table.rows[0].cells, strict=True))
    assert (row["first"], row["last"], row["normal"]) == (STORM, STORM + timedelta(1), STORM + timedelta(2))
    assert (row["cases"], row["expected"], row["ratio"], row["days_to_normal"]) == (88, 8.0, 11.0, 1)
    assert (row["closed"], row["peak"]) == ("否", 44)
    assert "80" in str(row["items"]) and "鳳山區 80" in str(row["districts"])
    detail = ask("storms", storm=str(STORM), by="district")
    assert [one.cells[:2] for one in detail.rows] == [("鳳山區", 80), ("三民區", 8)]
    assert detail.total is not None and detail.total.cells[1] == 88
    assert f"from={STORM}" in detail.rows[0].link
    with pytest.raises(NotFound):
        ask("storms", storm="2026-09-01")


def test_a_closure_in_force_is_a_storm(both: Database, ask: Ask) -> None:
    put(both, steady(FIRST, LAST, 4))
    with both.write() as session:
        closure = {"day": STORM, "zh": "颱風", "en": "typhoon", "entered_by": "mei", "entered_at": at(STORM)}
        session.add(OfficeClosure(part="all", **closure))
        session.add(
            OfficeClosure(part="all", **{**closure, "day": FIRST + timedelta(50)}, withdrawn_at=at(STORM))
        )
    table = ask("storms")
    assert [row.cells[:3] for row in table.rows] == [(STORM, STORM, "是")]


def test_a_unit_reads_its_own_figures(both: Database, ask: Ask) -> None:
    stormy_city(both)
    put(both, steady(FIRST, LAST, 1, item_code="noise", owner_unit="環保局"), unit="環保局")
    table = ask("storms", Reader("a", "b", frozenset({"環保局"})))
    assert [row.cells[table.place("cases")] for row in table.rows] == [2]


def test_nothing_is_told_of_nothing_and_nonsense_is_refused(ask: Ask) -> None:
    assert ask("storms").rows == []
    with pytest.raises(InvalidInput):
        ask("storms", from_="2026-11-01", to="2026-10-01")
    with pytest.raises(InvalidInput):
        ask("storms", from_="2002-01-01")
