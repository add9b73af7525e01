"""A report's table as cells that a template only has to write down. Pure."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo

from gateway.reports.charts import written
from gateway.reports.tables import Form, Row, Table

NUMBERS: Final = frozenset({Form.COUNT, Form.SHARE, Form.DAYS, Form.SECONDS, Form.SCORE})


class Grid(NamedTuple):
    """What of a table stands on a page."""

    heads: Sequence[tuple[tuple[str, str], str, bool]]
    """Each heading in both languages, its column's name, and whether numbers stand below it."""
    rows: Sequence[Sequence[Shown]]
    total: Sequence[Shown]
    all: int
    """How many rows there are, shown or not."""


class Shown(NamedTuple):
    """One cell: its words, where they lead (empty: nowhere), and whether it is a number."""

    words: str
    url: str
    number: bool


def grid(table: Table, drills: Collection[str], zone: ZoneInfo, most: int) -> Grid:
    """The first `most` rows and the total as cells."""
    return Grid(
        [(column.pair, column.key, column.form in NUMBERS) for column in table.columns],
        [_row(table, row, drills, zone) for row in table.rows[:most]],
        _row(table, table.total, drills, zone) if table.total else (),
        max(len(table.rows), int(str(table.more.get("rows", 0)))),
    )


def _row(table: Table, row: Row, drills: Collection[str], zone: ZoneInfo) -> list[Shown]:
    """One row as cells: a number of a case leads to the case, a figure among `drills` to what it counts."""
    cells = []
    for column, cell in zip(table.columns, row.cells, strict=True):
        url = ""
        if row.link and column.form is Form.CASE:
            url = row.link
        elif row.link and cell and column.key in drills:
            url = f"{row.link}&figure={column.key}"
        cells.append(Shown(written(cell, column.form, zone), url, column.form in NUMBERS))
    return cells


def biggest_first(table: Table) -> Sequence[Row]:
    """The rows by their first figure, the biggest first."""
    place = next((n for n, column in enumerate(table.columns) if column.form is Form.COUNT), None)
    if place is None:
        return table.rows
    return sorted(table.rows, key=lambda row: -_number(row.cells[place]))


def _number(cell: object) -> float:
    return float(cell) if isinstance(cell, int | float) else 0.0
