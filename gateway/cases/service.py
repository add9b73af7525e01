"""The doors of the case room: register, act, look up. The caller owns the transaction."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import structlog
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from gateway.audit.service import AuditTrail
from gateway.cases import agency_events, clocks, public, registration, telling
from gateway.cases.acting import Acting, Rules, Tools, active_parts, begin, locked, note_change, record
from gateway.cases.calendar import OfficeCalendar
from gateway.cases.catalogue import Catalogue
from gateway.cases.catalogue_shelf import Catalogues, SingleCatalogue
from gateway.cases.closing_days import closures_in_force
from gateway.cases.deadlines import Office
from gateway.cases.effects import EFFECTS
from gateway.cases.errors import ActNotAllowed, CannotRate, CaseNotFound
from gateway.cases.models import Case, CaseRating
from gateway.cases.numbering import canonical_number
from gateway.cases.reminders import Hours
from gateway.cases.reopening import reopenings_of
from gateway.cases.rules import OF_A_UNIT, Act, Kind, Role, Scope, Stage, Status, combined
from gateway.cases.verification import opens, verification_code
from gateway.cases.views import CaseState, Contact, Deed, NewCase, PublicCase, RegisteredCase
from gateway.database import Database
from gateway.errors import InvalidInput
from gateway.outbox.quiet import QuietHours
from gateway.outbox.service import Outbox
from gateway.settings import Settings

log = structlog.get_logger()
CITIZEN_ACTOR = "citizen"
SCORES = range(1, 6)
COMMENT_MAX = 1000


def _now() -> datetime:
    return datetime.now(UTC)


class CaseService:
    """Every act on a case. Each method works inside the session it is given and commits nothing."""

    def __init__(
        self,
        database: Database,
        catalogue: Catalogue | Catalogues,
        calendar: OfficeCalendar,
        settings: Settings,
        clock: Callable[[], datetime] = _now,
    ) -> None:
        self.database = database
        self.catalogues = SingleCatalogue(catalogue) if isinstance(catalogue, Catalogue) else catalogue
        self.trail = AuditTrail(settings.signing_key())
        self.outbox = Outbox(QuietHours.from_settings(settings))
        self.clock = clock
        self._office = Office.from_text(calendar, settings.office_windows, settings.timezone)
        self._closed_offices: dict[tuple[Any, ...], Office] = {}
        self._key = settings.signing_key()
        self.rules = Rules(
            timedelta(days=settings.reopen_days),
            settings.conversion_clock,
            Hours.from_text(settings.reminder_hours),
            settings.public_url,
            settings.sends_texts,
        )

    @property
    def catalogue(self) -> Catalogue:
        """The catalogue in force, as far as this process has heard; for talking to people."""
        return self.catalogues.current()

    def office(self, session: Session) -> Office:
        """The office under the closures in force."""
        closures = closures_in_force(session)
        if not closures:
            return self._office
        if closures not in self._closed_offices:
            self._closed_offices = {closures: self._office.with_closures(closures)}
        return self._closed_offices[closures]

    def tools(self, session: Session) -> Tools:
        """What an act needs beside the case, as it is in force now."""
        return Tools(
            self.catalogues.in_force(session),
            lambda version: self.catalogues.by_version(session, version),
            self.office(session),
            self.trail,
            self.outbox,
            self._key,
            self.rules,
        )

    def register(self, session: Session, new: NewCase) -> RegisteredCase:
        """Register a case and route it to its owner, or give back the one its origin key made before.

        Raises UnknownServiceItem or InvalidCase; then nothing was written.
        """
        tools = self.tools(session)
        checked = registration.checked(new, tools.catalogue)
        known = self._by_origin(session, new.origin_key)
        if known is not None:
            return self.registered(session, known, created=False)
        try:
            with session.begin_nested():
                case = registration.write(session, checked, tools)
                agency_events.tell_of_new_case(session, case, tools)
        except IntegrityError:
            # Another transaction registered the same origin in the meantime; its case is the one.
            known = self._by_origin(session, new.origin_key)
            if known is None:
                raise
            return self.registered(session, known, created=False)
        return self.registered(session, case, created=True)

    def act(self, session: Session, number: str, deed: Deed) -> CaseState:
        """Do one act of the lifecycle: change, event, audit entry and outgoing messages together.

        Raises CaseNotFound, StaleCase, ActNotAllowed, NotYourUnit, PartMissing or what the act itself
        refuses; then the caller's transaction must be rolled back.
        """
        tools = self.tools(session)
        at = (deed.at or self.clock()).astimezone(UTC)
        acting = begin(session, number, deed, at, tools)
        ran = telling.running(session, acting.case)
        effect = EFFECTS.get(acting.step.act)
        if effect is not None:
            effect(acting)
        _turn_clocks(acting)
        _move(acting)
        session.flush()
        clocks.refresh(session, acting.case)
        telling.tell(acting)
        telling.ask_for_rating(acting)
        telling.remind(session, acting.case, ran, at, tools)
        agency_events.tell_units(acting, record(acting))
        case = acting.case
        log.info("case act", number=case.number, act=acting.step.act.value, status=case.status)
        return CaseState(case.number, Status(case.status), case.version, case.owner_unit, acting.made)

    def citizen_act(
        self, session: Session, number: str, code: str, act: Act, note: str | None = None
    ) -> CaseState:
        """An act of the citizen who holds the code. Raises CaseNotFound, and ActNotAllowed for what is not
        theirs to do or whose time is over."""
        case, filed_it = self._opened(session, number, code)
        allowed = public.citizens_acts(
            case,
            reopenings_of(session, case.id),
            self.clock(),
            self.rules.reopen_window,
            filed_it=filed_it,
        )
        if act not in allowed:
            raise ActNotAllowed(f"{act} on {case.status}", act=act, status=case.status)
        return self.act(session, case.number, Deed(act, CITIZEN_ACTOR, Role.CITIZEN, note=note))

    def rate(self, session: Session, number: str, code: str, score: int, comment: str | None) -> None:
        """The citizen's rating of a closing, 1 (very dissatisfied) to 5. Raises CaseNotFound, CannotRate."""
        case, filed_it = self._opened(session, number, code)
        if score not in SCORES or len(comment or "") > COMMENT_MAX:
            raise InvalidInput("a score from 1 to 5 and a short comment")
        case = locked(session, case.number)
        rated = session.scalar(
            select(CaseRating.id).where(CaseRating.case_id == case.id, CaseRating.closing == case.reopenings)
        )
        if not filed_it or Status(case.status) is not Status.RELEASED or rated is not None:
            raise CannotRate(case.status)
        session.add(
            CaseRating(
                case_id=case.id,
                closing=case.reopenings,
                score=score,
                comment=(comment or "").strip() or None,
                at=self.clock(),
            )
        )
        note_change(session, case.id)
        telling.unask_for_rating(session, case, self.tools(session), self.clock())
        self.trail.append(
            session, act="case.rate", actor=CITIZEN_ACTOR, role=Role.CITIZEN.value,
            subject=f"case:{case.number}", detail={"score": score}, at=self.clock(),
        )  # fmt: skip

    def public_view(self, session: Session, number: str, code: str) -> PublicCase:
        """What the citizen who holds the code may see. Raises CaseNotFound for everything else."""
        case, filed_it = self._opened(session, number, code)
        return public.view(
            session,
            case,
            self.catalogues.by_version(session, case.catalogue_version),
            self.clock(),
            reopen_window=self.rules.reopen_window,
            filed_it=filed_it,
        )

    def contact(self, session: Session, number: str, *, actor: str, role: str, sealed_too: bool) -> Contact:
        """Who reported the case; the reading is audited. `sealed_too` opens confidential cases as well.

        Raises CaseNotFound, also for a confidential case that the reader may not open.
        """
        case = session.scalar(select(Case).where(Case.number == number))
        if case is None or (case.confidential and not sealed_too):
            raise CaseNotFound
        self.trail.append(
            session,
            act="case.read_contact",
            actor=actor,
            role=role,
            subject=f"case:{case.number}",
            detail={"confidential": case.confidential},
            at=self.clock(),
        )
        return Contact(case.contact_name, case.contact_phone, case.contact_email)

    def follow(self, session: Session, number: str, conversation_id: str) -> None:
        """From now on whoever filed the case is told of it in this conversation. The caller has seen that
        they may say so. Raises CaseNotFound."""
        case = session.scalar(select(Case).where(Case.number == number).with_for_update())
        if case is None:
            raise CaseNotFound
        case.conversation_id = conversation_id
        self.trail.append(
            session, act="case.follow", actor="citizen", role=Role.CITIZEN.value, subject=f"case:{number}",
            detail={"conversation": conversation_id}, at=self.clock(),
        )  # fmt: skip

    def verification_code(self, number: str) -> str:
        """The code that opens a case; only for telling it to the citizen who filed it."""
        return verification_code(self._key, number)

    def registered(self, session: Session, case: Case, created: bool) -> RegisteredCase:
        """What the citizen is told of a case that has just been filed."""
        catalogue = self.catalogues.by_version(session, case.catalogue_version)
        item = catalogue.item(case.item_code)
        dues = public.promised(session, case.id)
        return RegisteredCase(
            number=case.number,
            verification_code=self.verification_code(case.number),
            kind=Kind(case.kind),
            item_code=item.code,
            item_name_zh=item.name_zh,
            item_name_en=item.name_en,
            district=case.district,
            owner=case.owner_unit,
            owner_en=catalogue.unit_name(case.owner_unit, "en"),
            due=tuple((Stage(due.stage), due.due_at) for due in dues),
            created=created,
        )

    def registered_as(self, session: Session, number: str) -> RegisteredCase:
        """What is told of a case that was filed before. Raises CaseNotFound."""
        case = session.scalar(select(Case).where(Case.number == number))
        if case is None:
            raise CaseNotFound
        return self.registered(session, case, created=False)

    def _opened(self, session: Session, number: str, code: str) -> tuple[Case, bool]:
        """The case that number and code open, and whether its holder filed it.

        An unknown number costs what a wrong code costs: one code, one look-up.
        """
        canonical = canonical_number(number)
        case = session.scalar(select(Case).where(Case.number == canonical))
        holder = opens(session, self._key, canonical, case, code)
        if case is None or holder is None:
            raise CaseNotFound
        return case, holder == "reporter"

    def _by_origin(self, session: Session, origin_key: str) -> Case | None:
        return session.scalar(select(Case).where(Case.origin_key == origin_key))


