"""The doors of the case room: register, act, look up. The caller owns the transaction."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from gateway.cases import public, registration
from gateway.cases.calendar import OfficeCalendar
from gateway.cases.catalogue import Catalogue
from gateway.cases.deadlines import Office
from gateway.cases.errors import CaseNotFound, InvalidCaseNumber, StaleCase
from gateway.cases.models import Case, CaseDue, CaseEvent
from gateway.cases.numbering import parse_number
from gateway.cases.rules import Act, Kind, Role, Stage, Status, Step, check_words, step_for
from gateway.cases.verification import code_matches, verification_code
from gateway.cases.views import CaseState, NewCase, PublicCase, RegisteredCase
from gateway.database import Database
from gateway.errors import InvalidInput
from gateway.settings import Settings


def _now() -> datetime:
    return datetime.now(UTC)


class CaseService:
    """Every act on a case. Each method works inside the session it is given and commits nothing."""

    def __init__(
        self,
        database: Database,
        catalogue: Catalogue,
        calendar: OfficeCalendar,
        settings: Settings,
        clock: Callable[[], datetime] = _now,
    ) -> None:
        self.database = database
        self.catalogue = catalogue
        self.office = Office.from_text(calendar, settings.office_windows, settings.timezone)
        self.zone = ZoneInfo(settings.timezone)
        self._key = settings.signing_key()
        self._clock = clock

    def register(self, session: Session, new: NewCase) -> RegisteredCase:
        """Register a case and route it to its owner, or give back the one its origin key made before.

        Raises UnknownServiceItem or InvalidCase; then nothing was written.
        """
        checked = registration.checked(new, self.catalogue)
        known = self._by_origin(session, new.origin_key)
        if known is not None:
            return self._registered(session, known, created=False)
        try:
            with session.begin_nested():
                case = registration.write(session, checked, self.catalogue, self.office)
        except IntegrityError:
            # Another transaction registered the same origin in the meantime; its case is the one.
            known = self._by_origin(session, new.origin_key)
            if known is None:
                raise
            return self._registered(session, known, created=False)
        return self._registered(session, case, created=True)

    def transition(
        self,
        session: Session,
        number: str,
        act: Act | str,
        *,
        actor: str,
        role: Role | str,
        expected_version: int,
        note: str | None = None,
        unit: str | None = None,
        at: datetime | None = None,
    ) -> CaseState:
        """Do one act of the lifecycle on the case and write its event.

        `unit` is the new owner (assign, reassign); `at` is when it was done (default: now). Raises
        CaseNotFound, StaleCase, ActNotAllowed or NoteRequired; then nothing was written.
        """
        case = self._locked(session, number)
        if case.version != expected_version:
            raise StaleCase(number=case.number, status=case.status, version=case.version)
        step = step_for(Status(case.status), Act(act), Role(role))
        check_words(step, note, unit)
        if unit is not None and not self.catalogue.knows_unit(unit):
            raise InvalidInput(f"unknown unit {unit}")
        _apply(session, case, _Deed(step, actor, Role(role), note, unit, at or self._clock()))
        return CaseState(case.number, Status(case.status), case.version, case.owner_unit)

    def public_view(self, session: Session, number: str, code: str) -> PublicCase:
        """What the citizen who holds the code may see. Raises CaseNotFound for everything else.

        An unknown number costs what a wrong code costs: one code, one look-up.
        """
        try:
            canonical = str(parse_number(number))
        except InvalidCaseNumber:
            canonical = ""
        opens = code_matches(self._key, canonical, code)
        case_id = session.scalar(select(Case.id).where(Case.number == canonical))
        if case_id is None or not opens:
            raise CaseNotFound
        return public.view(session, case_id, self.catalogue, self._clock())

    def verification_code(self, number: str) -> str:
        """The code that opens a case; only for telling it to the citizen who filed it."""
        return verification_code(self._key, number)

    def _by_origin(self, session: Session, origin_key: str) -> Case | None:
        return session.scalar(select(Case).where(Case.origin_key == origin_key))

    def _locked(self, session: Session, number: str) -> Case:
        query = select(Case).where(Case.number == number).with_for_update()
        case = session.scalar(query.execution_options(populate_existing=True))
        if case is None:
            raise CaseNotFound
        return case

    def _registered(self, session: Session, case: Case, created: bool) -> RegisteredCase:
        item = self.catalogue.item(case.item_code)
        dues = session.scalars(select(CaseDue).where(CaseDue.case_id == case.id).order_by(CaseDue.id))
        return RegisteredCase(
            number=case.number,
            verification_code=self.verification_code(case.number),
            kind=Kind(case.kind),
            item_code=item.code,
            item_name_zh=item.name_zh,
            item_name_en=item.name_en,
            district=case.district,
            owner=case.owner_unit,
            owner_en=self.catalogue.unit_name(case.owner_unit, "en"),
            due=tuple((Stage(due.stage), due.due_at) for due in dues),
            created=created,
        )


@dataclass(frozen=True)
class _Deed:
    step: Step
    actor: str
    role: Role
    note: str | None
    unit: str | None
    at: datetime


def _apply(session: Session, case: Case, deed: _Deed) -> None:
    step = deed.step
    before: dict[str, Any] = {"status": case.status, "owner_unit": case.owner_unit}
    case.status = step.target.value
    case.owner_unit = deed.unit or case.owner_unit
    case.version += 1
    after: dict[str, Any] = {"status": case.status, "owner_unit": case.owner_unit}
    for due in session.scalars(select(CaseDue).where(CaseDue.case_id == case.id)):
        met = _met_at(Stage(due.stage), step, due.met_at, deed.at)
        if met != due.met_at:
            before[f"{due.stage}_met_at"] = due.met_at and due.met_at.isoformat()
            after[f"{due.stage}_met_at"] = met and met.isoformat()
            due.met_at = met
    last = session.scalar(select(func.max(CaseEvent.sequence)).where(CaseEvent.case_id == case.id))
    session.add(
        CaseEvent(
            case_id=case.id,
            sequence=(last or 0) + 1,
            act=step.act.value,
            actor=deed.actor,
            role=deed.role.value,
            at=deed.at,
            before=before,
            after=after,
            note=deed.note,
        )
    )
    session.flush()


def _met_at(stage: Stage, step: Step, met_at: datetime | None, at: datetime) -> datetime | None:
    if stage in step.restarts:
        return None
    return met_at or at if stage in step.meets else met_at
