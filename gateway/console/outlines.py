"""Outlines of the city's districts for maps, served from here: no tiles of other hosts."""

from __future__ import annotations

import json
from functools import lru_cache
from typing import Final

from fastapi import APIRouter, Depends
from starlette.responses import Response

from gateway.identity.web import current_staff
from gateway.places.service import DATA

_DAY: Final = "private, max-age=86400"

router = APIRouter(include_in_schema=False, dependencies=[Depends(current_staff)])


@router.get("/console/map/outlines.json")
def city_outlines() -> Response:
    """Every district with its names, as GeoJSON."""
    return _geojson(_districts())


@router.get("/console/map/{district}.json")
def district_outlines(district: str) -> Response:
    """The villages of one district (its code), as GeoJSON; none for a code that is no district's."""
    return _geojson(_villages().get(district, _collection([])))


def _geojson(text: str) -> Response:
    return Response(text, media_type="application/geo+json", headers={"cache-control": _DAY})


@lru_cache(maxsize=1)
def _districts() -> str:
    names = {row["code"]: row for row in json.loads((DATA / "districts.json").read_text(encoding="utf-8"))}
    features = json.loads((DATA / "districts.geojson").read_text(encoding="utf-8"))["features"]
    for feature in features:
        row = names[feature["properties"]["code"]]
        feature["properties"] |= {"zh": row["zh"], "en": row["en"]}
    return _collection(features)


@lru_cache(maxsize=1)
def _villages() -> dict[str, str]:
    features = json.loads((DATA / "villages.geojson").read_text(encoding="utf-8"))["features"]
    found: dict[str, list[object]] = {}
    for feature in features:
        found.setdefault(feature["properties"]["district"], []).append(feature)
    return {district: _collection(villages) for district, villages in found.items()}


def _collection(features: list[object]) -> str:
    return json.dumps(
        {"type": "FeatureCollection", "features": features}, ensure_ascii=False, separators=(",", ":")
    )
