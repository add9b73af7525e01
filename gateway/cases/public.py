"""The public view of a case: plain words, no personal data, verdicts by timestamps."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from gateway.cases import clocks
from gateway.cases.catalogue import Catalogue
from gateway.cases.deadlines import verdict
from gateway.cases.lifecycle import LIFECYCLE, allowed_acts
from gateway.cases.models import Case, CaseDue, CaseEvent, CaseLink, CaseRating, CaseReporter
from gateway.cases.reopening import citizen_may_reopen
from gateway.cases.rules import STATUS_TEXT, Act, Kind, Role, Stage, Status
from gateway.cases.views import PublicCase, PublicDue, PublicEvent

REPLIES = (Act.HANDLE.value, Act.NOT_PROCESS.value)
"""Acts whose note is the answer to the citizen."""
ALSO_FOR_CO_REPORTERS = (Act.ADD_INFO, Act.SUPPLY_INFO)


def view(
    session: Session,
    case: Case,
    catalogue: Catalogue,
    now: datetime,
    *,
    reopen_window: timedelta,
    filed_it: bool = True,
) -> PublicCase:
    """The public view of a case at the instant `now`; `filed_it` is False for who joined it later.

    `catalogue` is the one the case was filed under.
    """
    events = session.scalars(
        select(CaseEvent).where(CaseEvent.case_id == case.id).order_by(CaseEvent.sequence)
    ).all()
    item = catalogue.item(case.item_code)
    status = Status(case.status)
    replies = [event.note for event in events if event.act in REPLIES]
    closing = session.scalar(
        select(CaseRating.id).where(CaseRating.case_id == case.id, CaseRating.closing == case.reopenings)
    )
    allowed = citizens_acts(case, events, now, reopen_window, filed_it=filed_it)
    closed_at = case.closed_at if Act.REOPEN in allowed else None
    return PublicCase(
        number=case.number,
        kind=Kind(case.kind),
        item_code=item.code,
        item_name_zh=item.name_zh,
        item_name_en=item.name_en,
        status=status,
        status_zh=STATUS_TEXT[status][0],
        status_en=STATUS_TEXT[status][1],
        owner=case.owner_unit,
        owner_en=catalogue.unit_name(case.owner_unit, "en"),
        district=case.district,
        received_at=case.received_at,
        due=tuple(_public_due(due, case, now) for due in promised(session, case.id)),
        last_reply=replies[-1] if replies else None,
        events=tuple(_public_event(event) for event in events if LIFECYCLE[Act(event.act)].public),
        version=case.version,
        address=case.address if filed_it else None,
        question=_question(events) if status is Status.AWAITING_CITIZEN else None,
        continues_as=_continues_as(session, case.id),
        allowed=allowed,
        may_rate=filed_it and status is Status.RELEASED and closing is None,
        co_reporters=session.scalar(
            select(func.count()).select_from(CaseReporter).where(CaseReporter.case_id == case.id)
        )
        or 0,
        reopen_until=closed_at + reopen_window if closed_at else None,
    )


def names_of(session: Session, rows: Sequence[Case]) -> dict[int, list[str]]:
    """Who reported or joined each of some cases, by the case's id: what its public words must not name."""
    found = {row.id: [row.contact_name] if row.contact_name else [] for row in rows}
    joined = select(CaseReporter.case_id, CaseReporter.name).where(CaseReporter.name.is_not(None))
    ids = list(found)
    for n in range(0, len(ids), 500):
        for case_id, name in session.execute(joined.where(CaseReporter.case_id.in_(ids[n : n + 500]))):
            found[case_id].append(name or "")
    return found


def promised(session: Session, case_id: int) -> list[CaseDue]:
    """The clocks that the citizen was told of: those of the leading part."""
    return clocks.told(clocks.current(session, case_id, of_the_lead=True))


def citizens_acts(
    case: Case, events: Iterable[CaseEvent], now: datetime, reopen_window: timedelta, *, filed_it: bool = True
) -> tuple[Act, ...]:
    """What the citizen may do now with the case; who only joined it may add to it.

    `events`: those of the case, or its reopenings alone.
    """
    acts = allowed_acts(Status(case.status), None, frozenset({Role.CITIZEN}))
    if not filed_it:
        return tuple(act for act in acts if act in ALSO_FOR_CO_REPORTERS)
    once_more = case.closed_at is not None and citizen_may_reopen(case, events, now, reopen_window)
    return tuple(act for act in acts if act is not Act.REOPEN or once_more)


def _public_due(due: CaseDue, case: Case, now: datetime) -> PublicDue:
    stands = due.met_at is None and case.paused_since is not None
    judged = verdict(due.due_at, due.met_at, now, case.paused_since if stands else None)
    return PublicDue(Stage(due.stage), due.due_at, judged, stands, bool(due.rule.get("example")))


def _public_event(event: CaseEvent) -> PublicEvent:
    step = LIFECYCLE[Act(event.act)]
    return PublicEvent(event.at, step.zh, step.en, event.note if step.note_public else None)


def _question(events: Sequence[CaseEvent]) -> str | None:
    asked = [event.note for event in events if event.act == Act.REQUEST_INFO]
    return asked[-1] if asked else None


def _continues_as(session: Session, case_id: int) -> str | None:
    return session.scalar(
        select(Case.number)
        .join(CaseLink, CaseLink.other_id == Case.id)
        .where(CaseLink.case_id == case_id, CaseLink.ended_at.is_(None))
    )
