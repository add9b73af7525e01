"""The audit trail, for those who may read it."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from fastapi import APIRouter, Depends, Request
from starlette.responses import Response

from gateway.console.audit_search import COLUMNS, FILTERS, find_entries
from gateway.console.listing import Listing, ListState
from gateway.console.routes_session import frame_of
from gateway.identity.rules import Permission
from gateway.identity.web import require

router = APIRouter(include_in_schema=False, dependencies=[Depends(require(Permission.AUDIT_READ))])


@router.get("/console/audit")
def audit(request: Request) -> Response:
    """Page through the trail."""
    state = ListState.read(
        "/console/audit", request.query_params, filters=FILTERS, sorts=("seq",), default_sort="-seq"
    )
    zone = ZoneInfo(request.app.state.settings.timezone)
    with request.app.state.database.read() as session:
        rows, total = find_entries(session, state, zone)
    return frame_of(request).render(request, "audit/list.html", listing=Listing(state, COLUMNS, rows, total))
