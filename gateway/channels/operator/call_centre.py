"""How busy the telephone lines are, told by the telephone system: the reason why the chat exists."""

from __future__ import annotations

from fastapi import APIRouter, Request
from sqlalchemy.orm import Session

from gateway.channels.errors import refusals
from gateway.channels.operator.access import caller_at_desk
from gateway.channels.operator.schemas import LinesIn, LinesOut
from gateway.handoff import reading
from gateway.handoff.models import LineReport
from gateway.identity.errors import NotPermitted
from gateway.identity.rules import Permission
from gateway.identity.views import Staff

router = APIRouter(prefix="/api/v1/call-centre", tags=["call centre"])


@router.get("/lines", responses=refusals(401, 403, 422))
def read_lines(request: Request) -> LinesOut:
    """The telephone lines as they were last reported."""
    _may_report(request)
    with request.app.state.database.read() as session:
        return _lines(request, session)


@router.post("/lines", responses=refusals(400, 401, 403, 413, 422))
def report_lines(request: Request, given: LinesIn) -> LinesOut:
    """Tell how busy the lines are; with a bearer token only."""
    name = _may_report(request)
    now = request.app.state.handoffs.clock()
    with request.app.state.database.write() as session:
        session.add(LineReport(at=now, busy=given.busy, total=given.total, reported_by=name))
        session.flush()
        return _lines(request, session)


def _lines(request: Request, session: Session) -> LinesOut:
    state = request.app.state
    found = reading.lines(session, state.handoffs.clock(), state.settings.lines_full_share)
    return LinesOut.model_validate(found)


def _may_report(request: Request) -> str:
    caller = caller_at_desk(request)
    by_session = isinstance(caller, Staff) and bool(caller.csrf)
    if by_session or not caller.may(Permission.LINES_REPORT):
        raise NotPermitted(Permission.LINES_REPORT)
    return caller.username if isinstance(caller, Staff) else caller.name
