"""The desk's inbox: reminders before, at and after a due time, for the unit and then its supervisor."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Final

from fastapi import APIRouter, Form, Query, Request
from starlette.responses import PlainTextResponse, Response

from gateway.console.frame import local_path
from gateway.console.guards import CHECKED
from gateway.console.routes_cases import READER, Reader, cases_of
from gateway.console.routes_session import Text, frame_of
from gateway.identity.rules import Permission, StaffRole
from gateway.identity.views import Staff
from gateway.identity.web import caller
from gateway.outbox.rules import HOUSE
from gateway.outbox.service import PAGE_SIZE

BASE: Final = "/console/inbox"
COUNT_MAX: Final = 99
Ids = Annotated[list[int], Form(max_length=PAGE_SIZE)]
Page = Annotated[int, Query(ge=1, le=10_000)]

router = APIRouter(include_in_schema=False, dependencies=[READER])
asked_by_itself = APIRouter(include_in_schema=False)


def recipients_of(staff: Staff, units: Sequence[str]) -> list[str]:
    """Whose messages this person reads: of their units, and as a supervisor of all where they have none."""
    own = sorted(staff.units)
    found = [f"unit:{unit}" for unit in own]
    if StaffRole.SUPERVISOR in staff.roles:
        found += [f"supervisor:{unit}" for unit in own or units]
    if StaffRole.ADMINISTRATOR in staff.roles or (StaffRole.SUPERVISOR in staff.roles and not own):
        found.append(HOUSE)
    return found


@router.get(BASE)
def inbox(request: Request, staff: Reader, page: Page = 1, unread: str = "") -> Response:
    """Messages, the newest first."""
    cases = cases_of(request)
    with request.app.state.database.read() as session:
        mine = recipients_of(staff, list(cases.tools(session).catalogue.units))
        found = cases.outbox.inbox(session, mine, bool(unread), page)
    return frame_of(request).render(
        request, "inbox/list.html", found=found, page=page, unread=bool(unread),
        pages=max(1, -(-found.total // PAGE_SIZE)), has_units=bool(mine),
    )  # fmt: skip


@asked_by_itself.get(f"{BASE}/count")
def count(request: Request) -> Response:
    """How many are unread, as the navigation shows it; nothing where there are none, or nobody to show it.

    Pages ask for it by themselves: whoever is signed out meanwhile keeps the page that they are reading.
    """
    staff, cases = caller(request), cases_of(request)
    if staff is None or not staff.may(Permission.CASES_READ):
        return PlainTextResponse("")
    with request.app.state.database.read() as session:
        mine = recipients_of(staff, list(cases.tools(session).catalogue.units))
        unread = cases.outbox.inbox(session, mine, True, 1).unread if mine else 0
    told = f"{COUNT_MAX}+" if unread > COUNT_MAX else str(unread or "")
    return PlainTextResponse(told, headers={"cache-control": "no-store"})


@router.post(f"{BASE}/read", dependencies=[CHECKED])
def mark_read(request: Request, staff: Reader, ids: Ids = [], back: Text = "") -> Response:  # noqa: B006 - FastAPI copies it
    """Somebody took note of these."""
    cases = cases_of(request)
    with request.app.state.database.write() as session:
        mine = recipients_of(staff, list(cases.tools(session).catalogue.units))
        done = cases.outbox.mark_read(session, ids, mine, cases.clock())
    return frame_of(request).redirect(request, local_path(back, BASE), "inbox.read_done", count=done)
