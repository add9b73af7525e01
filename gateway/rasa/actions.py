"""Rasa's action endpoint, served by the gateway itself."""

from __future__ import annotations

import hmac
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse
from rasa_sdk.executor import ActionExecutor
from rasa_sdk.interfaces import ActionExecutionRejection, ActionNotFoundException

from gateway.errors import InvalidInput, NotFound
from gateway.settings import Settings

router = APIRouter(include_in_schema=False)
_LOOPBACK = {"127.0.0.1", "::1"}


@router.post("/rasa/actions")
async def run_action(request: Request) -> JSONResponse:
    """Run the action that Rasa asks for. Looks like nothing to anybody else."""
    _only_rasa(request)
    executor: ActionExecutor = request.app.state.action_executor
    call = await _call(request)
    try:
        result = await executor.run(call)
    except ActionExecutionRejection as error:
        return JSONResponse({"error": str(error), "action_name": error.action_name}, 400)
    except ActionNotFoundException as error:
        return JSONResponse({"error": str(error), "action_name": error.action_name}, 404)
    return JSONResponse(result.model_dump() if result else {})


async def _call(request: Request) -> dict[str, Any]:
    try:
        call = await request.json()
    except (ValueError, RecursionError):
        raise InvalidInput("not JSON") from None
    if not isinstance(call, dict) or not isinstance(call.get("next_action"), str):
        raise InvalidInput("no call of an action")
    return call


def _only_rasa(request: Request) -> None:
    settings: Settings = request.app.state.settings
    if settings.action_token is None:
        if request.client is None or request.client.host not in _LOOPBACK:
            raise NotFound("action endpoint asked from outside")
        return
    given = request.headers.get("x-action-token", "")
    if not hmac.compare_digest(given.encode(), settings.action_token.get_secret_value().encode()):
        raise NotFound("action endpoint asked without its token")
