"""The pages and scripts a citizen's browser loads, all of them from here."""

from __future__ import annotations

from pathlib import Path

from fastapi import APIRouter, Request
from fastapi.staticfiles import StaticFiles
from starlette.responses import Response

from gateway.console.assets import VENDOR

router = APIRouter(include_in_schema=False)
_HERE = Path(__file__).parent
_pages = StaticFiles(directory=_HERE / "templates")
_assets = StaticFiles(directory=_HERE / "static")
_vendor = StaticFiles(directory=VENDOR, check_dir=False)
_WIDGET_CACHE = "public, max-age=300"
_CHECK_EACH_TIME = "no-cache"


@router.get("/")
async def home(request: Request) -> Response:
    """The citizen's page: the chat at full size and the case look-up."""
    return await _page("home.html", request)


@router.get("/case")
async def case(request: Request) -> Response:
    """A case as its citizen sees it; number and code are asked for on the page."""
    return await _page("case.html", request)


@router.get("/report")
async def report(request: Request) -> Response:
    """Filing without the chat."""
    return await _page("report.html", request)


@router.get("/mailbox/confirm")
async def confirm_letter(request: Request) -> Response:
    """Behind the link of a confirmation; the token stays in the fragment, which no server sees."""
    return await _page("mailbox_confirm.html", request)


@router.get("/notices")
async def notices(request: Request) -> Response:
    """What a citizen wants to be sent; whose address it is stands in the fragment, which no server sees."""
    return await _page("notices.html", request)


@router.get("/embed-example")
async def embed_example(request: Request) -> Response:
    """A page as another site might have it, with the widget on it."""
    return await _page("embed_example.html", request)


@router.get("/widget.js")
async def widget(request: Request) -> Response:
    """The script that other sites name."""
    return await _asset("widget.js", request, _WIDGET_CACHE)


@router.get("/push-worker.js")
async def push_worker(request: Request) -> Response:
    """What shows a notification in the citizen's browser; from the root, so that it may open the chat."""
    return await _asset("push_worker.js", request, _CHECK_EACH_TIME)


@router.get("/favicon.ico")
async def favicon(request: Request) -> Response:
    """The icon, also under the name that browsers try by themselves."""
    return await _asset("icon.svg", request, _WIDGET_CACHE)


@router.get("/static/vendor/{path:path}")
async def vendor(path: str, request: Request) -> Response:
    """Scripts and styles of others, such as the map's."""
    response = await _vendor.get_response(path, request.scope)
    response.headers["cache-control"] = _CHECK_EACH_TIME
    return response


@router.get("/static/{path:path}")
async def static(path: str, request: Request) -> Response:
    """Scripts, styles and pictures; browsers ask each time whether they have changed."""
    return await _asset(path, request, _CHECK_EACH_TIME)


@router.get("/api/v1/places/districts")
async def districts(request: Request) -> list[dict[str, str]]:
    """The city's districts, for a list to choose from."""
    found = request.app.state.places.districts
    return [{"code": district.code, "zh": district.zh, "en": district.en} for district in found]


async def _page(name: str, request: Request) -> Response:
    response = await _pages.get_response(name, request.scope)
    response.headers["cache-control"] = _CHECK_EACH_TIME
    return response


async def _asset(name: str, request: Request, cache: str) -> Response:
    """A public file: any site may load it, as a module too, so that the widget works anywhere."""
    response = await _assets.get_response(name, request.scope)
    response.headers["cache-control"] = cache
    response.headers["access-control-allow-origin"] = "*"
    return response
