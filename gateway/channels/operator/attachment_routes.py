"""Photos and documents in a conversation, for the desk."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, File, Form, Request, Response, UploadFile
from fastapi.responses import FileResponse

from gateway.cases.attachments.routes import Name, served
from gateway.channels.errors import refusals
from gateway.channels.operator.access import AtDesk, person
from gateway.channels.operator.routes import DONE, SEEN, Id, may_see, room
from gateway.channels.operator.schemas import SaidOut
from gateway.channels.web.schemas import MessageOut
from gateway.conversations.models import Conversation
from gateway.errors import PlatformError

router = APIRouter(prefix="/api/v1/operator/conversations", tags=["operator"])


@router.post(
    "/{conversation_id}/attachments",
    status_code=201,
    responses={
        200: {"model": SaidOut, "description": "Sent before: the same result again"},
        **DONE,
        **refusals(429, 503),
    },
)
async def send_file(
    request: Request,
    response: Response,
    staff: AtDesk,
    conversation_id: Id,
    client_id: Annotated[UUID, Form()],
    file: Annotated[UploadFile, File()],
) -> SaidOut:
    """Send the citizen one file, looked through like a citizen's; only whoever is in charge may."""
    state = request.app.state
    state.limits.check("address_uploads", f"staff:{staff.username}")
    prepared = await state.uploads.prepare(file)
    keep = partial(
        state.conversations.files.keep,
        conversation_id=conversation_id, prepared=prepared, staff=staff.username,
    )  # fmt: skip
    say = partial(room(request).say, conversation_id, person(staff), str(client_id), "", keep)
    try:
        kept, created = await asyncio.to_thread(say)
    except PlatformError:
        state.uploads.discard(prepared)
        raise
    if not created:
        state.uploads.discard(prepared)
        response.status_code = 200
    state.hub.announce(conversation_id)
    return SaidOut(message=MessageOut.of(kept))


@router.get("/{conversation_id}/attachments/{attachment_id}", response_class=FileResponse, responses=SEEN)
def read_file(request: Request, staff: AtDesk, conversation_id: Id, attachment_id: Name) -> FileResponse:
    """One file of a conversation, for who may see the conversation."""
    state = request.app.state
    with state.database.read() as session:
        may_see(session.get(Conversation, conversation_id), staff)
        return served(*state.conversations.files.open(session, conversation_id, attachment_id))
