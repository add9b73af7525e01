"""A table line by line, as every kind of sheet shows it: what it is, its rows, its total, its notes. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final
from zoneinfo import ZoneInfo

from gateway.reports.files.cells import Cell, cell_of, text_cell
from gateway.reports.tables import Pair, Reader, Row, Table

TELL_EVERY: Final = 500
"""After so many rows it is told how far a file is."""
Told = Callable[[int], None]
REPORT: Final = ("報表", "Report")
AS_OF: Final = ("資料截至", "As of")
MADE_AT: Final = ("製表時間", "Made at")
MADE_BY: Final = ("製表人", "Made by")


@dataclass(frozen=True)
class Making:
    """Who has a file made, and when."""

    reader: Reader
    at: datetime
    zone: ZoneInfo

    def pick(self, pair: Pair) -> str:
        """The words in the language of who reads."""
        return pair[1] if self.reader.language == "en" else pair[0]

    def shown(self, at: datetime) -> str:
        """An instant in the city's time."""
        return f"{at.astimezone(self.zone):%Y-%m-%d %H:%M:%S}"

    @property
    def who(self) -> str:
        """The person by name and account."""
        return f"{self.reader.name} ({self.reader.username})"


class Look(StrEnum):
    """What a line is."""

    SHEET = "sheet"
    """A new sheet begins; no line by itself."""
    TITLE = "title"
    FACT = "fact"
    HEADING = "heading"
    ROW = "row"
    TOTAL = "total"
    NOTE = "note"


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a sheet."""

    look: Look
    cells: Sequence[Cell] = ()


def nobody(_rows: int) -> None:
    """Nobody is told."""


def facts(table: Table, making: Making) -> list[tuple[str, str]]:
    """What a file says about itself: the question, up to when, made when and by whom."""
    return [
        *((making.pick(heading), answer) for heading, answer in table.asked),
        (making.pick(AS_OF), making.shown(table.as_of)),
        (making.pick(MADE_AT), making.shown(making.at)),
        (making.pick(MADE_BY), making.who),
    ]


def lines(table: Table, making: Making, sheet_rows: int = 0, told: Told = nobody) -> Iterator[Line]:
    """Every line; rows are gone through once. After `sheet_rows` rows another sheet begins (0: never)."""
    yield Line(Look.SHEET)
    yield Line(Look.TITLE, [text_cell(making.pick(table.title))])
    for name, answer in facts(table, making):
        yield Line(Look.FACT, [text_cell(name), text_cell(answer)])
    yield Line(Look.FACT)
    heading = Line(Look.HEADING, [text_cell(making.pick(column.pair)) for column in table.columns])
    yield heading
    count = 0
    for count, row in enumerate(table.rows, 1):
        if sheet_rows and count > 1 and count % sheet_rows == 1:
            yield Line(Look.SHEET)
            yield heading
        yield Line(Look.ROW, cells_of(table, row, making.zone))
        if count % TELL_EVERY == 0:
            told(count)
    told(count)
    if table.total is not None:
        yield Line(Look.TOTAL, cells_of(table, table.total, making.zone))
    for note in table.notes:
        yield Line(Look.NOTE, [text_cell(making.pick(note))])


def head_lines(table: Table) -> int:
    """How many lines of the first sheet come before its headings."""
    return len(table.asked) + 5


def cells_of(table: Table, row: Row, zone: ZoneInfo) -> list[Cell]:
    """The cells of a row, each of the form of its column."""
    return [cell_of(value, column.form, zone) for value, column in zip(row.cells, table.columns, strict=True)]
