"""The city's places, loaded once: coordinates to district and village, words to district and place."""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import lru_cache
from math import cos, radians
from pathlib import Path
from typing import Any

import shapely
import yaml
from shapely.geometry import shape

from gateway.places.addresses import PlaceFinder
from gateway.places.rules import District, DistrictFinder, ElsewhereFinder, Folding, Located, OutsideCity

DATA = Path(__file__).parent / "data"
_KM_OF_DEGREE = 111.195


class Places:
    """Answers where something is; immutable and safe to share between threads."""

    def __init__(
        self,
        districts: Sequence[District],
        district_shapes: Sequence[tuple[str, Any]],
        village_shapes: Sequence[tuple[str, str, Any]],
        words: dict[str, Any],
    ) -> None:
        self.districts = tuple(districts)
        self._by_code = {d.code: d for d in districts}
        self._folding = Folding(words["simplified"], words["traditional"])
        self._district_finder = DistrictFinder(districts, words["district"], words["place"])
        self._place_finder = PlaceFinder(words["place"])
        self._elsewhere = ElsewhereFinder(words["elsewhere"])
        self._office = words["district"]["office"]
        self._district_codes = [code for code, _ in district_shapes]
        self._district_tree = shapely.STRtree([outline for _, outline in district_shapes])
        self._villages = [(code, name) for code, name, _ in village_shapes]
        self._village_tree = shapely.STRtree([outline for _, _, outline in village_shapes])
        self._outlines: dict[tuple[str, str | None], Any] = {
            (code, None): one for code, one in district_shapes
        }
        self._outlines |= {(code, name): outline for code, name, outline in village_shapes}

    @classmethod
    def load(cls) -> Places:
        """The city's places from the data that ships with the project, read once per process."""
        return _load()

    def by_name(self, name: str) -> District | None:
        """The district of exactly this name, full or short, Chinese or in either English spelling."""
        return self._district_finder.by_name(self.fold(name.strip()))

    def fold(self, text: str) -> str:
        """The text with full-width and simplified characters in their usual form; same length."""
        return self._folding.fold(text)

    def locate(self, lat: float, lng: float) -> Located | None:
        """District and village at WGS 84 degrees; None outside the city."""
        point = shapely.Point(lng, lat)
        found = sorted(int(i) for i in self._district_tree.query(point, predicate="intersects"))
        if not found:
            return None
        district = self._by_code[self._district_codes[found[0]]]
        villages = [self._villages[int(i)] for i in self._village_tree.query(point, predicate="intersects")]
        names = sorted(name for code, name in villages if code == district.code)
        return Located(district, names[0] if names else None)

    def km2(self, district: str | None, village: str | None = None) -> float | None:
        """How large a district (its full Chinese name) or one of its villages is; None where unknown.

        By the outline in degrees, at its own latitude: wrong by less than 1 % here.
        """
        known = self.by_name(district) if district else None
        outline = self._outlines.get((known.code, village)) if known else None
        if outline is None:
            return None
        width = _KM_OF_DEGREE * cos(radians(outline.centroid.y))
        return float(outline.area) * width * _KM_OF_DEGREE

    def require(self, lat: float, lng: float) -> Located:
        """As `locate`; raises OutsideCity instead of returning None."""
        located = self.locate(lat, lng)
        if located is None:
            raise OutsideCity(lat=round(lat, 2), lng=round(lng, 2))
        return located

    def find_district(self, text: str) -> District | None:
        """The district the text states; the name of a road, park or station is no statement."""
        return self._district_finder.find(self.fold(text))

    def names_in(self, text: str) -> list[tuple[str, District]]:
        """Every district the text names, with the name it uses; names of offices count as well."""
        folded = self.fold(text)
        whole = [(one.zh, one) for one in self.districts if one.zh in folded]
        known = {one.zh for _, one in whole}
        stated = [
            (folded[mention.start : mention.end], mention.district)
            for mention in self._district_finder.mentions(folded)
        ]
        return whole + [(name, one) for name, one in stated if one.zh not in known]

    def is_elsewhere(self, text: str) -> bool:
        """Whether the text gives an address in another city or county, and no district of this one."""
        return self._elsewhere.found(self.fold(text)) and self.find_district(text) is None

    def find_place(self, text: str) -> str | None:
        """The words of the text that say where: an address, a crossing or a landmark, as written."""
        folded = self.fold(text)
        districts = [(m.start, m.end) for m in self._district_finder.mentions(folded)]
        return self._place_finder.find(text, folded, districts)

    def office_district(self, place: str) -> District | None:
        """The district whose own office the place names, which says the district without stating it."""
        folded = self.fold(place)
        for district in self.districts:
            if district.zh + self._office in folded:
                return district
        return None


@lru_cache(maxsize=1)
def _load() -> Places:
    rows = json.loads((DATA / "districts.json").read_text(encoding="utf-8"))
    districts = [District(**{**row, "aliases": tuple(row["aliases"])}) for row in rows]
    return Places(
        districts,
        [(f["properties"]["code"], shape(f["geometry"])) for f in _features("districts.geojson")],
        [
            (f["properties"]["district"], f["properties"]["zh"], shape(f["geometry"]))
            for f in _features("villages.geojson")
        ],
        yaml.safe_load((DATA / "words.yml").read_text(encoding="utf-8")),
    )


def _features(name: str) -> list[dict[str, Any]]:
    collection: dict[str, list[dict[str, Any]]] = json.loads((DATA / name).read_text(encoding="utf-8"))
    return collection["features"]
