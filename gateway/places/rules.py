"""Districts: what one is, and which one a citizen's words name. Pure: no files, no geometry."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from gateway.errors import InvalidInput

FULL_WIDTH_OFFSET = 0xFEE0


class OutsideCity(InvalidInput):
    """The coordinates lie outside the city."""

    code = "outside_city"
    zh = "這個位置不在高雄市範圍內，請重新選擇地點。"
    en = "This location is outside Kaohsiung City. Please choose another."


@dataclass(frozen=True)
class District:
    """One of the city's districts; `old_city` is the city before the merger with the county in 2010."""

    code: str
    zh: str
    short: str
    en: str
    aliases: tuple[str, ...]
    zip: str
    old_city: bool


@dataclass(frozen=True)
class Located:
    """Where coordinates lie; `village` is None on water and reclaimed land."""

    district: District
    village: str | None


@dataclass(frozen=True)
class Mention:
    """A district named in a text at `start:end`, and how much it looks like the place meant."""

    district: District
    start: int
    end: int
    weight: int


class Folding:
    """Makes full-width and common simplified characters comparable; never changes a text's length."""

    def __init__(self, simplified: str, traditional: str) -> None:
        table = dict(zip(map(ord, simplified), traditional, strict=True))
        table |= {code + FULL_WIDTH_OFFSET: chr(code) for code in range(0x21, 0x7F)}
        table |= {0x3000: " ", ord("’"): "'", ord("臺"): "台"}
        self._table = table

    def fold(self, text: str) -> str:
        """The text with every character in its usual form."""
        return text.translate(self._table)


def any_of(words: Sequence[str]) -> str:
    """A regular expression for any of the words, the longest first."""
    return "(?:" + "|".join(sorted(words, key=len, reverse=True)) + ")"


def name_character(place_words: Mapping[str, Any]) -> str:
    """A regular expression for a character that can be part of a road's or landmark's name."""
    return rf"[^\W{place_words['stops']}a-zA-Z_]"


class ElsewhereFinder:
    """Tells an address in another city or county, in folded text that does not name this one."""

    def __init__(self, words: Mapping[str, Any]) -> None:
        self._address = re.compile(rf"{words['chinese']}|{words['english']}", re.IGNORECASE)
        self._here = re.compile(words["here"], re.IGNORECASE)

    def found(self, text: str) -> bool:
        """Whether the text gives such an address."""
        return self._address.search(text) is not None and self._here.search(text) is None


class DistrictFinder:
    """Finds districts in folded text, telling a district from a road, park or station of that name."""

    def __init__(
        self, districts: Sequence[District], words: Mapping[str, Any], place_words: Mapping[str, Any]
    ) -> None:
        self._by_name = {name: d for d in districts for name in (d.short, d.zh)}
        self._by_name |= {a: d for d in districts for a in d.aliases if not a.isascii()}
        self._by_zip = {d.zip: d for d in districts}
        self._by_english = {
            name.casefold(): d
            for d in districts
            for name in (d.en.removesuffix(" District"), *(a for a in d.aliases if a.isascii()))
        }
        names = any_of(list(self._by_name))
        self._name = re.compile(f"({names})")
        self._bare = re.compile(words["bare"].format(name=names))
        self._zip = re.compile(words["zip"], re.IGNORECASE)
        self._suffix = words["suffix"]
        self._not_after_full = re.compile(any_of(words["not_after_full"]))
        self._not_before_full = re.compile(any_of(words["not_before_full"]) + "$")
        self._common = frozenset(words["common_words"])
        self._never_after = re.compile(any_of(words["never_after"]) + "$")
        # 美術館路 is a road, and what stands before it a district.
        self._not_before = re.compile(any_of([*words["not_before"], place_words["landmark"] + "(?!路|街)"]))
        self._before_common = re.compile(any_of(words["before_common"]) + "$")
        self._after_common = re.compile(any_of(words["after_common"]))
        self._not_common = {k: re.compile(any_of(v)) for k, v in words["not_after_common"].items()}
        self._negated = re.compile(any_of(words["negated"]) + "$")
        self._home = re.compile(any_of(words["home"]) + "$")
        name = name_character(place_words)
        self._place_follows = re.compile(
            rf"{name}{{2,5}}?(?:{place_words['road']}|{place_words['landmark']})"
            rf"|{place_words['village']}|{any_of(place_words['known'])}"
        )
        english = any_of([re.escape(name) for name in self._by_english])
        self._english = re.compile(rf"\b({english})\b(\s+dist(?:rict|\.)?)?", re.IGNORECASE)
        self._english_in_city = re.compile(words["english_in_city"], re.IGNORECASE)
        self._english_bare = frozenset(n.casefold() for n in words["english_bare"])
        self._english_ambiguous = frozenset(n.casefold() for n in words["english_ambiguous"])
        self._english_not_before = re.compile(r"\s+" + words["english_not_before"], re.IGNORECASE)

    def by_name(self, name: str) -> District | None:
        """The district of exactly this name, full or short, Chinese or in either English spelling."""
        return self._by_name.get(name) or self._by_english.get(name.casefold().removesuffix(" district"))

    def find(self, text: str) -> District | None:
        """The district the folded text means, or None; the most plainly named one wins, then the first."""
        stripped = text.strip(" ,.!?~，。！？、")
        if bare := self._bare.fullmatch(stripped):
            return self._by_name[bare.group(1)]
        if stripped.casefold() in self._english_bare:
            return self._by_english[stripped.casefold()]
        if stripped in self._by_zip:
            return self._by_zip[stripped]
        mentions = list(self.mentions(text))
        if mentions:
            return max(mentions, key=lambda m: m.weight).district
        if (zipped := self._zip.search(text)) is not None:
            return self._by_zip.get(zipped.group(1) or zipped.group(2))
        return None

    def mentions(self, text: str) -> Iterator[Mention]:
        """Every district plainly named in the folded text, in order, Chinese first."""
        for match in self._name.finditer(text):
            district = self._by_name[match.group(1)]
            before, after = text[: match.start()], text[match.end() :]
            full = match.group(1).endswith(self._suffix) and len(match.group(1)) > len(district.short)
            taken = self._full(before, after) if full else self._short(match.group(1), before, after)
            if taken and not self._negated.search(before):
                weight = (
                    (3 if full else 1)
                    + bool(self._place_follows.match(after))
                    - 2 * bool(self._home.search(before))
                )
                yield Mention(district, match.start(), match.end(), weight)
        for match in self._english.finditer(text):
            name = match.group(1).casefold()
            sure = match.group(2) or self._english_in_city.match(text, match.end())
            if not sure and (
                name in self._english_ambiguous or self._english_not_before.match(text, match.end())
            ):
                continue
            yield Mention(self._by_english[name], match.start(), match.end(), 3 if match.group(2) else 1)

    def _full(self, before: str, after: str) -> bool:
        return not (self._not_after_full.match(after) or self._not_before_full.search(before))

    def _short(self, name: str, before: str, after: str) -> bool:
        if self._not_before.match(after) or self._never_after.search(before):
            return False
        if name not in self._common:
            return True
        reject = self._not_common.get(name)
        if reject is not None and reject.match(after):
            return False
        opened = not before or not _is_han(before[-1]) or bool(self._before_common.search(before))
        closed = not after or not _is_han(after[0]) or bool(self._after_common.match(after))
        return opened and (closed or bool(self._place_follows.match(after)))


def _is_han(char: str) -> bool:
    return "\u4e00" <= char <= "\u9fff"
