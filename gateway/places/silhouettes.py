"""The districts as paths of a small drawing: coarse outlines, north up, without any map below."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from threading import Lock
from typing import Any, Final

import shapely
from shapely.geometry import shape

from gateway.places.rules import District
from gateway.places.service import DATA, Places

WIDTH: Final = 1000
"""Of the drawing, in its own units."""
_COARSE: Final = 0.0008
"""Degrees by which an outline may be off: less than a pixel of a small drawing."""
_making: Final = Lock()


@dataclass(frozen=True)
class Silhouette:
    """One district, and `d` of its SVG path."""

    district: District
    path: str


@dataclass(frozen=True)
class CityDrawing:
    """The whole city, WIDTH by `height`."""

    height: int
    silhouettes: Sequence[Silhouette]
    core: tuple[int, int, int, int]
    """Where the old city lies, whose districts are small: x, y, width, height."""


def city_drawing() -> CityDrawing:
    """Every district, made once per process however many ask for it at once."""
    with _making:
        return _drawn()


@lru_cache(maxsize=1)
def _drawn() -> CityDrawing:
    """Neighbours are made coarse together, so that no gap opens."""
    features = json.loads((DATA / "districts.geojson").read_text(encoding="utf-8"))["features"]
    outlines = shapely.coverage_simplify([shape(one["geometry"]) for one in features], _COARSE)
    west, south, east, north = shapely.total_bounds(outlines)
    wide = math.cos(math.radians((south + north) / 2))
    scale = WIDTH / ((east - west) * wide)

    def place(lng: float, lat: float) -> tuple[int, int]:
        return round((lng - west) * wide * scale), round((north - lat) * scale)

    named = {one.code: one for one in Places.load().districts}
    found = []
    for feature, outline in zip(features, outlines, strict=True):
        path = "".join(
            "M" + "L".join("{} {}".format(*place(*point)) for point in ring) + "Z" for ring in _rings(outline)
        )
        found.append(Silhouette(named[feature["properties"]["code"]], path))
    old = [outline for one, outline in zip(found, outlines, strict=True) if one.district.old_city]
    left, bottom, right, top = shapely.total_bounds(old)
    (x, y), (end, low) = place(left, top), place(right, bottom)
    return CityDrawing(round((north - south) * scale), tuple(found), (x, y, end - x, low - y))


def _rings(outline: Any) -> Iterator[Sequence[tuple[float, float]]]:
    for polygon in getattr(outline, "geoms", [outline]):
        yield polygon.exterior.coords
        for hole in polygon.interiors:
            yield hole.coords
