"""What units, items, places and channels are called, and what belongs together."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

import yaml
from sqlalchemy.orm import Session

from gateway.cases.catalogue import Catalogue
from gateway.cases.catalogue_schema import ServiceItem
from gateway.cases.service import CaseService
from gateway.places.service import Places
from gateway.reports.cases.dimensions import By

_HERE: Final = Path(__file__).parent
NOWHERE: Final = ("無法分區", "District unknown")
NO_VILLAGE: Final = ("里別不明", "Village unknown")
NOBODY: Final = ("未記錄人員", "Nobody recorded")
UNKNOWN_ITEM: Final = ("不明項目", "Unknown item")
RETIRED: Final = ("（已停用）", " (no longer in use)")
KINDS: Final[Mapping[str, tuple[str, str]]] = {
    "dispatch": ("派工", "Dispatch"),
    "petition": ("人民陳情", "Petition"),
    "public_works_report": ("全民督工", "Public works report"),
    "inquiry": ("諮詢", "Inquiry"),
}


@lru_cache(maxsize=1)
def _agencies() -> dict[str, Any]:
    read: dict[str, Any] = yaml.safe_load((_HERE / "agencies.yml").read_text(encoding="utf-8"))
    return read


@lru_cache(maxsize=1)
def channel_names() -> dict[str, tuple[str, str]]:
    """Every channel by its code, in Chinese and English."""
    read = yaml.safe_load((_HERE / "channels.yml").read_text(encoding="utf-8"))
    return {code: (row["zh"], row["en"]) for code, row in read.items()}


@dataclass(frozen=True)
class Names:
    """Names under the catalogue in force; what no catalogue ever knew keeps the code it has."""

    catalogue: Catalogue
    places: Places
    items: Mapping[str, ServiceItem]
    """Those in force and those before: what was told of a past year stays when an item is retired."""

    @classmethod
    def in_force(cls, session: Session, cases: CaseService, places: Places) -> Names:
        """Under the catalogue that is in force now."""
        catalogue = cases.catalogues.in_force(session)
        return cls(catalogue, places, {**cases.catalogues.every_item(), **catalogue.items})

    def agency(self, unit: str) -> str:
        """The agency that a unit belongs to, by its Chinese name."""
        read = _agencies()
        row, offices = self.catalogue.units.get(unit), read["groups"]["district_offices"]
        if row is not None and row.external:
            return str(read["groups"]["external"]["zh"])
        if unit.endswith(offices["ending"]):
            return str(offices["zh"])
        return str(read["units"].get(unit, unit))

    def main(self, item: str) -> str:
        """The main item above a service item, by its Chinese name."""
        row = self.items.get(item)
        return row.main_zh if row is not None else UNKNOWN_ITEM[0]

    def kind(self, item: str) -> str:
        """The kind of case that an item makes; empty where no catalogue had it."""
        row = self.items.get(item)
        return row.kind.value if row is not None else ""

    def of(self, by: By, key: str) -> tuple[str, str]:
        """What one row is called, in Chinese and English."""
        namer = _NAMERS.get(by)
        return namer(self, key) if namer is not None else (key, key)

    def _agency_name(self, agency: str) -> tuple[str, str]:
        for group in _agencies()["groups"].values():
            if agency == group["zh"]:
                return group["zh"], group["en"]
        return agency, self.catalogue.unit_name(agency, "en")

    def _item_name(self, code: str) -> tuple[str, str]:
        row = self.items.get(code)
        if row is None:
            return code, code
        zh, en = ("", "") if code in self.catalogue.items else RETIRED
        return f"{row.name_zh}{zh}", f"{row.name_en}{en}"

    def _main_name(self, main: str) -> tuple[str, str]:
        row = next((row for row in self.items.values() if row.main_zh == main), None)
        if row is None:
            return UNKNOWN_ITEM if main == UNKNOWN_ITEM[0] else (main, main)
        return row.main_zh, row.main_en

    def _district(self, district: str) -> tuple[str, str]:
        if not district:
            return NOWHERE
        found = self.places.by_name(district)
        return district, found.en if found else district

    def _village(self, key: str) -> tuple[str, str]:
        district, _, village = key.partition("/")
        if not village:
            return NO_VILLAGE
        return f"{district}{village}", f"{village}, {self._district(district)[1]}"


_NAMERS: Final[Mapping[By, Callable[[Names, str], tuple[str, str]]]] = {
    By.AGENCY: Names._agency_name,
    By.UNIT: lambda names, unit: (unit, names.catalogue.unit_name(unit, "en")),
    By.MAIN: Names._main_name,
    By.ITEM: Names._item_name,
    By.KIND: lambda _, kind: KINDS.get(kind, UNKNOWN_ITEM),
    By.DISTRICT: Names._district,
    By.VILLAGE: Names._village,
    By.CHANNEL: lambda _, channel: channel_names().get(channel, (channel, channel)),
    By.PERSON: lambda _, person: (person, person) if person else NOBODY,
}
