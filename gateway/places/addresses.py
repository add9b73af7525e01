"""Finds the words that say where: road and number, crossings, landmarks, in Chinese or English. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from gateway.places.rules import any_of, name_character

Span = tuple[int, int]
MAX_PLACE = 80
ROAD_BASE = 2
ROAD_REACH = 5
MAX_NUMERALS = 3
LANDMARK_REACH = 6
TAIL_STEPS = 4
MAX_ENGLISH_WORDS = 12


@dataclass(frozen=True)
class Anchor:
    """A road or landmark found at `start:end`."""

    start: int
    end: int


class PlaceFinder:
    """Built once from the vocabulary; `find` keeps nothing between calls."""

    def __init__(self, words: Mapping[str, Any]) -> None:
        name = name_character(words)
        self._name = re.compile(name)
        self._stops = frozenset(words["stops"])
        self._breaks = re.compile(any_of(words["breaks"]))
        self._numerals = frozenset(words["numerals"])
        self._modifiers = frozenset(words["modifiers"])
        self._long_roads = tuple(words["long_roads"])
        self._road = re.compile(words["road"])
        self._not_road = re.compile(r".*(?:" + "|".join(words["not_road_base"]) + ")")
        self._swallowed = re.compile(words["road_swallowed"])
        self._soft_bases = frozenset(words["soft_road_base"])
        self._number = re.compile(words["number"])
        self._join = re.compile(words["join"])
        self._village = re.compile(words["village"])
        brands = any_of([re.escape(brand) for brand in words["brands"]])
        # 寶來二路 is a road beside 寶來.
        known = any_of(words["known"]) + "(?![一二三四五六七八九]路)"
        self._known = re.compile(f"{words['highways']}|{words['station']}|{known}|{brands}")
        self._brand_alone = re.compile(brands)
        self._landmark = re.compile(words["landmark"])
        self._generic = re.compile("(?:" + "|".join(words["generic_base"]) + ")")
        self._after_district = re.compile(words["after_district"])
        self._position = re.compile(words["position"])
        self._tail = re.compile(
            rf"\s?(?:{words['position']}|的?\s?{words['part']}|\s?{words['surface']}|的?{name}{{0,6}}?(?:{words['landmark']}|{known}|{brands})"
            rf"|的?{name}{{1,5}}?{words['door']})"
        )
        self._near = re.compile(rf"\s*({name}{{3,6}}?){words['door']}")
        self._thing = re.compile(words["generic_thing"])
        self._english = _English(words)

    def find(self, text: str, folded: str, districts: Sequence[Span]) -> str | None:
        """The place in `text`, as written; `folded` has the same length, `districts` are spans in it."""
        span = self._chinese(folded, districts) or self._english.find(folded, districts)
        if span is None:
            return None
        return text[span[0] : span[1]].strip(" ,，、。;；()（）")[:MAX_PLACE] or None

    def _chinese(self, folded: str, districts: Sequence[Span]) -> Span | None:
        anchors = self._anchors(folded, districts)
        if not anchors:
            return self._fallback(folded, districts)
        start, end = anchors[0].start, self._extend(folded, anchors[0].end)
        for anchor in anchors:
            joined = anchor.start >= end and self._join.fullmatch(folded, end, anchor.start) is not None
            if joined or anchor.start < end < anchor.end:
                end = self._extend(folded, anchor.end)
        return start, end

    def _anchors(self, folded: str, districts: Sequence[Span]) -> list[Anchor]:
        barriers = {end for _, end in districts}
        barriers |= {m.end() for m in self._breaks.finditer(folded)}
        barriers |= {m.end() for m in self._village.finditer(folded)}
        ends = {end for _, end in districts}
        roads = list(self._roads(folded, barriers, ends))
        found = roads + list(self._landmarks(folded, barriers, roads, ends))
        found.sort(key=lambda a: (a.start, -a.end))
        return found

    def _roads(self, folded: str, barriers: set[int], districts: set[int]) -> Iterator[Anchor]:
        taken = 0
        for match in self._road.finditer(folded):
            if match.start() < taken:
                continue
            start = self._road_start(folded, match, barriers, taken, districts)
            if start is None:
                continue
            taken = self._after(self._number, folded, match.end())
            barriers |= {taken, self._after(self._join, folded, taken)}
            yield Anchor(start, taken)

    def _road_start(
        self, folded: str, match: re.Match[str], barriers: set[int], taken: int, districts: set[int]
    ) -> int | None:
        """Where the name of a road begins whose suffix is `match`; None when it is no road's name."""
        k = match.start()
        while k > taken and folded[k - 1] in self._numerals and match.start() - k < MAX_NUMERALS:
            k -= 1
        reach = self._reach(folded, k, ROAD_REACH, barriers | {taken})
        if reach < ROAD_BASE and k < match.start():
            k = match.start()
            reach = self._reach(folded, k, ROAD_REACH, barriers | {taken})
        if reach < ROAD_BASE:
            return None
        start = k - self._base_length(folded, k, reach)
        base = folded[start:k]
        if any(c.isdigit() for c in base):
            return None
        numbered = k < match.start() or self._after(self._number, folded, match.end()) > match.end()
        if numbered or base in self._long_roads:
            return start
        if self._swallowed.match(folded, match.end()):
            return start if start in districts and base not in self._soft_bases else None
        return start if start in districts or not self._not_road.fullmatch(base) else None

    @staticmethod
    def _after(pattern: re.Pattern[str], folded: str, at: int) -> int:
        """The end of what the pattern matches at `at`, which may be nothing."""
        match = pattern.match(folded, at)
        return match.end() if match else at

    def _base_length(self, folded: str, k: int, reach: int) -> int:
        for name in self._long_roads:
            if folded.endswith(name, 0, k) and reach >= len(name):
                return len(name)
        if reach == ROAD_BASE + 1 or (reach > ROAD_BASE and folded[k - 1] in self._modifiers):
            return ROAD_BASE + 1
        return ROAD_BASE

    def _reach(self, folded: str, k: int, limit: int, barriers: set[int]) -> int:
        """How many characters before `k` can belong to a name."""
        j = k
        while j > 0 and k - j < limit and j not in barriers and self._name.match(folded[j - 1]):
            j -= 1
        return k - j

    def _landmarks(
        self, folded: str, barriers: set[int], roads: Sequence[Anchor], districts: set[int]
    ) -> Iterator[Anchor]:
        known = [Anchor(m.start(), m.end()) for m in self._known.finditer(folded)]
        known = [a for a in known if not _inside(a.start, roads)]
        yield from known
        for match in self._landmark.finditer(folded):
            if _inside(match.start(), [*roads, *known]):
                continue
            reach = self._reach(folded, match.start(), LANDMARK_REACH, barriers)
            start = match.start() - reach
            named = reach >= ROAD_BASE and not self._generic.fullmatch(folded, start, match.start())
            if named or (reach and start in districts):
                yield Anchor(start, match.end())

    def _fallback(self, folded: str, districts: Sequence[Span]) -> Span | None:
        """A kind of place right after a district, or a village."""
        for _, end in districts:
            after = self._after_district.match(folded, end)
            at = after.end() if after else end
            if kind := self._landmark.match(folded, at) or self._brand_alone.match(folded, at):
                return at, self._extend(folded, kind.end())
            if village := self._village.match(folded, at):
                return at, self._extend(folded, village.end())
        for at in [*(end for _, end in districts), 0]:
            near = self._near.match(folded, at)
            if near and not self._thing.fullmatch(near.group(1)):
                return near.start(1), self._extend(folded, near.end())
        return None

    def _extend(self, folded: str, end: int) -> int:
        """The end after what follows directly: parts, neighbours and positions."""
        for _ in range(TAIL_STEPS):
            tail = self._tail.match(folded, end)
            if tail is None:
                break
            end = tail.end()
        return end


