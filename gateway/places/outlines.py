"""Outlines of districts and villages as GeoJSON, for maps that are served from here."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import lru_cache

from gateway.places.service import DATA


@lru_cache(maxsize=1)
def districts_geojson() -> str:
    """Every district with its code and names."""
    names = {row["code"]: row for row in json.loads((DATA / "districts.json").read_text(encoding="utf-8"))}
    features = json.loads((DATA / "districts.geojson").read_text(encoding="utf-8"))["features"]
    for feature in features:
        row = names[feature["properties"]["code"]]
        feature["properties"] |= {"zh": row["zh"], "en": row["en"]}
    return collection(features)


@lru_cache(maxsize=1)
def all_villages_geojson() -> str:
    """The villages of every district."""
    return collection(json.loads((DATA / "villages.geojson").read_text(encoding="utf-8"))["features"])


@lru_cache(maxsize=1)
def villages_geojson() -> Mapping[str, str]:
    """The villages of each district, by its code."""
    features = json.loads((DATA / "villages.geojson").read_text(encoding="utf-8"))["features"]
    found: dict[str, list[object]] = {}
    for feature in features:
        found.setdefault(feature["properties"]["district"], []).append(feature)
    return {district: collection(villages) for district, villages in found.items()}


def collection(features: list[object]) -> str:
    """GeoJSON's form of a list."""
    return json.dumps(
        {"type": "FeatureCollection", "features": features}, ensure_ascii=False, separators=(",", ":")
    )
