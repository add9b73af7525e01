"""By what cases can be counted, and which sums are kept for it. Pure."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Final


class Dimension(StrEnum):
    """What the ledger keeps beside a figure."""

    UNIT = "unit"
    ITEM = "item"
    DISTRICT = "district"
    VILLAGE = "village"
    CHANNEL = "channel"
    PERSON = "person"
    DAY = "day"


@dataclass(frozen=True)
class Bounds:
    """Which entries count: of these days, both included, and of these values of each dimension named."""

    first: date
    last: date
    within: Mapping[Dimension, frozenset[str]] = field(default_factory=dict)


class By(StrEnum):
    """What one row of a report stands for."""

    TOTAL = "total"
    AGENCY = "agency"
    UNIT = "unit"
    MAIN = "main"
    ITEM = "item"
    KIND = "kind"
    DISTRICT = "district"
    VILLAGE = "village"
    CHANNEL = "channel"
    PERSON = "person"
    DAY = "day"
    WEEK = "week"
    MONTH = "month"
    HALF_YEAR = "half_year"
    YEAR = "year"


BY_TEXT: Final[dict[By, tuple[str, str]]] = {
    By.TOTAL: ("全市", "Whole city"),
    By.AGENCY: ("機關", "Agency"),
    By.UNIT: ("單位", "Unit"),
    By.MAIN: ("主項", "Main item"),
    By.ITEM: ("反映項目", "Service item"),
    By.KIND: ("案件類別", "Kind"),
    By.DISTRICT: ("行政區", "District"),
    By.VILLAGE: ("里", "Village"),
    By.CHANNEL: ("管道", "Channel"),
    By.PERSON: ("人員", "Person"),
    By.DAY: ("日", "Day"),
    By.WEEK: ("週", "Week"),
    By.MONTH: ("月", "Month"),
    By.HALF_YEAR: ("半年", "Half-year"),
    By.YEAR: ("年", "Year"),
}
KEPT_AS: Final[dict[By, Dimension]] = {
    By.AGENCY: Dimension.UNIT,
    By.UNIT: Dimension.UNIT,
    By.MAIN: Dimension.ITEM,
    By.ITEM: Dimension.ITEM,
    By.KIND: Dimension.ITEM,
    By.DISTRICT: Dimension.DISTRICT,
    By.VILLAGE: Dimension.VILLAGE,
    By.CHANNEL: Dimension.CHANNEL,
    By.PERSON: Dimension.PERSON,
    By.DAY: Dimension.DAY,
    By.WEEK: Dimension.DAY,
}
"""What must be asked for to make the rows; those not named are made of periods, or of nothing."""
BY_PERIOD: Final = frozenset({By.DAY, By.WEEK, By.MONTH, By.HALF_YEAR, By.YEAR})

Grouping = tuple[Dimension, ...]
_D = Dimension
GROUPINGS: Final[tuple[Grouping, ...]] = (
    (),
    (_D.UNIT,),
    (_D.ITEM,),
    (_D.DISTRICT,),
    (_D.VILLAGE,),
    (_D.CHANNEL,),
    (_D.PERSON,),
    (_D.DAY,),
    (_D.UNIT, _D.ITEM),
    (_D.UNIT, _D.DISTRICT),
    (_D.UNIT, _D.VILLAGE),
    (_D.UNIT, _D.CHANNEL),
    (_D.UNIT, _D.PERSON),
    (_D.UNIT, _D.DAY),
    (_D.ITEM, _D.DISTRICT),
    (_D.ITEM, _D.CHANNEL),
    (_D.ITEM, _D.DAY),
    (_D.DISTRICT, _D.CHANNEL),
    (_D.DISTRICT, _D.DAY),
    (_D.CHANNEL, _D.DAY),
)
"""What is added up beforehand. Whatever else is asked is counted from the entries, which have an index by
unit, by item, by district and by day."""


def name_of(grouping: Grouping) -> str:
    """As the totals are kept under it."""
    return "+".join(grouping)


def grouping_for(wanted: Collection[Dimension]) -> Grouping | None:
    """The kept grouping of exactly these dimensions; None: there is none."""
    return next((one for one in GROUPINGS if set(one) == set(wanted)), None)
