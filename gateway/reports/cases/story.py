"""All that the ledger knows of one case, read for many cases at once; no words of citizens are among it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from gateway.cases.models import Case, CaseAssignment, CaseDue, CaseEvent, CaseExtension, CaseRating


@dataclass(frozen=True)
class Subject:
    """What a case is about: the same for everything that is counted of it."""

    item: str
    district: str
    village: str
    """With its district before it, since villages share names; empty where unknown, as the district is."""
    channel: str


@dataclass(frozen=True)
class Happening:
    """One event of the case."""

    act: str
    actor: str
    role: str
    at: datetime
    before: dict[str, Any]
    after: dict[str, Any]


@dataclass(frozen=True)
class Clock:
    """One clock that was started; `unit` holds it."""

    stage: str
    unit: str
    handler: str
    start_at: datetime | None
    due_at: datetime
    met_at: datetime | None
    current: bool


@dataclass(frozen=True)
class Wish:
    """An extension that was decided."""

    approved: bool
    unit: str
    at: datetime
    by: str


@dataclass
class Story:
    """One case."""

    case_id: int
    subject: Subject
    owner: str
    received_at: datetime
    events: list[Happening] = field(default_factory=list)
    clocks: list[Clock] = field(default_factory=list)
    wishes: list[Wish] = field(default_factory=list)
    ratings: list[tuple[int, datetime]] = field(default_factory=list)


def stories(session: Session, case_ids: Sequence[int]) -> dict[int, Story]:
    """The stories of these cases, by id; what was deleted is not among them."""
    rows = session.execute(
        select(
            Case.id, Case.item_code, Case.district, Case.village, Case.channel, Case.owner_unit,
            Case.received_at,
        ).where(Case.id.in_(case_ids))
    )  # fmt: skip
    found = {row.id: Story(row.id, _subject(row), row.owner_unit, row.received_at) for row in rows}
    _add_events(session, found)
    _add_clocks(session, found)
    ratings = select(CaseRating.case_id, CaseRating.score, CaseRating.at)
    for row in session.execute(ratings.where(CaseRating.case_id.in_(found)).order_by(CaseRating.id)):
        found[row.case_id].ratings.append((row.score, row.at))
    return found


def _subject(row: Any) -> Subject:
    district = row.district or ""
    village = f"{district}/{row.village}" if row.village else ""
    return Subject(row.item_code, district, village, row.channel)


def _add_events(session: Session, found: dict[int, Story]) -> None:
    rows = session.execute(
        select(
            CaseEvent.case_id, CaseEvent.act, CaseEvent.actor, CaseEvent.role, CaseEvent.at,
            CaseEvent.before, CaseEvent.after,
        )
        .where(CaseEvent.case_id.in_(found))
        .order_by(CaseEvent.case_id, CaseEvent.sequence)
    )  # fmt: skip
    for row in rows:
        found[row.case_id].events.append(
            Happening(row.act, row.actor, row.role, row.at, row.before, row.after)
        )


def _add_clocks(session: Session, found: dict[int, Story]) -> None:
    parts = {
        row.id: row
        for row in session.execute(
            select(CaseAssignment.id, CaseAssignment.unit, CaseAssignment.handler).where(
                CaseAssignment.case_id.in_(found)
            )
        )
    }
    rows = session.execute(
        select(
            CaseDue.case_id, CaseDue.assignment_id, CaseDue.stage, CaseDue.start_at, CaseDue.due_at,
            CaseDue.met_at, CaseDue.current,
        )
        .where(CaseDue.case_id.in_(found))
        .order_by(CaseDue.id)
    )  # fmt: skip
    for row in rows:
        part, story = parts.get(row.assignment_id), found[row.case_id]
        unit = part.unit if part is not None else story.owner
        handler = (part.handler if part is not None else None) or ""
        story.clocks.append(
            Clock(row.stage, unit, handler, row.start_at, row.due_at, row.met_at, row.current)
        )
    wishes = session.execute(
        select(
            CaseExtension.case_id, CaseExtension.assignment_id, CaseExtension.state,
            CaseExtension.decided_at, CaseExtension.decided_by,
        )
        .where(CaseExtension.case_id.in_(found), CaseExtension.decided_at.is_not(None))
        .order_by(CaseExtension.id)
    )  # fmt: skip
    for wish in wishes:
        part, approved = parts.get(wish.assignment_id), wish.state == "approved"
        unit = part.unit if part is not None else found[wish.case_id].owner
        found[wish.case_id].wishes.append(Wish(approved, unit, wish.decided_at, wish.decided_by or ""))
