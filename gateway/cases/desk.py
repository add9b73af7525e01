"""The desk's list of cases: rows as they are read, and the views that somebody has saved."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from gateway.cases.desk_query import DeskFilter, Found, Reach, find
from gateway.cases.lateness import NOT_RUNNING, Lateness, lateness
from gateway.cases.models import Case, CaseAssignment, CaseDue, CaseExtension, SavedView
from gateway.cases.office import Office
from gateway.cases.rules import OPEN, Stage, Status
from gateway.errors import InvalidInput

VIEW_NAME_MAX = 60
VIEWS_MAX = 20
VIEW_QUERY_MAX = 2000


class InvalidView(InvalidInput):
    """A saved view without a usable name, or one too many."""

    code = "invalid_view"
    zh = f"請輸入 1–{VIEW_NAME_MAX} 字的名稱；每人最多可存 {VIEWS_MAX} 個檢視。"
    en = f"Give the view a name of 1 to {VIEW_NAME_MAX} characters; at most {VIEWS_MAX} views can be kept."


@dataclass(frozen=True)
class DeskRow:
    """One case in the list, or one unit's part of it."""

    number: str
    version: int
    part_id: int | None
    item_code: str
    status: Status
    unit: str
    district: str | None
    address: str | None
    channel: str
    received_at: datetime
    confidential: bool
    needs_review: bool
    reopened: bool
    split: bool
    extension: bool
    """Whether a wish for more time waits for a decision."""
    due_at: datetime | None
    stage: Stage | None
    late: Lateness

    @property
    def key(self) -> str:
        """What a ticked box sends: number, version as seen, part."""
        return f"{self.number}:{self.version}:{self.part_id or ''}"


def desk_page(
    session: Session,
    wanted: DeskFilter,
    reach: Reach,
    *,
    sort: str,
    descending: bool,
    offset: int,
    limit: int,
    now: datetime,
    office: Office,
) -> tuple[list[DeskRow], int]:
    """One page of the list, and how many cases (or parts) fit."""
    found, total = find(
        session, wanted, reach, sort=sort, descending=descending, offset=offset, limit=limit, now=now,
        office=office,
    )  # fmt: skip
    return _rows(session, found, now, office), total


def _rows(session: Session, found: Sequence[Found], now: datetime, office: Office) -> list[DeskRow]:
    ids = [one.case_id for one in found]
    cases = {case.id: case for case in session.scalars(select(Case).where(Case.id.in_(ids)))}
    parts: dict[int, list[CaseAssignment]] = {}
    for part in session.scalars(
        select(CaseAssignment).where(CaseAssignment.case_id.in_(ids)).order_by(CaseAssignment.id)
    ):
        parts.setdefault(part.case_id, []).append(part)
    dues: dict[int, list[CaseDue]] = {}
    for due in session.scalars(select(CaseDue).where(CaseDue.case_id.in_(ids), CaseDue.current)):
        dues.setdefault(due.case_id, []).append(due)
    waiting = set(
        session.scalars(
            select(CaseExtension.case_id).where(
                CaseExtension.case_id.in_(ids), CaseExtension.state == "pending"
            )
        )
    )
    return [
        _row(cases[one.case_id], one.part_id, parts.get(one.case_id, []), dues.get(one.case_id, []),
             one.case_id in waiting, now, office)
        for one in found
    ]  # fmt: skip


def _row(
    case: Case, part_id: int | None, parts: Sequence[CaseAssignment], dues: Sequence[CaseDue],
    extension: bool, now: datetime, office: Office,
) -> DeskRow:  # fmt: skip
    active = [part for part in parts if part.active]
    mine = next((part for part in active if part.id == part_id), None)
    theirs = {part.id for part in ([mine] if mine else active or parts)}
    due = deciding(case, [due for due in dues if due.assignment_id in theirs])
    return DeskRow(
        number=case.number,
        version=case.version,
        part_id=mine.id if mine else (active[0].id if len(active) == 1 else None),
        item_code=case.item_code,
        status=_shown_status(case, mine),
        unit=mine.unit if mine else case.owner_unit,
        district=case.district,
        address=case.address,
        channel=case.channel,
        received_at=case.received_at,
        confidential=case.confidential,
        needs_review=case.needs_review,
        reopened=case.reopenings > 0,
        split=len(active) > 1,
        extension=extension,
        due_at=due.due_at if due else None,
        stage=Stage(due.stage) if due else None,
        late=lateness_of(case, due, now, office),
    )


def deciding(case: Case, dues: Sequence[CaseDue]) -> CaseDue | None:
    """The clock that a list shows: the first that runs out, else the completion."""
    running = [due for due in dues if due.met_at is None]
    if running and Status(case.status) in OPEN:
        return min(running, key=lambda due: due.due_at)
    done = [due for due in dues if due.stage == Stage.COMPLETION]
    return max(done, key=lambda due: due.due_at, default=None)


def lateness_of(case: Case, due: CaseDue | None, now: datetime, office: Office) -> Lateness:
    """How a clock of the case stands; one that nobody stopped stopped with the case."""
    if due is None:
        return NOT_RUNNING
    met_at = due.met_at or case.closed_at
    return lateness(due.due_at, met_at, now, office, case.paused_since if met_at is None else None)


def _shown_status(case: Case, part: CaseAssignment | None) -> Status:
    status = Status(case.status)
    whole = {Status.AWAITING_CITIZEN, *(set(Status) - OPEN)}
    return status if part is None or status in whole else Status(part.status)


def saved_views(session: Session, owner: str) -> Sequence[SavedView]:
    """The views of this person, in the order in which they were saved."""
    return session.scalars(select(SavedView).where(SavedView.owner == owner).order_by(SavedView.id)).all()


def save_view(session: Session, owner: str, name: str, query: str, now: datetime) -> SavedView:
    """Keep the filters under a name; the same name again replaces them. Raises InvalidView."""
    name = " ".join(name.split())
    kept = saved_views(session, owner)
    known = next((view for view in kept if view.name == name), None)
    if not 0 < len(name) <= VIEW_NAME_MAX or len(query) > VIEW_QUERY_MAX:
        raise InvalidView(name)
    if known is not None:
        known.query = query
        return known
    if len(kept) >= VIEWS_MAX:
        raise InvalidView("too many")
    view = SavedView(owner=owner, name=name, query=query, created_at=now)
    session.add(view)
    session.flush()
    return view


def drop_view(session: Session, owner: str, view_id: int) -> None:
    """Take one of one's own views away; another's stays untouched."""
    session.execute(delete(SavedView).where(SavedView.owner == owner, SavedView.id == view_id))
