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
    TONES,
    UNSETTLED,
    Standing,
    failed_ids,
    find_messages,
    tallies,
)
from gateway.console.routes_session import Text, frame_of
from gateway.errors import NotFound
from gateway.identity.rules import GRANTS, Permission, StaffRole
from gateway.identity.views import Staff
from gateway.identity.web import require
from gateway.outbox.masking import told
from gateway.outbox.preferences import dead_addresses, revive_row
from gateway.outbox.rules import Transport

BASE: Final = "/console/outbox"
DEAD_SHOWN: Final = 100
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
        dead = dead_addresses(session, DEAD_SHOWN)
    return frame_of(request).render(
        request, "outbox/list.html", listing=Listing(state, COLUMNS, rows, total), tallies=counted,
        standings=(OPEN, *Standing), transports=list(Transport), unsettled=UNSETTLED, tones=TONES, dead=dead,
        told=told,
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
            cases.trail.append(
                session, act="outbox.again", actor=staff.username, role=_role(staff), subject="outbox",
                detail={"messages": count, "transport": transport or None}, at=at,
            )  # fmt: skip
    return frame_of(request).redirect(request, local_path(back, BASE), "outbox.again_done", count=count)


@router.post(BASE + "/addresses/{dead_id}/revive", dependencies=[CHECKED])
def revive(request: Request, staff: Manager, dead_id: int) -> Response:
    """Somebody knows that an address is good again; what is to be sent anew is tried again by hand."""
    cases: CaseService = request.app.state.cases
    with request.app.state.database.write() as session:
        shown = revive_row(session, dead_id)
        if shown is None:
            raise NotFound("no such address")
        cases.trail.append(
            session, act="outbox.revive", actor=staff.username, role=_role(staff), subject="outbox",
            detail={"address": shown}, at=_now(request),
        )  # fmt: skip
    return frame_of(request).redirect(request, BASE, "outbox.revived", address=shown)


def _role(staff: Staff) -> str:
    return next(role for role in StaffRole if role in staff.roles & GRANTS[Permission.OUTBOX_MANAGE])


def _now(request: Request) -> datetime:
    at: datetime = request.app.state.cases.clock()
    return at
