"""The public view of a case: plain words, no personal data, verdicts by timestamps."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from gateway.cases.catalogue import Catalogue
from gateway.cases.deadlines import verdict
from gateway.cases.models import Case, CaseDue, CaseEvent
from gateway.cases.rules import LIFECYCLE, STATUS_TEXT, Act, Kind, Stage, Status
from gateway.cases.views import PublicCase, PublicDue, PublicEvent

REPLIES = (Act.HANDLE.value, Act.NOT_PROCESS.value)
"""Acts whose note is the answer to the citizen."""


def view(session: Session, case_id: int, catalogue: Catalogue, now: datetime) -> PublicCase:
    """The public view of an existing case at the instant `now`."""
    case = session.scalars(select(Case).where(Case.id == case_id)).one()
    dues = session.scalars(select(CaseDue).where(CaseDue.case_id == case_id).order_by(CaseDue.id)).all()
    events = session.scalars(
        select(CaseEvent).where(CaseEvent.case_id == case_id).order_by(CaseEvent.sequence)
    ).all()
    item = catalogue.item(case.item_code)
    status = Status(case.status)
    replies = [event.note for event in events if event.act in REPLIES]
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
        due=tuple(
            PublicDue(Stage(due.stage), due.due_at, verdict(due.due_at, due.met_at, now)) for due in dues
        ),
        last_reply=replies[-1] if replies else None,
        events=tuple(_public_event(event) for event in events if LIFECYCLE[Act(event.act)].public),
    )


def _public_event(event: CaseEvent) -> PublicEvent:
    step = LIFECYCLE[Act(event.act)]
    return PublicEvent(event.at, step.zh, step.en)
