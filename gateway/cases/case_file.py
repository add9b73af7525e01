"""Everything the desk shows of one case, read in one transaction."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from gateway.cases.desk import lateness_of
from gateway.cases.desk_query import Reach, visible
from gateway.cases.errors import CaseNotFound
from gateway.cases.lateness import Lateness
from gateway.cases.models import (
    Case,
    CaseAssignment,
    CaseAttachment,
    CaseDue,
    CaseEvent,
    CaseExtension,
    CaseLink,
    CaseRating,
    CaseReporter,
)
from gateway.cases.office import Office
from gateway.cases.reopening import was_reopened
from gateway.cases.rules import Stage
from gateway.outbox.models import OutboxMessage
from gateway.outbox.rules import Transport

_ORDER = {stage: place for place, stage in enumerate(Stage)}


@dataclass(frozen=True)
class Clock:
    """One clock of a part, and how it stands."""

    due: CaseDue
    stage: Stage
    late: Lateness


@dataclass(frozen=True)
class PartFile:
    """One unit's part: its clocks, and a wish for more time that waits for a decision."""

    part: CaseAssignment
    clocks: Sequence[Clock]
    pending: CaseExtension | None


@dataclass(frozen=True)
class Linked:
    """Another case that belongs to this one."""

    number: str
    relation: str
    towards: bool
    """Whether this case went into the other one; else the other one came into this."""
    held: bool
    """Whether the link still holds."""
    at: datetime


@dataclass(frozen=True)
class CaseFile:
    """One case as the desk reads it. Contact data is not in here: reading it is an act of its own."""

    case: Case
    parts: Sequence[PartFile]
    """The active parts, the leading one first; of a closed case those that closed it."""
    former: Sequence[PartFile]
    events: Sequence[CaseEvent]
    links: Sequence[Linked]
    co_reporters: int
    attachments: Sequence[CaseAttachment]
    ratings: Sequence[CaseRating]
    messages: Sequence[OutboxMessage]
    reopened: bool
    """Whether it, or a case that went into it, was reopened: then it is closed with a message."""

    @property
    def last_event(self) -> int:
        """The number of the last thing that happened."""
        return self.events[-1].sequence if self.events else 0


def case_file(session: Session, number: str, reach: Reach, now: datetime, office: Office) -> CaseFile:
    """Read a case. Raises CaseNotFound for one that does not exist or is not the reader's to see."""
    case = session.scalar(select(Case).where(Case.number == number))
    if case is None or not visible(session, case.id, reach):
        raise CaseNotFound(number)
    parts = _parts(session, case, now, office)
    current = [part for part in parts if part.part.active]
    if not current:
        current = [part for part in parts if part.clocks]
    return CaseFile(
        case=case,
        parts=sorted(current, key=lambda one: (not one.part.lead, one.part.id)),
        former=[part for part in parts if part not in current],
        events=session.scalars(
            select(CaseEvent).where(CaseEvent.case_id == case.id).order_by(CaseEvent.sequence)
        ).all(),
        links=_links(session, case.id),
        co_reporters=session.scalar(
            select(func.count()).select_from(CaseReporter).where(CaseReporter.case_id == case.id)
        )
        or 0,
        attachments=session.scalars(
            select(CaseAttachment).where(CaseAttachment.case_id == case.id).order_by(CaseAttachment.id)
        ).all(),
        ratings=session.scalars(
            select(CaseRating).where(CaseRating.case_id == case.id).order_by(CaseRating.closing)
        ).all(),
        messages=session.scalars(
            select(OutboxMessage)
            .where(OutboxMessage.subject == case.number, OutboxMessage.transport != Transport.DESK)
            .order_by(OutboxMessage.id)
        ).all(),
        reopened=was_reopened(session, case),
    )


def _parts(session: Session, case: Case, now: datetime, office: Office) -> list[PartFile]:
    clocks: dict[int | None, list[Clock]] = {}
    for due in session.scalars(select(CaseDue).where(CaseDue.case_id == case.id, CaseDue.current)):
        clock = Clock(due, Stage(due.stage), lateness_of(case, due, now, office))
        clocks.setdefault(due.assignment_id, []).append(clock)
    pending = {
        row.assignment_id: row
        for row in session.scalars(
            select(CaseExtension).where(CaseExtension.case_id == case.id, CaseExtension.state == "pending")
        )
    }
    rows = session.scalars(
        select(CaseAssignment).where(CaseAssignment.case_id == case.id).order_by(CaseAssignment.id)
    )
    return [
        PartFile(
            part,
            sorted(clocks.get(part.id, ()), key=lambda clock: _ORDER[clock.stage]),
            pending.get(part.id) if part.active else None,
        )
        for part in rows
    ]


def _links(session: Session, case_id: int) -> list[Linked]:
    links = session.scalars(
        select(CaseLink)
        .where(or_(CaseLink.case_id == case_id, CaseLink.other_id == case_id))
        .order_by(CaseLink.id)
    ).all()
    ids = {link.other_id if link.case_id == case_id else link.case_id for link in links}
    numbers = {
        row[0]: row[1] for row in session.execute(select(Case.id, Case.number).where(Case.id.in_(ids)))
    }
    return [
        Linked(
            numbers[link.other_id if link.case_id == case_id else link.case_id],
            link.relation,
            link.case_id == case_id,
            link.ended_at is None,
            link.at,
        )
        for link in links
    ]
