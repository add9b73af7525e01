"""Outlines of the city's districts for maps, served from here: no tiles of other hosts."""

from __future__ import annotations

from typing import Final

from fastapi import APIRouter, Depends
from starlette.responses import Response

from gateway.identity.web import current_staff
from gateway.places.outlines import all_villages_geojson, collection, districts_geojson, villages_geojson

_DAY: Final = "private, max-age=86400"

router = APIRouter(include_in_schema=False, dependencies=[Depends(current_staff)])


@router.get("/console/map/outlines.json")
def city_outlines() -> Response:
    """Every district with its names, as GeoJSON."""
    return _geojson(districts_geojson())


@router.get("/console/map/villages.json")
def village_outlines() -> Response:
    """The villages of every district, as GeoJSON."""
    return _geojson(all_villages_geojson())


@router.get("/console/map/{district}.json")
def district_outlines(district: str) -> Response:
    """The villages of one district (its code), as GeoJSON; none for a code that is no district's."""
    return _geojson(villages_geojson().get(district, collection([])))


def _geojson(text: str) -> Response:
    return Response(text, media_type="application/geo+json", headers={"cache-control": _DAY})
