"""What the cases of a made-up city are about: drawn from the real ones, month by month, with numpy.

Item, district, unit, weekday and hour of a case are those of one real case; the time of handling is that of a
real case of the item, with a longer tail (closings were only seen for about three days).
"""

from __future__ import annotations

import csv
import json
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import shapely
from shapely.geometry import shape

from gateway.cases.catalogue import Catalogue
from gateway.cases.history.rows import OTHER_ITEM
from gateway.cases.rules import Kind
from gateway.places.service import DATA, Places

Array = np.ndarray[Any, Any]
TAIPEI = 8 * 3600
DAY = 86_400
A_DAY = 200_000 / 365.25
"""Cases a day, on average: a city of two million in ten years."""
UNSEEN_DAY = 256.5
"""The median of busy days, for months of which no day was seen."""
UNEVEN = 0.25
"""How much days of one kind differ: the standard deviation of their factor."""
PETITIONS, MAILBOX, WORKS = 0.11, 0.045, 0.005
"""Shares of what is no dispatch case."""
TAIL = ((0.71, 0.0, 0.0), (0.20, 3.5, 0.6), (0.08, 12.0, 0.7), (0.01, 90.0, 0.5))
"""Share, median (days) and sigma of handling: seen ones first, then a tail that nobody saw to its end."""
CHANNELS = {
    "phone": 0.44, "app": 0.20, "web_form": 0.15, "line": 0.07, "web": 0.05, "counter": 0.03, "letter": 0.025,
    "fax": 0.01, "open311": 0.025,
}  # fmt: skip
KINDS = ("dispatch", "petition", "mailbox", "works")
DISPATCH, PETITION, MAILBOX_LETTER, WORKS_REPORT = range(4)


@dataclass(frozen=True)
class Month:
    """The cases received in one month, in their order; places are numbers of `Sample`'s lists."""

    first: date
    received: Array
    """UTC, seconds since 1970."""
    kind: Array
    item: Array
    district: Array
    unit: Array
    """-1: whoever owns the item in this district."""
    village: Array
    channel: Array
    handling: Array
    """Seconds until the work is done."""
    chance: Array
    """Twelve numbers from 0 to 1 for each case: what else happens to it."""


class Sample:
    """The real cases, as distributions."""

    def __init__(self, file: Path, catalogue: Catalogue, places: Places) -> None:
        with file.open(encoding="utf-8-sig", newline="") as lines:
            rows = [row for row in csv.DictReader(lines) if catalogue.knows_district(row["district"])]
        self.items = [item.code for item in catalogue.items.values()]
        self.districts = [district.zh for district in places.districts]
        self.units = list(catalogue.units)
        self.villages, self.points, self._weights = _villages(rows, places, self.districts)
        codes, names, units = (_index(one) for one in (self.items, self.districts, self.units))
        items = [
            (catalogue.by_city_name(row["inform_desc"]) or catalogue.item(OTHER_ITEM)).code for row in rows
        ]
        self._item = np.array([codes[code] for code in items])
        self._district = np.array([names[row["district"]] for row in rows])
        self._unit = np.array([units[row["unit_name"]] for row in rows])
        at = [datetime.fromisoformat(row["created_at"]) for row in rows]
        self._second = np.array([one.hour * 3600 + one.minute * 60 + one.second for one in at])
        weekdays = np.array([one.weekday() for one in at])
        self._of_weekday = [np.flatnonzero(weekdays == n) for n in range(7)]
        self._weekday, self._month = _profiles(at)
        self._hours = _handling(rows, self._item)
        kinds = [item.kind for item in catalogue.items.values()]
        self._petitions, self._works = (
            np.array([n for n, one in enumerate(kinds) if one is kind])
            for kind in (Kind.PETITION, Kind.PUBLIC_WORKS_REPORT)
        )

    def per_day(self, seed: int, year: int, month: int) -> Array:
        """How many cases come on each day of a month."""
        days = _days(year, month)
        weight = np.array([self._weekday[day.weekday()] * self._month[day.month - 1] for day in days])
        draw = np.random.default_rng([seed, year, month, 1])
        factor = draw.gamma(1 / UNEVEN**2, UNEVEN**2, len(days))
        return draw.poisson(A_DAY * weight * factor)

    def month(self, seed: int, year: int, month: int) -> Month:
        """Every case of a month. The same whatever else is drawn."""
        counts = self.per_day(seed, year, month)
        days = _days(year, month)
        draw = np.random.default_rng([seed, year, month, 2])
        rows = np.concatenate(
            [draw.choice(self._of_weekday[day.weekday()], n) for day, n in zip(days, counts, strict=True)]
        )
        n = len(rows)
        begins = np.repeat([(day - date(1970, 1, 1)).days * DAY - TAIPEI for day in days], counts)
        second = np.clip(self._second[rows] + draw.integers(-900, 900, n), 0, DAY - 1)
        order = np.argsort(begins + second, kind="stable")
        rows, received = rows[order], (begins + second)[order]
        shares = (1 - PETITIONS - MAILBOX - WORKS, PETITIONS, MAILBOX, WORKS)
        kind = draw.choice(len(KINDS), n, p=shares)
        item = self._item[rows].copy()
        unit = np.where(kind == DISPATCH, self._unit[rows], -1)
        few = _zipf(len(self._petitions))
        letters = (kind == PETITION) | (kind == MAILBOX_LETTER)
        item[letters] = draw.choice(self._petitions, int(letters.sum()), p=few)
        item[kind == WORKS_REPORT] = draw.choice(self._works, int((kind == WORKS_REPORT).sum()))
        district = self._district[rows]
        channel = draw.choice(len(CHANNELS), n, p=np.array(list(CHANNELS.values())))
        return Month(
            days[0], received, kind, item, district, unit, self._village(draw, district), channel,
            self._handled(draw, item, kind), draw.random((n, 12)),
        )  # fmt: skip

    def _village(self, draw: np.random.Generator, district: Array) -> Array:
        drawn = np.empty(len(district), dtype=int)
        for n in np.unique(district):
            here = district == n
            drawn[here] = draw.choice(len(self.villages[n]), int(here.sum()), p=self._weights[n])
        return drawn

    def _handled(self, draw: np.random.Generator, item: Array, kind: Array) -> Array:
        """Seconds from receipt to done, five minutes at least."""
        n = len(item)
        seconds = np.empty(n)
        place = draw.random(n)
        for code in np.unique(item):
            here = item == code
            pool = self._hours.get(int(code), self._hours[-1])
            seconds[here] = pool[(place[here] * len(pool)).astype(int)] * 3600
        seconds *= draw.uniform(0.9, 1.1, n)
        sort = draw.choice(len(TAIL), n, p=[share for share, _, _ in TAIL])
        for number, (_, median, sigma) in enumerate(TAIL[1:], start=1):
            here = (sort == number) & (kind == DISPATCH)
            seconds[here] = draw.lognormal(np.log(median * DAY), sigma, int(here.sum()))
        for number, median in ((PETITION, 4.5), (MAILBOX_LETTER, 3.5), (WORKS_REPORT, 11.0)):
            here = kind == number
            seconds[here] = draw.lognormal(np.log(median * DAY), 0.55, int(here.sum()))
        return np.maximum(seconds, 300).astype(int)


