"""What stands before every route: size of bodies, security headers, the request log."""

from __future__ import annotations

import re
import time
import uuid
from typing import Any
from urllib.parse import urlsplit

import structlog
from starlette.datastructures import MutableHeaders
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from gateway.cases.attachments.rules import FORM_MAX_BYTES, REQUEST_MAX_BYTES
from gateway.channels.errors import error_response
from gateway.errors import TooLarge

log = structlog.get_logger()
BODY_MAX_BYTES = 65_536
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_LARGER_BODIES = (
    ("/rasa/", 16_777_216),
    ("/channels/line/", 1_048_576),
    ("/api/v1/attachments", REQUEST_MAX_BYTES),
    ("/open311/", FORM_MAX_BYTES),
    ("/console/catalogue/", 4_194_304),
    ("/console/answers/import", 17_825_792),
    ("/console/answers/", 262_144),
    ("/console/cases/", REQUEST_MAX_BYTES),
    ("/console/reports/figures/", 4_259_840),
)
"""Where more may be sent than elsewhere: how the path begins, and how many bytes."""
_FILES_OF_CONVERSATIONS = re.compile(r"/api/v1/(?:operator/)?conversations/[^/]+/attachments")

CONTENT_SECURITY_POLICY = (
    "default-src 'self'; img-src 'self' data:; object-src 'none'; worker-src 'self'; "
    "base-uri 'none'; frame-ancestors 'self'; form-action 'self'"
)


def policy_with_tiles(tiles: str | None) -> str:
    """The policy of a page with a map: pictures also from the tile server that the settings name."""
    if tiles is None:
        return CONTENT_SECURITY_POLICY
    parts = urlsplit(tiles)
    return CONTENT_SECURITY_POLICY.replace(
        "img-src 'self'", f"img-src 'self' {parts.scheme}://{parts.netloc}"
    )


_HEADERS = {
    "content-security-policy": CONTENT_SECURITY_POLICY,
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "permissions-policy": "geolocation=(self), camera=(), microphone=()",
}


def body_limit(path: str) -> int:
    """How many bytes a request to `path` may bring."""
    if _FILES_OF_CONVERSATIONS.fullmatch(path):
        return REQUEST_MAX_BYTES
    return next((limit for start, limit in _LARGER_BODIES if path.startswith(start)), BODY_MAX_BYTES)


class BodyLimit:
    """Refuses a body that is too large, before anything reads it whole."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        limit = body_limit(scope["path"])
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
                # The kind of exception that FastAPI lets through while it reads a body.
                raise HTTPException(TooLarge.status)
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
                method = scope["method"] if scope["method"] in _METHODS else "other"
                self._metrics.requests.labels(method, path, str(status)).observe(seconds)
                log.debug("request", method=method, path=path, status=status, seconds=round(seconds, 4))
