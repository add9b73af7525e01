"""What a reopening asks for afterwards: the citizen has one, and the next closing needs words."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from gateway.cases.models import Case, CaseEvent, CaseLink
from gateway.cases.rules import Act, Role


def reopenings_of(session: Session, case_id: int) -> Sequence[CaseEvent]:
    """Every reopening of a case, in order."""
    return session.scalars(
        select(CaseEvent)
        .where(CaseEvent.case_id == case_id, CaseEvent.act == Act.REOPEN.value)
        .order_by(CaseEvent.sequence)
    ).all()


def citizen_may_reopen(case: Case, events: Iterable[CaseEvent], now: datetime, window: timedelta) -> bool:
    """Whether the citizen's one reopening is still to be had; a supervisor's does not use it up."""
    in_time = now <= (case.closed_at or now) + window
    return in_time and not any(event.act == Act.REOPEN and event.role != Role.SUPERVISOR for event in events)


def was_reopened(session: Session, case: Case) -> bool:
    """Whether the case, or one that was merged into it or became it, was ever reopened."""
    if case.reopenings:
        return True
    before = (
        select(Case)
        .join(CaseLink, CaseLink.case_id == Case.id)
        .where(CaseLink.other_id == case.id, CaseLink.ended_at.is_(None))
    )
    return any(was_reopened(session, other) for other in session.scalars(before).all())
