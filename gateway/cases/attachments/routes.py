"""Files over HTTP: a citizen's upload before there is a case, and reading them with the case's code."""

from __future__ import annotations

from pathlib import Path as FilePath
from typing import Annotated

from fastapi import APIRouter, Depends, File, Form, Header, Path, Request, Response, UploadFile
from fastapi.responses import FileResponse
from pydantic import BaseModel

from gateway.cases.attachments.errors import AttachmentNotFound
from gateway.cases.attachments.rules import FILE_MAX_BYTES, SHOWN_IN_PAGE, Purpose
from gateway.cases.attachments.service import AttachmentService, StoredAttachment
from gateway.cases.models import CaseAttachment
from gateway.cases.routes import caller_address

router = APIRouter(prefix="/api/v1", tags=["attachments"])
CITIZEN = "citizen"
Name = Annotated[str, Path(pattern="^[0-9a-f]{32}$")]
_HEADERS = {
    "x-content-type-options": "nosniff",
    "content-security-policy": "sandbox; default-src 'none'",
    "cache-control": "private, no-store",
    "cross-origin-resource-policy": "same-origin",
}


class PositionOut(BaseModel):
    """Where the photo says it was taken, WGS 84."""

    lat: float
    lng: float


class UploadedOut(BaseModel):
    """A file that waits for its case. `draft` names all files of one matter: send it with the next one
    and with the case. `position` is offered as the place; it is not in the stored copy."""

    draft: str
    id: str
    name: str
    media_type: str
    size: int
    position: PositionOut | None


class AttachmentOut(BaseModel):
    """A file of a case; `size` in bytes."""

    id: str
    name: str
    media_type: str
    size: int
    purpose: str
    uploaded_at: str


@router.post("/attachments", status_code=201, response_model=UploadedOut)
def upload(
    request: Request,
    response: Response,
    address: Annotated[str, Depends(caller_address)],
    file: Annotated[UploadFile, File()],
    draft: Annotated[str, Form(max_length=64)] = "",
) -> UploadedOut:
    """Keep one file (at most 10 MB, of the city's list of types) for a case that is yet to be filed."""
    request.app.state.limits.check("address_uploads", address)
    response.headers["cache-control"] = "no-store"
    attachments: AttachmentService = request.app.state.attachments
    database = request.app.state.database
    key = draft or attachments.new_draft()
    if draft:
        with database.read() as session:
            attachments.of_draft(session, draft)
    prepared = attachments.prepare(file.file.read(FILE_MAX_BYTES + 1), file.filename or "")
    with database.write() as session:
        kept = attachments.keep(
            session, prepared, purpose=Purpose.REPORT, public=True, by=CITIZEN, draft_key=key
        )
    return _uploaded(key, kept)


@router.delete("/attachments/{draft}/{public_id}", status_code=204)
def take_back(request: Request, draft: Name, public_id: Name) -> None:
    """Take back a file before the case is filed."""
    with request.app.state.database.write() as session:
        if not request.app.state.attachments.remove_draft(session, draft, public_id):
            raise AttachmentNotFound


@router.get("/cases/{number}/attachments", response_model=list[AttachmentOut])
def listed(
    request: Request,
    response: Response,
    number: str,
    address: Annotated[str, Depends(caller_address)],
    *,
    x_verification_code: Annotated[str, Header()] = "",
) -> list[AttachmentOut]:
    """The files of a case that the holder of its code may see."""
    request.app.state.limits.check("case_lookup", address)
    with request.app.state.database.read() as session:
        rows = request.app.state.attachments.of_citizen(session, number[:64], x_verification_code[:64])
    response.headers["cache-control"] = "no-store"
    return [_described(row) for row in rows]


@router.get("/cases/{number}/attachments/{public_id}", response_class=FileResponse)
def read(
    request: Request,
    number: str,
    public_id: str,
    address: Annotated[str, Depends(caller_address)],
    *,
    x_verification_code: Annotated[str, Header()] = "",
) -> FileResponse:
    """One file of a case, for the holder of its code."""
    request.app.state.limits.check("case_lookup", address)
    attachments: AttachmentService = request.app.state.attachments
    with request.app.state.database.read() as session:
        seen = attachments.of_citizen(session, number[:64], x_verification_code[:64])
        if public_id not in {row.public_id for row in seen}:
            raise AttachmentNotFound
        return served(*attachments.open(session, public_id))


def served(row: CaseAttachment, path: FilePath) -> FileResponse:
    """The file as a browser may have it: pictures are shown, all else is only downloaded, nothing runs."""
    shown = row.media_type in SHOWN_IN_PAGE
    return FileResponse(
        path,
        media_type=row.media_type,
        filename=row.name,
        headers=_HEADERS,
        content_disposition_type="inline" if shown else "attachment",
    )


def _uploaded(draft: str, kept: StoredAttachment) -> UploadedOut:
    position = PositionOut(lat=kept.position[0], lng=kept.position[1]) if kept.position else None
    return UploadedOut(
        draft=draft,
        id=kept.public_id,
        name=kept.name,
        media_type=kept.media_type,
        size=kept.size,
        position=position,
    )


def _described(row: CaseAttachment) -> AttachmentOut:
    return AttachmentOut(
        id=row.public_id,
        name=row.name,
        media_type=row.media_type,
        size=row.size,
        purpose=row.purpose,
        uploaded_at=row.uploaded_at.isoformat(),
    )
