"""What a map draws: every area's figures by month, and the classes of its colours. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

from gateway.places.service import Places
from gateway.reports.map.areas import Count
from gateway.reports.map.report import AreaKey, Found
from gateway.reports.map.rules import Level, Measure, class_bounds, months

KEYS: Final = ("month", "received", "open", "overdue")
"""What the numbers of one month of an area are."""


def frames(found: Found, places: Places, english: bool) -> Mapping[str, Any]:
    """Areas with code, names, size and months; bounds of classes for the whole period and for months."""
    by_village = found.asked.level is Level.VILLAGE
    areas: dict[AreaKey, dict[str, Any]] = {}
    for one in found.counts:
        key = (one.district, one.village)
        area = areas.setdefault(key, _area(key, places, by_village, english))
        count = one.count
        area["months"].append([one.month, count.received, count.open, count.overdue])
    drawn = {key: area["km2"] for key, area in areas.items() if area["km2"] is not None}
    single = [
        (one.count, drawn[one.district, one.village])
        for one in found.counts
        if (one.district, one.village) in drawn
    ]
    whole = [(count, drawn[key]) for key, count in found.by_area().items() if key in drawn]
    return {
        "as_of": found.as_of.isoformat(timespec="seconds"),
        "months": months(found.asked),
        "keys": KEYS,
        "areas": list(areas.values()),
        "classes": {
            measure.value: {"whole": _bounds(measure, whole), "month": _bounds(measure, single)}
            for measure in Measure
        },
    }


def _area(key: AreaKey, places: Places, by_village: bool, english: bool) -> dict[str, Any]:
    district, village = key
    known = places.by_name(district) if district else None
    km2 = None if by_village and village is None else places.km2(district or "", village)
    return {
        "code": known.code if known else None,
        "village": village,
        "name": village or ((known.en if english else known.zh) if known else None),
        "km2": None if km2 is None else round(km2, 4),
        "months": [],
    }


def _bounds(measure: Measure, counts: Iterable[tuple[Count, float | None]]) -> list[float]:
    figure = _FIGURES[measure]
    return class_bounds([value for count, km2 in counts if (value := figure(count, km2)) is not None])


_FIGURES: Final[Mapping[Measure, Callable[[Count, float | None], float | None]]] = {
    Measure.RECEIVED: lambda count, _: count.received,
    Measure.OPEN: lambda count, _: count.open,
    Measure.OVERDUE: lambda count, _: count.overdue,
    Measure.SHARE: lambda count, _: count.share,
    Measure.DENSITY: lambda count, km2: count.received / km2 if km2 else None,
}
