"""Cases that belong together: merged, taken apart, converted; and the item put right."""

from __future__ import annotations

from sqlalchemy import select, update

from gateway.cases import agency_events, clocks, registration
from gateway.cases.acting import Acting, active_parts, locked
from gateway.cases.clocks import Clock
from gateway.cases.deadlines import Limit
from gateway.cases.errors import CannotMerge
from gateway.cases.finishing import close
from gateway.cases.models import Case, CaseAssignment, CaseAttachment, CaseLink
from gateway.cases.numbering import canonical_number
from gateway.cases.rules import BOTH, CONVERTED, OF_A_UNIT, OPEN, Role, Stage, Status
from gateway.cases.timing import resume
from gateway.cases.verification import verification_code
from gateway.cases.views import NewCase
from gateway.cases.working import rule_record
from gateway.errors import InvalidInput

MERGED_INTO = "merged_into"
CONVERTED_TO = "converted_to"


def link_from(acting: Acting, relation: str) -> CaseLink | None:
    """The link of that relation that leads from the case and still holds."""
    return acting.session.scalars(
        select(CaseLink).where(
            CaseLink.case_id == acting.case.id, CaseLink.relation == relation, CaseLink.ended_at.is_(None)
        )
    ).one_or_none()


def merge(acting: Acting) -> None:
    """The same matter is handled once: this case waits for the other, whoever reported it is told with it.

    Raises CannotMerge.
    """
    case = acting.case
    other = locked(acting.session, canonical_number(acting.needed(acting.deed.other_case, "other_case")))
    if other.id == case.id or Status(other.status) not in OPEN:
        raise CannotMerge(other.status)
    case.resume_status = acting.before["status"]
    resume(acting)
    acting.session.add(CaseLink(case_id=case.id, other_id=other.id, relation=MERGED_INTO, at=acting.at))
    for part in active_parts(acting.session, case.id):
        part.active, part.ended_at = False, acting.at
    acting.after["merged_into"] = acting.facts["new_number"] = other.number


def unmerge(acting: Acting) -> None:
    """The case goes on alone, as it was when it was merged: its parts and its clocks run again."""
    link = link_from(acting, MERGED_INTO)
    if link is None:
        raise CannotMerge("not merged")
    merged_at, link.ended_at = link.at, acting.at
    for part in acting.session.scalars(
        select(CaseAssignment).where(
            CaseAssignment.case_id == acting.case.id,
            CaseAssignment.ended_at == merged_at,
            CaseAssignment.status.in_([status.value for status in OF_A_UNIT]),
        )
    ):
        part.active, part.ended_at = True, None
    for due in clocks.current(acting.session, acting.case.id):
        if due.met_at == merged_at:
            due.met_at = None


def convert(acting: Acting) -> None:
    """The matter becomes a case of another kind with its own number; this one ends.

    Its clock runs from the conversion or from the first receipt, as the city has decided.
    """
    case, tools = acting.case, acting.tools
    item = tools.catalogue.item(acting.needed(acting.deed.item_code, "item"))
    if item.kind == case.kind:
        raise InvalidInput("the same kind of case: correct its item instead")
    from_receipt = tools.rules.conversion_clock == "receipt"
    new = NewCase(
        kind=item.kind,
        item_code=item.code,
        description=case.description,
        origin_key=f"{CONVERTED}{case.number}",
        received_at=case.received_at if from_receipt else acting.at,
        recorded_at=acting.at,
        recorded_by=acting.deed.actor,
        recorded_role=Role.SYSTEM,
        channel=case.channel,
        language=case.language,
        district=case.district,
        village=case.village,
        address=case.address,
        lat=case.latitude,
        lng=case.longitude,
        contact_name=case.contact_name,
        contact_phone=case.contact_phone,
        contact_email=case.contact_email,
        conversation_id=case.conversation_id,
        attributes=case.attributes,
    )
    # The contact may be missing that the new kind asks of citizens: the matter goes on all the same.
    made = registration.write(
        acting.session,
        registration.CheckedCase(new, item, tools.catalogue.owner(item, case.district, case.attributes)),
        tools,
    )
    acting.session.add(CaseLink(case_id=case.id, other_id=made.id, relation=CONVERTED_TO, at=acting.at))
    acting.session.execute(
        update(CaseAttachment).where(CaseAttachment.case_id == case.id).values(case_id=made.id)
    )
    made.confidential = made.confidential or case.confidential
    if made.confidential:
        _seal(acting, made)
    agency_events.tell_of_new_case(acting.session, made, tools)
    acting.made = acting.after["converted_to"] = acting.facts["new_number"] = made.number
    acting.facts["new_code"] = verification_code(tools.key, made.number)
    close(acting)


def reclassify(acting: Acting) -> None:
    """The right item: its limits count from the same instants as before."""
    case = acting.case
    item = acting.tools.catalogue.item(acting.needed(acting.deed.item_code, "item"))
    if item.kind != case.kind:
        raise InvalidInput("another kind of case: convert it")
    acting.before["item_code"], acting.after["item_code"] = case.item_code, item.code
    case.item_code, case.catalogue_version = item.code, acting.tools.catalogue.version
    if item.confidentiality == "confidential":
        _seal(acting, case)
    case.needs_review = False
    limits = dict(clocks.limits_of(item, acting.tools.catalogue.channel_limit(case.channel)))
    for part in active_parts(acting.session, case.id):
        _new_limits(acting, part, dict(limits))


def _seal(acting: Acting, case: Case) -> None:
    """Make a case confidential, and those that became it: they hold the same words and the same person."""
    case.confidential = True
    acting.session.flush()
    for before in acting.session.scalars(
        select(Case)
        .join(CaseLink, CaseLink.case_id == Case.id)
        .where(CaseLink.other_id == case.id, CaseLink.relation == CONVERTED_TO)
    ).all():
        _seal(acting, before)


def _new_limits(acting: Acting, part: CaseAssignment, limits: dict[Stage, Limit]) -> None:
    begun = acting.case.received_at if part.lead else part.started_at
    stood = clocks.pauses(acting.session, acting.case.id)
    for due in clocks.current(acting.session, acting.case.id):
        if due.assignment_id != part.id or due.stage not in BOTH:
            continue
        limit = limits.pop(Stage(due.stage), None)
        if due.met_at is not None:
            continue
        if limit is None:
            acting.session.delete(due)
            continue
        due.rule, due.catalogue_version = rule_record(limit), acting.case.catalogue_version
        clocks.reckon(due, stood, acting.tools.office)
    for stage, limit in limits.items():
        clocks.start(acting.session, acting.case, part, Clock(stage, limit), begun, acting.tools.office)
    acting.session.flush()
