"""When a case is due: waiting for the citizen, more time for the unit."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select

from gateway.cases import clocks
from gateway.cases.acting import Acting
from gateway.cases.errors import NewDueTooEarly, NoPendingExtension, PartMissing
from gateway.cases.models import CaseDue, CaseExtension, CasePause
from gateway.cases.rules import Need, Stage


def request_info(acting: Acting) -> None:
    case = acting.case
    case.resume_status = acting.before["status"]
    if acting.item.pauses_when_awaiting:
        acting.session.add(CasePause(case_id=case.id, started_at=acting.at))
        case.paused_since = acting.at
        acting.after["paused"] = True


def resume(acting: Acting) -> None:
    """The clocks run again; what was paused is added to what is left."""
    case = acting.case
    case.paused_since = None
    open_pause = acting.session.scalars(
        select(CasePause).where(CasePause.case_id == case.id, CasePause.ended_at.is_(None))
    ).one_or_none()
    if open_pause is None:
        return
    open_pause.ended_at = acting.at
    acting.session.flush()
    stood = clocks.pauses(acting.session, case.id)
    for due in clocks.current(acting.session, case.id):
        if due.met_at is not None:
            continue
        was = due.due_at
        clocks.run_again(due, open_pause.started_at, acting.at, acting.tools.office)
        if clocks.reckon(due, stood, acting.tools.office):
            acting.before[f"{due.stage}_due_at"] = was.isoformat()
            acting.after[f"{due.stage}_due_at"] = due.due_at.isoformat()


def dues_of_part(acting: Acting) -> list[CaseDue]:
    part = acting.its_part
    return [due for due in clocks.current(acting.session, acting.case.id) if due.assignment_id == part.id]


def _completion(acting: Acting) -> CaseDue:
    for due in dues_of_part(acting):
        if due.stage == Stage.COMPLETION:
            return due
    raise PartMissing(Stage.COMPLETION)


def _pending(acting: Acting) -> CaseExtension | None:
    return acting.session.scalars(
        select(CaseExtension).where(
            CaseExtension.assignment_id == acting.its_part.id, CaseExtension.state == "pending"
        )
    ).one_or_none()


def _later(acting: Acting, wanted: datetime | None) -> datetime:
    if wanted is None:
        raise PartMissing(Need.NEW_DUE)
    if wanted <= max(_completion(acting).due_at, acting.at):
        raise NewDueTooEarly(wanted.isoformat())
    acting.tools.office.calendar.nature(wanted.astimezone(acting.tools.office.zone).date())
    return wanted


def ask_extension(acting: Acting) -> None:
    if _pending(acting) is not None:
        raise NoPendingExtension("one is waiting")
    wanted = _later(acting, acting.deed.new_due_at)
    acting.session.add(
        CaseExtension(
            case_id=acting.case.id,
            assignment_id=acting.its_part.id,
            new_due_at=wanted,
            reason=acting.needed(acting.deed.note, Need.NOTE),
            state="pending",
            asked_by=acting.deed.actor,
            asked_at=acting.at,
        )
    )
    acting.after["asked_due_at"] = wanted.isoformat()


def extend(acting: Acting) -> None:
    """More time, asked for by the unit or given unasked; the citizen is told the reason."""
    pending = _pending(acting)
    wanted = _later(acting, acting.deed.new_due_at or (pending.new_due_at if pending else None))
    if pending is None:
        pending = CaseExtension(
            case_id=acting.case.id,
            assignment_id=acting.its_part.id,
            asked_by=acting.deed.actor,
            asked_at=acting.at,
            reason=acting.needed(acting.deed.note, Need.NOTE),
        )
        acting.session.add(pending)
    pending.state, pending.new_due_at = "approved", wanted
    pending.decided_by, pending.decided_at = acting.deed.actor, acting.at
    due = _completion(acting)
    acting.before["completion_due_at"] = due.due_at.isoformat()
    due.extended_to = wanted
    clocks.reckon(due, clocks.pauses(acting.session, acting.case.id), acting.tools.office)
    acting.after["completion_due_at"] = due.due_at.isoformat()
    acting.facts["new_due_at"] = due.due_at


def refuse_extension(acting: Acting) -> None:
    pending = _pending(acting)
    if pending is None:
        raise NoPendingExtension("none is waiting")
    pending.state, pending.decided_by, pending.decided_at = "refused", acting.deed.actor, acting.at


def follow_calendar(acting: Acting) -> None:
    """Due times as the closures in force make them; a clock that has stopped keeps its own unless asked."""
    stood = clocks.pauses(acting.session, acting.case.id)
    for due in clocks.current(acting.session, acting.case.id):
        was = due.due_at
        running = due.met_at is None or acting.deed.finished_too
        if running and clocks.reckon(due, stood, acting.tools.office):
            acting.before[f"{due.stage}_due_at"] = was.isoformat()
            acting.after[f"{due.stage}_due_at"] = due.due_at.isoformat()
        if due.stage == Stage.COMPLETION:
            acting.facts.setdefault("new_due_at", due.due_at)
    acting.after["calendar_version"] = acting.tools.office.calendar.version
