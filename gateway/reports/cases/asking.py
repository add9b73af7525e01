"""What an address asks of the ledger: the period, what one row is, and the bounds; checked, in words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from gateway.errors import InvalidInput
from gateway.reports.cases.dimensions import BY_PERIOD, BY_TEXT, Bounds, By, Dimension
from gateway.reports.cases.figures import Figure
from gateway.reports.cases.models import ReportTotal
from gateway.reports.cases.naming import Names, channel_names
from gateway.reports.cases.periods import BEGINNING, LAST_YEAR
from gateway.reports.tables import EVERY_ROW, Pair, Reader

FILTERS: Final = ("agency", "unit", "main", "item", "kind", "district", "village", "channel", "person")
NONE: Final = "none"
"""In an address: those without one, such as cases whose district is not known."""
MOST_DAYS: Final = {By.DAY: 366, By.WEEK: 366 * 5}
LONGEST: Final = timedelta(days=366 * 20)
_HALF: Final = 6


@dataclass(frozen=True)
class Asked:
    """A question to the ledger."""

    bounds: Bounds
    by: By
    filters: Mapping[str, str] = field(default_factory=dict)
    """The filters that are set, as in the address."""


def read_question(
    session: Session, given: Mapping[str, str], reader: Reader, names: Names, today: date
) -> Asked:
    """The question of an address, within what the reader may see. Without days: since the first of the last
    month. Raises InvalidInput for what cannot be asked."""
    first, last = period(given, today)
    try:
        by = By(given.get("by") or By.UNIT)
    except ValueError:
        raise InvalidInput(f"by: one of {', '.join(By)}") from None
    _check_length(first, last, by)
    filters = {name: given[name].strip() for name in FILTERS if given.get(name, "").strip()}
    within = _within(session, filters, names)
    if reader.units is not None:
        asked = within.get(Dimension.UNIT)
        within[Dimension.UNIT] = reader.units if asked is None else reader.units & asked
    return Asked(Bounds(first, last, within), by, filters)


def period(given: Mapping[str, str], today: date) -> tuple[date, date]:
    """The first and the last day that are asked for. Raises InvalidInput."""
    first, last = given.get("from", "").strip(), given.get("to", "").strip()
    try:
        last_month = (today.replace(day=1) - timedelta(days=1)).replace(day=1)
        begins = date.fromisoformat(first) if first else last_month
        ends = date.fromisoformat(last) if last else max(today, begins)
    except ValueError:
        raise InvalidInput("from, to: days such as 2018-07-01") from None
    if begins > ends:
        raise InvalidInput("from, to: the period ends before it begins")
    if ends - begins > LONGEST or begins < BEGINNING or ends.year > LAST_YEAR:
        raise InvalidInput("from, to: at most twenty years")
    return begins, ends


def _check_length(first: date, last: date, by: By) -> None:
    most = MOST_DAYS.get(by)
    if most is not None and (last - first).days >= most:
        raise InvalidInput(f"by {by}: at most {most} days")


def _within(session: Session, filters: Mapping[str, str], names: Names) -> dict[Dimension, frozenset[str]]:
    within: dict[Dimension, frozenset[str]] = {}

    def narrow(dimension: Dimension, values: frozenset[str]) -> None:
        within[dimension] = within[dimension] & values if dimension in within else values

    for name, value in filters.items():
        if name == "agency":
            units = frozenset(unit for unit in _units(session, names) if names.agency(unit) == value)
            narrow(Dimension.UNIT, _some(units, name))
        elif name == "unit":
            known_unit = value in names.catalogue.units or value in _counted(session, Dimension.UNIT)
            narrow(Dimension.UNIT, _some(frozenset({value} if known_unit else ()), name))
        elif name in {"main", "kind"}:
            of = names.main if name == "main" else names.kind
            narrow(Dimension.ITEM, _some(frozenset(code for code in names.items if of(code) == value), name))
        else:
            key = "" if value == NONE else value
            if not _is_known(session, name, key, names):
                raise InvalidInput(f"{name}: unknown")
            narrow(Dimension(name), frozenset({key}))
    return within


def _some(values: frozenset[str], name: str) -> frozenset[str]:
    if not values:
        raise InvalidInput(f"{name}: unknown")
    return values


def _units(session: Session, names: Names) -> frozenset[str]:
    """Every unit of the catalogue, and those that history brought."""
    return frozenset(names.catalogue.units) | _counted(session, Dimension.UNIT)


def _is_known(session: Session, name: str, key: str, names: Names) -> bool:
    """Whether a filter may be set to this; who worked and in which village may be anything."""
    if name == "item":
        return key in names.items or key in _counted(session, Dimension.ITEM)
    if name == "channel":
        return key in channel_names() or key in _counted(session, Dimension.CHANNEL)
    if name == "district":
        areas = names.catalogue.content.areas
        return key in {*areas.old_city, *areas.former_county, ""}
    return True


def _counted(session: Session, dimension: Dimension) -> frozenset[str]:
    """The values that a dimension has had in any year."""
    rows = session.scalars(
        select(ReportTotal.a)
        .where(
            ReportTotal.grouping == dimension.value,
            ReportTotal.figure.in_(list(Figure)),
            ReportTotal.period <= LAST_YEAR,
        )
        .distinct()
    )
    return frozenset(rows)


def question_in_words(asked: Asked, names: Names, reader: Reader) -> list[tuple[Pair, str]]:
    """The question as it stands at the head of a file."""
    english = reader.language.startswith("en")
    told: list[tuple[Pair, str]] = [
        (("期間", "Period"), f"{asked.bounds.first} – {asked.bounds.last}"),
        (("依", "By"), BY_TEXT[asked.by][english]),
    ]
    for name, value in asked.filters.items():
        by = By(name)
        told.append((BY_TEXT[by], names.of(by, "" if value == NONE else value)[english]))
    if reader.units is not None:
        told.append((("限單位", "Only units"), "、".join(sorted(reader.units))))
    return told


def rows_asked(given: Mapping[str, str], most: int) -> int:
    """How many rows a page wants; `most` where it does not say, and at most."""
    text = given.get("most", "")
    return min(int(text), most) if text.isdecimal() and text.isascii() else most


def wants_every_row(given: Mapping[str, str]) -> bool:
    """Whether a file asks, which holds what no page could show."""
    return EVERY_ROW.items() <= given.items()


def is_of_periods(by: By) -> bool:
    """Whether the rows are days, weeks, months, half-years or years."""
    return by in BY_PERIOD


def half_year_of(day: date) -> str:
    """`2018-1` or `2018-2`."""
    return f"{day.year}-{1 if day.month <= _HALF else 2}"
