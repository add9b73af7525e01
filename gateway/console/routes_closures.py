"""Disaster closures, entered and withdrawn: open due times follow at once, finished cases do not."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Final

import structlog
from fastapi import APIRouter, BackgroundTasks, Depends, Form, Request
from sqlalchemy import select
from starlette.responses import Response

from gateway.cases.closing_days import (
    NewClosure,
    count_stale,
    enter_closure,
    judge_anew,
    move_dues,
    withdraw_closure,
)
from gateway.cases.closures import PART_TEXT, Part
from gateway.cases.models import OfficeClosure
from gateway.console.guards import CHECKED
from gateway.console.routes_case import read_case
from gateway.console.routes_cases import BASE as CASES
from gateway.console.routes_cases import cases_of
from gateway.console.routes_session import Text, frame_of
from gateway.errors import InvalidInput, PlatformError
from gateway.identity.rules import Permission
from gateway.identity.views import Staff
from gateway.identity.web import require

log = structlog.get_logger()
BASE: Final = "/console/closures"
SHOWN_MAX: Final = 200
CLOSER: Final = Depends(require(Permission.CALENDAR_CLOSE))
Closer = Annotated[Staff, CLOSER]
Reason = Annotated[str, Form(max_length=120)]
EnglishReason = Annotated[str, Form(max_length=200)]
Why = Annotated[str, Form(max_length=2000)]
router = APIRouter(include_in_schema=False, dependencies=[CLOSER])


@router.get(BASE)
def closures(request: Request) -> Response:
    """Every closure, the latest day first, and the form for another."""
    return _page(request, {})


@router.post(BASE, dependencies=[CHECKED])
def enter(
    request: Request, staff: Closer, after: BackgroundTasks, day: Text = "", part: Text = Part.ALL.value,
    zh: Reason = "", en: EnglishReason = "", announced_at: Text = "",
) -> Response:  # fmt: skip
    """Enter a closure; the due times of open cases move as soon as it is kept."""
    cases = cases_of(request)
    given = {"day": day, "part": part, "zh": zh, "en": en, "announced_at": announced_at}
    try:
        with request.app.state.database.write() as session:
            zone = cases.office(session).zone
            announced = datetime.fromisoformat(announced_at).replace(tzinfo=zone) if announced_at else None
            new = NewClosure(date.fromisoformat(day), Part(part), zh, en, announced)
            enter_closure(session, cases, new, actor=staff.username, role=staff.role_names)
    except ValueError:
        return _page(request, given, InvalidInput("day"))
    except InvalidInput as refused:
        return _page(request, given, refused)
    after.add_task(move_dues, cases)
    return _with(after, frame_of(request).redirect(request, BASE, "closures.entered_done", day=day))


@router.post(BASE + "/{closure_id}/withdraw", dependencies=[CHECKED])
def withdraw(request: Request, staff: Closer, after: BackgroundTasks, closure_id: int) -> Response:
    """Take back a closure that was entered by mistake."""
    cases = cases_of(request)
    with request.app.state.database.write() as session:
        withdraw_closure(session, cases, closure_id, actor=staff.username, role=staff.role_names)
    after.add_task(move_dues, cases)
    return _with(after, frame_of(request).redirect(request, BASE, "closures.withdrawn_done"))


@router.post(f"{CASES}/{{number}}/judge", dependencies=[CHECKED])
def judge(request: Request, staff: Closer, number: str, reason: Why = "") -> Response:
    """Let the closures in force count for a finished case, for a reason that is kept."""
    cases = cases_of(request)
    with request.app.state.database.write() as session:
        case = read_case(request, session, staff, number).case
        moved = judge_anew(
            session, cases, case.number, actor=staff.username, role=staff.role_names, reason=reason
        )
    told = "closures.judged" if moved else "closures.judged_same"
    return frame_of(request).redirect(request, f"{CASES}/{number}", told)


def _page(request: Request, given: dict[str, str], refused: PlatformError | None = None) -> Response:
    cases = cases_of(request)
    with request.app.state.database.read() as session:
        rows = session.scalars(
            select(OfficeClosure).order_by(OfficeClosure.day.desc(), OfficeClosure.id.desc()).limit(SHOWN_MAX)
        ).all()
        waiting = count_stale(session, cases)
    blank = {"day": "", "part": Part.ALL.value, "zh": "", "en": "", "announced_at": ""}
    return frame_of(request).render(
        request, "closures/list.html", 422 if refused else 200,
        rows=rows, given={**blank, **given}, refused=refused, waiting=waiting,
        parts=[(part.value, text) for part, text in PART_TEXT.items()], part_text=PART_TEXT,
    )  # fmt: skip


def _with(tasks: BackgroundTasks, response: Response) -> Response:
    response.background = tasks
    return response
