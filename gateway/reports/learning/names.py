"""Names and sentences in the reader's language."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from urllib.parse import urlencode

from gateway.cases.catalogue_schema import ServiceItem
from gateway.places.service import Places
from gateway.reports.tables import Pair

NOWHERE: Pair = ("未分區", "No district")
CASES = "/console/cases"


@dataclass(frozen=True)
class Names:
    """What things are called in one language."""

    english: bool
    items: Mapping[str, ServiceItem]
    """Every one there ever was."""
    places: Places
    entries: Callable[[], Mapping[str, str]]
    """The question of each entry of the knowledge base, by its id."""

    @cached_property
    def _questions(self) -> Mapping[str, str]:
        return self.entries()

    def pick(self, pair: Pair) -> str:
        """The words of this language."""
        return pair[self.english]

    def item(self, code: str | None) -> str:
        """The name of a service item; its code where no catalogue ever had it."""
        found = self.items.get(code or "")
        if found is None:
            return code or ""
        return found.name_en if self.english else found.name_zh

    def district(self, name: str | None) -> str:
        """The name of a district."""
        if not name:
            return self.pick(NOWHERE)
        found = self.places.by_name(name) if self.english else None
        return found.en if found else name

    def question(self, entry: str | None) -> str:
        """The question of an entry; its id where it is gone."""
        return self._questions.get(entry or "", entry or "")

    def span(self, first: date, last: date) -> str:
        """The days from one to another."""
        if first == last:
            return first.isoformat()
        return self.pick((f"{first} 至 {last}", f"{first} to {last}"))


def cases_link(first: date, last: date, *, item: str | None = None, district: str | None = None) -> str:
    """Where the cases that came in on these days are listed."""
    asked = {"state": "all", "item": item, "district": district, "from": first, "to": last}
    return f"{CASES}?{urlencode({name: told for name, told in asked.items() if told})}"
