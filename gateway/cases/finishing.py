"""How the work on a case ends, and how it begins again."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select

from gateway.cases import clocks
from gateway.cases.acting import Acting, active_parts
from gateway.cases.clocks import Clock
from gateway.cases.closing import closing_problem
from gateway.cases.errors import CannotReopen, EmptyClosing, PartMissing
from gateway.cases.models import CaseAssignment
from gateway.cases.routing import end, give
from gateway.cases.rules import CALL_BACK_TEXT, LEGAL_REASON_TEXT, Need, Role, Stage
from gateway.cases.timing import dues_of_part, resume
from gateway.errors import InvalidInput


def inspect(acting: Acting) -> None:
    arrived = acting.deed.arrived_at
    if arrived is None:
        raise PartMissing(Need.ARRIVAL)
    _note_arrival(acting, arrived)


def _note_arrival(acting: Acting, arrived: datetime) -> None:
    """The inspection is judged by when the crew arrived, which is told afterwards."""
    if not acting.case.received_at <= arrived <= acting.at:
        raise InvalidInput("arrived_at must lie between receipt and now")
    acting.after["arrived_at"] = arrived.isoformat()
    acting.facts["arrived_at"] = arrived
    for due in dues_of_part(acting):
        if due.stage == Stage.INSPECTION and due.met_at is None:
            due.met_at = arrived
            acting.after["inspection_met_at"] = arrived.isoformat()


def handle(acting: Acting) -> None:
    deed = acting.deed
    problem = closing_problem(deed.note, acting.item.reply_templates)
    if problem is not None:
        raise EmptyClosing(problem)
    to_inspect = any(due.stage == Stage.INSPECTION and due.met_at is None for due in dues_of_part(acting))
    if deed.arrived_at is not None:
        _note_arrival(acting, deed.arrived_at)
    elif to_inspect:
        raise PartMissing(Need.ARRIVAL)
    if acting.item.photo_required and not deed.photos:
        raise PartMissing("photo")
    if deed.photos:
        acting.after["photos"] = list(deed.photos)


def not_process(acting: Acting) -> None:
    reason = acting.deed.legal_reason
    if reason is None:
        raise PartMissing(Need.LEGAL_REASON)
    acting.after["legal_reason"] = reason.value
    acting.facts["reason_zh"], acting.facts["reason_en"] = LEGAL_REASON_TEXT[reason]
    close(acting)


def release(acting: Acting) -> None:
    call_back = acting.deed.call_back
    if call_back is None:
        raise PartMissing(Need.CALL_BACK)
    if acting.case.reopenings and closing_problem(acting.deed.message) is not None:
        raise EmptyClosing("a reopened case is closed with a message to the reporter")
    acting.after["call_back"] = call_back.value
    acting.after["call_back_text"] = CALL_BACK_TEXT[call_back][0]
    if acting.deed.message:
        acting.after["message"] = acting.facts["message"] = acting.deed.message.strip()
    close(acting)


def close(acting: Acting) -> None:
    """Nobody has to do anything any more."""
    resume(acting)
    for part in active_parts(acting.session, acting.case.id):
        end(part, acting.at, part.status)
    acting.case.closed_at = acting.at


def reopen(acting: Acting) -> None:
    """New clocks from now; the verdicts of the old ones stay as they are."""
    case, session = acting.case, acting.session
    for_citizen = acting.deed.role is not Role.SUPERVISOR
    closed_at = case.closed_at or acting.at
    if for_citizen and (case.reopenings or acting.at > closed_at + acting.tools.rules.reopen_window):
        raise CannotReopen(case.number)
    for due in clocks.current(session, case.id):
        due.current = False
    leading = session.scalars(
        select(CaseAssignment)
        .where(CaseAssignment.case_id == case.id, CaseAssignment.lead)
        .order_by(CaseAssignment.id.desc())
    ).first()
    if leading is not None:
        leading.lead = False
    part = give(acting, case.owner_unit, lead=True)
    for stage, limit in clocks.limits_of(acting.item, acting.tools.catalogue.channel_limit(case.channel)):
        due = clocks.start(session, case, part, Clock(stage, limit), acting.at, acting.tools.office)
        if stage is Stage.COMPLETION:
            acting.facts["new_due_at"] = due.due_at
    case.reopenings += 1
    case.closed_at = None
    acting.after["reopening"] = case.reopenings
