"""How the work on a case ends, and how it begins again."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select

from gateway.cases import clocks
from gateway.cases.acting import Acting, active_parts
from gateway.cases.attachments.rules import SHOWN_IN_PAGE, Purpose
from gateway.cases.clocks import Clock
from gateway.cases.closing import closing_problem
from gateway.cases.errors import CannotReopen, EmptyClosing, PartMissing
from gateway.cases.models import CaseAssignment, CaseAttachment
from gateway.cases.reopening import citizen_may_reopen, reopenings_of, was_reopened
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
    _check_words(acting, deed.note)
    to_inspect = any(due.stage == Stage.INSPECTION and due.met_at is None for due in dues_of_part(acting))
    if deed.arrived_at is not None:
        _note_arrival(acting, deed.arrived_at)
    elif to_inspect:
        raise PartMissing(Need.ARRIVAL)
    if acting.item.photo_required and not deed.photos:
        raise PartMissing("photo")
    if deed.photos:
        _check_photos(acting, deed.photos)
        acting.after["photos"] = list(deed.photos)


def _check_words(acting: Acting, text: str | None) -> None:
    """Raise EmptyClosing for a text that would fit any case."""
    problem = closing_problem(text, acting.item.reply_templates)
    if problem is not None:
        raise EmptyClosing(problem)


def _check_photos(acting: Acting, photos: tuple[str, ...]) -> None:
    """Raise PartMissing unless all of them are pictures of the result that lie with this case."""
    there = acting.session.scalars(
        select(CaseAttachment.public_id).where(
            CaseAttachment.case_id == acting.case.id,
            CaseAttachment.public_id.in_(photos),
            CaseAttachment.purpose == Purpose.RESULT.value,
            CaseAttachment.media_type.in_(sorted(SHOWN_IN_PAGE)),
        )
    )
    if set(photos) - set(there):
        raise PartMissing("photo")


def not_process(acting: Acting) -> None:
    reason = acting.deed.legal_reason
    if reason is None:
        raise PartMissing(Need.LEGAL_REASON)
    _check_words(acting, acting.deed.note)
    acting.after["legal_reason"] = reason.value
    acting.facts["reason_zh"], acting.facts["reason_en"] = LEGAL_REASON_TEXT[reason]
    close(acting)


def release(acting: Acting) -> None:
    call_back = acting.deed.call_back
    if call_back is None:
        raise PartMissing(Need.CALL_BACK)
    if was_reopened(acting.session, acting.case):
        _check_words(acting, acting.deed.message)
    acting.after["call_back"] = call_back.value
    acting.after["call_back_text"] = CALL_BACK_TEXT[call_back][0]
    if acting.deed.message:
        acting.after["message"] = acting.facts["message"] = acting.deed.message.strip()
    close(acting)


def withdraw(acting: Acting) -> None:
    """A citizen's wish needs no words; of a reopened case, staff tell the citizen what they understood."""
    if acting.deed.role is not Role.CITIZEN and was_reopened(acting.session, acting.case):
        _check_words(acting, acting.deed.note)
        acting.facts["message"] = (acting.deed.note or "").strip()
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
    window, before = acting.tools.rules.reopen_window, reopenings_of(session, case.id)
    if for_citizen and not citizen_may_reopen(case, before, acting.at, window):
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
