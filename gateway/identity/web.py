"""The identity room's edge to HTTP: who is calling, may they, and the session cookie."""

from __future__ import annotations

from collections.abc import Callable

import structlog
from starlette.requests import HTTPConnection
from starlette.responses import Response

from gateway.identity.errors import (
    MustChangePassword,
    MustEnrolTotp,
    NotPermitted,
    NotSignedIn,
)
from gateway.identity.rules import Permission, cookie_is_secure
from gateway.identity.service import COOKIE, IdentityService
from gateway.identity.views import ApiClient, Needs, Staff
from gateway.settings import Settings

log = structlog.get_logger()
_UNMET = {Needs.CHANGE_PASSWORD: MustChangePassword, Needs.ENROL_TOTP: MustEnrolTotp, Needs.TOTP: NotSignedIn}


def caller(request: HTTPConnection) -> Staff | None:
    """Who is calling, if anybody is signed in: looked up once a request and kept at `request.state.staff`.

    A socket that stays open must ask `IdentityService.staff_of` again.
    """
    if not hasattr(request.state, "staff"):
        identity: IdentityService = request.app.state.identity
        request.state.staff = identity.staff_of(request.cookies.get(COOKIE, ""))
    staff: Staff | None = request.state.staff
    return staff


def signed_in(request: HTTPConnection) -> Staff:
    """Who is calling, even if something must be done first: for the pages where that is done.

    Raises NotSignedIn.
    """
    staff = caller(request)
    if staff is None:
        raise NotSignedIn
    return staff


def current_staff(request: HTTPConnection) -> Staff:
    """Who is calling, with nothing left to do first.

    Raises NotSignedIn, MustChangePassword or MustEnrolTotp.
    """
    staff = signed_in(request)
    if staff.needs is not None:
        raise _UNMET[staff.needs]
    return staff


def require(permission: Permission) -> Callable[[HTTPConnection], Staff]:
    """A dependency: the calling staff, if they hold the permission. Raises NotPermitted besides."""

    def permitted(request: HTTPConnection) -> Staff:
        staff = current_staff(request)
        if not staff.may(permission):
            raise NotPermitted(permission)
        return staff

    return permitted


def remember_holder(connection: HTTPConnection, holder: Staff | ApiClient) -> None:
    """Keep with the request who holds its token, for `note_refusal`."""
    connection.state.token_holder = holder


def note_refusal(connection: HTTPConnection, error: NotPermitted) -> None:
    """Write down in the audit trail that whoever is known to call was refused.

    The refusal stands whether or not it can be written down: a failure is only logged.
    """
    state = connection.state
    who: Staff | ApiClient | None = getattr(state, "token_holder", None) or getattr(state, "staff", None)
    if who is None:
        return
    identity: IdentityService = connection.app.state.identity
    route = getattr(connection.scope.get("route"), "path", connection.url.path)
    method = connection.scope.get("method", "WS")
    try:
        identity.note_refusal(who, error.detail or error.code, f"{method} {route}", connection.url.path)
    except Exception:
        log.exception("a refusal could not be written down")


def set_session_cookie(response: Response, request: HTTPConnection, token: str) -> None:
    """Give the browser its session; it ends with the browser, or earlier on our side."""
    response.set_cookie(
        COOKIE, token, httponly=True, secure=_secure(request), samesite="lax", path="/"
    )  # fmt: skip


def clear_session_cookie(response: Response, request: HTTPConnection) -> None:
    """Take the session's cookie away."""
    response.delete_cookie(COOKIE, httponly=True, secure=_secure(request), samesite="lax", path="/")


def _secure(request: HTTPConnection) -> bool:
    settings: Settings = request.app.state.settings
    return cookie_is_secure(request.url.scheme, request.url.hostname or "", settings.public_url)
