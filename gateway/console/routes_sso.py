"""Signing in by the city's identity provider: there and back."""

from __future__ import annotations

from typing import Annotated, Final
from urllib.parse import quote, unquote

from fastapi import APIRouter, Query, Request
from starlette.responses import RedirectResponse, Response

from gateway.console.frame import LOGIN, local_path
from gateway.console.routes_session import HOME, address_of, frame_of, identity_of
from gateway.console.visitor import is_secure
from gateway.identity.errors import LoginRefused, SsoRefused
from gateway.identity.sso import FLOW_LIFE, SingleSignOn
from gateway.identity.web import set_session_cookie

router = APIRouter(include_in_schema=False)
CALLBACK: Final = "/console/sso/callback"
COOKIE: Final = "wst_sso"
_PATH: Final = "/console/sso"
_SEE_OTHER: Final = 303
Short = Annotated[str, Query(max_length=4000)]


@router.get("/console/sso/start")
def start(request: Request, next: Annotated[str, Query(max_length=500)] = "") -> Response:
    """On to the identity provider."""
    begun = _sso(request).begin(_callback(request))
    response = RedirectResponse(begun.url, _SEE_OTHER, {"cache-control": "no-store"})
    response.set_cookie(
        COOKIE, f"{begun.browser}.{quote(local_path(next, ''), safe='')}", httponly=True, samesite="lax",
        secure=is_secure(request), path=_PATH, max_age=int(FLOW_LIFE.total_seconds()),
    )  # fmt: skip
    return response


@router.get(CALLBACK)
def callback(request: Request, state: Short = "", code: Short = "") -> Response:
    """Back from the provider: a session for whom it vouches, if there is an account of that name."""
    browser, _, back = request.cookies.get(COOKIE, "").partition(".")
    frame = frame_of(request)
    try:
        username = _sso(request).finish(_callback(request), browser, state, code)
        result = identity_of(request).login_by_sso(username, address_of(request))
    except (SsoRefused, LoginRefused):
        response: Response = frame.redirect(request, LOGIN, "login.sso_refused")
    else:
        response = frame.redirect(request, local_path(unquote(back), HOME))
        set_session_cookie(response, request, result.token)
    response.delete_cookie(COOKIE, path=_PATH, httponly=True, samesite="lax", secure=is_secure(request))
    return response


def _sso(request: Request) -> SingleSignOn:
    sso: SingleSignOn = request.app.state.sso
    return sso


def _callback(request: Request) -> str:
    base = request.app.state.settings.public_url or str(request.base_url)
    return base.rstrip("/") + CALLBACK
