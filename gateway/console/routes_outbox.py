"""What leaves the house and what does not, for whoever sees to it."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Final

from fastapi import APIRouter, Depends, Form, Request
from starlette.responses import Response

from gateway.cases.service import CaseService
from gateway.console.frame import local_path
from gateway.console.guards import CHECKED
from gateway.console.listing import Listing, ListState
from gateway.console.outbox_search import (
    COLUMNS,
    FILTERS,
    OPEN,
    SORTS,
    Standing,
    failed_ids,
    find_messages,
    tallies,
)
from gateway.console.routes_session import Text, frame_of
from gateway.identity.rules import GRANTS, Permission, StaffRole
from gateway.identity.views import Staff
from gateway.identity.web import require
from gateway.outbox.rules import Transport

BASE: Final = "/console/outbox"
MANAGER: Final = Depends(require(Permission.OUTBOX_MANAGE))
Manager = Annotated[Staff, MANAGER]
Ids = Annotated[list[int], Form(max_length=200)]

router = APIRouter(include_in_schema=False, dependencies=[MANAGER])


@router.get(BASE)
def outbox(request: Request) -> Response:
    """What waits, is late or has failed, by transport, and the messages themselves without their words."""
    state = ListState.read(
        BASE, request.query_params, filters=FILTERS, sorts=SORTS, default_sort="not_before"
    )
    transports, now = request.app.state.outbox_worker.transports, _now(request)
    with request.app.state.database.read() as session:
        rows, total = find_messages(session, state, transports, now)
        counted = tallies(session, transports, now)
    return frame_of(request).render(
        request, "outbox/list.html", listing=Listing(state, COLUMNS, rows, total), tallies=counted,
        standings=(OPEN, *Standing), transports=list(Transport),
    )  # fmt: skip


@router.post(f"{BASE}/again", dependencies=[CHECKED])
def again(
    request: Request, staff: Manager, ids: Ids = [], transport: Text = "", back: Text = BASE,  # noqa: B006 - FastAPI copies it
) -> Response:  # fmt: skip
    """Try failed messages once more: those that are named, or all of a transport."""
    cases: CaseService = request.app.state.cases
    at = _now(request)
    with request.app.state.database.write() as session:
        wanted = failed_ids(session, transport) if transport else ids
        count = cases.outbox.again(session, wanted, at)
        if count:
            role = next(role for role in StaffRole if role in staff.roles & GRANTS[Permission.OUTBOX_MANAGE])
            cases.trail.append(
                session, act="outbox.again", actor=staff.username, role=role, subject="outbox",
                detail={"messages": count, "transport": transport or None}, at=at,
            )  # fmt: skip
    return frame_of(request).redirect(request, local_path(back, BASE), "outbox.again_done", count=count)


def _now(request: Request) -> datetime:
    at: datetime = request.app.state.cases.clock()
    return at
