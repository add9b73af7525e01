"""A citizen's browser asks to be told when there is an answer, or no more."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Request
from pydantic import BaseModel, ConfigDict, Field

from gateway.channels.errors import refusals
from gateway.channels.web.routes import Token, check_rates
from gateway.conversations.push import Browser, InvalidSubscription, forget, subscribe
from gateway.errors import NotFound

router = APIRouter(prefix="/api/v1/conversations", tags=["conversations"])
ENDPOINT_MAX = 1000


class PushKeys(BaseModel):
    """The browser's keys, base64url."""

    model_config = ConfigDict(extra="forbid")

    p256dh: Annotated[str, Field(max_length=120)]
    auth: Annotated[str, Field(max_length=40)]


class PushIn(BaseModel):
    """A subscription as `PushManager.subscribe` makes it."""

    model_config = ConfigDict(extra="forbid")

    endpoint: Annotated[str, Field(max_length=ENDPOINT_MAX)]
    keys: PushKeys


class PushIsOff(NotFound):
    """This platform tells no browsers."""

    code = "push_is_off"
    zh = "本平台未開啟瀏覽器通知。"
    en = "This platform does not send browser notifications."


@router.post("/{conversation_id}/push", status_code=204, responses=refusals(400, 401, 404, 413, 422, 429))
def want_push(request: Request, conversation_id: str, token: Token, given: PushIn) -> None:
    """Tell this browser of answers in the conversation, without their words."""
    state = request.app.state
    state.conversations.tokens.check(token, conversation_id)
    check_rates(request, conversation_id)
    if state.push_services is None:
        raise PushIsOff
    if not state.push_services.allow(given.endpoint):
        raise InvalidSubscription("endpoint")
    browser = Browser(given.endpoint, given.keys.p256dh, given.keys.auth)
    subscribe(state.database, conversation_id, browser, state.handoffs.clock())


@router.delete("/{conversation_id}/push", status_code=204, responses=refusals(401, 404, 422))
def want_no_push(request: Request, conversation_id: str, token: Token) -> None:
    """Tell no browser of this conversation any more."""
    state = request.app.state
    state.conversations.tokens.check(token, conversation_id)
    with state.database.write() as session:
        forget(session, conversation_id, state.handoffs.clock())
