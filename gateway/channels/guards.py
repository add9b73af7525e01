"""What stands before every route: size of bodies, security headers, errors, the request log."""

from __future__ import annotations

import time
import uuid
from typing import Any

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.datastructures import MutableHeaders
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from gateway.errors import InvalidInput, NotFound, PlatformError, TooLarge

log = structlog.get_logger()
BODY_MAX_BYTES = 65_536
ACTION_BODY_MAX_BYTES = 16_777_216

CONTENT_SECURITY_POLICY = (
    "default-src 'self'; connect-src 'self' ws: wss:; img-src 'self' data:; object-src 'none'; "
    "base-uri 'none'; frame-ancestors 'self'; form-action 'self'"
)
_HEADERS = {
    "content-security-policy": CONTENT_SECURITY_POLICY,
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "permissions-policy": "geolocation=(self), camera=(), microphone=()",
}


class BodyLimit:
    """Refuses a body that is too large, before anything reads it whole."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        limit = ACTION_BODY_MAX_BYTES if scope["path"].startswith("/rasa/") else BODY_MAX_BYTES
        headers = dict(scope["headers"])
        declared = headers.get(b"content-length", b"0")
        if declared.isdigit() and int(declared) > limit:
            await error_response(TooLarge("body"), scope)(scope, receive, send)
            return
        seen = 0

        async def counted() -> Message:
            nonlocal seen
            message = await receive()
            seen += len(message.get("body", b""))
            if seen > limit:
                raise TooLarge("body")
            return message

        await self._app(scope, counted, send)


class RequestLog:
    """One line a request, without personal data, and the security headers on every answer."""

    def __init__(self, app: ASGIApp, metrics: Any) -> None:
        self._app = app
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started = time.perf_counter()
        request_id = uuid.uuid4().hex[:16]
        status = 500

        async def with_headers(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                headers = MutableHeaders(scope=message)
                headers["x-request-id"] = request_id
                for name, value in _HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        with structlog.contextvars.bound_contextvars(request=request_id):
            try:
                await self._app(scope, receive, with_headers)
            finally:
                route = scope.get("route")
                path = getattr(route, "path", "unmatched")
                seconds = time.perf_counter() - started
                self._metrics.requests.labels(scope["method"], path, str(status)).observe(seconds)
                log.debug(
                    "request", method=scope["method"], path=path, status=status, seconds=round(seconds, 4)
                )


def error_response(error: PlatformError, scope: Scope) -> JSONResponse:
    """The one shape of an error: `{"error": {"code", "message", "message_en", "detail"}}`."""
    english = dict(scope.get("headers", [])).get(b"accept-language", b"").lower().startswith(b"en")
    body = {
        "code": error.code,
        "message": error.en if english else error.zh,
        "message_en": error.en,
        "detail": error.detail if isinstance(error, InvalidInput) else "",
    }
    return JSONResponse({"error": body}, error.status)


def install_error_handlers(app: FastAPI) -> None:
    """Turn every error into the one shape, and log it once."""

    async def platform_error(request: Request, error: Exception) -> JSONResponse:
        assert isinstance(error, PlatformError)  # noqa: S101 - registered for it
        level = log.error if error.status >= 500 else log.info  # noqa: PLR2004
        level("refused", code=error.code, detail=error.detail[:200], **error.context)
        return error_response(error, request.scope)

    async def invalid(request: Request, error: Exception) -> JSONResponse:
        assert isinstance(error, RequestValidationError)  # noqa: S101 - registered for it
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        return error_response(InvalidInput(f"{where}: {first['msg']}"), request.scope)

    async def http_error(request: Request, error: Exception) -> JSONResponse:
        assert isinstance(error, HTTPException)  # noqa: S101 - registered for it
        shown = NotFound() if error.status_code == NotFound.status else PlatformError(str(error.detail))
        response = error_response(shown, request.scope)
        response.status_code = error.status_code
        return response

    async def unexpected(request: Request, error: Exception) -> JSONResponse:
        log.error("unexpected error", exc_info=error)
        return error_response(PlatformError(), request.scope)

    app.add_exception_handler(PlatformError, platform_error)
    app.add_exception_handler(RequestValidationError, invalid)
    app.add_exception_handler(HTTPException, http_error)
    app.add_exception_handler(Exception, unexpected)
