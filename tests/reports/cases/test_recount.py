"""Whatever happens to cases, every figure of every report is what a slow recount of their tables gives."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from itertools import pairwise

import pytest
from sqlalchemy import func, select

from gateway.cases.calendar import OfficeCalendar
from gateway.cases.catalogue import Catalogue
from gateway.cases.models import Case, CaseEvent
from gateway.cases.rules import OPEN, Act
from gateway.cases.service import CaseService
from gateway.places.service import Places
from gateway.reports.cases.deadlines import COLUMNS, DeadlineReport
from gateway.reports.cases.ledger import Ledger
from gateway.reports.cases.models import LedgerState, ReportEntry
from gateway.reports.tables import Reader, Table
from gateway.settings import Settings
from tests.cases.conftest import ENGINES
from tests.migrated import made_once
from tests.reports.cases.lives import EDGES, live
from tests.reports.cases.recount import Recount

EVERYBODY = Reader("research", "研考", None)
PLACES = Places.load()
HISTORIES = 200
PERIODS = [
    (date(2025, 12, 31), date(2025, 12, 31)),
    (date(2026, 1, 1), date(2026, 1, 1)),
    (date(2025, 7, 1), date(2025, 12, 31)),
    (date(2025, 2, 8), date(2025, 2, 8)),
    (date(2024, 11, 13), date(2026, 5, 17)),
    (date(2020, 1, 1), date(2029, 12, 31)),
]
NOW_FIGURES = {"due_soon", "overdue_now"}


@dataclass(frozen=True)
class City:
    """Cases that lived, and what they come to."""

    cases: CaseService
    now: datetime
    recount: Recount


def figures_of(table: Table) -> dict[str, dict[str, object]]:
    keys = [column.key for column in table.columns[1:]]
    rows = zip(table.more["keys"], table.rows, strict=True)  # type: ignore[arg-type]
    return {str(key): dict(zip(keys, row.cells[1:], strict=True)) for key, row in rows}


def assert_same(report: Mapping[str, object], recount: Mapping[str, object], where: str) -> None:
    for key, value in report.items():
        if key not in NOW_FIGURES:
            assert value == pytest.approx(recount[key]), f"{where}: {key}"


@pytest.fixture(scope="module", params=ENGINES)
def city(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[City]:
    """200 histories, counted in the order in which they happened and in small pieces."""
    folder = tmp_path_factory.mktemp("lived")
    with made_once(request, request.param, folder / "cases.db") as database:
        now = [EDGES[0]]
        settings = Settings(data_dir=folder, secret_key="a key for the tests")
        cases = CaseService(database, Catalogue.load(), OfficeCalendar.load(), settings, clock=lambda: now[0])
        ledger = Ledger(cases)
        for seed in range(4):
            live(cases, now, seed, HISTORIES // 4)
            ledger.gather()
            if seed == 1:
                ledger.gather_all()
        while ledger.gather():
            pass
        with database.read() as session:
            recount = Recount(session, cases.office(session))
        yield City(cases, now[0], recount)


def test_every_figure_is_what_a_recount_gives(city: City) -> None:
    with city.cases.database.read() as session:
        acts = set(session.scalars(select(CaseEvent.act).distinct()))
        assert acts == {act.value for act in Act} - {Act.MOVE_DUE.value}, "every act happened"
    for added_up in (False, True):
        if added_up:
            Ledger(city.cases).gather_all()
        with city.cases.database.snapshot() as session:
            waiting = session.scalar(select(func.max(ReportEntry.id))) - (  # type: ignore[operator]
                session.scalar(select(LedgerState.totalled_to)) or 0
            )
            assert (waiting == 0) == added_up
            for name in COLUMNS:
                for first, last in PERIODS:
                    for by in ("unit", "item", "district", "channel"):
                        _compare(session, city, name, by, first, last)


def _compare(session, city, name, by, first, last) -> None:  # type: ignore[no-untyped-def]
    asked = {"from": first.isoformat(), "to": last.isoformat(), "by": by}
    table = DeadlineReport(name, city.cases, PLACES).table(session, asked, EVERYBODY, city.now)
    slow = city.recount.rows(by, first, last)
    for key, row in figures_of(table).items():
        assert_same(row, slow[key], f"{name} by {by} {first}..{last} {key}")
    assert table.total is not None
    total = dict(zip((column.key for column in table.columns), table.total.cells, strict=True))
    del total[by]
    assert_same(total, city.recount.figures(first, last), f"{name} {first}..{last} total")
    shown = set(figures_of(table))
    for key, row in slow.items():
        counted = [k for k in COLUMNS[name] if k not in NOW_FIGURES and isinstance(row[k], int) and row[k]]
        assert key in shown or not counted, (name, by, key)


def test_filters_and_a_units_reach(city: City) -> None:
    first, last = date(2024, 11, 13), date(2026, 5, 17)
    asked = {"from": first.isoformat(), "to": last.isoformat()}
    with city.cases.database.snapshot() as session:
        for by, filters in (
            ("item", {"unit": "養工處"}), ("unit", {"item": "road_pothole", "district": "三民區"}),
            ("district", {"channel": "phone"}), ("channel", {"unit": "水利局", "item": "petition_roads"}),
        ):  # fmt: skip
            table = DeadlineReport("flow", city.cases, PLACES).table(
                session, {**asked, **filters, "by": by}, EVERYBODY, city.now
            )
            slow = city.recount.rows(by, first, last, **filters)
            for key, row in figures_of(table).items():
                assert_same(row, slow[key], f"{by} {filters} {key}")
        mine = Reader("head", "科長", frozenset({"養工處"}))
        table = DeadlineReport("deadlines", city.cases, PLACES).table(
            session, {**asked, "by": "unit"}, mine, city.now
        )
        assert set(figures_of(table)) == {"養工處"}


def test_periods_follow_one_another(city: City) -> None:
    """Every row opens with what the one before closed with, by whatever length; the last is the total's."""
    with city.cases.database.snapshot() as session:
        for by in ("day", "week", "month", "half_year", "year"):
            asked = {"from": "2025-06-10", "to": "2026-05-30", "by": by}
            table = DeadlineReport("flow", city.cases, PLACES).table(session, asked, EVERYBODY, city.now)
            rows = list(figures_of(table).values())
            for before, after in pairwise(rows):
                assert before["closing"] == after["opening"]
            slow = city.recount.figures(date(2025, 6, 10), date(2026, 5, 30))
            assert rows[0]["opening"] == slow["opening"]
            assert rows[-1]["closing"] == slow["closing"]
            assert sum(row["received"] for row in rows) == slow["received"]  # type: ignore[misc]


def test_what_is_open_in_the_ledger_is_open_in_the_cases(city: City) -> None:
    with city.cases.database.snapshot() as session:
        table = DeadlineReport("flow", city.cases, PLACES).table(
            session, {"from": "2020-01-01", "to": "2029-12-31", "by": "unit"}, EVERYBODY, city.now
        )
        rows = session.execute(
            select(Case.owner_unit, func.count())
            .where(Case.status.in_([status.value for status in OPEN]))
            .group_by(Case.owner_unit)
        )
        counted = {key: row["closing"] for key, row in figures_of(table).items() if row["closing"]}
        assert counted == {row[0]: row[1] for row in rows}


def test_counting_everything_anew_changes_nothing(city: City) -> None:
    def whole() -> list[object]:
        with city.cases.database.snapshot() as session:
            asked = {"from": "2020-01-01", "to": "2029-12-31", "by": "unit"}
            return [
                DeadlineReport(name, city.cases, PLACES).table(session, asked, EVERYBODY, city.now).rows
                for name in COLUMNS
            ]

    Ledger(city.cases).gather_all()
    before = whole()
    counted, entries = Ledger(city.cases).count_anew()
    assert counted > HISTORIES
    assert entries == 0
    assert whole() == before
