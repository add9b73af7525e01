"""Disaster closures: entered by staff, and what they do to due times that still run."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING

import structlog
from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from gateway.cases import clocks
from gateway.cases.acting import locked
from gateway.cases.closures import Closure, Part
from gateway.cases.errors import ClosureNotFound
from gateway.cases.models import Case, CaseDue, OfficeClosure
from gateway.cases.rules import CLOSED, Act, Role
from gateway.cases.views import Deed
from gateway.errors import InvalidInput

if TYPE_CHECKING:
    from gateway.cases.service import CaseService

log = structlog.get_logger()
SYSTEM = "system"
BATCH = 100
"""Cases of one transaction while due times move: citizens are not kept waiting by a typhoon."""


@dataclass(frozen=True)
class NewClosure:
    """A closure as it is entered."""

    day: date
    part: Part
    zh: str
    en: str
    announced_at: datetime | None = None


def closures_in_force(session: Session) -> tuple[Closure, ...]:
    """Every closure that was entered and not withdrawn, by day."""
    rows = session.scalars(
        select(OfficeClosure)
        .where(OfficeClosure.withdrawn_at.is_(None))
        .order_by(OfficeClosure.day, OfficeClosure.id)
    )
    return tuple(Closure(row.day, Part(row.part), row.zh, row.en, row.announced_at) for row in rows)


def enter_closure(session: Session, cases: CaseService, new: NewClosure, *, actor: str, role: str) -> int:
    """Enter a closure; its number. Due times move with `move_dues`, after the commit.

    Raises InvalidInput for one without a reason, and DateOutOfCalendar.
    """
    if not new.zh.strip() or not new.en.strip():
        raise InvalidInput("a closure needs its reason in both languages")
    cases.office(session).calendar.nature(new.day)
    now = cases.clock()
    row = OfficeClosure(
        day=new.day,
        part=new.part.value,
        zh=new.zh.strip(),
        en=new.en.strip(),
        announced_at=new.announced_at,
        entered_by=actor,
        entered_at=now,
    )
    session.add(row)
    session.flush()
    cases.trail.append(
        session,
        act="closure.enter",
        actor=actor,
        role=role,
        subject=f"closure:{row.id}",
        detail={"day": new.day.isoformat(), "part": new.part.value, "zh": row.zh},
        at=now,
    )
    return row.id


def withdraw_closure(session: Session, cases: CaseService, closure_id: int, *, actor: str, role: str) -> None:
    """Take back a closure that was entered by mistake. Raises ClosureNotFound."""
    row = session.get(OfficeClosure, closure_id, with_for_update=True)
    if row is None or row.withdrawn_at is not None:
        raise ClosureNotFound(str(closure_id))
    row.withdrawn_at = cases.clock()
    cases.trail.append(
        session,
        act="closure.withdraw",
        actor=actor,
        role=role,
        subject=f"closure:{closure_id}",
        detail={"day": row.day.isoformat(), "part": row.part},
        at=row.withdrawn_at,
    )


def move_dues(cases: CaseService) -> int:
    """Reckon every running clock anew that was set under another calendar than the one in force.

    Works in batches, each in a transaction of its own; cut off, the next call goes on where it stopped.
    Gives back how many cases have another due time now; each has an event, an audit entry and a notice.
    """
    moved = after = 0
    while True:
        with cases.database.write() as session:
            batch = _stale(session, cases, after)
            moved += sum(_move_case(session, cases, number) for _, number in batch)
        if not batch:
            return moved
        after = batch[-1][0]
        log.info("due times follow the calendar", cases=len(batch), moved=moved)


def judge_anew(
    session: Session, cases: CaseService, number: str, *, actor: str, role: str, reason: str
) -> bool:
    """Let the closures in force count for a finished case too, for a reason that is kept.

    Nothing does this by itself. Gives back whether a due time moved. Raises CaseNotFound, InvalidInput.
    """
    if not reason.strip():
        raise InvalidInput("judging a finished case anew needs a reason")
    moved = _move_case(session, cases, number, finished=True, reason=reason.strip())
    cases.trail.append(
        session,
        act="case.judge_anew",
        actor=actor,
        role=role,
        subject=f"case:{number}",
        detail={"reason": reason.strip(), "moved": moved},
        at=cases.clock(),
    )
    return moved


def count_stale(session: Session, cases: CaseService) -> int:
    """How many open cases have a running clock that was set under another calendar than the one in force."""
    found = select(Case.id).join(CaseDue, CaseDue.case_id == Case.id).where(*_set_otherwise(session, cases))
    return session.scalar(select(func.count()).select_from(found.distinct().subquery())) or 0


def _stale(session: Session, cases: CaseService, after: int) -> Sequence[tuple[int, str]]:
    rows = session.execute(
        select(Case.id, Case.number)
        .join(CaseDue, CaseDue.case_id == Case.id)
        .where(Case.id > after, *_set_otherwise(session, cases))
        .distinct()
        .order_by(Case.id)
        .limit(BATCH)
    ).all()
    # All at once, before the first act takes the end of the trail: whoever waits for that holds a case.
    session.execute(
        select(Case.id).where(Case.id.in_([row[0] for row in rows])).order_by(Case.id).with_for_update()
    )
    return [(row[0], row[1]) for row in rows]


def _set_otherwise(session: Session, cases: CaseService) -> list[ColumnElement[bool]]:
    return [
        Case.status.not_in([status.value for status in CLOSED]),
        CaseDue.current.is_(True),
        CaseDue.met_at.is_(None),
        CaseDue.calendar_version != cases.office(session).calendar.version,
        CaseDue.start_at.is_not(None),
    ]


def _move_case(
    session: Session, cases: CaseService, number: str, *, finished: bool = False, reason: str | None = None
) -> bool:
    """Move the clocks of one case: an act where a due time is another one now, else only a note which
    calendar was looked at."""
    case = locked(session, number)
    office = cases.office(session)
    stood = clocks.pauses(session, case.id)
    dues = [due for due in clocks.current(session, case.id) if due.met_at is None or finished]
    if any(clocks.reckoned(due, stood, office)[0] != due.due_at for due in dues):
        deed = Deed(Act.MOVE_DUE, SYSTEM, Role.SYSTEM, note=reason, finished_too=finished)
        cases.act(session, number, deed)
        return True
    for due in dues:
        due.calendar_version = office.calendar.version
    return False
