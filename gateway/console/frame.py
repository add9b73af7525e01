"""The one frame around every page of the console."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Collection, Mapping
from datetime import UTC, datetime
from functools import lru_cache, partial
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote, urlsplit
from zoneinfo import ZoneInfo

from fastapi import Request
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup
from starlette.responses import HTMLResponse, RedirectResponse, Response

from gateway.console import navigation
from gateway.console.assets import Assets
from gateway.console.i18n import Language, Words
from gateway.console.visitor import FORM_COOKIE, Visitor, forget, remember, visitor_of
from gateway.errors import InvalidInput, PlatformError, Unauthorized
from gateway.identity.errors import MustChangePassword, MustEnrolTotp
from gateway.reports.charts import drawing, written
from gateway.settings import Settings

TEMPLATES: Final = Path(__file__).parent / "templates"
LOGIN: Final = "/console/login"
LOGOUT: Final = "/console/logout"
_MISLEADING: Final = frozenset("\\ ")
SETTLED_AT: Final[Mapping[type[PlatformError], str]] = {
    MustChangePassword: "/console/password",
    MustEnrolTotp: "/console/totp",
}
"""Refusals that end as soon as the person has done something, and where they do it."""
FLASH_COOKIE: Final = "wst_flash"
_FLASH_SECONDS: Final = 60
_SEE_OTHER: Final = 303
# What a page shows may be somebody's personal data: no cache keeps it.
_PRIVATE: Final = {"cache-control": "no-store"}


@lru_cache(maxsize=1)
def _templates() -> Environment:
    """Every template, each compiled once in a process."""
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        auto_reload=False,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["in_words"] = in_words
    return environment


class Frame:
    """Renders pages. Kept at `app.state.frame`."""

    def __init__(self, settings: Settings, words: Words | None = None, assets: Assets | None = None) -> None:
        self.words = words or Words.load()
        self.assets = assets or Assets()
        self._zone = ZoneInfo(settings.timezone)
        self.environment = _templates()

    def render(self, request: Request, name: str, status: int = 200, /, **context: object) -> HTMLResponse:
        """The page `name` for whoever asks, in their language, with everything the frame needs."""
        visitor = visitor_of(request)
        flash = self._flash(request, visitor)
        page = self.environment.get_template(name).render(
            **self._common(request, visitor), flash=flash, **context
        )
        response = HTMLResponse(page, status, _PRIVATE)
        if visitor.staff is None and request.cookies.get(FORM_COOKIE) != visitor.csrf:
            remember(request, response, FORM_COOKIE, visitor.csrf)
        if flash is not None:
            forget(request, response, FLASH_COOKIE)
        return response

    def redirect(self, request: Request, url: str, flash: str = "", **values: object) -> RedirectResponse:
        """See another page next, with the message `flash` (a catalogue key) at its top."""
        response = RedirectResponse(url, _SEE_OTHER, _PRIVATE)
        if flash:
            told = json.dumps({"key": flash, "values": {name: str(value) for name, value in values.items()}})
            cookie = base64.urlsafe_b64encode(told.encode()).decode()
            remember(request, response, FLASH_COOKIE, cookie, _FLASH_SECONDS)
        return response

    def refuse(self, request: Request, error: PlatformError) -> Response:
        """An error as a page; to htmx as a message that the page shows at its top.

        Who is not signed in is sent to the login page and comes back afterwards.
        """
        by_htmx = request.headers.get("hx-request") == "true"
        if isinstance(error, Unauthorized) and request.url.path != LOGIN:
            return _go(_login_url(request, by_htmx), error.status, by_htmx)
        if type(error) in SETTLED_AT:
            return _go(SETTLED_AT[type(error)], error.status, by_htmx)
        visitor = visitor_of(request)
        english = visitor.language is Language.ENGLISH
        detail = error.detail if isinstance(error, InvalidInput) and error.detail != error.en else ""
        told = {"code": error.code, "message": error.en if english else error.zh, "detail": detail}
        if by_htmx:
            fragment = self.environment.get_template("refusal.html").render(**told)
            headers = {
                **_PRIVATE,
                "hx-retarget": "#messages",
                "hx-reswap": "innerHTML",
                "hx-reselect": ".flash",
            }
            return HTMLResponse(fragment, error.status, headers)
        return self.render(request, "error.html", error.status, status=error.status, **told)

    def local(self, at: datetime | None) -> Markup:
        """An instant in the city's time, to the minute; its second is in the tooltip."""
        if at is None:
            return Markup("—")
        here = at.astimezone(self._zone)
        return Markup('<time datetime="{}" title="{}">{}</time>').format(
            at.astimezone(UTC).isoformat(timespec="seconds"),
            f"{here:%Y-%m-%d %H:%M:%S}",
            f"{here:%Y-%m-%d %H:%M}",
        )

    def _common(self, request: Request, visitor: Visitor) -> dict[str, Any]:
        staff, english = visitor.staff, visitor.language is Language.ENGLISH
        return {
            "t": partial(self.words.text, language=visitor.language),
            "pick": lambda pair: pair[1] if english else pair[0],
            "language": visitor.language,
            "look": visitor.look,
            "csrf": visitor.csrf,
            "staff": staff,
            "groups": navigation.groups_for(staff) if staff else [],
            "path": request.url.path,
            "here": request.url.path + (f"?{request.url.query}" if request.url.query else ""),
            "asset": self.assets.url,
            "local": self.local,
            "written": partial(written, zone=self._zone),
            "drawing": partial(drawing, english=english, zone=self._zone),
            "now": datetime.now(UTC),
        }

    def _flash(self, request: Request, visitor: Visitor) -> str | None:
        kept = request.cookies.get(FLASH_COOKIE)
        if not kept:
            return None
        try:
            told = json.loads(base64.urlsafe_b64decode(kept))
            values: Mapping[str, str] = told["values"]
            return self.words.text(told["key"], visitor.language, **values)
        except (binascii.Error, ValueError, KeyError, TypeError):
            return ""  # not a message of ours: it is taken away unread


