"""The question of a report as a form: its fields, and their options in the reader's language. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final
from urllib.parse import urlencode

from gateway.console.case_words import CaseWords
from gateway.reports.cases.asking import FILTERS, NONE
from gateway.reports.cases.deadlines import COLUMNS
from gateway.reports.cases.dimensions import BY_TEXT, By
from gateway.reports.cases.naming import KINDS, NOWHERE, Names, channel_names
from gateway.reports.cases.open_lists import TITLES, WINDOWS
from gateway.reports.tables import Pair, Reader

Option = tuple[str, str]
SELECTS: Final = ("agency", "unit", "main", "item", "kind", "district", "channel")
"""The filters that are chosen from a list; village and person come by following a row."""
_HALF_BEGINS: Final = 7


@dataclass(frozen=True)
class Select:
    """One list to choose from; an empty value sets no bound."""

    name: str
    label: str
    options: Sequence[Option]
    value: str


@dataclass(frozen=True)
class ReportForm:
    """The fields that a report has."""

    period: tuple[str, str] | None
    by: Select | None
    selects: Sequence[Select]
    more: Select | None
    """How near is near, for the list of what is due soon."""
    days: str | None
    """How long untouched; None where that is not asked."""
    quick: Sequence[tuple[str, str]]
    """Usual periods: name and query."""
    kept: Sequence[tuple[str, str]]
    """What else the address says, such as the figure that was followed."""


def report_form(
    name: str,
    given: Mapping[str, str],
    period: tuple[date, date],
    words: CaseWords,
    reader: Reader,
    today: date,
) -> ReportForm:
    """The form of a report on cases, filled in as the address asks."""
    english = reader.language.startswith("en")
    names = Names(words.catalogue, words.places, words.every_item)
    is_list = name in TITLES
    filled = [_select(one, given, names, words, english) for one in SELECTS]
    if reader.units is not None:
        filled = [_narrowed(one, reader.units, names) for one in filled]
    if name == "behind":
        filled = [one for one in filled if one.name in {"agency", "unit", "item", "district"}]
    by = None
    if name in COLUMNS:
        options = [(one.value, BY_TEXT[one][english]) for one in By]
        by = Select("by", ("依", "By")[english], options, given.get("by") or By.UNIT.value)
    window = None
    if name == "due-soon":
        options = [(key, pair[english]) for key, pair in WINDOWS.items()]
        window = Select("within", ("期限", "Due")[english], options, given.get("within") or "3d")
    return ReportForm(
        period=None if is_list else (period[0].isoformat(), period[1].isoformat()),
        by=by,
        selects=filled,
        more=window,
        days=(given.get("days") or "7") if name == "untouched" else None,
        quick=[] if is_list else [(pair[english], query) for pair, query in _quick(given, today)],
        kept=[(key, given[key]) for key in ("figure", "village", "person") if given.get(key)],
    )


def _select(name: str, given: Mapping[str, str], names: Names, words: CaseWords, english: bool) -> Select:
    options = [("", ("全部", "All")[english]), *_OPTIONS[name](names, words, english)]
    value = given.get(name, "")
    if value not in dict(options):  # such as an item no longer in use, to which a row led
        options.append((value, names.of(By(name), value)[english]))
    return Select(name, BY_TEXT[By(name)][english], options, value)


_OPTIONS: Final[Mapping[str, Callable[[Names, CaseWords, bool], Sequence[Option]]]] = {
    "agency": lambda names, words, english: [
        (key, names.of(By.AGENCY, key)[english])
        for key in dict.fromkeys(names.agency(unit) for unit, _ in words.units(external=True))
    ],
    "unit": lambda _names, words, _english: words.units(external=True),
    "main": lambda _names, words, _english: words.mains(),
    "item": lambda _names, words, _english: words.items(),
    "kind": lambda _names, _words, english: [(key, pair[english]) for key, pair in KINDS.items()],
    "district": lambda _names, words, english: [*words.districts(), (NONE, NOWHERE[english])],
    "channel": lambda _names, _words, english: [
        (key, pair[english]) for key, pair in channel_names().items() if key != "web_chat"
    ],
}


def _narrowed(select: Select, units: frozenset[str], names: Names) -> Select:
    """A list of units or agencies as somebody sees it who belongs to some of them."""
    if select.name not in {"unit", "agency"}:
        return select
    own = units if select.name == "unit" else frozenset(names.agency(unit) for unit in units)
    kept = [option for option in select.options if option[0] in {"", *own}]
    return Select(select.name, select.label, kept, select.value)


def _quick(given: Mapping[str, str], today: date) -> list[tuple[Pair, str]]:
    """Today, this month and the last, this half-year and the last, this year; the rest stays asked."""
    month = today.replace(day=1)
    last_month = (month - timedelta(days=1)).replace(day=1)
    half = today.replace(month=_HALF_BEGINS if today.month >= _HALF_BEGINS else 1, day=1)
    last_half_end = half - timedelta(days=1)
    last_half = last_half_end.replace(month=_HALF_BEGINS if last_half_end.month >= _HALF_BEGINS else 1, day=1)
    spans: Sequence[tuple[Pair, date, date]] = (
        (("今日", "Today"), today, today),
        (("本月", "This month"), month, today),
        (("上月", "Last month"), last_month, month - timedelta(days=1)),
        (("本半年", "This half-year"), half, today),
        (("前半年", "Last half-year"), last_half, last_half_end),
        (("今年", "This year"), today.replace(month=1, day=1), today),
    )
    rest = {key: given[key] for key in ("by", "figure", *FILTERS) if given.get(key)}
    return [
        (pair, urlencode({"from": first.isoformat(), "to": last.isoformat(), **rest}))
        for pair, first, last in spans
    ]
