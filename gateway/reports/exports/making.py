"""One file made: taken under a lease, written aside, put in its place.

A process that dies leaves no half file. Every attempt writes a file of its own name, so that a process
that was only slow cannot spoil what another one has taken over.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import IO, Final
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, and_, or_, select, update
from sqlalchemy.orm import Session

from gateway.audit.service import AuditTrail
from gateway.database import Database
from gateway.errors import NotFound, PlatformError
from gateway.identity.errors import NotPermitted
from gateway.identity.rules import Permission
from gateway.identity.views import Staff
from gateway.reports.exports.errors import ExportInterrupted, ReportGone
from gateway.reports.exports.models import ReportExport
from gateway.reports.exports.rules import MOST_ATTEMPTS, State
from gateway.reports.exports.service import note_export
from gateway.reports.files.formats import Format, write_file
from gateway.reports.files.lines import Making
from gateway.reports.readers import needed_for, reader_of_staff, staff_named
from gateway.reports.shelf import ReportShelf
from gateway.reports.tables import EVERY_ROW, Reader, Report

_TELL_SECONDS: Final = 0.5


class Lost(Exception):
    """The file was thrown away, or belongs to another process by now."""


class Stopped(Exception):
    """This process is about to end."""


@dataclass(frozen=True)
class Job:
    """A file that this process has taken; `lost` is set when it is no longer its own."""

    id: int
    attempt: int
    owner: str
    report: str
    asked: dict[str, str]
    format: Format
    language: str
    lost: threading.Event = field(default_factory=threading.Event, compare=False)

    @property
    def name(self) -> str:
        """What its file is called in the folder."""
        return f"{self.id}-{self.attempt}.{self.format}"


def waiting(session: Session, now: datetime) -> bool:
    """Whether there is a file that nobody makes."""
    return session.scalar(select(ReportExport.id).where(_open(now)).limit(1)) is not None


def take(session: Session, now: datetime, lease: timedelta) -> Job | None:
    """The next file that nobody makes, now under a lease of this process.

    One that was begun too often has failed instead.
    """
    query = (
        select(ReportExport)
        .where(_open(now))
        .order_by(ReportExport.id)
        .limit(1)
        .with_for_update(skip_locked=True)
    )
    while (export := session.scalar(query)) is not None:
        if export.attempts < MOST_ATTEMPTS:
            export.state, export.leased_until = State.RUNNING.value, now + lease
            export.attempts += 1
            export.started_at, export.rows_done = now, 0
            return Job(
                export.id, export.attempts, export.owner, export.report, export.asked,
                Format(export.format), export.language,
            )  # fmt: skip
        _fail(export, ExportInterrupted(), now)
        session.flush()
    return None


def keep(session: Session, job: Job, now: datetime, lease: timedelta) -> None:
    """Renew the lease; where it is somebody else's by now, whoever writes hears of it."""
    if not _changed(session, job, leased_until=now + lease):
        job.lost.set()


