"""Whether two places are the same or near: spellings of addresses, and metres. Pure."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from math import asin, cos, radians, sin, sqrt
from pathlib import Path
from typing import Any

import yaml

EARTH_RADIUS_M = 6_371_008.8
KEY_MAX = 120
DISTRICT_MAX = 20
TEN = 10
CROSSING = "×"
_WORDS = Path(__file__).with_name("nearness.yml")
_METRES_OF_DEGREE = EARTH_RADIUS_M * radians(1)
_ROUNDS = 12
_NEAR_THE_POLE = 0.01


def place_key(district: str | None, address: str | None) -> str | None:
    """The address in the one spelling in which equal places compare equal; a key is its own key.

    None where the words name no single place: a whole road, a district, nothing.
    """
    return _spelling().key(district, address)


def shown_place(district: str | None, address: str | None) -> str | None:
    """The road or crossing of an address, as a stranger may read it; None where it names no road."""
    return _spelling().road_of(district, address)


def distance_m(lat: float, lng: float, other_lat: float, other_lng: float) -> float:
    """Metres between two points (WGS 84, degrees) along the great circle; wrong by at most 0.6 %."""
    up, across = radians(other_lat - lat) / 2, radians(other_lng - lng) / 2
    half = sin(up) ** 2 + cos(radians(lat)) * cos(radians(other_lat)) * sin(across) ** 2
    return 2 * EARTH_RADIUS_M * asin(min(1.0, sqrt(half)))


@dataclass(frozen=True)
class Box:
    """South, north, west and east of a place, in degrees."""

    south: float
    north: float
    west: float
    east: float


def box_around(lat: float, lng: float, metres: float) -> Box:
    """A box that holds every point within `metres`; it does not cross the date line."""
    up = metres / _METRES_OF_DEGREE * 1.001
    across = up / max(cos(radians(min(abs(lat) + up, 90.0))), _NEAR_THE_POLE)
    return Box(lat - up, lat + up, lng - across, lng + across)


class _Spelling:
    def __init__(self, words: dict[str, Any]) -> None:
        self._fold = str.maketrans(words["fold"])
        self._digits = words["digits"]
        self._tens = words["tens"]
        self._ten = next(word for word, value in words["tens"].items() if value == TEN)
        self._short_number = re.compile(rf"(?<!\d)[1-9]\d?(?={words['spoken_before']})")
        self._crossing_shown: str = words["crossing_shown"]
        numerals = "".join([self._digits, *self._tens])
        self._number = re.compile(f"[{numerals}]+(?={words['numbered']})")
        names = ("aside", "dropped", "hyphen", "suffix_after", "door", "door_unsaid", "trailing", "corner")
        self._re = {
            name: re.compile(words[name]) for name in (*names, "whole", "nameless", "shown_road", "district")
        }
        self._leading = re.compile("|".join(f"(?:{part})" for part in words["leading"]))
        self._district_old = words["district_old"]
        self._door_word = words["door_word"]
        road = words["road"]
        self._crossing = re.compile(f"({road}){words['joint']}({road}){words['crossing_end']}")

    def key(self, district: str | None, address: str | None) -> str | None:
        if not address:
            return None
        where = self._plain(district or "")[:DISTRICT_MAX]
        found, rest = self._apart(self._plain(address), where)
        for _ in range(_ROUNDS):
            again = self._apart(self._plain(rest), where)[1]
            if again == rest:
                break
            rest = again
        if not rest or self._re["nameless"].fullmatch(rest):
            return None
        if CROSSING not in rest and self._re["whole"].search(rest):
            return None
        return f"{where or found}{rest}"

    def road_of(self, district: str | None, address: str | None) -> str | None:
        rest = self._apart(self._plain(address or ""), self._plain(district or ""))[1]
        if CROSSING in rest:
            return self._crossing_shown.format(*(self._in_words(road) for road in rest.split(CROSSING)))
        road = self._re["shown_road"].match(rest)
        return self._in_words(road.group()) if road else None

    def _in_words(self, road: str) -> str:
        """A road as its sign has it: 中正二路, not 中正2路."""
        return self._short_number.sub(lambda found: self._spoken(int(found.group())), road)

    def _spoken(self, number: int) -> str:
        tens, ones = divmod(number, 10)
        head = "" if not tens else (self._digits[tens] if tens > 1 else "") + self._ten
        return head + (self._digits[ones] if ones or not tens else "")

    def _plain(self, text: str) -> str:
        """Usual characters, no spaces, Arabic numbers, one way to write a door."""
        text = unicodedata.normalize("NFKC", text).casefold().translate(self._fold)
        text = "".join(char for char in text if not char.isspace() and char.isprintable())
        text = self._re["dropped"].sub("", self._re["aside"].sub("", text))
        text = self._number.sub(lambda found: str(self._value(found.group())), text)
        return self._re["suffix_after"].sub(r"\1之\2號", self._re["hyphen"].sub(r"\1之\2", text))

    def _apart(self, text: str, district: str) -> tuple[str, str]:
        """The district that the address itself names, and what is left without it and without position."""
        named = ""
        heads = [self._leading, self._re["district"]]
        if district:
            stem = re.escape(district.removesuffix("區"))
            heads.append(re.compile(self._district_old.format(stem=stem)))
        while head := next((found for one in heads if (found := one.match(text)) and found.end()), None):
            if head.re is self._re["district"]:
                named = named or head.group()
            text = text[head.end() :]
        if crossing := self._crossing.fullmatch(text):
            return named, CROSSING.join(sorted(crossing.groups()))
        text = self._re["door"].sub(r"\1", text)
        for name in ("trailing", "corner"):
            text = self._re[name].sub("", text)
        text = self._re["door_unsaid"].sub(rf"\1{self._door_word}", text)
        return named, text[:KEY_MAX]

    def _value(self, numerals: str) -> int:
        """A number written in Chinese: by tens (二十三) or digit by digit (二三)."""
        if not any(char in self._tens for char in numerals):
            return int("".join(str(self._digits.index(char)) for char in numerals))
        total, digit = 0, None
        for char in numerals:
            if char in self._tens:
                total += (1 if digit is None else digit) * self._tens[char]
                digit = None
            else:
                digit = (digit or 0) * 10 + self._digits.index(char)
        return total + (digit or 0)


@lru_cache(maxsize=1)
def _spelling() -> _Spelling:
    return _Spelling(yaml.safe_load(_WORDS.read_text(encoding="utf-8")))
