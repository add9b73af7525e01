"""Who works on a case: given to a unit, passed on, returned, shared, handed outside."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select

from gateway.cases import clocks
from gateway.cases.acting import Acting, active_parts
from gateway.cases.clocks import Clock
from gateway.cases.errors import UnknownUnit
from gateway.cases.models import CaseAssignment
from gateway.cases.rules import BOTH, Parted, Role, Stage, Status


def give(acting: Acting, unit: str, *, lead: bool) -> CaseAssignment:
    """A new part for `unit`, with the short clock in which it must take the case up or pass it on.

    Raises UnknownUnit.
    """
    if not acting.tools.catalogue.knows_unit(unit):
        raise UnknownUnit(unit)
    part = CaseAssignment(
        case_id=acting.case.id,
        unit=unit,
        status=Status.ASSIGNED.value,
        lead=lead,
        active=True,
        started_at=acting.at,
    )
    acting.session.add(part)
    acting.session.flush()
    routing = Clock(Stage.ROUTING, acting.tools.catalogue.routing_limit)
    clocks.start(acting.session, acting.case, part, routing, acting.at, acting.tools.office)
    acting.after["assignment"] = part.id
    if lead:
        acting.case.owner_unit = unit
    return part


def end(part: CaseAssignment, at: datetime, how: str) -> None:
    """A part is over."""
    part.active, part.ended_at, part.status = False, at, how


def assign(acting: Acting) -> None:
    returned = acting.session.scalars(
        select(CaseAssignment)
        .where(CaseAssignment.case_id == acting.case.id, CaseAssignment.lead)
        .order_by(CaseAssignment.id.desc())
    ).first()
    part = give(acting, acting.needed(acting.deed.unit, "unit"), lead=True)
    if returned is not None:
        _hand_over(acting, returned, part)


def _hand_over(acting: Acting, old: CaseAssignment, new: CaseAssignment) -> None:
    """The duties of a part go on with another: what the citizen was promised does not start anew."""
    for due in clocks.current(acting.session, acting.case.id):
        if due.assignment_id == old.id and due.stage in BOTH:
            due.assignment_id = new.id
    old.lead = False
    acting.session.flush()


def reassign(acting: Acting) -> None:
    old = acting.its_part
    unit = acting.needed(acting.deed.unit, "unit")
    if unit == old.unit:
        raise UnknownUnit(unit)
    end(old, acting.at, Parted.REASSIGNED)
    new = give(acting, unit, lead=old.lead)
    _hand_over(acting, old, new)
    acting.before["unit"], acting.after["unit"] = old.unit, unit
    acting.facts["unit"] = unit


def give_back(acting: Acting) -> None:
    part = acting.its_part
    end(part, acting.at, Parted.RETURNED)
    others = [other for other in active_parts(acting.session, acting.case.id) if other.id != part.id]
    if part.lead and others:
        _promote(acting, part, others[0])
    elif not part.lead:
        for due in clocks.current(acting.session, acting.case.id):
            due.current = due.current and due.assignment_id != part.id
    acting.after["returned_by"] = part.unit


def _promote(acting: Acting, old: CaseAssignment, new: CaseAssignment) -> None:
    """Another unit leads: it takes over the duties that the citizen was told of."""
    for due in clocks.current(acting.session, acting.case.id):
        if due.assignment_id == new.id and due.stage in BOTH:
            acting.session.delete(due)
    acting.session.flush()
    _hand_over(acting, old, new)
    new.lead, acting.case.owner_unit = True, new.unit


def split(acting: Acting) -> None:
    unit = acting.needed(acting.deed.unit, "unit")
    if any(part.unit == unit for part in active_parts(acting.session, acting.case.id)):
        raise UnknownUnit(unit)
    part = give(acting, unit, lead=False)
    for stage, limit in clocks.limits_of(acting.item):
        clocks.start(acting.session, acting.case, part, Clock(stage, limit), acting.at, acting.tools.office)
    acting.after["unit"] = unit


def accept(acting: Acting) -> None:
    if acting.deed.role is Role.HANDLER:
        acting.its_part.handler = acting.deed.actor


def hand_external(acting: Acting) -> None:
    unit = acting.needed(acting.deed.unit, "unit")
    row = acting.tools.catalogue.units.get(unit)
    if row is None or not row.external:
        raise UnknownUnit(unit)
    acting.its_part.external_unit = unit
    acting.after["external_unit"] = acting.facts["unit"] = unit


def take_back(acting: Acting) -> None:
    acting.before["external_unit"] = acting.its_part.external_unit
    acting.its_part.external_unit = None
