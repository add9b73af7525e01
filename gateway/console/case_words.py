"""Names that pages of cases show, in the reader's language: items, units, channels, people, acts."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from fastapi import Request

from gateway.cases.catalogue import Catalogue
from gateway.cases.catalogue_schema import ServiceItem
from gateway.cases.lifecycle import LIFECYCLE
from gateway.cases.models import CaseEvent
from gateway.cases.rules import CALL_BACK_TEXT, LEGAL_REASON_TEXT, Act, CallBack, LegalReason
from gateway.console.i18n import Language, Words
from gateway.console.visitor import visitor_of
from gateway.identity.rules import ROLE_NAMES, StaffRole
from gateway.places.service import Places

CHANNELS: Final = (
    "phone", "counter", "letter", "fax", "web_form", "mayor_mailbox", "app", "web", "line", "public_works",
    "open311", "open1999",
)  # fmt: skip
"""Channels of cases, as lists offer them; a case keeps whatever channel it came by."""
_FACTS: Final = (
    "unit", "external_unit", "returned_by", "arrived_at", "asked_due_at", "inspection_due_at",
    "completion_due_at", "call_back", "message", "legal_reason", "merged_into", "converted_to", "item_code",
    "told",
)  # fmt: skip
"""What an event keeps besides its words, and is shown."""
_OUTSIDERS: Final[Mapping[str, tuple[str, str]]] = {
    "citizen": ("民眾", "Citizen"),
    "system": ("系統", "System"),
}


@dataclass(frozen=True)
class Told:
    """One event as the timeline shows it."""

    at: datetime
    title: str
    who: str
    tone: str
    note: str | None
    facts: Sequence[tuple[str, str]] = field(default=())
    internal: bool = False


class CaseWords:
    """Words for one reader; made anew for each request."""

    def __init__(
        self,
        words: Words,
        language: Language,
        catalogue: Catalogue,
        places: Places,
        every_item: Mapping[str, ServiceItem],
    ) -> None:
        self._words = words
        self.every_item = {**every_item, **catalogue.items}
        self.language = language
        self.english = language is Language.ENGLISH
        self.catalogue = catalogue
        self.places = places

    @classmethod
    def of(cls, request: Request, catalogue: Catalogue) -> CaseWords:
        """The words for whoever asks."""
        state = request.app.state
        every_item = state.catalogues.every_item()
        return cls(state.frame.words, visitor_of(request).language, catalogue, state.places, every_item)

    def text(self, key: str, **values: object) -> str:
        """A message of the console."""
        return self._words.text(key, self.language, **values)

    def named(self, group: str, name: str) -> str:
        """The word for a stored value, the value itself where nobody gave it one."""
        key = f"{group}.{name}"
        return self.text(key) if key in self._words else name

    def item_of(self, code: str) -> ServiceItem | None:
        """The item in force under this code, if it still exists."""
        return self.catalogue.items.get(code)

    def item(self, code: str) -> str:
        """The name of a service item, also of one that is no longer in force."""
        item = self.every_item.get(code)
        return code if item is None else (item.name_en if self.english else item.name_zh)

    def main(self, item: ServiceItem) -> str:
        """The name of its main item."""
        return item.main_en if self.english else item.main_zh

    def unit(self, unit: str) -> str:
        """The name of a unit."""
        return self.catalogue.unit_name(unit, self.language)

    def district(self, district: str | None) -> str:
        """The name of a district; of none, that there is none."""
        if district is None:
            return self.text("cases.nowhere")
        found = self.places.by_name(district) if self.english else None
        return found.en if found else district

    def districts(self) -> list[tuple[str, str]]:
        """Every district as an option."""
        return [(one.zh, one.en if self.english else one.zh) for one in self.places.districts]

    def units(self, *, external: bool = False) -> list[tuple[str, str]]:
        """Units that can be given cases, or the external ones, as options."""
        rows = self.catalogue.units.values()
        return [(row.name, self.unit(row.name)) for row in rows if row.external or not external]

    def mains(self) -> list[tuple[str, str]]:
        """Every main item as an option; its value is the Chinese name."""
        return list({item.main_zh: self.main(item) for item in self.catalogue.items.values()}.items())

    def items(self) -> list[tuple[str, str]]:
        """Every service item as an option, after its main item."""
        sign = ": " if self.english else "｜"
        return [(code, f"{self.main(item)}{sign}{self.item(code)}") for code, item in self._sorted_items()]

    def items_of_main(self) -> dict[str, list[str]]:
        """The items below each main item, by its Chinese name; those that are retired have cases, too."""
        found: dict[str, list[str]] = {}
        for code, item in self.every_item.items():
            found.setdefault(item.main_zh, []).append(code)
        return found

    def channels(self) -> list[tuple[str, str]]:
        """The channels as options."""
        return [(name, self.text(f"cases.channels.{name}")) for name in CHANNELS]

    def act(self, act: str) -> str:
        """What was done, as a sentence for the timeline."""
        if act not in set(Act):
            return act
        step = LIFECYCLE[Act(act)]
        return step.en if self.english else step.zh

    def told(self, event: CaseEvent, zone: ZoneInfo) -> Told:
        """One event of a case in words."""
        step = LIFECYCLE[Act(event.act)] if event.act in set(Act) else None
        facts = [
            (self.text(f"acts.fact.{name}"), self._fact(name, event.after[name], zone))
            for name in _FACTS
            if event.after.get(name) not in (None, "", [])
        ]
        return Told(
            at=event.at,
            title=self.act(event.act),
            who=self._who(event),
            tone=_TONES.get(event.act, "info"),
            note=event.note,
            facts=facts,
            internal=step is not None and not step.public,
        )

    def _sorted_items(self) -> list[tuple[str, ServiceItem]]:
        return sorted(self.catalogue.items.items(), key=lambda pair: (pair[1].main_zh, pair[1].name_zh))

    def _who(self, event: CaseEvent) -> str:
        if event.role in _OUTSIDERS:
            outsider = _OUTSIDERS[event.role][self.english]
            named = self.named("cases.channels", event.actor)
            return outsider if event.actor in _OUTSIDERS else f"{outsider}・{named}"
        role = ROLE_NAMES[StaffRole(event.role)][self.english] if event.role in set(StaffRole) else event.role
        return f"{event.actor}・{role}"

    def _fact(self, name: str, value: Any, zone: ZoneInfo) -> str:
        if name.endswith("_at"):
            return f"{datetime.fromisoformat(value).astimezone(zone):%Y-%m-%d %H:%M}"
        said: dict[str, Callable[[Any], str]] = {
            **dict.fromkeys(("unit", "external_unit", "returned_by"), self.unit),
            "item_code": self.item,
            "call_back": lambda how: CALL_BACK_TEXT[CallBack(how)][self.english],
            "legal_reason": lambda reason: LEGAL_REASON_TEXT[LegalReason(reason)][self.english],
            "told": lambda ways: self.text("form.comma").join(
                self.named("outbox.transports", way) for way in ways
            ),
        }
        return said.get(name, str)(value)


_TONES: Final[Mapping[str, str]] = {
    Act.HANDLE: "ok",
    Act.RELEASE: "ok",
    Act.RETURN: "warn",
    Act.SEND_BACK: "warn",
    Act.REOPEN: "warn",
    Act.NOT_PROCESS: "alarm",
    Act.WITHDRAW: "quiet",
    Act.COMMENT: "quiet",
    Act.MOVE_DUE: "warn",
}
