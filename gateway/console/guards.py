"""Who may come in: FastAPI dependencies of the console's routes."""

from __future__ import annotations

import hmac
from collections.abc import Callable
from typing import Annotated, Any, Final

from fastapi import Depends, Form, Header, Request

from gateway.console.visitor import visitor_of
from gateway.identity.errors import CsrfMismatch, MustChangePassword, MustEnrolTotp, NotPermitted, NotSignedIn
from gateway.identity.rules import Permission
from gateway.identity.service import COOKIE, IdentityService
from gateway.identity.views import Needs, Staff

_LONGEST_TOKEN = 200


def look_up(request: Request) -> Staff | None:
    """Whoever is signed in, looked up once a request; the frame reads it too."""
    if not hasattr(request.state, "staff"):
        identity: IdentityService = request.app.state.identity
        token = request.cookies.get(COOKIE, "")[:_LONGEST_TOKEN]
        request.state.staff = identity.staff_of(token) if token else None
    staff: Staff | None = request.state.staff
    return staff


def signed_in(request: Request) -> Staff:
    """Whoever is signed in, even if something must be settled first. Raises NotSignedIn."""
    staff = look_up(request)
    if staff is None:
        raise NotSignedIn
    return staff


def settled(staff: Annotated[Staff, Depends(signed_in)]) -> Staff:
    """Whoever is signed in with nothing left to settle. Raises MustChangePassword or MustEnrolTotp."""
    if staff.needs is Needs.CHANGE_PASSWORD:
        raise MustChangePassword
    if staff.needs is not None:
        raise MustEnrolTotp
    return staff


def allowed(permission: Permission) -> Callable[[Staff], Staff]:
    """A dependency: whoever is signed in and holds the permission. Raises NotPermitted."""

    def holder(staff: Annotated[Staff, Depends(settled)]) -> Staff:
        if not staff.may(permission):
            raise NotPermitted
        return staff

    return holder


def checked_form(
    request: Request,
    _staff: Annotated[Staff | None, Depends(look_up)],
    csrf: Annotated[str, Form(max_length=_LONGEST_TOKEN)] = "",
    x_csrf_token: Annotated[str, Header(max_length=_LONGEST_TOKEN)] = "",
) -> None:
    """Of every route that changes something: the form is from one of our pages. Raises CsrfMismatch.

    htmx sends the token as a header (`hx-headers` of the frame), forms as the field `csrf`.
    """
    expected = visitor_of(request).csrf.encode()
    if not hmac.compare_digest(expected, (csrf or x_csrf_token).encode("utf-8", "replace")):
        raise CsrfMismatch


SignedIn = Annotated[Staff, Depends(signed_in)]
Settled = Annotated[Staff, Depends(settled)]
CHECKED: Final[Any] = Depends(checked_form)
