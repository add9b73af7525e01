"""Asking for files, seeing how far they are, fetching them, throwing them away."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from gateway.audit.service import AuditTrail
from gateway.database import Database
from gateway.identity.rules import Permission
from gateway.identity.views import Staff
from gateway.reports.exports.errors import ExportNotFound, TooManyExports
from gateway.reports.exports.models import ReportExport
from gateway.reports.exports.rules import AT_ONCE_OF_ONE, MOVING, REMEMBERED, State
from gateway.reports.files.formats import Format
from gateway.reports.readers import covers
from gateway.reports.tables import Reader
from gateway.settings import Settings

LISTED = 100


class Exports:
    """The files of everybody. Kept at `app.state.exports`."""

    def __init__(self, database: Database, trail: AuditTrail, settings: Settings) -> None:
        self._database = database
        self._trail = trail
        self.folder: Path = settings.data_dir / "exports"

    def ask(
        self, session: Session, report: str, asked: Mapping[str, str], file_format: Format, reader: Reader,
        permission: Permission, rows: int, now: datetime,
    ) -> int:  # fmt: skip
        """Have a file made; its number. What is under way already is not asked for twice.

        Raises TooManyExports.
        """
        waiting = session.scalars(
            select(ReportExport).where(ReportExport.owner == reader.username, ReportExport.state.in_(MOVING))
        ).all()
        for one in waiting:
            same = (one.report, one.format, one.language, one.asked)
            if same == (report, file_format, reader.language, dict(asked)):
                return one.id
        if len(waiting) >= AT_ONCE_OF_ONE:
            raise TooManyExports
        export = ReportExport(
            owner=reader.username, report=report, asked=dict(asked), format=file_format.value,
            language=reader.language, state=State.QUEUED.value, permission=permission.value,
            units=None if reader.units is None else sorted(reader.units), sealed=reader.sealed,
            rows_done=0, rows_total=rows, attempts=0, created_at=now,
        )  # fmt: skip
        session.add(export)
        session.flush()
        return export.id

    def of(self, session: Session, owner: str) -> Sequence[ReportExport]:
        """Somebody's files, newest first."""
        mine = select(ReportExport).where(ReportExport.owner == owner)
        return session.scalars(mine.order_by(ReportExport.id.desc()).limit(LISTED)).all()

    def fetch(
        self, session: Session, export_id: int, staff: Staff, reader: Reader, now: datetime
    ) -> tuple[ReportExport, Path]:
        """One's own file that is done; the fetching is audited.

        Raises ExportNotFound, also for who has lost the permission or the units since it was asked for.
        """
        export = session.get(ReportExport, export_id)
        if export is None or export.owner != staff.username or export.state != State.DONE:
            raise ExportNotFound
        allowed = staff.may(Permission.REPORTS_READ) and staff.may(Permission(export.permission))
        if not allowed or not covers(reader, export.units, export.sealed):
            raise ExportNotFound
        path = self.folder / (export.path or "")
        over = export.expires_at is not None and export.expires_at <= now
        if over or export.path is None or not path.is_file():
            raise ExportNotFound
        note_export(self._trail, session, staff, export, now, act="report.download")
        return export, path

    def drop(self, session: Session, export_id: int, owner: str) -> Path | None:
        """Forget one's own file; whoever is making it will notice. What is to be deleted after the commit.

        Raises ExportNotFound.
        """
        export = session.get(ReportExport, export_id, with_for_update=True)
        if export is None or export.owner != owner:
            raise ExportNotFound
        session.delete(export)
        return None if export.path is None else self.folder / export.path

    def sweep(self, now: datetime) -> None:
        """Throw away what is over, and files that belong to nothing any more."""
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        # Listed first: a file that is made from now on is none of those that are looked at.
        lying = [path for path in self.folder.iterdir() if path.is_file()]
        with self._database.write() as session:
            over = (ReportExport.state == State.DONE, ReportExport.expires_at <= now)
            gone = {"state": State.EXPIRED.value, "path": None}
            session.execute(update(ReportExport).where(*over).values(gone))
            old = ReportExport.created_at <= now - REMEMBERED
            session.execute(delete(ReportExport).where(old, ReportExport.state.not_in(MOVING)))
        with self._database.read() as session:
            kept = set(session.scalars(select(ReportExport.path).where(ReportExport.path.is_not(None))))
            under_way = select(ReportExport.id).where(ReportExport.state == State.RUNNING)
            making = {str(one) for one in session.scalars(under_way)}
        for path in lying:
            if path.name not in kept and path.name.partition("-")[0] not in making:
                path.unlink(missing_ok=True)


def note_export(
    trail: AuditTrail, session: Session, staff: Staff, export: ReportExport, now: datetime, *, act: str
) -> None:
    """Write down whose file of which report was made or fetched."""
    detail = {
        "export": export.id, "asked": export.asked, "format": export.format, "rows": export.rows_done,
    }  # fmt: skip
    trail.append(
        session, act=act, actor=staff.username, role=staff.role_names, subject=f"report:{export.report}",
        detail=detail, at=now,
    )  # fmt: skip