class _English:
    def __init__(self, words: Mapping[str, Any]) -> None:
        position, end = words["english_position"], words["english_end"]
        self._kind = re.compile(rf"\b{words['english_kind']}\b", re.IGNORECASE)
        phrase = rf"(.{{3,{MAX_PLACE}}}?){end}"
        self._positioned = re.compile(rf"\b({position}\s+{phrase})", re.IGNORECASE)
        self._plain = re.compile(rf"\b{words['english_plain']}\s+{phrase}", re.IGNORECASE)
        self._address = re.compile(rf"\b{words['english_address']}")
        self._before_district = re.compile(r"[\s,]*(?:\b(?:in|of|at)\s*)?$", re.IGNORECASE)

    def find(self, text: str, districts: Sequence[Span]) -> Span | None:
        """The first phrase that says where and names a kind of place, without the district after it."""
        span = self._phrase(text)
        if span is None:
            return None
        cut = min((start for start, _ in districts if span[0] < start < span[1]), default=span[1])
        kept = self._before_district.sub("", text[span[0] : cut]) if cut < span[1] else text[slice(*span)]
        return (span[0], span[0] + len(kept)) if self._kind.search(kept) else span

    def _phrase(self, text: str) -> Span | None:
        for pattern in (self._positioned, self._plain):
            at = 0
            while match := pattern.search(text, at):
                words = match.group(1).split()
                if self._kind.search(match.group(1)) and len(words) <= MAX_ENGLISH_WORDS:
                    return match.span(1)
                at = match.start() + 1
        address = self._address.search(text)
        return address.span() if address else None


def _inside(position: int, anchors: Sequence[Anchor]) -> bool:
    return any(a.start <= position < a.end for a in anchors)
