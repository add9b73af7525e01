"""The city's own cases of 2016 and 2017, taken in and counted: all of them for pictures, fewer for tests.

A test file that shows them imports `empty_database`, which stands in for the empty one.
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from gateway.cases.calendar import OfficeCalendar
from gateway.cases.catalogue import Catalogue
from gateway.cases.catalogue_shelf import SingleCatalogue
from gateway.cases.history.reading import FORMATS, read
from gateway.cases.history.service import HistoryImport
from gateway.cases.service import CaseService
from gateway.database import Database
from gateway.places.service import Places
from gateway.reports.cases.ledger import Ledger
from gateway.settings import Settings

FILE = "cases/kcg_open1999_cases_structured_2016-2017.csv"
EVERY = 1 if os.environ.get("WST_PICTURES") else 16


@pytest.fixture(scope="module")
def empty_database(migrated_file: Path, city_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database with them: every sixteenth case, and each that has coordinates."""
    folder = tmp_path_factory.mktemp("city")
    shutil.copyfile(migrated_file, folder / "wanshitong.db")
    settings = Settings(data_dir=folder, secret_key="only for tests")
    database = Database(settings.database)
    cases = CaseService(database, SingleCatalogue(Catalogue.load()), OfficeCalendar.load(), settings)
    file = city_data / FILE
    raws = [one for n, one in enumerate(read(file, FORMATS["open1999-csv"])) if n % EVERY == 0 or one.lat]
    report = HistoryImport(cases, Places.load()).take(raws, file.name)
    assert report.refused == []
    Ledger(cases).gather_all()
    with database.engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    database.close()
    return folder / "wanshitong.db"
