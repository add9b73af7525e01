"""Files of cases for the staff: added by who works on the case, read by who may see it."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Final

from fastapi import APIRouter, File, Form, Request, UploadFile
from sqlalchemy import select
from starlette.responses import Response

from gateway.cases.agency_events import tell_of_file
from gateway.cases.attachments.errors import AttachmentNotFound
from gateway.cases.attachments.routes import Name, served
from gateway.cases.attachments.rules import FILE_MAX_BYTES, Purpose
from gateway.cases.attachments.service import AttachmentService
from gateway.cases.desk_query import visible
from gateway.cases.models import Case
from gateway.console.guards import CHECKED
from gateway.console.routes_case import ACTOR, Actor, read_case
from gateway.console.routes_cases import BASE, READER, Reader, case_roles, cases_of, reach_of
from gateway.console.routes_session import frame_of
from gateway.identity.rules import Permission

router = APIRouter(include_in_schema=False, dependencies=[READER])


class Kept(StrEnum):
    """What staff may add a file as."""

    RESULT = "result"
    INSPECTION = "inspection"
    INTERNAL = "internal"


SEEN_BY_CITIZEN: Final = frozenset({Kept.RESULT})
"""Which of them the citizen can see; the form says so."""


def attachments_of(request: Request) -> AttachmentService:
    """The files of this application."""
    attachments: AttachmentService = request.app.state.attachments
    return attachments


@router.get("/console/attachments/{public_id}")
def read(request: Request, staff: Reader, public_id: Name) -> Response:
    """One file, for who may see its case; of a confidential one only for who may read its words, audited."""
    with request.app.state.database.write() as session:
        row, path = attachments_of(request).open(session, public_id)
        case = session.scalar(select(Case).where(Case.id == row.case_id))
        if case is None or not visible(session, case.id, reach_of(staff)):
            raise AttachmentNotFound
        if case.confidential:
            if not staff.may(Permission.CONFIDENTIAL_READ) and not case_roles(staff):
                raise AttachmentNotFound
            cases_of(request).trail.append(
                session, act="case.read_file", actor=staff.username, role=staff.role_names,
                subject=f"case:{case.number}", detail={"file": public_id}, at=cases_of(request).clock(),
            )  # fmt: skip
        return served(row, path)


@router.post(f"{BASE}/{{number}}/files", dependencies=[CHECKED, ACTOR])
def add(
    request: Request, staff: Actor, number: str, file: Annotated[UploadFile | None, File()] = None,
    purpose: Annotated[Kept, Form()] = Kept.INTERNAL,
) -> Response:  # fmt: skip
    """Add a file to a case: looked through like a citizen's, and without where a photo was taken."""
    attachments, cases = attachments_of(request), cases_of(request)
    with request.app.state.database.read() as session:
        known = read_case(request, session, staff, number).case
    url = f"{BASE}/{known.number}"
    data = file.file.read(FILE_MAX_BYTES + 1) if file else b""
    if file is None or not data:
        return frame_of(request).redirect(request, url, "cases.upload_none")
    prepared = attachments.prepare(data, file.filename or "")
    with request.app.state.database.write() as session:
        kept = attachments.keep(
            session, prepared, purpose=Purpose(purpose), public=purpose in SEEN_BY_CITIZEN,
            by=staff.username, case_id=known.id,
        )  # fmt: skip
        cases.trail.append(
            session, act="case.add_file", actor=staff.username, role=staff.role_names,
            subject=f"case:{known.number}",
            detail={"file": kept.public_id, "purpose": purpose.value, "sha256": prepared.sha256},
            at=cases.clock(),
        )  # fmt: skip
        case = session.get_one(Case, known.id)
        tell_of_file(session, case, cases.tools(session), kept, cases.clock())
    return frame_of(request).redirect(request, f"{url}#files", "cases.upload_done", name=kept.name)
