"""Rows of sheets read back into a catalogue; what is wrong is told by sheet, row and column. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

from pydantic import TypeAdapter, ValidationError

from gateway.cases.catalogue import InvalidCatalogue
from gateway.cases.catalogue_schema import AREAS, Areas, Channels, Content, ServiceItem, UnitRow
from gateway.cases.catalogue_sheets import (
    ANSWERS,
    CHANNELS,
    DISTRICTS,
    ITEMS,
    LIMIT_PARTS,
    LIMITS,
    QUESTIONS,
    ROUTES,
    ROUTING,
    SHEETS,
    UNITS,
    WORD_LISTS,
    WORDS,
)

MAX_TOLD = 20
Loc = tuple[int | str, ...]
_Shape = TypeVar("_Shape")


@dataclass(frozen=True)
class FileRow:
    """A row of a file: its sheet and number as a person counts them, its cells that are not empty."""

    sheet: str
    number: int
    cells: Mapping[str, str]

    def get(self, column: str) -> str | None:
        """The text of a cell, if there is one."""
        return self.cells.get(column)

    def at(self, column: str) -> str:
        """How a person finds the cell."""
        return f"sheet {self.sheet}, row {self.number}, column {column}"


@dataclass
class _Raw:
    """A value being put together, with the cell that each of its parts came from."""

    value: dict[str, Any] = field(default_factory=dict)
    origins: dict[Loc, str] = field(default_factory=dict)

    def origin(self, loc: Loc) -> str:
        """The cell that a part came from; of one that is missing, that of what it belongs to."""
        return next(self.origins[loc[:end]] for end in range(len(loc), -1, -1) if loc[:end] in self.origins)


def content_of(sheets: Mapping[str, Sequence[FileRow]]) -> Content:
    """The content that rows say, by the names of their sheets.

    Raises InvalidCatalogue that names up to twenty cells; whether the parts fit is not looked at.
    """
    missing = [sheet.name for sheet in SHEETS if sheet.name not in sheets]
    if missing:
        raise InvalidCatalogue(f"no sheet named {', '.join(missing)}")
    told: list[str] = []
    strays: list[str] = []
    items = [_checked(TypeAdapter(ServiceItem), raw, told) for raw in _raw_items(sheets, strays)]
    told += strays
    units = [_checked(TypeAdapter(UnitRow), _plain(row, UNITS.columns), told) for row in sheets[UNITS.name]]
    areas = _checked(TypeAdapter(Areas), _raw_areas(sheets[DISTRICTS.name], told), told)
    channels = _checked(TypeAdapter(Channels), _raw_channels(sheets[CHANNELS.name]), told)
    if told or areas is None or channels is None:
        more = f"; and {len(told) - MAX_TOLD} more" if len(told) > MAX_TOLD else ""
        raise InvalidCatalogue("; ".join(told[:MAX_TOLD]) + more)
    return Content(
        units=tuple(unit for unit in units if unit is not None),
        areas=areas,
        channels=channels,
        items=tuple(item for item in items if item is not None),
    )


def _checked(shape: TypeAdapter[_Shape], raw: _Raw, told: list[str]) -> _Shape | None:
    try:
        return shape.validate_python(raw.value)
    except ValidationError as error:
        told += [f"{raw.origin(problem['loc'])}: {problem['msg']}" for problem in error.errors()]
        return None


def _raw_items(sheets: Mapping[str, Sequence[FileRow]], told: list[str]) -> list[_Raw]:
    items = [(row.get("code") or "", _raw_item(row)) for row in sheets[ITEMS.name]]
    by_code = dict(items)
    readers = ((WORDS, _add_word), (QUESTIONS, _add_question), (ANSWERS, _add_answer), (ROUTES, _add_route))
    for sheet, add in readers:
        for row in sheets[sheet.name]:
            item = by_code.get(row.get("item") or "")
            problem = (row.at("item"), "no such item") if item is None else add(item, row)
            if problem is not None:
                told.append(": ".join(problem))
    return [raw for _, raw in items]


_Problem = tuple[str, str] | None


def _plain(row: FileRow, columns: Mapping[str, str]) -> _Raw:
    raw = _Raw({name: row.cells[name] for name in columns if name in row.cells})
    raw.origins = {(name,): row.at(name) for name in columns} | {(): row.at(next(iter(columns)))}
    return raw


def _raw_item(row: FileRow) -> _Raw:
    raw = _plain(
        row, {name: label for name, label in ITEMS.columns.items() if name in ServiceItem.model_fields}
    )
    raw.value["owner"] = {}
    raw.origins["owner",] = row.at("owner_default")
    for place in ("default", *AREAS):
        _put(raw, row, f"owner_{place}", ("owner", place))
    for stage in LIMITS:
        _put_limit(raw, row, (stage,), f"{stage}_")
    for language in ("zh", "en"):
        _put(raw, row, f"reply_{language}", ("reply_template", language))
    return raw


def _put(raw: _Raw, row: FileRow, column: str, loc: Loc) -> None:
    """Put a cell where it belongs; what holds it comes into being with the first one."""
    raw.origins[loc] = row.at(column)
    raw.origins.setdefault(loc[:-1], row.at(column))
    if column in row.cells:
        holder = raw.value
        for step in loc[:-1]:
            holder = holder.setdefault(str(step), {})
        holder[str(loc[-1])] = row.cells[column]


def _put_limit(raw: _Raw, row: FileRow, loc: Loc, prefix: str) -> None:
    for part in LIMIT_PARTS:
        _put(raw, row, f"{prefix}{part}", (*loc, part))


def _add_word(item: _Raw, row: FileRow) -> _Problem:
    words = row.get("list") or ""
    if words not in WORD_LISTS:
        return row.at("list"), f"expected one of {', '.join(WORD_LISTS)}"
    _append(item, row, (words,), row.get("text") or "", "text")
    return None


def _append(item: _Raw, row: FileRow, loc: Loc, value: object, column: str) -> Loc:
    rows: list[object] = item.value.setdefault(str(loc[0]), [])
    rows.append(value)
    at = (*loc, len(rows) - 1)
    item.origins[at] = row.at(column)
    return at


def _add_question(item: _Raw, row: FileRow) -> _Problem:
    columns = [name for name in QUESTIONS.columns if name != "item"]
    question: dict[str, Any] = {name: row.cells[name] for name in columns if name in row.cells}
    at = _append(item, row, ("attributes",), question, "code")
    item.origins |= {(*at, name): row.at(name) for name in columns}
    return None


def _add_answer(item: _Raw, row: FileRow) -> _Problem:
    questions: list[dict[str, Any]] = item.value.get("attributes", [])
    place = next((n for n, q in enumerate(questions) if q.get("code") == row.get("attribute")), None)
    if place is None:
        return row.at("attribute"), "the item has no such attribute"
    columns = [name for name in ANSWERS.columns if name not in {"item", "attribute"}]
    answers: list[object] = questions[place].setdefault("values", [])
    answers.append({name: row.cells[name] for name in columns if name in row.cells})
    at = ("attributes", place, "values", len(answers) - 1)
    item.origins |= {at: row.at("key")} | {(*at, name): row.at(name) for name in columns}
    return None


def _add_route(item: _Raw, row: FileRow) -> _Problem:
    district, attribute = row.get("district"), row.get("attribute")
    if (district is None) == (attribute is None):
        return row.at("district"), "a row names either a district or an attribute"
    if district is not None:
        unwanted = next((column for column in ("below", "among") if column in row.cells), None)
        if unwanted is not None:
            return row.at(unwanted), "goes with an attribute only"
        _put(item, row, "unit", ("owner", "districts", district))
        return None
    rule: dict[str, Any] = {name: row.cells[name] for name in ("below", "unit") if name in row.cells}
    if "among" in row.cells:
        rule["among"] = row.cells["among"].split()
    rules: list[object] = item.value["owner"].setdefault("by_attribute", {}).setdefault(attribute, [])
    rules.append(rule)
    at: Loc = ("owner", "by_attribute", attribute or "", len(rules) - 1)
    item.origins |= {at: row.at("unit"), at[:-1]: row.at("attribute")}
    item.origins |= {(*at, name): row.at(name) for name in ("below", "among", "unit")}
    return None


def _raw_areas(rows: Sequence[FileRow], told: list[str]) -> _Raw:
    raw = _Raw({area: [] for area in AREAS}, {(): f"sheet {DISTRICTS.name}"})
    for row in rows:
        area = row.get("area") or ""
        if area in AREAS:
            _append(raw, row, (area,), row.get("district") or "", "district")
        else:
            told.append(f"{row.at('area')}: expected one of {', '.join(AREAS)}")
    return raw


def _raw_channels(rows: Sequence[FileRow]) -> _Raw:
    raw = _Raw({}, {(): f"sheet {CHANNELS.name}"})
    for row in rows:
        channel = row.get("channel") or ""
        loc: Loc = (ROUTING,) if channel == ROUTING else ("channels", channel, "completion")
        raw.origins[loc[:2]] = row.at("channel")
        _put_limit(raw, row, loc, "")
    return raw
