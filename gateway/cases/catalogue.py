"""The catalogue of service items: owner, limits and confidentiality of everything a citizen can report."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from copy import copy
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Protocol, TypeVar

import yaml
from pydantic import TypeAdapter, ValidationError

from gateway.cases.catalogue_checks import DISTRICT_OFFICE, problems
from gateway.cases.catalogue_schema import Areas, Channels, Content, ItemFile, ServiceItem, UnitRow
from gateway.cases.deadlines import Limit
from gateway.cases.errors import UnknownServiceItem
from gateway.cases.rules import Kind
from gateway.errors import InvalidInput, Unavailable

SHIPPED = Path(__file__).parent / "catalogue"
UNITS_FILE, AREAS_FILE, CHANNELS_FILE = "units.yml", "areas.yml", "channels.yml"
_Shape = TypeVar("_Shape")


class InvalidCatalogue(InvalidInput):
    """A catalogue file is unreadable or contradicts another; `detail` says which and why."""

    code = "invalid_catalogue"
    zh = "案件項目設定檔有誤。"
    en = "The catalogue of service items is not valid."


@dataclass(frozen=True)
class ItemGuess:
    """A service item that fits a citizen's words; higher scores fit better."""

    code: str
    name_zh: str
    name_en: str
    score: float


class Guesser(Protocol):
    """Ranks service items by a citizen's words."""

    def rank(self, text: str) -> list[tuple[str, float]]:
        """Every item code with its score, best first."""


class Catalogue:
    """The service items of one version; never changes. Load the shipped one with `Catalogue.load()`."""

    def __init__(self, content: Content, version: str | None = None) -> None:
        """Raises InvalidCatalogue where the parts do not fit; `version` defaults to that of the content."""
        found = "; ".join(problems(content))
        if found:
            raise InvalidCatalogue(found)
        self.content = content
        self.version = version or content_version(content)
        self.items = {item.code: item for item in content.items}
        self.units = {unit.name: unit for unit in content.units}
        self._area = dict.fromkeys(content.areas.old_city, "old_city")
        self._area |= dict.fromkeys(content.areas.former_county, "former_county")
        self._by_city_name = {name: item for item in content.items for name in item.city_names}
        self._guesser: Guesser | None = None

    @classmethod
    def load(cls, folder: Path = SHIPPED) -> Catalogue:
        """Read and check every file of `folder`; of the shipped one once in a process. Raises
        InvalidCatalogue."""
        return _shipped() if folder == SHIPPED else cls(_content(folder))

    def guessing_by(self, guesser: Guesser) -> Catalogue:
        """The same catalogue, ranking its items with `guesser`."""
        twin = copy(self)
        twin._guesser = guesser
        return twin

    @property
    def guesser(self) -> Guesser | None:
        """What ranks its items, if it can guess."""
        return self._guesser

    def item(self, code: str) -> ServiceItem:
        """The item with this code. Raises UnknownServiceItem."""
        try:
            return self.items[code]
        except KeyError:
            raise UnknownServiceItem(code, item=code) from None

    def owner(
        self, item: ServiceItem, district: str | None, attributes: Mapping[str, object] | None = None
    ) -> str:
        """The unit that owns `item` (its Chinese name): by what is known of its attributes, then by district.

        What is not known does not decide: without a district, a rule that names its office is passed over.
        """
        routing = item.owner
        known = district if district in self._area else None
        for code, rules in routing.by_attribute.items():
            if attributes is not None and attributes.get(code) is not None:
                value = attributes[code]
                unit = next((rule.unit for rule in rules if rule.fits(value)), None)
                if unit is not None and (known or unit != DISTRICT_OFFICE):
                    return unit.format(district=known)
        if known is None:
            return routing.default
        by_area = routing.old_city if self._area[known] == "old_city" else routing.former_county
        return (routing.districts.get(known) or by_area or routing.default).format(district=known)

    @property
    def routing_limit(self) -> Limit:
        """Within which a unit accepts a case or returns it, or another is given it."""
        return self.content.channels.routing

    def channel_limit(self, channel: str) -> Limit | None:
        """The completion limit that a channel promises whatever the item is, if it does."""
        rule = self.content.channels.channels.get(channel)
        return None if rule is None else rule.completion

    def unit_name(self, unit: str, language: str) -> str:
        """The name of a unit as it is shown in `language`."""
        row = self.units.get(unit)
        return unit if row is None or not language.startswith("en") else row.en

    def knows_unit(self, unit: str) -> bool:
        """Whether cases can be given to a unit of this name."""
        return unit in self.units

    def knows_district(self, district: str) -> bool:
        """Whether this is the full Chinese name of one of the city's districts."""
        return district in self._area

    def by_city_name(self, name: str) -> ServiceItem | None:
        """The item that stands for one of the city's own category names, if any."""
        return self._by_city_name.get(name)

    def guess(self, text: str, kind: Kind | str | None = None, k: int = 3) -> list[ItemGuess]:
        """The `k` items that fit `text` best, of one kind or of all; none for a blank text."""
        if not text.strip():
            return []
        if self._guesser is None:
            raise Unavailable("the index of service items is not built")
        # While the index of a new version is being built, the old one may rank items that are gone.
        ranked = ((self.items[code], score) for code, score in self._guesser.rank(text) if code in self.items)
        wanted = [
            ItemGuess(item.code, item.name_zh, item.name_en, score)
            for item, score in ranked
            if kind is None or item.kind == kind
        ]
        return wanted[:k]


@lru_cache(maxsize=1)
def _shipped() -> Catalogue:
    return Catalogue(_content(SHIPPED))


def _content(folder: Path) -> Content:
    items: list[ServiceItem] = []
    for file in sorted(folder.glob("*.yml")):
        if file.name not in {UNITS_FILE, AREAS_FILE, CHANNELS_FILE}:
            items += _items(file)
    return Content(
        units=tuple(_read(folder / UNITS_FILE, TypeAdapter(list[UnitRow]))),
        areas=_read(folder / AREAS_FILE, TypeAdapter(Areas)),
        channels=_read(folder / CHANNELS_FILE, TypeAdapter(Channels)),
        items=tuple(items),
    )


def content_version(content: Content) -> str:
    """The name of a content: equal for equal contents, whatever file they came from."""
    facts = content.model_dump(mode="json", exclude_defaults=True)
    text = json.dumps(facts, ensure_ascii=False, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def _read(file: Path, shape: TypeAdapter[_Shape]) -> _Shape:
    try:
        return shape.validate_python(yaml.safe_load(file.read_text(encoding="utf-8")))
    except (OSError, UnicodeDecodeError, yaml.YAMLError, ValidationError) as error:
        raise InvalidCatalogue(f"{file.name}: {error}") from error


def _items(file: Path) -> list[ServiceItem]:
    try:
        return _read(file, TypeAdapter(ItemFile)).whole_items()
    except ValidationError as error:
        raise InvalidCatalogue(f"{file.name}: {error}") from error
