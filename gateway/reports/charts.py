"""What a chart shows of a table: its values, the words written on it, and what it says in one sentence. Pure.

A chart never holds more than its table: every value has the text that the table's cell shows.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any
from zoneinfo import ZoneInfo

from gateway.reports.chart_words import Said, said
from gateway.reports.tables import Column, Form, Table, Value

MINUTE = 60
HOUR = 3600
NOTHING = "—"


class ChartKind(StrEnum):
    """How a table is drawn."""

    LINE = "line"
    """One line for each of `ys` over `x`, which stands in order."""
    BAR = "bar"
    """Bars side by side for each `x`."""
    STACKED = "stacked"
    """The same, one upon the other."""
    SHARE = "share"
    """One upon the other to a whole, for each `x`."""
    HEAT = "heat"
    """A field for each `x` and each of `ys`, such as weekdays by hours; or, where `ys` names a column of
    words and a column of numbers, for each `x` and each of those words."""
    BAND = "band"
    """`ys` are a figure, its lower and its upper bound, and possibly what really came."""


@dataclass(frozen=True)
class Series:
    """One row of values over the labels, and what each is called."""

    name: str
    values: Sequence[float | None]
    texts: Sequence[str]


@dataclass(frozen=True)
class Drawing:
    """A chart, ready to be drawn in one language."""

    kind: ChartKind
    across: str
    """What the labels are."""
    labels: Sequence[str]
    series: Sequence[Series]
    ordered: bool
    """Whether the labels follow one another in time."""
    sentence: str

    @property
    def data(self) -> Mapping[str, Any]:
        """For the script that draws it."""
        return {
            "kind": self.kind.value,
            "labels": list(self.labels),
            "series": [
                {"name": one.name, "values": list(one.values), "texts": list(one.texts)}
                for one in self.series
            ],
        }


def drawing(
    kind: str, table: Table, x: str, ys: Sequence[str], *, english: bool, zone: ZoneInfo, ordered: bool = True
) -> Drawing:
    """The chart of these columns. Raises KeyError for an unknown column, ValueError for another kind.

    `ordered`: whether the rows follow one another in time, so that the last one is worth telling.
    """
    drawn, across = ChartKind(kind), table.columns[table.place(x)]
    columns = [table.columns[table.place(y)] for y in ys]

    def name(column: Column) -> str:
        return column.en if english else column.zh

    def text(value: Value, form: Form) -> str:
        return written(value, form, zone)

    if drawn is ChartKind.HEAT and [numeric(one) for one in columns] == [False, True]:
        labels, series = _crossed(table, across, columns[0], columns[1], text)
    else:
        place = table.place(x)
        labels = [text(row.cells[place], across.form) for row in table.rows]
        series = [_series(table, one, name(one), text) for one in columns]
    told = Said(
        [one.name for one in series], labels, [one.values for one in series], [one.texts for one in series]
    )
    sentence = said(drawn.value, told, ordered=ordered, english=english)
    return Drawing(drawn, name(across), labels, series, ordered, sentence)


def numeric(column: Column) -> bool:
    """Whether the cells of a column can be drawn."""
    return column.form in {Form.COUNT, Form.SHARE, Form.DAYS, Form.SECONDS, Form.SCORE}


def written(value: Value, form: Form, zone: ZoneInfo) -> str:
    """A cell as people read it."""
    if value is None or value == "":
        return NOTHING
    if isinstance(value, datetime):
        here = value.astimezone(zone)
        return f"{here:%Y-%m-%d}" if form is Form.DAY else f"{here:%Y-%m-%d %H:%M}"
    if isinstance(value, date):
        return f"{value:%Y-%m-%d}"
    if isinstance(value, str):
        return value
    return _number(value, form)


def _number(value: float, form: Form) -> str:
    match form:
        case Form.SHARE:
            return f"{value:.2%}"
        case Form.SECONDS:
            seconds = round(value)
            if seconds < HOUR:
                return f"{seconds // MINUTE}:{seconds % MINUTE:02d}"
            return f"{seconds // HOUR:,}:{seconds % HOUR // MINUTE:02d}:{seconds % MINUTE:02d}"
        case Form.SCORE:
            return f"{value:,.2f}"
        case Form.DAYS:
            return f"{value:,.1f}"
        case _:
            return f"{value:,}" if isinstance(value, int) or value % 1 else f"{value:,.0f}"


def _series(table: Table, column: Column, name: str, text: Callable[[Value, Form], str]) -> Series:
    place = table.place(column.key)
    cells = [row.cells[place] for row in table.rows]
    return Series(name, [_value(cell) for cell in cells], [text(cell, column.form) for cell in cells])


def _crossed(
    table: Table, across: Column, down: Column, figure: Column, text: Callable[[Value, Form], str]
) -> tuple[list[str], list[Series]]:
    """Rows of (x, word, number) as one series for each word, in the order in which they first come."""
    places = [table.place(one.key) for one in (across, down, figure)]
    cells = {}
    for row in table.rows:
        label, word, value = (row.cells[place] for place in places)
        cells[text(label, across.form), text(word, down.form)] = value
    labels = list(dict.fromkeys(label for label, _ in cells))
    words = list(dict.fromkeys(word for _, word in cells))
    found = {word: [cells.get((label, word)) for label in labels] for word in words}
    return labels, [
        Series(word, [_value(one) for one in row], [text(one, figure.form) for one in row])
        for word, row in found.items()
    ]


def _value(cell: Value) -> float | None:
    return float(cell) if isinstance(cell, int | float) else None
