"""Who looks at a page of the console, and how they like it: language, look, form token."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from fastapi import Request, Response

from gateway.console.i18n import Language, language_of
from gateway.identity.rules import cookie_is_secure
from gateway.identity.views import Staff

LANGUAGE_COOKIE: Final = "wst_language"
LOOK_COOKIE: Final = "wst_look"
FORM_COOKIE: Final = "wst_form"
"""Token of forms that are sent before there is a session (double submit)."""
_YEAR: Final = 31_536_000
_TOKEN_BYTES: Final = 32


class Look(StrEnum):
    """Light, dark, or as the person's device is set."""

    DEVICE = "device"
    LIGHT = "light"
    DARK = "dark"


@dataclass(frozen=True)
class Visitor:
    """One request's person."""

    staff: Staff | None
    language: Language
    look: Look
    csrf: str
    """What a form must carry to be taken."""


def visitor_of(request: Request) -> Visitor:
    """Read from the request alone: `request.state.staff` is there once the session was looked up."""
    staff: Staff | None = getattr(request.state, "staff", None)
    language = (
        language_of(staff.language if staff else None)
        or language_of(request.cookies.get(LANGUAGE_COOKIE))
        or language_of(request.headers.get("accept-language"))
        or Language.CHINESE
    )
    look = request.cookies.get(LOOK_COOKIE, "")
    return Visitor(
        staff,
        language,
        Look(look) if look in set(Look) else Look.DEVICE,
        staff.csrf if staff else _token(request),
    )


def remember(request: Request, response: Response, name: str, value: str, seconds: int = _YEAR) -> None:
    """Set a cookie of the console that scripts cannot read."""
    response.set_cookie(
        name,
        value,
        max_age=seconds,
        path="/console",
        httponly=True,
        samesite="lax",
        secure=is_secure(request),
    )


def forget(request: Request, response: Response, name: str) -> None:
    """Take a cookie of the console away."""
    response.delete_cookie(name, path="/console", httponly=True, samesite="lax", secure=is_secure(request))


def is_secure(request: Request) -> bool:
    """Whether cookies of this answer are only for https."""
    settings = request.app.state.settings
    return cookie_is_secure(request.url.scheme, request.url.hostname or "", settings.public_url)


def _token(request: Request) -> str:
    kept = request.cookies.get(FORM_COOKIE)
    if kept:
        return kept
    # One request makes one token, however often it is asked for.
    if not hasattr(request.state, "form_token"):
        request.state.form_token = secrets.token_urlsafe(_TOKEN_BYTES)
    made: str = request.state.form_token
    return made
