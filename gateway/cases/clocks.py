"""The clocks of assignments as rows: started, met, moved by pauses, extensions and closures."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from gateway.cases.catalogue_schema import ServiceItem
from gateway.cases.deadlines import Limit, LimitUnit, Office, Pause, compute
from gateway.cases.extended import open_again, resumed
from gateway.cases.models import Case, CaseAssignment, CaseDue, CasePause
from gateway.cases.rules import BOTH, Stage
from gateway.cases.working import rule_record, working_record


@dataclass(frozen=True)
class Clock:
    """A clock to start: which duty, within which limit."""

    stage: Stage
    limit: Limit


def limits_of(item: ServiceItem, completion: Limit | None = None) -> list[tuple[Stage, Limit]]:
    """The clocks of an item that citizens know: always completion, and inspection where the item has
    one. `completion` replaces the item's own limit where the channel has a rule of its own."""
    stages = [(Stage.INSPECTION, item.inspection), (Stage.COMPLETION, completion or item.completion)]
    return [(stage, limit) for stage, limit in stages if limit is not None]


def limit_of(rule: dict[str, Any]) -> Limit:
    """The limit that a stored rule states."""
    return Limit(
        rule["amount"], LimitUnit(rule["unit"]), rule["source"], rule["example"], rule.get("due_time")
    )


def start(
    session: Session, case: Case, part: CaseAssignment, clock: Clock, at: datetime, office: Office
) -> CaseDue:
    """Start a clock of a part at the instant `at`; its row has an id after the next flush."""
    due = compute(clock.limit, at, office)
    row = CaseDue(
        case_id=case.id,
        assignment_id=part.id,
        stage=clock.stage.value,
        start_at=at.astimezone(UTC),
        due_at=due.due_at,
        first_due_at=due.due_at,
        rule=rule_record(clock.limit),
        working=working_record(due, at, office),
        calendar_version=office.calendar.version,
        catalogue_version=case.catalogue_version,
        current=True,
    )
    session.add(row)
    return row


def current(session: Session, case_id: int, *, of_the_lead: bool = False) -> Sequence[CaseDue]:
    """The clocks in force of a case, met or not, in the order in which they were started; of all its parts,
    or of the leading one alone."""
    found = select(CaseDue).where(CaseDue.case_id == case_id, CaseDue.current)
    if of_the_lead:
        found = found.join(CaseAssignment, CaseAssignment.id == CaseDue.assignment_id)
        found = found.where(CaseAssignment.lead)
    return session.scalars(found.order_by(CaseDue.id)).all()


def pauses(session: Session, case_id: int) -> list[Pause]:
    """When the clocks of a case stood still."""
    rows = session.scalars(select(CasePause).where(CasePause.case_id == case_id).order_by(CasePause.id))
    return [Pause(row.started_at, row.ended_at) for row in rows]


def reckoned(due: CaseDue, stood: Iterable[Pause], office: Office) -> tuple[datetime, dict[str, Any]]:
    """When a clock is due under the pauses that are over and the closures of `office`, with the working."""
    if due.start_at is None:
        return due.due_at, due.working
    over = [pause for pause in stood if pause.end is not None]
    found = compute(limit_of(due.rule), due.start_at, office, over)
    working = working_record(found, due.start_at, office)
    if due.extended_to is None:
        return found.due_at, working
    due_at = max(found.due_at, open_again(due.extended_to, office))
    return due_at, {**working, "extended_to": due_at.astimezone(office.zone).isoformat()}


def reckon(due: CaseDue, stood: Iterable[Pause], office: Office) -> bool:
    """Keep what `reckoned` finds with the clock; whether its due time moved."""
    before = due.due_at
    due.due_at, due.working = reckoned(due, stood, office)
    due.calendar_version = office.calendar.version
    return due.due_at != before


def run_again(due: CaseDue, stopped_at: datetime, at: datetime, office: Office) -> None:
    """Give an extended clock back what it lost while it stood still; `reckon` does so for its limit."""
    if due.extended_to is not None:
        unit = limit_of(due.rule).unit
        due.extended_to = resumed(open_again(due.extended_to, office), unit, (stopped_at, at), office)


def refresh(session: Session, case: Case) -> None:
    """Note with the case and its parts which due time comes next; lists are sorted by it."""
    parts = session.scalars(select(CaseAssignment).where(CaseAssignment.case_id == case.id))
    note_next(case, parts.all(), current(session, case.id))


def note_next(case: Case, parts: Iterable[CaseAssignment], dues: Iterable[CaseDue]) -> None:
    """The same, from all parts of the case and its clocks in force."""
    running: dict[int | None, list[datetime]] = {}
    for due in dues:
        if due.met_at is None:
            running.setdefault(due.assignment_id, []).append(due.due_at)
    nearest: list[datetime] = []
    for part in parts:
        part.next_due_at = min(running.get(part.id, ()), default=None) if part.active else None
        if part.next_due_at is not None:
            nearest.append(part.next_due_at)
    case.next_due_at = min(nearest, default=None)


def told(dues: Iterable[CaseDue]) -> list[CaseDue]:
    """Those clocks that a citizen is told of."""
    return [due for due in dues if due.stage in BOTH]