def _turn_clocks(acting: Acting) -> None:
    """Stop and restart the clocks that the table names: of the part, or of all where the case ends."""
    step = acting.step
    for due in clocks.current(acting.session, acting.case.id):
        if acting.part is not None and due.assignment_id != acting.part.id:
            continue
        stage = Stage(due.stage)
        met = due.met_at
        if stage in step.restarts:
            due.met_at = None
        elif stage in step.meets and met is None:
            due.met_at = acting.at
        if due.met_at != met:
            acting.before[f"{stage}_met_at"] = met and met.isoformat()
            acting.after[f"{stage}_met_at"] = due.met_at and due.met_at.isoformat()


def _move(acting: Acting) -> None:
    """Bring part and case to where the table leads."""
    case, step = acting.case, acting.step
    was = case.status
    if step.scope is Scope.ASSIGNMENT and step.target is not None and acting.its_part.active:
        acting.its_part.status = step.target.value
    acting.session.flush()
    parts = [Status(part.status) for part in active_parts(acting.session, case.id)]
    if step.resumes:
        resumed = Status(case.resume_status or Status.REGISTERED)
        case.status = (combined(parts) if resumed in OF_A_UNIT else resumed).value
        case.resume_status = None
    elif step.scope is Scope.ASSIGNMENT or step.act is Act.SPLIT:
        case.status = combined(parts).value
    elif step.target is not None:
        case.status = step.target.value
    if case.status != was:
        case.status_since = acting.at
