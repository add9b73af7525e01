"""Thumbs of citizens on answers of the FAQ in their own conversation."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Path, Request
from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from gateway.channels.errors import refusals
from gateway.channels.web.routes import Token, check_rates
from gateway.conversations.feedback import COMMENT_MAX, Reason, Vote, vote, votes_of
from gateway.conversations.rules import clean_text
from gateway.errors import InvalidInput

router = APIRouter(prefix="/api/v1/conversations", tags=["conversations"])
Seq = Annotated[int, Path(ge=1, le=2**31 - 1)]


class VoteIn(BaseModel):
    """Whether the answer helped; for one that did not, perhaps why."""

    model_config = ConfigDict(extra="forbid")

    vote: Vote
    reason: Reason | None = None
    comment: Annotated[str, Field(max_length=COMMENT_MAX)] | None = None

    @field_validator("comment")
    @classmethod
    def _readable(cls, comment: str | None) -> str | None:
        if comment is None or not comment.strip():
            return None
        try:
            return clean_text(comment, COMMENT_MAX)
        except InvalidInput as error:
            raise ValueError(error.code) from None

    @model_validator(mode="after")
    def _only_down_has_reasons(self) -> VoteIn:
        if self.vote is Vote.UP and (self.reason or self.comment):
            raise ValueError("only a thumbs-down has a reason")
        return self


class VoteOut(BaseModel):
    """A vote as it is kept: on the message with this number."""

    model_config = ConfigDict(from_attributes=True)

    seq: int
    vote: Vote
    reason: Reason | None = None
    at: datetime


class Votes(BaseModel):
    """The votes of one conversation, in the order of its answers."""

    votes: list[VoteOut]


@router.post("/{conversation_id}/messages/{seq}/vote", responses=refusals(400, 401, 404, 409, 413, 422, 429))
def cast_vote(request: Request, conversation_id: str, seq: Seq, token: Token, given: VoteIn) -> Votes:
    """Vote on an answer of the FAQ; another vote on it replaces the first, the same one changes nothing.

    A thumbs-down may say why, at once or in a second vote. It may be followed by a message that offers other
    words or a person.
    """
    state = request.app.state
    state.conversations.tokens.check(token, conversation_id)
    check_rates(request, conversation_id)
    if vote(state.database, conversation_id, seq, given.vote, given.reason, given.comment):
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