def in_words(value: object) -> str:
    """A JSON value as people read it: no brackets, no quotes."""
    if isinstance(value, Mapping):
        return ", ".join(f"{name}: {in_words(one)}" for name, one in value.items()) or "—"
    if isinstance(value, list):
        return "、".join(map(in_words, value)) or "—"
    return "—" if value is None or value == "" else str(value)


def local_path(url: str, otherwise: str, *, but: Collection[str] = (LOGIN, LOGOUT)) -> str:
    """The address to go on to, if it is one of the console's own and no other host's; `but` is not taken."""
    if not url.startswith("/console") or any(sign in _MISLEADING or not sign.isprintable() for sign in url):
        return otherwise
    try:
        parts = urlsplit(url)
    except ValueError:
        return otherwise
    inside = parts.path == "/console" or parts.path.startswith("/console/")
    refused = ".." in parts.path or parts.path.rstrip("/") in but
    return url if inside and not refused and not parts.netloc else otherwise


def _login_url(request: Request, by_htmx: bool) -> str:
    # Back to the page that is looked at: a form cannot be sent again by going to its address.
    if by_htmx:
        seen = urlsplit(request.headers.get("hx-current-url", ""))
    elif request.method == "GET":
        seen = urlsplit(str(request.url))
    else:
        return LOGIN
    back = local_path(f"{seen.path}?{seen.query}" if seen.query else seen.path, "")
    return f"{LOGIN}?next={quote(back, safe='')}" if back else LOGIN


def _go(url: str, status: int, by_htmx: bool) -> Response:
    if by_htmx:
        return Response(status_code=status, headers={**_PRIVATE, "hx-redirect": url})
    return RedirectResponse(url, _SEE_OTHER, _PRIVATE)
