"""The room on real databases and the real office calendar."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path

import pytest

from gateway.cases.calendar import OfficeCalendar
from gateway.cases.catalogue import Catalogue
from gateway.cases.service import CaseService
from gateway.database import Database
from gateway.places.service import Places
from gateway.reports.learning.room import Learning
from gateway.reports.tables import Reader, Table
from gateway.settings import Settings
from tests.both_databases import both, database
from tests.reports.learning.worlds import ZONE

__all__ = ["both", "database"]
NOW = datetime(2026, 11, 26, 2, 0, tzinfo=UTC)
"""Thursday, 10:00 in the city."""
EVERYBODY = Reader("yan", "研考", None)
ENTRIES: Mapping[str, str] = {"garbage": "垃圾車幾點來？"}


@pytest.fixture(scope="session")
def calendar() -> OfficeCalendar:
    return OfficeCalendar.load()


@pytest.fixture(scope="session")
def catalogue() -> Catalogue:
    return Catalogue.load()


@pytest.fixture
def learning(
    both: Database, catalogue: Catalogue, calendar: OfficeCalendar, tmp_path: Path
) -> Iterator[Learning]:
    """The five reports on a database without cases."""
    settings = Settings(data_dir=tmp_path, secret_key="only for tests")
    cases = CaseService(both, catalogue, calendar, settings, clock=lambda: NOW)
    room = Learning(both, cases, Places.load(), lambda: ENTRIES, ZONE)
    yield room
    room.close()


@pytest.fixture
def ask(both: Database, learning: Learning) -> Callable[..., Table]:
    """The table of a report; keyword arguments are the words of its address."""

    def table(name: str, reader: Reader = EVERYBODY, **asked: str) -> Table:
        report = next(one for one in learning.reports if one.name == name)
        asked = {key.rstrip("_"): word for key, word in asked.items()}
        with both.read() as session:
            return report.table(session, asked, reader, NOW)

    return table
