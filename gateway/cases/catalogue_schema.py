"""What a catalogue may say; checked once, when it is loaded."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from gateway.cases.deadlines import Limit, LimitUnit
from gateway.cases.rules import Kind

Code = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{2,59}$")]
Key = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9_]{0,39}$")]
PLAIN = r"^[^\x00-\x08\x0b-\x1f\x7f-\x9f\ufffe\uffff]+$"
"""Without the signs that a database or a spreadsheet cannot hold."""
Words = Annotated[str, StringConstraints(strip_whitespace=True, pattern=PLAIN)]
Datatype = Literal["string", "number", "datetime", "text", "singlevaluelist", "multivaluelist"]
"""As Open311 GeoReport v2 names them."""
RequiredField = Literal["location", "contact"]
LISTS: frozenset[Datatype] = frozenset({"singlevaluelist", "multivaluelist"})
AREAS = ("old_city", "former_county")
NIGHT_HOURS = 4
"""Inspections due within so many hours may be reminded of at night."""
_ASKED_BY_LAW = frozenset({Kind.PETITION, Kind.INQUIRY})
"""Kinds whose clocks stand still while the citizen is asked for more."""


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class UnitRow(_Strict):
    """A unit that owns cases. `external` ones are not part of the city government."""

    name: Words
    en: Words
    external: bool = False


class Areas(_Strict):
    """The districts of the two parts of the city that merged in 2010."""

    old_city: tuple[Words, ...]
    former_county: tuple[Words, ...]


class AttributeValue(_Strict):
    """One answer that a list attribute offers."""

    key: Key
    zh: Words
    en: Words


class Attribute(_Strict):
    """A question that an item asks beyond the place, e.g. the width of the road (metres)."""

    code: Code
    zh: Words
    en: Words
    datatype: Datatype
    required: bool = False
    values: tuple[AttributeValue, ...] = ()

    @model_validator(mode="after")
    def _lists_have_values(self) -> Self:
        keys = [value.key for value in self.values]
        if bool(keys) != (self.datatype in LISTS) or len(set(keys)) != len(keys):
            raise ValueError(f"{self.code}: a list needs distinct values, everything else none")
        return self


class AttributeRule(_Strict):
    """Who owns an item where an attribute is below a number, is one of some keys, or is anything else."""

    unit: Words
    below: float | None = None
    among: tuple[Key, ...] = ()

    def fits(self, value: object) -> bool:
        """Whether the rule speaks of this value; one that is no number is never below anything."""
        if self.below is not None:
            return isinstance(value, int | float) and value < self.below
        return not self.among or value in self.among


class Routing(_Strict):
    """Who owns an item: by attribute, else by district, else by area, else the default.

    Of the rules of an attribute the first that fits decides. `{district}公所` stands for the office of the
    district at hand.
    """

    default: Words
    old_city: Words | None = None
    former_county: Words | None = None
    districts: dict[Words, Words] = Field(default_factory=dict)
    by_attribute: dict[Code, tuple[AttributeRule, ...]] = Field(default_factory=dict)

    def units(self) -> set[str]:
        """Every unit that the routing names."""
        by_attribute = {rule.unit for rules in self.by_attribute.values() for rule in rules}
        by_place = {self.default, self.old_city, self.former_county, *self.districts.values()}
        return {unit for unit in by_place | by_attribute if unit is not None}


class Template(_Strict):
    """The skeleton of a closing text; whoever closes fills every `{placeholder}`."""

    zh: Words
    en: Words


def _pauses(item: Mapping[str, Any]) -> bool:
    return item.get("kind") in _ASKED_BY_LAW


def _at_night(item: Mapping[str, Any]) -> bool:
    limit = item.get("inspection")
    return limit is not None and limit.unit is LimitUnit.HOURS and limit.amount <= NIGHT_HOURS


class ServiceItem(_Strict):
    """One entry of the catalogue: what is reported, who owns it, how long it may take.

    `confidentiality` is its security class. `pauses_when_awaiting`: its clocks stand still while the
    citizen is asked for more. `night_reminders`: its reminders go out at night too. `photo_required`:
    nobody may close it without a photo of the result.
    """

    code: Code
    kind: Kind
    name_zh: Words
    name_en: Words
    main_zh: Words | Literal[""] = ""
    main_en: Words | Literal[""] = ""
    works_class: Literal["工務", "水利", "觀光", "一般"] | None = None
    owner: Routing
    inspection: Limit | None = None
    completion: Limit
    confidentiality: Literal["normal", "confidential"] = "normal"
    required_fields: tuple[RequiredField, ...] = ()
    attributes: tuple[Attribute, ...] = ()
    reply_template: Template | None = None
    pauses_when_awaiting: bool = Field(default_factory=_pauses)
    night_reminders: bool = Field(default_factory=_at_night)
    photo_required: bool = False
    keywords: tuple[Words, ...] = ()
    examples: tuple[Words, ...] = Field(min_length=1)
    city_names: tuple[Words, ...] = ()

    @property
    def contact_required(self) -> bool:
        """Whether nobody can report this without saying how to be reached."""
        return "contact" in self.required_fields

    @property
    def reply_templates(self) -> tuple[str, ...]:
        """The skeleton in every language there is."""
        return () if self.reply_template is None else (self.reply_template.zh, self.reply_template.en)

    def attribute(self, code: str) -> Attribute | None:
        """The attribute of this code, if the item asks for it."""
        return next((attribute for attribute in self.attributes if attribute.code == code), None)


class ItemFile(_Strict):
    """One file: a main item with its sub-items. `defaults` hold for every one that does not say otherwise."""

    main_zh: Words
    main_en: Words
    defaults: dict[str, Any] = Field(default_factory=dict)
    items: tuple[dict[str, Any], ...]

    def whole_items(self) -> list[ServiceItem]:
        """The items with what the file says for all of them. Raises pydantic's ValidationError."""
        mains = {"main_zh": self.main_zh, "main_en": self.main_en}
        return [ServiceItem.model_validate({**mains, **self.defaults, **item}) for item in self.items]


class ChannelRule(_Strict):
    """What a channel promises whatever the item is."""

    completion: Limit


class Channels(_Strict):
    """Limits that no item sets: of whole channels, and of finding the right unit."""

    routing: Limit
    """Within which a unit accepts a case, returns it, or it is given to another."""
    channels: dict[Code, ChannelRule] = Field(default_factory=dict)


class Content(_Strict):
    """A whole catalogue."""

    units: tuple[UnitRow, ...]
    areas: Areas
    channels: Channels
    items: tuple[ServiceItem, ...]
