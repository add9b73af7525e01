"""The catalogue of service items: owner, limits and confidentiality of everything a citizen can report."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, TypeVar

import yaml
from pydantic import TypeAdapter, ValidationError

from gateway.cases.catalogue_schema import Areas, ItemFile, ServiceItem, UnitRow
from gateway.cases.errors import UnknownServiceItem
from gateway.cases.rules import Kind
from gateway.errors import InvalidInput, Unavailable

SHIPPED = Path(__file__).parent / "catalogue"
UNITS_FILE, AREAS_FILE = "units.yml", "areas.yml"
DISTRICT_OFFICE = "{district}公所"
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
    """The service items of one version. Load it with `Catalogue.load()`."""

    def __init__(
        self, items: Iterable[ServiceItem], units: Iterable[UnitRow], areas: Areas, version: str
    ) -> None:
        self.items = {item.code: item for item in items}
        self.units = {unit.name: unit for unit in units}
        self.version = version
        self._area = dict.fromkeys(areas.old_city, "old_city")
        self._area |= dict.fromkeys(areas.former_county, "former_county")
        self._guesser: Guesser | None = None

    @classmethod
    def load(cls, folder: Path = SHIPPED) -> Catalogue:
        """Read and check every file of `folder`. Raises InvalidCatalogue."""
        files = sorted(folder.glob("*.yml"))
        digest = hashlib.sha256(b"\0".join(file.name.encode() + b"\0" + file.read_bytes() for file in files))
        areas = _read(folder / AREAS_FILE, TypeAdapter(Areas))
        units = _read(folder / UNITS_FILE, TypeAdapter(list[UnitRow]))
        items: list[ServiceItem] = []
        for file in files:
            if file.name not in {UNITS_FILE, AREAS_FILE}:
                items += _items(_read(file, TypeAdapter(ItemFile)))
        catalogue = cls(items, units, areas, digest.hexdigest()[:12])
        _check(catalogue, items)
        return catalogue

    def item(self, code: str) -> ServiceItem:
        """The item with this code. Raises UnknownServiceItem."""
        try:
            return self.items[code]
        except KeyError:
            raise UnknownServiceItem(code, item=code) from None

    def owner(self, item: ServiceItem, district: str | None) -> str:
        """The unit that owns `item` in a district (its Chinese name); without one, the default."""
        routing = item.owner
        if district is None or district not in self._area:
            return routing.default
        by_area = routing.old_city if self._area[district] == "old_city" else routing.former_county
        unit = routing.districts.get(district) or by_area or routing.default
        return unit.format(district=district)

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
        return next((item for item in self.items.values() if name in item.city_names), None)

    def use_guesser(self, guesser: Guesser) -> None:
        """Give the catalogue its ranking of items; done once, when a process starts."""
        self._guesser = guesser

    def guess(self, text: str, kind: Kind | str | None = None, k: int = 3) -> list[ItemGuess]:
        """The `k` items that fit `text` best, of one kind or of all; none for a blank text."""
        if not text.strip():
            return []
        if self._guesser is None:
            raise Unavailable("the index of service items is not built")
        ranked = ((self.items[code], score) for code, score in self._guesser.rank(text))
        wanted = [
            ItemGuess(item.code, item.name_zh, item.name_en, score)
            for item, score in ranked
            if kind is None or item.kind == kind
        ]
        return wanted[:k]


def _read(file: Path, shape: TypeAdapter[_Shape]) -> _Shape:
    try:
        return shape.validate_python(yaml.safe_load(file.read_text(encoding="utf-8")))
    except (OSError, UnicodeDecodeError, yaml.YAMLError, ValidationError) as error:
        raise InvalidCatalogue(f"{file.name}: {error}") from error


def _items(file: ItemFile) -> list[ServiceItem]:
    main = {"main_zh": file.main_zh, "main_en": file.main_en}
    return [item.model_copy(update=main) for item in file.items]


def _check(catalogue: Catalogue, items: list[ServiceItem]) -> None:
    codes = [item.code for item in items]
    names = [name for item in items for name in item.city_names]
    for what in (codes, names):
        twice = sorted({entry for entry in what if what.count(entry) > 1})
        if twice:
            raise InvalidCatalogue(f"more than once: {', '.join(twice)}")
    for item in items:
        routing = item.owner
        named = {routing.default, routing.old_city, routing.former_county, *routing.districts.values()}
        strange = named - set(catalogue.units) - {None, DISTRICT_OFFICE}
        if strange or routing.default == DISTRICT_OFFICE or set(routing.districts) - set(catalogue._area):
            raise InvalidCatalogue(f"{item.code}: unknown unit or district in its routing")
