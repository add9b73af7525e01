"""Keeping reports, finding them, and setting by when they are sent. The caller owns the transaction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, and_, delete, func, or_, select
from sqlalchemy.orm import Session

from gateway.audit.service import AuditTrail
from gateway.identity.views import Staff
from gateway.reports.saved.errors import SavedReportNotFound, TooManySaved
from gateway.reports.saved.models import ReportSchedule, SavedReport
from gateway.reports.saved.rules import Rhythm, Why, checked_name, reach_of
from gateway.reports.tables import Reader

MOST = 100


class SavedReports:
    """Everybody's saved reports. Kept at `app.state.saved_reports`."""

    def __init__(self, trail: AuditTrail) -> None:
        self._trail = trail

    def keep(
        self, session: Session, reader: Reader, name: str, report: str, asked: Mapping[str, str],
        shared: bool, now: datetime,
    ) -> int:  # fmt: skip
        """Keep a question under a name; its number. Raises InvalidSavedName or TooManySaved."""
        clean = checked_name(name)
        mine = select(func.count()).select_from(SavedReport).where(SavedReport.owner == reader.username)
        if (session.scalar(mine) or 0) >= MOST:
            raise TooManySaved
        saved = SavedReport(
            owner=reader.username, name=clean, report=report, asked=dict(asked), shared=shared,
            reach=reach_of(reader), created_at=now, changed_at=now,
        )  # fmt: skip
        session.add(saved)
        session.flush()
        return saved.id

    def visible(self, session: Session, reader: Reader) -> Sequence[SavedReport]:
        """One's own, and those that colleagues of the same reach share, by name."""
        query = select(SavedReport).where(_visible(reader))
        return session.scalars(query.order_by(SavedReport.name, SavedReport.id)).all()

    def found(self, session: Session, saved_id: int, reader: Reader) -> SavedReport:
        """One that the reader may open. Raises SavedReportNotFound."""
        saved = session.scalar(select(SavedReport).where(SavedReport.id == saved_id, _visible(reader)))
        if saved is None:
            raise SavedReportNotFound
        return saved

    def own(self, session: Session, saved_id: int, reader: Reader) -> SavedReport:
        """One of the reader's own, held until the transaction ends. Raises SavedReportNotFound."""
        mine = and_(SavedReport.id == saved_id, SavedReport.owner == reader.username)
        saved = session.scalar(select(SavedReport).where(mine).with_for_update())
        if saved is None:
            raise SavedReportNotFound
        return saved

    def change(
        self, session: Session, saved_id: int, reader: Reader, name: str, shared: bool, now: datetime
    ) -> None:
        """Another name, or another audience. Raises SavedReportNotFound or InvalidSavedName.

        One that is being sent stays shared, or its letters would lead nowhere.
        """
        saved = self.own(session, saved_id, reader)
        sent = self.schedules(session, [saved_id]).get(saved_id)
        saved.name, saved.reach, saved.changed_at = checked_name(name), reach_of(reader), now
        saved.shared = shared or (sent is not None and sent.state == "active")

    def drop(self, session: Session, saved_id: int, staff: Staff, reader: Reader, now: datetime) -> None:
        """Delete one of one's own; it is sent no more. Raises SavedReportNotFound."""
        saved = self.own(session, saved_id, reader)
        sent = delete(ReportSchedule).where(ReportSchedule.saved_id == saved_id).returning(ReportSchedule.id)
        if session.scalars(sent).all():
            self._note(session, "report.schedule_stopped", staff, saved, now, {"why": Why.BY_OWNER})
        session.delete(saved)

    def schedules(self, session: Session, ids: Sequence[int]) -> dict[int, ReportSchedule]:
        """By when those of these saved reports are sent that are, or were."""
        query = select(ReportSchedule).where(ReportSchedule.saved_id.in_(ids))
        return {one.saved_id: one for one in session.scalars(query)}

    def schedule(
        self, session: Session, saved_id: int, staff: Staff, reader: Reader, rhythm: Rhythm,
        recipients: Sequence[str], first: datetime, now: datetime,
    ) -> None:  # fmt: skip
        """Send one of one's own from `first` on, instead of how it was sent until now.

        Its link is for the recipients, so it is shared from now on. Raises SavedReportNotFound.
        """
        saved = self.own(session, saved_id, reader)
        saved.shared, saved.reach = True, reach_of(reader)
        sent = session.scalar(
            select(ReportSchedule).where(ReportSchedule.saved_id == saved_id).with_for_update()
        )
        if sent is None:
            sent = ReportSchedule(saved_id=saved_id, last_at=None)
            session.add(sent)
        sent.every, sent.day, sent.hour = rhythm.every.value, rhythm.day, rhythm.hour
        sent.working_days, sent.recipients = rhythm.working_days, list(recipients)
        sent.language, sent.state, sent.stopped_because = reader.language, "active", None
        sent.next_at, sent.changed_at = first, now
        session.flush()
        told = {"every": rhythm.every, "hour": rhythm.hour, "recipients": len(recipients)}
        self._note(session, "report.scheduled", staff, saved, now, told)

    def stop(self, session: Session, saved_id: int, staff: Staff, reader: Reader, now: datetime) -> None:
        """Send it no more. Raises SavedReportNotFound."""
        saved = self.own(session, saved_id, reader)
        sent = self.schedules(session, [saved_id]).get(saved_id)
        if sent is None or sent.state != "active":
            return
        sent.state, sent.stopped_because, sent.changed_at = "stopped", Why.BY_OWNER.value, now
        self._note(session, "report.schedule_stopped", staff, saved, now, {"why": Why.BY_OWNER})

    def _note(
        self, session: Session, act: str, staff: Staff, saved: SavedReport, now: datetime,
        told: Mapping[str, object],
    ) -> None:  # fmt: skip
        session.flush()
        self._trail.append(
            session, act=act, actor=staff.username, role=staff.role_names, subject=f"report:{saved.report}",
            detail={"saved": saved.id, **told}, at=now,
        )  # fmt: skip


def _visible(reader: Reader) -> ColumnElement[bool]:
    shared = and_(SavedReport.shared, SavedReport.reach == reach_of(reader))
    return or_(SavedReport.owner == reader.username, shared)
