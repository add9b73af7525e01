"""The rooms of files and of saved reports on real databases, with a clock that a test moves by hand."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from gateway.audit.models import AuditEntry
from gateway.audit.service import AuditTrail
from gateway.database import Database
from gateway.identity.accounts import add, named
from gateway.identity.rules import Permission, StaffRole
from gateway.identity.views import Staff
from gateway.reports.exports.models import ReportExport
from gateway.reports.exports.service import Exports
from gateway.reports.exports.worker import ExportWorker
from gateway.reports.files.formats import Format
from gateway.reports.readers import reader_of_staff, staff_named
from gateway.reports.shelf import ReportShelf
from gateway.settings import Settings
from tests.both_databases import both, database
from tests.reports.samples import FIGURES, NOW, Sample

__all__ = ["both", "database"]

KEY = b"only for tests"


@dataclass
class Office:
    """Every part on one database, and whoever works there."""

    database: Database
    folder: Path
    clock: list[datetime] = field(default_factory=lambda: [NOW])
    lease: timedelta = timedelta(seconds=30)

    def __post_init__(self) -> None:
        self.settings = Settings(data_dir=self.folder, secret_key="only for tests")
        self.trail = AuditTrail(KEY)
        self.sample = Sample()
        self.figures = Sample("figures", columns=FIGURES)
        self.reports = ReportShelf(self.sample, self.figures)
        self.exports = Exports(self.database, self.trail, self.settings)

    def now(self) -> datetime:
        return self.clock[0]

    def later(self, **time: float) -> None:
        self.clock[0] += timedelta(**time)

    def hire(self, username: str, *roles: StaffRole, units: tuple[str, ...] = ()) -> Staff:
        with self.database.write() as session:
            add(session, username, None, "none", roles or (StaffRole.SUPERVISOR,), units, "zh-TW", NOW)
        return self.staff(username)

    def staff(self, username: str) -> Staff:
        with self.database.read() as session:
            found = staff_named(session, username)
        assert found is not None
        return found

    def become(self, username: str, *roles: StaffRole, units: tuple[str, ...] = ()) -> None:
        """Other roles and units from now on."""
        with self.database.write() as session:
            account = named(session, username)
            account.roles, account.units = [role.value for role in roles], list(units)

    def disable(self, username: str) -> None:
        with self.database.write() as session:
            named(session, username).disabled_at = self.now()

    def ask(
        self, username: str, report: str = "sample", file_format: Format = Format.CSV, **asked: str
    ) -> int:
        reader = reader_of_staff(self.staff(username), "zh-TW")
        needed = Permission.CASES_EXPORT if report == "sample" else Permission.REPORTS_READ
        with self.database.write() as session:
            return self.exports.ask(session, report, asked, file_format, reader, needed, 3, self.now())

    def worker(self, **more: Any) -> ExportWorker:
        given: dict[str, Any] = {"clock": self.now, "lease": self.lease, **more}
        return ExportWorker(
            self.database, self.reports, self.exports, self.trail, self.settings, **given
        )  # fmt: skip

    def make_due(self) -> int:
        return asyncio.run(self.worker().make_due())

    def export(self, export_id: int) -> ReportExport:
        with self.database.read() as session:
            return session.get_one(ReportExport, export_id)

    def fetch(self, export_id: int, username: str) -> Path:
        staff = self.staff(username)
        with self.database.write() as session:
            return self.exports.fetch(
                session, export_id, staff, reader_of_staff(staff, "zh-TW"), self.now()
            )[1]  # fmt: skip

    def files(self) -> list[str]:
        return sorted(path.name for path in self.exports.folder.iterdir())

    def entries(self, act: str) -> list[AuditEntry]:
        with self.database.read() as session:
            return list(session.scalars(select(AuditEntry).where(AuditEntry.act == act)))


@pytest.fixture
def office(database: Database, tmp_path: Path) -> Office:
    """On SQLite."""
    return Office(database, tmp_path)


@pytest.fixture
def both_offices(both: Database, tmp_path: Path) -> Office:
    """On SQLite, and on PostgreSQL."""
    return Office(both, tmp_path)