def _villages(
    rows: list[dict[str, str]], places: Places, districts: list[str]
) -> tuple[list[list[str]], list[list[tuple[float, float]]], list[Array]]:
    """Villages by district, a point in each, and their shares: points that were seen, and one each."""
    seen: dict[tuple[str, str | None], int] = defaultdict(int)
    for row in rows:
        if row["lat3"] and row["lng3"]:
            found = places.locate(float(row["lat3"]), float(row["lng3"]))
            if found is not None:
                seen[found.district.zh, found.village] += 1
    codes = {district.code: district.zh for district in places.districts}
    names: dict[str, list[str]] = defaultdict(list)
    points: dict[str, list[tuple[float, float]]] = defaultdict(list)
    features = json.loads((DATA / "villages.geojson").read_text(encoding="utf-8"))["features"]
    for feature in features:
        zh = codes[feature["properties"]["district"]]
        middle = shapely.Point(shape(feature["geometry"]).representative_point())
        names[zh].append(feature["properties"]["zh"])
        points[zh].append((middle.y, middle.x))
    weights = []
    for zh in districts:
        counts = np.array([1.0 + seen[zh, name] for name in names[zh]])
        weights.append(counts / counts.sum())
    return [names[zh] for zh in districts], [points[zh] for zh in districts], weights


def _handling(rows: list[dict[str, str]], items: Array) -> dict[int, Array]:
    """Hours to the closing of the real cases, by item; -1: of all."""
    hours: dict[int, list[float]] = defaultdict(list)
    for row, item in zip(rows, items, strict=True):
        if row["closed_at"]:
            took = datetime.fromisoformat(row["closed_at"]) - datetime.fromisoformat(row["created_at"])
            hours[int(item)].append(took / timedelta(hours=1))
            hours[-1].append(took / timedelta(hours=1))
    return {item: np.array(found) for item, found in hours.items() if len(found) >= 30}


def _profiles(at: list[datetime]) -> tuple[Array, Array]:
    """Factors of weekdays and of months: the mean of the days that were seen."""
    counts: dict[date, int] = defaultdict(int)
    for one in at:
        counts[one.date()] += 1
    usual = {day: count for day, count in counts.items() if count >= 100}
    weekday = np.array([np.mean([c for d, c in usual.items() if d.weekday() == n]) for n in range(7)])
    of_month = [[c for d, c in usual.items() if d.month == n] for n in range(1, 13)]
    month = np.array([np.median(found) if found else UNSEEN_DAY for found in of_month])
    return weekday / weekday.mean(), month / month.mean()


def _index(names: list[str]) -> dict[str, int]:
    return {name: n for n, name in enumerate(names)}


def _zipf(count: int) -> Array:
    weight = 1 / np.arange(1, count + 1)
    shares: Array = weight / weight.sum()
    return shares


def _days(year: int, month: int) -> list[date]:
    first = date(year, month, 1)
    return list(_until(first, date(year + month // 12, month % 12 + 1, 1)))


def _until(first: date, end: date) -> Iterator[date]:
    while first < end:
        yield first
        first += timedelta(days=1)


def seconds(at: datetime) -> int:
    """Whole seconds since 1970."""
    return int(at.astimezone(UTC).timestamp())
