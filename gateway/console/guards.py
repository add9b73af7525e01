"""Whose form it is: the dependency of every route of the console that changes something."""

from __future__ import annotations

import hmac
from typing import Annotated, Any, Final

from fastapi import Depends, Form, Header, Request

from gateway.console.visitor import visitor_of
from gateway.identity.errors import CsrfMismatch, NotSignedIn
from gateway.identity.service import COOKIE
from gateway.identity.views import Staff
from gateway.identity.web import caller, current_staff, signed_in

_LONGEST_TOKEN = 200


def checked_form(
    request: Request,
    staff: Annotated[Staff | None, Depends(caller)],
    csrf: Annotated[str, Form(max_length=_LONGEST_TOKEN)] = "",
    x_csrf_token: Annotated[str, Header(max_length=_LONGEST_TOKEN)] = "",
) -> None:
    """The form is from one of our pages, before or after signing in.

    htmx sends the token as a header (`hx-headers` of the frame), forms as the field `csrf`. Raises
    CsrfMismatch, or NotSignedIn when the session has ended since the page was opened.
    """
    expected = visitor_of(request).csrf.encode()
    if not hmac.compare_digest(expected, (csrf or x_csrf_token).encode("utf-8", "replace")):
        ended = staff is None and COOKIE in request.cookies
        raise NotSignedIn if ended else CsrfMismatch


CHECKED: Final[Any] = Depends(checked_form)
"""For `dependencies=[CHECKED]`."""
SignedIn = Annotated[Staff, Depends(signed_in)]
"""Whoever is signed in, even if a password must be changed first."""
Settled = Annotated[Staff, Depends(current_staff)]
"""Whoever is signed in with nothing left to settle. For a permission: `Depends(require(Permission.…))`."""
