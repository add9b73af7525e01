"""The public page and open data over HTTP: no cookies, cached by everybody, read by pages of any origin."""

from __future__ import annotations

import hashlib
import json
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

from fastapi import APIRouter, Request
from starlette.responses import FileResponse, RedirectResponse, Response

from gateway.channels.address import client_address
from gateway.channels.guards import policy_with_tiles
from gateway.errors import NotFound
from gateway.opendata.caching import ANY_PAGE, headers, unchanged
from gateway.opendata.city import CityFigures
from gateway.opendata.description import described, texts
from gateway.opendata.files import MonthlyFiles
from gateway.opendata.rules import MEDIA_TYPES, Dataset, FileForm, Month
from gateway.places.outlines import districts_geojson

TEMPLATES: Final = Path(__file__).parents[1] / "channels/web/templates"
_CHECK_EACH_TIME: Final = "no-cache"
_DAY: Final = 86_400
_READ: Final = ["GET", "HEAD"]
router = APIRouter(include_in_schema=False)


@router.api_route("/city", methods=_READ)
def city_page(request: Request) -> Response:
    """What the city publishes, for people."""
    return _page(request, "city.html")


@router.api_route("/city/figures.json", methods=_READ)
def city_figures(request: Request) -> Response:
    """The same as data: figures of an instant, with what the map needs to know."""
    room: CityFigures = request.app.state.city_figures
    found = room.snapshot()
    left = found.as_of + room.fresh - request.app.state.cases.clock()
    given = headers(found.etag, found.as_of, int(left.total_seconds())) | ANY_PAGE
    return unchanged(request, given) or Response(found.body, media_type="application/json", headers=given)


@router.api_route("/city/tiles.json", methods=_READ)
def tiles(request: Request) -> Response:
    """Which tile server the settings name, if any."""
    settings = request.app.state.settings
    return _kept(request, {"tiles": settings.map_tiles, "attribution": settings.map_attribution})


@router.api_route("/city/outlines.json", methods=_READ)
def outlines(request: Request) -> Response:
    """Every district, as GeoJSON."""
    return _sent(request, districts_geojson().encode(), "application/geo+json")


@router.api_route("/opendata", methods=_READ)
def without_slash() -> Response:
    """The page has a slash at its end."""
    return RedirectResponse("/opendata/", 308)


@router.api_route("/opendata/", methods=_READ)
def opendata_page(request: Request) -> Response:
    """What files there are, for people."""
    return _page(request, "opendata.html")


@router.api_route("/opendata/texts.json", methods=_READ)
def opendata_texts(request: Request) -> Response:
    """Titles, fields and terms in both languages, and the months there are."""
    _count(request)
    months = _files(request).months()
    return _kept(request, {**texts(), "months": [str(month) for month in reversed(months)]})


@router.api_route("/opendata/catalog.json", methods=_READ)
def catalogue(request: Request) -> Response:
    """Every file, described for programs (DCAT)."""
    _count(request)
    base = request.app.state.settings.public_url or str(request.base_url)
    found = {**described(base.rstrip("/"), _files(request).months())}
    return _kept(request, found, "application/ld+json")


@router.api_route("/opendata/{dataset}/{name}", methods=_READ)
def file(request: Request, dataset: str, name: str) -> Response:
    """A month's file, such as `cases/2016-10.csv`. Raises NotFound."""
    _count(request)
    month, _, form = name.partition(".")
    if dataset not in set(Dataset) or form not in set(FileForm):
        raise NotFound(name)
    kind = FileForm(form)
    found = _files(request).file(Dataset(dataset), Month.read(month), kind)
    minutes = request.app.state.settings.public_minutes
    given = headers(found.etag, found.modified, int(timedelta(minutes=minutes).total_seconds())) | ANY_PAGE
    given |= {
        "x-month-complete": "true" if found.complete else "false",
        "content-disposition": f'attachment; filename="{dataset}-{month}.{form}"',
    }
    answer = unchanged(request, given)
    return answer or FileResponse(found.path, media_type=MEDIA_TYPES[kind], headers=given)


def _page(request: Request, name: str) -> Response:
    policy = policy_with_tiles(request.app.state.settings.map_tiles)
    told = {"cache-control": _CHECK_EACH_TIME, "content-security-policy": policy}
    return FileResponse(TEMPLATES / name, headers=told)


def _kept(request: Request, found: Any, media_type: str = "application/json") -> Response:
    body = json.dumps(found, ensure_ascii=False, separators=(",", ":")).encode()
    return _sent(request, body, media_type, request.app.state.settings.public_minutes * 60)


def _sent(request: Request, body: bytes, media_type: str, seconds: int = _DAY) -> Response:
    given = {
        "etag": f'"{hashlib.sha256(body).hexdigest()[:32]}"', "cache-control": f"public, max-age={seconds}",
        **ANY_PAGE,
    }  # fmt: skip
    return unchanged(request, given) or Response(body, media_type=media_type, headers=given)


def _files(request: Request) -> MonthlyFiles:
    files: MonthlyFiles = request.app.state.monthly_files
    return files


def _count(request: Request) -> None:
    """Count a request against its address, as those to Open311."""
    state = request.app.state
    state.limits.check("open311", client_address(request, state.settings))
