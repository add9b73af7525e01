"""The one shape of an error over HTTP, for what we refuse on purpose and for what breaks."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from pydantic import BaseModel
from sqlalchemy import exc
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from gateway.errors import (
    Conflict,
    InvalidFields,
    InvalidInput,
    NotFound,
    PlatformError,
    TooLarge,
    TooManyRequests,
    Unauthorized,
    Unavailable,
)
from gateway.identity.errors import NotPermitted
from gateway.identity.web import note_refusal

log = structlog.get_logger()
_SERVER_ERROR = 500
_PAGES = "/console"
_DATABASE_AWAY = (exc.OperationalError, exc.InterfaceError, exc.TimeoutError)


class BadRequest(InvalidInput):
    """The body cannot be read at all."""

    status = 400


class MethodNotAllowed(PlatformError):
    """The address is right, what is wanted of it is not."""

    code = "method_not_allowed"
    status = 405
    zh = "這個網址不支援這項操作。"
    en = "This address does not support that method."


_BY_STATUS: dict[int, type[PlatformError]] = {
    error.status: error
    for error in (
        BadRequest, Unauthorized, NotPermitted, NotFound, MethodNotAllowed, Conflict, TooLarge, InvalidInput,
        TooManyRequests, Unavailable,
    )
}  # fmt: skip


class ErrorBody(BaseModel):
    """What went wrong: a stable code, and sentences for the person."""

    code: str
    message: str
    """In the language of the request."""
    message_en: str
    detail: str
    """Which part is not valid, for whoever writes the program; often empty."""
    fields: dict[str, str] = {}
    """What is wrong with each field of a form, in the language of the request; only for forms."""


class ErrorOut(BaseModel):
    """Every refusal."""

    error: ErrorBody


def refusals(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """What a route may answer besides its result, for the API's description."""
    return {status: {"model": ErrorOut, "description": _BY_STATUS[status].en} for status in statuses}


def error_response(error: PlatformError, scope: Scope) -> Response:
    """The answer that tells of an error: a page where people look at pages, else JSON."""
    if scope["path"] == _PAGES or scope["path"].startswith(f"{_PAGES}/"):
        page: Response = scope["app"].state.page_of_error(Request(scope), error)
        return page
    english = dict(scope.get("headers", [])).get(b"accept-language", b"").lower().startswith(b"en")
    detail = error.detail if isinstance(error, InvalidInput) else ""
    body = ErrorBody(
        code=error.code,
        message=error.en if english else error.zh,
        message_en=error.en,
        # What was sent may hold half a character, which no answer can carry.
        detail=detail.encode("utf-8", "replace").decode(),
        fields={name: words[english] for name, words in error.fields.items()}
        if isinstance(error, InvalidFields)
        else {},
    )
    headers = {"www-authenticate": "Bearer"} if error.status == Unauthorized.status else None
    left_out = None if body.fields else {"error": {"fields"}}
    return JSONResponse(ErrorOut(error=body).model_dump(exclude=left_out), error.status, headers)


class LastResort:
    """Turns what nobody expected into the same shape, inside the guards that add headers."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started = False

        async def watched(message: Message) -> None:
            nonlocal started
            started = True
            await send(message)

        try:
            await self._app(scope, receive, watched)
        except Exception as error:
            log.exception("unexpected error")
            if started:
                raise
            told = Unavailable() if isinstance(error, _DATABASE_AWAY) else PlatformError()
            await error_response(told, scope)(scope, receive, send)


def install_error_handlers(app: FastAPI) -> None:
    """Turn every error into the one shape, and log it once. Call it before other middleware is added."""

    async def platform_error(request: Request, error: Exception) -> Response:
        assert isinstance(error, PlatformError)  # noqa: S101 - registered for it
        level = log.error if error.status >= _SERVER_ERROR else log.info
        level("refused", code=error.code, detail=error.detail[:200], **error.context)
        if isinstance(error, NotPermitted):
            await run_in_threadpool(note_refusal, request, error)
        return error_response(error, request.scope)

    async def invalid(request: Request, error: Exception) -> Response:
        assert isinstance(error, RequestValidationError)  # noqa: S101 - registered for it
        return error_response(InvalidInput(_where(error.errors()[0])), request.scope)

    async def http_error(request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)  # noqa: S101 - registered for it
        shown = _BY_STATUS.get(error.status_code, PlatformError)(str(error.detail))
        response = error_response(shown, request.scope)
        response.status_code = error.status_code
        response.headers.update(error.headers or {})
        return response

    app.add_exception_handler(PlatformError, platform_error)
    app.add_exception_handler(RequestValidationError, invalid)
    app.add_exception_handler(HTTPException, http_error)
    app.add_middleware(LastResort)


def _where(first: Mapping[str, Any]) -> str:
    return f"{'.'.join(str(part) for part in first['loc'])}: {first['msg']}"
