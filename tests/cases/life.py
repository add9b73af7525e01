"""Doing acts in tests: every act with all that it needs, and a way to every state."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from gateway.cases.lifecycle import LIFECYCLE
from gateway.cases.models import Case, CaseAssignment, CaseDue
from gateway.cases.rules import Act, CallBack, LegalReason, Role, Status
from gateway.cases.service import CaseService
from gateway.cases.views import CaseState, Deed, NewCase

RESULT = "上午十點到場，刨除破損路面後重新鋪設柏油並壓實"

PATHS: dict[Status, list[Act]] = {
    Status.ASSIGNED: [],
    Status.REGISTERED: [Act.RETURN],
    Status.IN_PROGRESS: [Act.ACCEPT],
    Status.WITH_EXTERNAL: [Act.ACCEPT, Act.HAND_EXTERNAL],
    Status.AWAITING_CITIZEN: [Act.ACCEPT, Act.REQUEST_INFO],
    Status.HANDLED: [Act.ACCEPT, Act.HANDLE],
    Status.RELEASED: [Act.ACCEPT, Act.HANDLE, Act.RELEASE],
    Status.NOT_PROCESSED: [Act.NOT_PROCESS],
    Status.WITHDRAWN: [Act.WITHDRAW],
    Status.MERGED: [Act.MERGE],
    Status.CONVERTED: [Act.CONVERT],
}
"""How a newly registered case gets to each status."""


def case_of(session: Session, number: str) -> Case:
    return session.scalars(
        select(Case).where(Case.number == number).execution_options(populate_existing=True)
    ).one()


def parts_of(session: Session, number: str) -> list[CaseAssignment]:
    return list(
        session.scalars(
            select(CaseAssignment)
            .where(CaseAssignment.case_id == case_of(session, number).id)
            .order_by(CaseAssignment.id)
            .execution_options(populate_existing=True)
        )
    )


def clocks_of(session: Session, number: str) -> dict[str, CaseDue]:
    """The clocks in force, by stage; of a split case those of the leading part."""
    leading = {part.id for part in parts_of(session, number) if part.lead}
    rows = session.scalars(
        select(CaseDue)
        .where(CaseDue.case_id == case_of(session, number).id, CaseDue.current)
        .execution_options(populate_existing=True)
    )
    return {due.stage: due for due in rows if due.assignment_id in leading}


class Life:
    """Acts on cases of one service, in one session."""

    def __init__(self, cases: CaseService, session: Session) -> None:
        self.cases = cases
        self.session = session

    def file(self, new: NewCase) -> str:
        return self.cases.register(self.session, new).number

    def do(self, number: str, act: Act, role: Role | None = None, **parts: Any) -> CaseState:
        """The act with everything it needs; keyword arguments replace parts of it."""
        return self.cases.act(self.session, number, self.deed(number, act, role, **parts))

    def deed(self, number: str, act: Act, role: Role | None = None, **parts: Any) -> Deed:
        """An act with everything it needs, on the case as it stands."""
        step = LIFECYCLE[act]
        case = case_of(self.session, number)
        now = self.cases.clock()
        if act is Act.REFUSE_EXTENSION and not parts.pop("asked", False):
            self.do(number, Act.ASK_EXTENSION)
            case = case_of(self.session, number)
        deed = Deed(
            act,
            "test",
            role or min(step.roles),
            case.version,
            note=RESULT,
            unit="台電公司" if act is Act.HAND_EXTERNAL else "水利局",
            arrived_at=now,
            new_due_at=now + timedelta(days=60),
            legal_reason=LegalReason.NO_CONTENT_OR_NAME,
            call_back=CallBack.SATISFIED,
            message=RESULT,
            item_code="petition_roads" if act is Act.CONVERT else "road_subsidence",
        )
        if act is Act.MERGE and "other_case" not in parts:
            parts["other_case"] = self.another(case)
        return replace(deed, **parts)

    def another(self, case: Case) -> str:
        """Another open case of the same item."""
        new = NewCase(
            kind=case.kind,
            item_code=case.item_code,
            description=case.description,
            origin_key=f"{case.origin_key}+{case.version}",
            received_at=self.cases.clock(),
            channel=case.channel,
            district=case.district,
            address=case.address,
        )
        return self.file(new)

    def bring(self, new: NewCase, status: Status) -> str:
        """A case in that state."""
        number = self.file(new)
        for act in PATHS[status]:
            self.do(number, act)
        return number
