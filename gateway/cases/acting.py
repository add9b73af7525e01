"""One act on one case: locked, checked against the table, carried out, and recorded in one transaction."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Literal

from sqlalchemy import func, insert, select
from sqlalchemy.orm import Session

from gateway.audit.rules import Entry, digest
from gateway.audit.service import AuditTrail
from gateway.cases.catalogue import Catalogue
from gateway.cases.catalogue_schema import ServiceItem
from gateway.cases.deadlines import Office
from gateway.cases.errors import CaseNotFound, NotYourUnit, PartMissing, StaleCase
from gateway.cases.lifecycle import LIFECYCLE, Step, standing, step_for
from gateway.cases.models import Case, CaseAssignment, CaseChange, CaseEvent
from gateway.cases.numbering import canonical_number
from gateway.cases.reminders import Hours
from gateway.cases.rules import Act, Need, Role, Scope, Status
from gateway.cases.views import Deed
from gateway.outbox.service import Outbox


@dataclass(frozen=True)
class Rules:
    """What the city has decided about the life of cases."""

    reopen_window: timedelta
    conversion_clock: Literal["conversion", "receipt"]
    """From when the clock of a converted case runs."""
    reminder_hours: Hours
    """When reminders may arrive on a working day."""
    public_url: str | None = None
    """Where citizens reach the platform, for links in notices."""
    texts: bool = False
    """Whether there are text messages to who gave only a mobile number."""


@dataclass(frozen=True)
class Tools:
    """What acts need beside the case: catalogue and calendar in force, trail, outbox, keys."""

    catalogue: Catalogue
    versions: Callable[[str], Catalogue]
    """The catalogue of a version: a case keeps the item under which it was filed."""
    office: Office
    trail: AuditTrail
    outbox: Outbox
    key: bytes
    rules: Rules

    def item_of(self, case: Case) -> ServiceItem:
        """The service item of a case, as it was when the case was given it."""
        return self.versions(case.catalogue_version).item(case.item_code)


@dataclass
class Acting:
    """An act under way."""

    session: Session
    case: Case
    part: CaseAssignment | None
    step: Step
    deed: Deed
    at: datetime
    tools: Tools
    before: dict[str, Any] = field(default_factory=dict)
    after: dict[str, Any] = field(default_factory=dict)
    facts: dict[str, Any] = field(default_factory=dict)
    """For the notice to the citizen."""
    made: str | None = None

    @property
    def item(self) -> ServiceItem:
        """The service item of the case."""
        return self.tools.item_of(self.case)

    @property
    def its_part(self) -> CaseAssignment:
        """The part that the act concerns. Raises PartMissing where the act is on the case as a whole."""
        if self.part is None:
            raise PartMissing("assignment")
        return self.part

    def needed(self, value: str | None, name: str) -> str:
        """A text that must be there. Raises PartMissing."""
        if not (value or "").strip():
            raise PartMissing(name)
        return (value or "").strip()


def begin(session: Session, number: str, deed: Deed, at: datetime, tools: Tools) -> Acting:
    """Lock the case and check the act: version, state, role, unit, and what must come with it.

    Raises CaseNotFound, StaleCase, ActNotAllowed, NotYourUnit or PartMissing; nothing is written.
    """
    case = locked(session, number, *_also_locked(deed))
    if deed.expected_version is None and deed.role not in {Role.CITIZEN, Role.SYSTEM}:
        raise PartMissing("version")
    if deed.expected_version is not None and case.version != deed.expected_version:
        raise StaleCase(number=case.number, status=case.status, version=case.version)
    parts = active_parts(session, case.id)
    part = _part_of(parts, deed)
    of_part = part is not None and LIFECYCLE[deed.act].scope is Scope.ASSIGNMENT
    status = standing(Status(case.status), Status(part.status) if part and of_part else None)
    step = step_for(status, deed.act, deed.role)
    _check_unit(deed, step, part, parts)
    _check_needs(step, deed)
    acting = Acting(session, case, part if step.scope is Scope.ASSIGNMENT else None, step, deed, at, tools)
    acting.before = {"status": case.status, "owner_unit": case.owner_unit}
    if step.scope is Scope.ASSIGNMENT and acting.part is None:
        raise PartMissing("assignment")
    return acting


def locked(session: Session, number: str, *also: str) -> Case:
    """The case of this number, its row and those of `also` locked until the transaction ends.

    All in one order, so that two who want the same rows never wait for each other. Raises CaseNotFound.
    """
    query = select(Case).where(Case.number.in_({number, *also})).order_by(Case.id).with_for_update()
    cases = session.scalars(query.execution_options(populate_existing=True)).all()
    case = next((case for case in cases if case.number == number), None)
    if case is None:
        raise CaseNotFound
    return case


def active_parts(session: Session, case_id: int) -> Sequence[CaseAssignment]:
    """The parts of a case on which somebody works or has worked to the end; the leading one first."""
    return session.scalars(
        select(CaseAssignment)
        .where(CaseAssignment.case_id == case_id, CaseAssignment.active)
        .order_by(CaseAssignment.lead.desc(), CaseAssignment.id)
        .execution_options(populate_existing=True)
    ).all()


def record(acting: Acting) -> CaseEvent:
    """Write the event of the act, and its digest into the audit trail."""
    case, deed = acting.case, acting.deed
    case.version += 1
    after = {"status": case.status, "owner_unit": case.owner_unit, **acting.after}
    event = write_event(
        acting.session,
        acting.tools.trail,
        CaseEvent(
            case_id=case.id,
            act=acting.step.act.value,
            actor=deed.actor,
            role=deed.role.value,
            at=acting.at,
            before=acting.before,
            after=after,
            note=(deed.note or "").strip() or None,
        ),
        case.number,
    )
    acting.session.flush()
    return event


def write_event(session: Session, trail: AuditTrail, event: CaseEvent, number: str) -> CaseEvent:
    """Number an event within its case, keep it, chain its digest, and have it counted."""
    write_events(session, trail, [event], event.case_id, number)
    return event


def write_events(
    session: Session, trail: AuditTrail, events: Sequence[CaseEvent], case_id: int, number: str
) -> None:
    """The same for several events of one case, in their order."""
    last = session.scalar(select(func.max(CaseEvent.sequence)).where(CaseEvent.case_id == case_id)) or 0
    for sequence, event in enumerate(events, last + 1):
        event.sequence = sequence
    session.add_all(events)
    session.flush()
    note_change(session, case_id)
    trail.extend(session, [_entry(event, number) for event in events])


def _entry(event: CaseEvent, number: str) -> Entry:
    detail = {"sequence": event.sequence, "digest": event_digest(event)}
    return Entry(event.at, event.actor, event.role, f"case.{event.act}", f"case:{number}", detail)


def note_change(session: Session, *case_ids: int) -> None:
    """Have these cases counted anew: the reports read what they are now."""
    session.execute(insert(CaseChange), [{"case_id": case_id} for case_id in case_ids])


def event_digest(event: CaseEvent) -> str:
    """What the audit trail holds of an event: any later change of the row shows."""
    return digest(
        [
            event.sequence,
            event.act,
            event.actor,
            event.role,
            event.at.isoformat(),
            event.before,
            event.after,
            event.note,
        ]
    )


def _also_locked(deed: Deed) -> list[str]:
    """Other cases that the act will lock."""
    return [canonical_number(deed.other_case)] if deed.act is Act.MERGE and deed.other_case else []


def _part_of(parts: Sequence[CaseAssignment], deed: Deed) -> CaseAssignment | None:
    """The part that is meant: the one named, else the handler's own, else the leading one."""
    if deed.assignment_id is not None:
        return next((part for part in parts if part.id == deed.assignment_id), None)
    if deed.units is not None:
        own = next((part for part in parts if part.unit in deed.units), None)
        if own is not None:
            return own
    return parts[0] if parts else None


def _check_unit(deed: Deed, step: Step, part: CaseAssignment | None, parts: Sequence[CaseAssignment]) -> None:
    if deed.units is None:
        return
    concerned = parts if step.scope is Scope.CASE or part is None else [part]
    if not any(one.unit in deed.units for one in concerned):
        raise NotYourUnit(deed.act)


def _check_needs(step: Step, deed: Deed) -> None:
    """What a person must give with the act; what depends on the case is checked with the effect."""
    given = {
        Need.NOTE: (deed.note or "").strip(),
        Need.UNIT: deed.unit,
        Need.EXTERNAL_UNIT: deed.unit,
        Need.LEGAL_REASON: deed.legal_reason,
        Need.CALL_BACK: deed.call_back,
        Need.OTHER_CASE: (deed.other_case or "").strip(),
        Need.ITEM: deed.item_code,
    }
    missing = sorted(need for need in step.needs if need in given and not given[need])
    if missing:
        raise PartMissing(", ".join(missing), act=step.act)
