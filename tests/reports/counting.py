"""Counts cases that a test put straight into the tables."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from sqlalchemy import insert, select

from gateway.cases.calendar import OfficeCalendar
from gateway.cases.catalogue import Catalogue
from gateway.cases.models import Case, CaseChange
from gateway.cases.service import CaseService
from gateway.database import Database
from gateway.reports.cases.ledger import Ledger
from gateway.settings import Settings


@lru_cache(maxsize=1)
def _calendar() -> OfficeCalendar:
    return OfficeCalendar.load()


def count_all(database: Database) -> None:
    """Enter every case into the ledger."""
    settings = Settings(data_dir=Path("unused"), secret_key="only for tests")
    with database.write() as session:
        session.execute(insert(CaseChange).from_select(["case_id"], select(Case.id)))
    Ledger(CaseService(database, Catalogue.load(), _calendar(), settings)).gather_all()