class Maker:
    """Writes the files of jobs."""

    def __init__(
        self, database: Database, reports: ReportShelf, trail: AuditTrail, folder: Path, zone: ZoneInfo,
        keep_for: timedelta, clock: Callable[[], datetime], stopping: threading.Event,
    ) -> None:  # fmt: skip
        self._database, self._reports, self._trail = database, reports, trail
        self._folder, self._zone, self._keep_for = folder, zone, keep_for
        self._clock, self._stopping = clock, stopping

    def make(self, job: Job) -> None:
        """Write the file and say that it is done, or why it is not. Raises what may pass by itself."""
        draft = self._folder / f"{job.name}.part"
        try:
            self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            with open(draft, "wb", opener=_owner_only) as out:
                staff, reader, permission = self._write(job, out)
                out.flush()
                os.fsync(out.fileno())
            self._hand_over(job, draft, staff, reader, permission)
        except Lost:
            return
        except PlatformError as refused:
            with self._database.write() as session:
                export = _mine(session, job)
                if export is not None:
                    _fail(export, refused, self._clock())
        except Stopped:
            with self._database.write() as session:
                _changed(session, job, state=State.QUEUED.value, attempts=job.attempt - 1, leased_until=None)
        finally:
            draft.unlink(missing_ok=True)

    def _write(self, job: Job, out: IO[bytes]) -> tuple[Staff, Reader, Permission]:
        now = self._clock()
        with self._database.snapshot() as session:
            staff = staff_named(session, job.owner)
            if staff is None or not staff.may(Permission.REPORTS_READ):
                raise NotPermitted(Permission.REPORTS_READ)
            reader = reader_of_staff(staff, job.language)
            table = self._report(job).table(session, {**job.asked, **EVERY_ROW}, reader, now)
            permission = needed_for(table)
            if not staff.may(permission):
                raise NotPermitted(permission)
            told = _Telling(self._database, job, self._stopping, len(table.rows))
            write_file(table, job.format, Making(reader, now, self._zone), out, told)
        told.now()
        return staff, reader, permission

    def _report(self, job: Job) -> Report:
        try:
            return self._reports.named(job.report)
        except NotFound:
            raise ReportGone(job.report) from None

    def _hand_over(self, job: Job, draft: Path, staff: Staff, reader: Reader, permission: Permission) -> None:
        now, size = self._clock(), draft.stat().st_size
        final = self._folder / job.name
        draft.rename(final)
        try:
            with self._database.write() as session:
                export = _mine(session, job)
                if export is None:
                    raise Lost
                export.state, export.path, export.bytes = State.DONE.value, job.name, size
                export.permission, export.sealed = permission.value, reader.sealed
                export.units = None if reader.units is None else sorted(reader.units)
                export.finished_at, export.expires_at, export.leased_until = now, now + self._keep_for, None
                note_export(self._trail, session, staff, export, now, act="report.export")
        except BaseException:
            final.unlink(missing_ok=True)
            raise


class _Telling:
    """Says in the database how far a file is, twice a second and no more; and hears that it is lost."""

    def __init__(self, database: Database, job: Job, stopping: threading.Event, total: int) -> None:
        self._database, self._job, self._stopping = database, job, stopping
        self._total, self._done, self._next = total, 0, 0.0
        self.now()

    def __call__(self, done: int) -> None:
        self._done = done
        if self._job.lost.is_set():
            raise Lost
        if self._stopping.is_set():
            raise Stopped
        if time.monotonic() >= self._next:
            self.now()

    def now(self) -> None:
        """Say it at once. Raises Lost."""
        with self._database.write() as session:
            if not _changed(session, self._job, rows_done=self._done, rows_total=self._total):
                raise Lost
        self._next = time.monotonic() + _TELL_SECONDS


def _open(now: datetime) -> ColumnElement[bool]:
    left = and_(ReportExport.state == State.RUNNING, ReportExport.leased_until <= now)
    return or_(ReportExport.state == State.QUEUED, left)


def _mine(session: Session, job: Job) -> ReportExport | None:
    query = select(ReportExport).where(*_own(job)).with_for_update()
    return session.scalars(query.execution_options(populate_existing=True)).one_or_none()


def _own(job: Job) -> tuple[ColumnElement[bool], ...]:
    running = ReportExport.state == State.RUNNING
    return ReportExport.id == job.id, ReportExport.attempts == job.attempt, running


def _changed(session: Session, job: Job, **values: object) -> bool:
    changed = update(ReportExport).where(*_own(job)).values(values).returning(ReportExport.id)
    return session.scalar(changed.execution_options(synchronize_session=False)) is not None


def _fail(export: ReportExport, why: PlatformError, now: datetime) -> None:
    told = why.detail if why.detail and why.detail != why.en else ""
    export.problem = {"code": why.code, "zh": why.zh, "en": why.en, "detail": told[:200]}
    export.state, export.finished_at, export.leased_until = State.FAILED.value, now, None


def _owner_only(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)
