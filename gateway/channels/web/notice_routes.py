"""What a citizen wants to be sent at an address, by the link in a notice, without signing in."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Path, Request, Response
from fastapi.responses import RedirectResponse
from pydantic import BaseModel, ConfigDict, Field

from gateway.channels.address import client_address
from gateway.channels.errors import refusals
from gateway.outbox.choices import PAGE, Chooser
from gateway.outbox.preferences import Preferences
from gateway.outbox.rules import REQUIRED, Group

router = APIRouter(prefix="/api/v1/notices", tags=["notices"])
Token = Annotated[str, Field(min_length=1, max_length=400)]
InPath = Annotated[str, Path(min_length=1, max_length=400)]
_SEE_OTHER = 303


class ChoiceIn(BaseModel):
    """The token of the link, and what was chosen: whether each group is wanted; nothing only asks."""

    model_config = ConfigDict(extra="forbid")

    token: Token
    wanted: dict[Group, bool] = Field(default_factory=dict)


class GroupOut(BaseModel):
    """One group of notices."""

    group: Group
    wanted: bool
    required: bool
    """Whether the law asks for them: they still come where this address is the only one that is left."""


class ChoicesOut(BaseModel):
    """What is wanted at the address of the link."""

    transport: str
    group: Group
    """Of which group the notice with the link was."""
    groups: list[GroupOut]


class UnsubscribedOut(BaseModel):
    """Which group is no longer wanted at the address of the link."""

    unsubscribed: Group


@router.post("/preferences", response_model=ChoicesOut, responses=refusals(400, 404, 413, 422, 429))
def choose(request: Request, response: Response, choice: ChoiceIn) -> ChoicesOut:
    """Show what is wanted at an address, after changing what was chosen."""
    state = request.app.state
    state.limits.check("case_lookup", client_address(request, state.settings))
    response.headers["cache-control"] = "no-store"
    chooser: Chooser = state.choices.read(choice.token)
    with state.database.write() as session:
        wanted = {group.value: yes for group, yes in choice.wanted.items()}
        Preferences.choose(session, chooser.transport, chooser.recipient_hash, wanted, datetime.now(UTC))
        refused = Preferences.refused(session, chooser.transport, chooser.recipient_hash)
    return ChoicesOut(
        transport=chooser.transport,
        group=Group(chooser.group),
        groups=[
            GroupOut(group=group, wanted=group not in refused, required=group in REQUIRED) for group in Group
        ],
    )


@router.post("/unsubscribe/{token}", response_model=UnsubscribedOut, responses=refusals(404, 413, 422))
def unsubscribe(request: Request, token: InPath) -> UnsubscribedOut:
    """One click in a mail program (RFC 8058): no more notices of this group to the address of the link."""
    chooser: Chooser = request.app.state.choices.read(token)
    with request.app.state.database.write() as session:
        Preferences.choose(
            session, chooser.transport, chooser.recipient_hash, {chooser.group: False}, datetime.now(UTC)
        )
    return UnsubscribedOut(unsubscribed=Group(chooser.group))


@router.get("/unsubscribe/{token}", include_in_schema=False)
def look(token: InPath) -> RedirectResponse:
    """Programs that look through mail follow links: to look changes nothing, and leads to the page."""
    return RedirectResponse(f"/{PAGE}#{quote(token)}", _SEE_OTHER)
