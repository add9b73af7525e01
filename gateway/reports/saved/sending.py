"""Reports that are due go out: one letter to each recipient for each due time, whoever sends and how often.

What fell due while no process ran is sent once, for the last of those times.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import structlog
from sqlalchemy import select
from sqlalchemy.orm import Session

from gateway.audit.service import AuditTrail
from gateway.database import Database
from gateway.errors import NotFound, PlatformError
from gateway.identity.rules import Permission
from gateway.identity.views import SYSTEM
from gateway.outbox.rules import Transport, address_hash
from gateway.outbox.service import Outbox
from gateway.reports.readers import reader_of_staff, staff_named
from gateway.reports.saved.letters import letter_of
from gateway.reports.saved.models import ReportSchedule, SavedReport
from gateway.reports.saved.periods import resolved
from gateway.reports.saved.rules import Every, Rhythm, Why, next_due
from gateway.reports.shelf import ReportShelf
from gateway.reports.tables import EVERY_ROW

log = structlog.get_logger()
TOPIC = "report.schedule"
PAGE = "/console/reports/saved"
Works = Callable[[Session], Callable[[date], bool]]
_MOMENT = timedelta(seconds=1)


@dataclass(frozen=True)
class _Due:
    """A schedule as it was found due, and what its letter says, or why there is none any more."""

    id: int
    due: datetime
    payload: dict[str, str] | None
    stopped: Why | None = None


class ReportSending:
    """The clock of saved reports. Any number of processes may mind it. Kept at `app.state.report_sending`."""

    def __init__(
        self, database: Database, reports: ReportShelf, outbox: Outbox, trail: AuditTrail, works: Works,
        zone: ZoneInfo, public_url: str | None = None,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:  # fmt: skip
        """`works`: says, under the closures in force, whether the offices work on a day."""
        self._database, self._reports, self._outbox, self._trail = database, reports, outbox, trail
        self._works, self._zone, self._clock = works, zone, clock
        self.public_url = public_url

    def first_due(self, session: Session, rhythm: Rhythm) -> datetime:
        """When a rhythm that begins now is due for the first time."""
        return next_due(rhythm, self._clock(), self._zone, self._works(session))

    def mind(self) -> int:
        """Send what is due; how many letters were written."""
        now = self._clock()
        due = (ReportSchedule.state == "active", ReportSchedule.next_at <= now)
        with self._database.read() as session:
            ids = session.scalars(
                select(ReportSchedule.id).where(*due).order_by(ReportSchedule.next_at)
            ).all()
        written = 0
        for schedule_id in ids:
            try:
                written += self._send(schedule_id, now)
            except Exception:
                log.exception("a report could not be sent; trying again", schedule=schedule_id)
        return written

    def _send(self, schedule_id: int, now: datetime) -> int:
        # The figures are counted before the transaction that writes: on SQLite all others would wait.
        with self._database.snapshot() as session:
            schedule = session.get(ReportSchedule, schedule_id)
            if schedule is None or schedule.state != "active" or schedule.next_at > now:
                return 0  # since the list was read, another process was first
            found = self._prepared(session, schedule, now)
        with self._database.write() as session:
            held = select(ReportSchedule).where(ReportSchedule.id == schedule_id)
            schedule = session.scalar(held.with_for_update(skip_locked=True))
            if schedule is None or schedule.state != "active" or schedule.next_at != found.due:
                return 0  # another process was first, or somebody has changed it
            return self._settle(session, schedule, found, now)

    def _prepared(self, session: Session, schedule: ReportSchedule, now: datetime) -> _Due:
        saved = session.get_one(SavedReport, schedule.saved_id)
        staff = staff_named(session, saved.owner)
        if staff is None or not staff.may(Permission.REPORTS_READ):
            return _Due(schedule.id, schedule.next_at, None, Why.PERMISSION)
        if schedule.working_days and not self._works(session)(self._day(schedule.next_at)):
            return _Due(schedule.id, schedule.next_at, None)  # the offices were closed since it was set
        asked = resolved(saved.asked, self._day(now))
        reader = reader_of_staff(staff, schedule.language)
        try:
            table = self._reports.named(saved.report).table(session, {**asked, **EVERY_ROW}, reader, now)
        except NotFound:
            return _Due(schedule.id, schedule.next_at, None, Why.REPORT_GONE)
        except PlatformError as refused:
            log.warning("a scheduled report cannot be asked", schedule=schedule.id, error=refused.code)
            return _Due(schedule.id, schedule.next_at, None, Why.INVALID)
        link = f"{self.public_url.rstrip('/')}{PAGE}/{saved.id}" if self.public_url else ""
        payload = letter_of(table, saved.name, asked, staff.display_name, link, schedule.language, self._zone)
        return _Due(schedule.id, schedule.next_at, payload)

    def _settle(self, session: Session, schedule: ReportSchedule, found: _Due, now: datetime) -> int:
        if found.stopped is not None:
            self._stop(session, schedule, found.stopped, now)
            return 0
        rhythm = Rhythm(Every(schedule.every), schedule.day, schedule.hour, schedule.working_days)
        after = now if found.payload is not None else found.due - _MOMENT
        schedule.next_at = next_due(rhythm, after, self._zone, self._works(session))
        if found.payload is None:
            return 0
        schedule.last_at = found.due
        for address in schedule.recipients:
            self._outbox.put(
                session,
                key=f"report:{schedule.id}:{found.due.isoformat()}:{address_hash(Transport.EMAIL, address)}",
                topic=TOPIC, transport=Transport.EMAIL, recipient=address, payload=found.payload,
                subject=f"report_schedule:{schedule.id}", now=now,
            )  # fmt: skip
        self._note(session, schedule, "report.sent", now, {"recipients": len(schedule.recipients)})
        return len(schedule.recipients)

    def _stop(self, session: Session, schedule: ReportSchedule, why: Why, now: datetime) -> None:
        schedule.state, schedule.stopped_because, schedule.changed_at = "stopped", why.value, now
        self._note(session, schedule, "report.schedule_stopped", now, {"why": why})

    def _note(
        self, session: Session, schedule: ReportSchedule, act: str, now: datetime, told: dict[str, object]
    ) -> None:
        saved = session.get_one(SavedReport, schedule.saved_id)
        session.flush()
        self._trail.append(
            session, act=act, actor=SYSTEM.name, role=SYSTEM.role, subject=f"report:{saved.report}",
            detail={"saved": saved.id, "owner": saved.owner, **told}, at=now,
        )  # fmt: skip

    def _day(self, at: datetime) -> date:
        return at.astimezone(self._zone).date()
