"""Every text that leaves the house by itself, as people get it."""

from __future__ import annotations

from typing import Annotated, Final

from fastapi import APIRouter, Depends, Request
from starlette.responses import Response

from gateway.cases.service import CaseService
from gateway.console.notice_previews import citizens_previews, desk_previews
from gateway.console.routes_session import frame_of
from gateway.identity.rules import Permission
from gateway.identity.views import Staff
from gateway.identity.web import require
from gateway.outbox.choices import ChoiceLinks

BASE: Final = "/console/notices"
MANAGER: Final = Depends(require(Permission.OUTBOX_MANAGE))
Manager = Annotated[Staff, MANAGER]
EXAMPLE_SENDER: Final = "1999@example.gov.tw"
EXAMPLE_ADDRESS: Final = "https://1999.example.gov.tw"

router = APIRouter(include_in_schema=False, dependencies=[MANAGER])


@router.get(BASE)
def notices(request: Request) -> Response:
    """All notices, reminders and the digest in both languages, filled with an example."""
    settings, cases = request.app.state.settings, _cases(request)
    links = ChoiceLinks(b"a preview opens nothing", settings.public_url or EXAMPLE_ADDRESS)
    with request.app.state.database.read() as session:
        office = cases.office(session)
    return frame_of(request).render(
        request, "notices/list.html", quiet=settings.quiet_hours, desk=desk_previews(office),
        citizens=citizens_previews(settings.smtp_from or EXAMPLE_SENDER, links),
    )  # fmt: skip


def _cases(request: Request) -> CaseService:
    cases: CaseService = request.app.state.cases
    return cases
