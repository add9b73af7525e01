"""What a map of cases may be asked, how its classes and cells are made. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from enum import StrEnum
from math import isfinite
from typing import Final
from zoneinfo import ZoneInfo

from gateway.cases.nearness import Box
from gateway.cases.rules import Kind
from gateway.errors import InvalidInput

MOST_MONTHS: Final = 121
"""Ten years, and the month that both ends share."""
MONTHS_SHOWN: Final = 12
YEARS: Final = range(1990, 9000)
CLASSES: Final = 5
CITY: Final = Box(22.3, 23.6, 119.9, 121.2)
"""The city with its sea; South Sea islands are counted in their district and lie outside."""
ZOOMS: Final = range(8, 19)
CELL_PIXELS: Final = 64
_TILE_PIXELS: Final = 256
_MONTHS_A_YEAR: Final = 12


class Level(StrEnum):
    """How large the areas are."""

    DISTRICT = "district"
    VILLAGE = "village"


class Measure(StrEnum):
    """What colours an area."""

    RECEIVED = "received"
    OPEN = "open"
    OVERDUE = "overdue"
    SHARE = "share"
    DENSITY = "density"


@dataclass(frozen=True)
class Wanted:
    """Which cases: received from `first` to `last`, both included. None, empty or False sets no bound;
    `items` are also those of the kind."""

    first: date
    last: date
    items: Collection[str] | None = None
    unit: str = ""
    kind: str = ""
    open_only: bool = False
    level: Level = Level.DISTRICT
    district: str = ""


def wanted(given: Mapping[str, str], items: Mapping[str, tuple[str, str]], today: date) -> Wanted:
    """What an address asks for; without a period, twelve months up to today. `items` are all there are, each
    with its main item and its kind. Raises InvalidInput."""
    last = _day(given.get("to", ""), "to") or today
    first = _day(given.get("from", ""), "from") or first_of(month_number(last) - MONTHS_SHOWN + 1)
    if first > last:
        raise InvalidInput("from, to: in this order")
    if month_number(last) - month_number(first) >= MOST_MONTHS:
        raise InvalidInput(f"from, to: at most {MOST_MONTHS // _MONTHS_A_YEAR} years")
    kind, level = given.get("kind", ""), given.get("level", Level.DISTRICT)
    if kind not in {"", *Kind} or level not in set(Level):
        raise InvalidInput("kind, level: one of those that the page offers")
    sets = []
    if main := given.get("main", ""):
        sets.append({code for code, (of_main, _) in items.items() if of_main == main})
    if kind:
        sets.append({code for code, (_, of_kind) in items.items() if of_kind == kind})
    if item := given.get("item", ""):
        sets.append({item})
    chosen = frozenset.intersection(*map(frozenset, sets)) if sets else None
    return Wanted(
        first, last, chosen, given.get("unit", ""), kind, given.get("open", "") == "yes", Level(level),
        given.get("district", ""),
    )  # fmt: skip


def month_number(day: date) -> int:
    """Months since the year 0."""
    return day.year * _MONTHS_A_YEAR + day.month - 1


def first_of(month: int) -> date:
    """The first day of a month."""
    year, rest = divmod(month, _MONTHS_A_YEAR)
    return date(year, rest + 1, 1)


def months(asked: Wanted) -> list[str]:
    """The months that a question touches, such as `2016-10`."""
    span = range(month_number(asked.first), month_number(asked.last) + 1)
    return [f"{first_of(month):%Y-%m}" for month in span]


def month_starts(asked: Wanted, zone: ZoneInfo) -> list[datetime]:
    """When each month after the first one begins, in the city's time."""
    span = range(month_number(asked.first) + 1, month_number(asked.last) + 1)
    return [datetime.combine(first_of(month), time(), zone) for month in span]


def narrowed(asked: Wanted, month: str) -> tuple[date, date]:
    """First day and day after the last of one month of a question, or of all of it. Raises InvalidInput."""
    after = date.fromordinal(asked.last.toordinal() + 1)
    if not month:
        return asked.first, after
    if month not in months(asked):
        raise InvalidInput("month: one of the period's")
    year, number = map(int, month.split("-"))
    begins, ends = date(year, number, 1), first_of(month_number(date(year, number, 1)) + 1)
    return max(begins, asked.first), min(ends, after)


def box_of(text: str) -> Box:
    """`south,north,west,east` in degrees, cut to the city. Raises InvalidInput."""
    try:
        south, north, west, east = map(float, text.split(","))
    except ValueError:
        raise InvalidInput("box: south,north,west,east") from None
    if not all(map(isfinite, (south, north, west, east))) or south > north or west > east:
        raise InvalidInput("box: south,north,west,east")
    return Box(
        max(south, CITY.south), min(north, CITY.north), max(west, CITY.west), min(east, CITY.east)
    )  # fmt: skip


def cell_degrees(zoom: int) -> float:
    """How wide a cell of the grid is at a zoom level, in degrees of longitude."""
    return 360 * CELL_PIXELS / (_TILE_PIXELS << zoom)


def class_bounds(figures: Collection[float]) -> list[float]:
    """Upper bounds of at most five classes with about as many areas each (quantiles); zero is apart."""
    found = sorted(figure for figure in figures if figure > 0)
    bounds: list[float] = []
    for n in range(1, CLASSES + 1):
        if not found:
            break
        bound = found[-(-len(found) * n // CLASSES) - 1]
        if not bounds or bound > bounds[-1]:
            bounds.append(bound)
    return bounds


def by_nearness(
    places: Sequence[tuple[float, float]], metres: float
) -> Iterator[tuple[int, int]]:  # fmt: skip
    """Pairs of places that may lie within `metres`: those in the same or neighbouring squares."""
    side = metres / 111_000
    squares: dict[tuple[int, int], list[int]] = {}
    for n, (lat, lng) in enumerate(places):
        # Degrees of longitude are shorter here: a square is a little narrower than high.
        squares.setdefault((int(lat // side), int(lng // (side * 1.2))), []).append(n)
    for (row, column), members in squares.items():
        for place, one in enumerate(members):
            for other in members[place + 1 :]:
                yield one, other
        for step in ((0, 1), (1, -1), (1, 0), (1, 1)):
            for one in members:
                for other in squares.get((row + step[0], column + step[1]), ()):
                    yield one, other


def _day(text: str, name: str) -> date | None:
    if not text.strip():
        return None
    try:
        found = date.fromisoformat(text.strip())
    except ValueError:
        raise InvalidInput(f"{name}: a day, such as 2016-10-01") from None
    if found.year not in YEARS:
        raise InvalidInput(f"{name}: a day, such as 2016-10-01")
    return found
