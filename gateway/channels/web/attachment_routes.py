"""Photos and documents in a conversation, for its citizen."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, File, Form, Path, Request, Response, UploadFile
from fastapi.responses import FileResponse

from gateway.cases.attachments.routes import Name, served
from gateway.channels.address import client_address
from gateway.channels.errors import refusals
from gateway.channels.web.routes import Token, check_rates
from gateway.channels.web.schemas import MessageOut, SentMessage
from gateway.conversations.files import SentFile
from gateway.conversations.incoming import Incoming
from gateway.errors import PlatformError

router = APIRouter(prefix="/api/v1/conversations", tags=["conversations"])
Id = Annotated[str, Path(max_length=36)]


@router.post(
    "/{conversation_id}/attachments",
    status_code=201,
    responses={
        200: {"model": SentMessage, "description": "Sent before: the same result again"},
        **refusals(400, 401, 404, 409, 413, 422, 429, 503),
    },
)
async def send_file(
    request: Request,
    response: Response,
    conversation_id: Id,
    token: Token,
    client_id: Annotated[UUID, Form()],
    file: Annotated[UploadFile, File()],
) -> SentMessage:
    """Send one file (at most 10 MB, of the city's list of types) as a message of kind `file`, and get what
    is answered; the same `client_id` again changes nothing (200)."""
    state = request.app.state
    state.conversations.tokens.check(token, conversation_id)
    check_rates(request, conversation_id)
    state.limits.check("address_uploads", client_address(request, state.settings))
    prepared = await state.uploads.prepare(file)
    sent_file = SentFile.of(prepared)
    incoming = Incoming(str(client_id), sent_file.words, file=sent_file)
    try:
        sent = await state.turns.send(conversation_id, incoming, prepared)
    except PlatformError:
        state.uploads.discard(prepared)
        raise
    if not sent.created:
        state.uploads.discard(prepared)
        response.status_code = 200
    return SentMessage(message=MessageOut.of(sent.message), replies=[MessageOut.of(r) for r in sent.replies])


@router.get(
    "/{conversation_id}/attachments/{attachment_id}",
    response_class=FileResponse,
    responses=refusals(401, 404, 422),
)
def read_file(request: Request, conversation_id: Id, attachment_id: Name, token: Token) -> FileResponse:
    """One file of the conversation."""
    conversations = request.app.state.conversations
    conversations.tokens.check(token, conversation_id)
    with request.app.state.database.read() as session:
        return served(*conversations.files.open(session, conversation_id, attachment_id))
