"""Thumbs of citizens on answers of the FAQ in their own conversation."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Path, Request
from pydantic import BaseModel, ConfigDict

from gateway.channels.errors import refusals
from gateway.channels.web.routes import Token, check_rates
from gateway.conversations.feedback import Vote, vote, votes_of

router = APIRouter(prefix="/api/v1/conversations", tags=["conversations"])
Seq = Annotated[int, Path(ge=1, le=2**31 - 1)]


class VoteIn(BaseModel):
    """Whether the answer helped."""

    model_config = ConfigDict(extra="forbid")

    vote: Vote


class VoteOut(BaseModel):
    """A vote as it is kept: on the message with this number."""

    model_config = ConfigDict(from_attributes=True)

    seq: int
    vote: Vote
    at: datetime


class Votes(BaseModel):
    """The votes of one conversation, in the order of its answers."""

    votes: list[VoteOut]


@router.post("/{conversation_id}/messages/{seq}/vote", responses=refusals(400, 401, 404, 409, 413, 422, 429))
def cast_vote(request: Request, conversation_id: str, seq: Seq, token: Token, given: VoteIn) -> Votes:
    """Vote on an answer of the FAQ; another vote on it replaces the first, the same one changes nothing.

    A thumbs-down may be followed by a message that offers other words or a person.
    """
    state = request.app.state
    state.conversations.tokens.check(token, conversation_id)
    check_rates(request, conversation_id)
    if vote(state.database, conversation_id, seq, given.vote):
        state.hub.announce(conversation_id)
    return _votes(request, conversation_id)


@router.get("/{conversation_id}/votes", responses=refusals(401, 404, 422))
def read_votes(request: Request, conversation_id: str, token: Token) -> Votes:
    """The citizen's votes so far."""
    request.app.state.conversations.tokens.check(token, conversation_id)
    return _votes(request, conversation_id)


def _votes(request: Request, conversation_id: str) -> Votes:
    with request.app.state.database.read() as session:
        found = votes_of(session, conversation_id)
        return Votes(votes=[VoteOut.model_validate(one) for one in found])
