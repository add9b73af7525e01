"""Figures entered, corrected and taken back: every edition is kept, with who and when."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import func, inspect, select
from sqlalchemy.orm import Session

from gateway.audit.models import AuditEntry
from gateway.database import Base, Database
from gateway.database.migrate import alembic_config, downgrade, upgrade
from gateway.reports.figures.book import Taken, Way, editions, in_force, live_month
from gateway.reports.figures.catalogue import figures
from gateway.reports.figures.errors import FiguresMoved
from gateway.reports.figures.models import ReportFigure
from gateway.reports.figures.months import Month
from gateway.reports.figures.reading import Given
from tests.reports.figures.books import MEI, NOW, TAIPEI, book_of

JULY, AUGUST = Month(2018, 7), Month(2018, 8)
OURS = "0018"


def one(value: str | None, month: Month = JULY, code: str = "calls", source: str = "月報") -> Given:
    return Given(month, figures().all[code], None if value is None else Decimal(value), source)


def values(session: Session, months: Sequence[Month] = (JULY, AUGUST)) -> dict[tuple[str, str], str]:
    found = in_force(session, months)
    return {(str(month), code): f"{entry.value:f}" for (month, code), entry in found.items()}


def test_again_changes_nothing(both: Database) -> None:
    book = book_of(both)
    given = [one("72484"), one("98.1633", code="service_level"), one("5", AUGUST)]
    assert book.take(given, MEI, Way.IMPORT, of="a.csv") == Taken(added=3)
    assert book.take(given, MEI, Way.IMPORT, of="a.csv") == Taken(unchanged=3)
    with both.read() as session:
        assert values(session) == {
            ("2018-07", "calls"): "72484.0000", ("2018-07", "service_level"): "98.1633",
            ("2018-08", "calls"): "5.0000",
        }  # fmt: skip
        assert session.scalar(select(func.count()).select_from(ReportFigure)) == 3
        audited = session.scalars(select(AuditEntry)).all()
        assert [(entry.act, entry.actor, entry.detail["changed"]) for entry in audited] == [
            ("figures.import", "mei", 3)
        ]


def test_a_correction_is_a_new_row(both: Database) -> None:
    later = book_of(both, NOW + timedelta(days=1))
    book_of(both).take([one("72484")], MEI, Way.IMPORT)
    assert later.take([one("72485")], MEI, Way.HAND) == Taken(corrected=1)
    assert later.take([one("72485", source="更正月報")], MEI, Way.HAND) == Taken(corrected=1)
    assert later.take([one(None)], MEI, Way.HAND) == Taken(corrected=1)
    with both.read() as session:
        assert values(session) == {}
        kept = editions(session, JULY)["calls"]
    assert [entry.edition for entry in kept] == [4, 3, 2, 1]
    assert [entry.value for entry in kept] == [None, 72485, 72485, 72484]
    assert [entry.way for entry in kept] == [Way.HAND, Way.HAND, Way.HAND, Way.IMPORT]
    assert kept[-1].entered_at == NOW
    assert later.take([one(None)], MEI, Way.HAND) == Taken(unchanged=1)
    assert later.take([one("1")], MEI, Way.HAND) == Taken(added=1)


def test_who_looks_at_an_older_edition_is_refused(both: Database) -> None:
    book = book_of(both)
    book.take([one("1")], MEI, Way.HAND, seen={})
    with pytest.raises(FiguresMoved):
        book.take([one("3", AUGUST), one("2")], MEI, Way.HAND, seen={})
    with both.read() as session:
        assert values(session) == {("2018-07", "calls"): "1.0000"}
    book.take([one("2")], MEI, Way.HAND, seen={(JULY, "calls"): 1})


def test_two_at_once_do_not_both_enter(both: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever read before the other wrote meets the other's edition."""
    book = book_of(both)
    book.take([one("1")], MEI, Way.HAND)
    monkeypatch.setattr("gateway.reports.figures.book._last_editions", lambda *_: {})
    with pytest.raises(FiguresMoved):
        book.take([one("2")], MEI, Way.HAND)


def test_the_platform_is_live_from_the_month_after_its_first_entry(database: Database) -> None:
    with database.read() as session:
        assert live_month(session, TAIPEI, None) is None
        assert live_month(session, TAIPEI, JULY) == JULY
    book_of(database, NOW).take([one("1")], MEI, Way.HAND)
    with database.read() as session:
        assert live_month(session, TAIPEI, None) == Month(2019, 2)


def test_the_table_is_what_the_model_says(both: Database) -> None:
    name = ReportFigure.__tablename__
    options = {"include_name": lambda table, kind, _: kind != "table" or table == name}
    with both.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts=options)
        differences = compare_metadata(context, Base.metadata)
    assert [found for found in differences if name in str(found)] == []


def test_down_and_up_again(both: Database) -> None:
    book_of(both).take([one("1")], MEI, Way.HAND)
    script = ScriptDirectory.from_config(alembic_config(both)).get_revision(OURS)
    downgrade(both, str(script.down_revision))
    assert ReportFigure.__tablename__ not in inspect(both.engine).get_table_names()
    upgrade(both)
    with both.read() as session:
        assert values(session) == {}
