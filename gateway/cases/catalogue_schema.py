"""What a catalogue file may say; checked once, when it is loaded."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from gateway.cases.deadlines import Limit
from gateway.cases.rules import Kind

Code = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{2,59}$")]
Words = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]
AREAS = ("old_city", "former_county")


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


class Routing(_Strict):
    """Who owns an item: by district, else by area, else the default.

    `{district}公所` stands for the office of the district at hand.
    """

    default: Words
    old_city: Words | None = None
    former_county: Words | None = None
    districts: dict[Words, Words] = Field(default_factory=dict)


class ServiceItem(_Strict):
    """One entry of the catalogue: what is reported, who owns it, how long it may take."""

    code: Code
    kind: Kind
    name_zh: Words
    name_en: Words
    main_zh: Words = ""
    main_en: Words = ""
    works_class: Literal["工務", "水利", "觀光", "一般"] | None = None
    owner: Routing
    inspection: Limit | None = None
    completion: Limit
    confidentiality: Literal["normal", "confidential"] = "normal"
    contact_required: bool = False
    keywords: tuple[Words, ...] = ()
    examples: tuple[Words, ...] = Field(min_length=1)
    city_names: tuple[Words, ...] = ()


class ItemFile(_Strict):
    """One file: a main item with its sub-items."""

    main_zh: Words
    main_en: Words
    items: tuple[ServiceItem, ...]
