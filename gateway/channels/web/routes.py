"""The citizen's REST interface."""

from __future__ import annotations

import asyncio
import uuid
from typing import Annotated

from fastapi import APIRouter, Depends, Header, Query, Request, Response

from gateway.channels.address import client_address
from gateway.channels.errors import refusals
from gateway.channels.web.schemas import (
    MessageOut,
    NewConversation,
    NewMessage,
    OpenedConversation,
    SentMessage,
    Transcript,
)
from gateway.conversations.incoming import Incoming
from gateway.conversations.rules import Owner
from gateway.conversations.service import ConversationService
from gateway.conversations.turn import TurnRunner
from gateway.errors import Unauthorized
from gateway.places.service import Places

router = APIRouter(prefix="/api/v1/conversations", tags=["conversations"])


def bearer(authorization: Annotated[str | None, Header()] = None) -> str:
    """The token of the Authorization header. Raises Unauthorized without one."""
    scheme, _, token = (authorization or "").partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        raise Unauthorized("no bearer token")
    return token.strip()


Token = Annotated[str, Depends(bearer)]


@router.post("", status_code=201, responses=refusals(400, 413, 422, 429))
async def open_conversation(body: NewConversation, request: Request) -> OpenedConversation:
    """Open a conversation."""
    state = request.app.state
    state.limits.check("address_conversations", client_address(request, state.settings))
    conversations: ConversationService = state.conversations
    visitor = body.visitor or uuid.uuid4()
    opened = await asyncio.to_thread(conversations.create, body.language, visitor=str(visitor))
    state.metrics.conversations.inc()
    return OpenedConversation(id=opened[0], token=opened[1], expires_at=opened[2], visitor=visitor)


@router.post(
    "/{conversation_id}/messages",
    status_code=201,
    responses={
        200: {"model": SentMessage, "description": "Sent before: the same result again"},
        **refusals(400, 401, 404, 409, 413, 422, 429, 503),
    },
)
async def send_message(
    conversation_id: str, body: NewMessage, token: Token, request: Request, response: Response
) -> SentMessage:
    """Send a message and get what is answered; the same `client_id` again changes nothing (200)."""
    state = request.app.state
    state.conversations.tokens.check(token, conversation_id)
    check_rates(request, conversation_id)
    runner: TurnRunner = state.turns
    sent = await runner.send(conversation_id, readable(body, state.places, state.settings.message_max_chars))
    if not sent.created:
        response.status_code = 200
    return SentMessage(message=MessageOut.of(sent.message), replies=[MessageOut.of(r) for r in sent.replies])


@router.get("/{conversation_id}/messages", responses=refusals(401, 404, 422))
async def read_messages(
    conversation_id: str,
    token: Token,
    request: Request,
    after: Annotated[int, Query(ge=0, le=2**31 - 1)] = 0,
) -> Transcript:
    """Every message with a number above `after`, in order, without a gap."""
    conversations: ConversationService = request.app.state.conversations
    conversations.tokens.check(token, conversation_id)
    owner, messages = await asyncio.to_thread(conversations.since, conversation_id, after)
    if owner == Owner.QUEUE:
        await asyncio.to_thread(request.app.state.line.seen, conversation_id)
    return Transcript.model_validate(
        {"owner": owner, "messages": [MessageOut.of(message) for message in messages]}
    )


def check_rates(request: Request, conversation_id: str) -> None:
    """Count a message against its conversation and its address."""
    limits = request.app.state.limits
    limits.check("conversation", conversation_id)
    limits.check("address_messages", client_address(request, request.app.state.settings))


def readable(body: NewMessage, places: Places, max_chars: int) -> Incoming:
    """The message as the conversation takes it. Raises OutsideCity for a place elsewhere."""
    incoming = body.incoming(max_chars)
    if body.location is not None:
        places.require(body.location.lat, body.location.lng)
    return incoming
