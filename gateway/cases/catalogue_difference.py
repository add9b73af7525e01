"""What one catalogue says otherwise than another, in words; and the change of one item. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from gateway.cases.catalogue import Catalogue, InvalidCatalogue
from gateway.cases.catalogue_schema import Content, ServiceItem, UnitRow
from gateway.cases.catalogue_words import AREA_TEXT, CHANNEL_TEXT, FIELD_TEXT, ROUTING, Pair, told
from gateway.cases.deadlines import Limit
from gateway.errors import InvalidInput

_Row = TypeVar("_Row", bound=BaseModel)
FIXED = frozenset({"code", "kind"})
"""What an item never changes: its cases are found and numbered by these."""


class Happened(StrEnum):
    """What became of a thing."""

    ADDED = "added"
    REMOVED = "removed"
    CHANGED = "changed"


class Thing(StrEnum):
    """What a catalogue is made of."""

    ITEM = "item"
    UNIT = "unit"
    AREA = "area"
    CHANNEL = "channel"


HAPPENED_TEXT = {
    Happened.ADDED: ("新增", "added"),
    Happened.REMOVED: ("刪除", "removed"),
    Happened.CHANGED: ("修改", "changed"),
}
THING_TEXT = {
    Thing.ITEM: ("項目", "item"),
    Thing.UNIT: ("單位", "unit"),
    Thing.AREA: ("區域", "area"),
    Thing.CHANNEL: ("管道", "channel"),
}


class UnchangeableField(InvalidInput):
    """The code and the kind of an item stay what they are."""

    code = "catalogue_field_fixed"
    zh = "項目代碼與案件類型不能修改，請新增項目。"
    en = "The code and the kind of an item cannot be changed; make another item instead."


@dataclass(frozen=True)
class Change:
    """One thing that was added, removed or changed; `field`, `old` and `new` only where it was changed.

    `old` and `new` are (zh, en) in words; of a list they hold only what went and what came.
    """

    happened: Happened
    thing: Thing
    code: str
    name: Pair
    field: str | None = None
    old: Pair | None = None
    new: Pair | None = None

    def text(self, language: str) -> str:
        """The change in a line."""
        en = language.startswith("en")
        what = f"{HAPPENED_TEXT[self.happened][en]}{' ' if en else ''}{THING_TEXT[self.thing][en]}"
        head = f"{what} {self.name[en]} ({self.code})" if en else f"{what}：{self.name[en]}（{self.code}）"
        if self.field is None or self.old is None or self.new is None:
            return head
        label = FIELD_TEXT[self.field][en]
        if en:
            return f"{head}, {label}: {self.old[en]} → {self.new[en]}"
        return f"{head}，{label}：{self.old[en]} → {self.new[en]}"


def difference(old: Content, new: Content) -> list[Change]:
    """Everything in which two contents differ, items first; nothing when they are equal."""
    return [
        *_rows(Thing.ITEM, {i.code: i for i in old.items}, {i.code: i for i in new.items}, _item_name),
        *_rows(Thing.UNIT, {u.name: u for u in old.units}, {u.name: u for u in new.units}, _unit_name),
        *_areas(old, new),
        *_channels(old, new),
    ]


def edited(catalogue: Catalogue, code: str, changes: Mapping[str, Any]) -> Content:
    """The content of `catalogue` with some fields of one item changed; values as in a catalogue file.

    Raises UnknownServiceItem, UnchangeableField or InvalidCatalogue.
    """
    item = catalogue.item(code)
    fixed = sorted(name for name in FIXED & changes.keys() if changes[name] != getattr(item, name))
    if fixed:
        raise UnchangeableField(", ".join(fixed))
    try:
        after = ServiceItem.model_validate({**item.model_dump(mode="json"), **changes})
    except ValidationError as error:
        told = [f"{'.'.join(map(str, one['loc']))}: {one['msg']}" for one in error.errors()]
        raise InvalidCatalogue(f"{code}: {'; '.join(told)}") from error
    items = tuple(after if row.code == code else row for row in catalogue.content.items)
    return Catalogue(catalogue.content.model_copy(update={"items": items})).content


def _item_name(item: ServiceItem) -> Pair:
    return item.name_zh, item.name_en


def _unit_name(unit: UnitRow) -> Pair:
    return unit.name, unit.en


def _rows(
    thing: Thing, old: Mapping[str, _Row], new: Mapping[str, _Row], name: Callable[[_Row], Pair]
) -> Iterator[Change]:
    for code in (*old, *(code for code in new if code not in old)):
        if code not in new:
            yield Change(Happened.REMOVED, thing, code, name(old[code]))
        elif code not in old:
            yield Change(Happened.ADDED, thing, code, name(new[code]))
        else:
            yield from _fields(thing, code, name(new[code]), old[code], new[code])


def _fields(thing: Thing, code: str, name: Pair, old: BaseModel, new: BaseModel) -> Iterator[Change]:
    for field in type(new).model_fields:
        before, after = getattr(old, field), getattr(new, field)
        if before != after:
            yield Change(Happened.CHANGED, thing, code, name, field, *told(before, after))


def _areas(old: Content, new: Content) -> Iterator[Change]:
    for code, name in AREA_TEXT.items():
        before, after = getattr(old.areas, code), getattr(new.areas, code)
        if before != after:
            yield Change(Happened.CHANGED, Thing.AREA, code, name, "districts", *told(before, after))


def _channels(old: Content, new: Content) -> Iterator[Change]:
    before = {ROUTING: old.channels.routing} | _limits(old)
    after = {ROUTING: new.channels.routing} | _limits(new)
    for code in dict.fromkeys((*before, *after)):
        name = CHANNEL_TEXT.get(code, (code, code))
        if code not in after or code not in before:
            yield Change(Happened.ADDED if code in after else Happened.REMOVED, Thing.CHANNEL, code, name)
        elif before[code] != after[code]:
            words = told(before[code], after[code])
            yield Change(Happened.CHANGED, Thing.CHANNEL, code, name, "limit", *words)


def _limits(content: Content) -> dict[str, Limit]:
    return {code: rule.completion for code, rule in content.channels.channels.items()}
