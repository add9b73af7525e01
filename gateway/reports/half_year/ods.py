"""The report as a spreadsheet whose numbers are numbers."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any, Final

from odf.number import Number, NumberStyle
from odf.opendocument import OpenDocumentSpreadsheet
from odf.style import Style, TextProperties
from odf.table import Table, TableCell, TableColumn, TableRow

from gateway.reports.figures.book import WAY_TEXT, Entry
from gateway.reports.figures.catalogue import Figure, Over, as_number, figures
from gateway.reports.figures.reckoning import Total
from gateway.reports.half_year.document import (
    NOTES,
    NOTHING,
    SUMMARY_HEADS,
    Document,
    moment_zh,
    origin_of,
    summary_cells,
    without,
)
from gateway.reports.half_year.opendocument import column, p, packed
from gateway.reports.half_year.wording import Standing

MEDIA_TYPE: Final = "application/vnd.oasis.opendocument.spreadsheet"
SHEETS: Final = ("本期", "各月", "填報明細", "說明")
ENTRY_HEADS: Final = ("月份", "統計項目", "數值", "來源", "方式", "填報人", "填報時間")
_WIDE_CM: Final = 5.0


def as_ods(document: Document) -> bytes:
    """The same as four sheets: the period, its months, what was entered by whom, and the notes."""
    book = OpenDocumentSpreadsheet()
    looks = _sheet_styles(book)
    standings = [(section, one) for section in document.sections for one in section.standings]
    months = document.period.months
    _sheet(book, looks, SHEETS[0], (_WIDE_CM, _WIDE_CM + 2, *[3.0] * 6, 9.0), [
        [document.title[0]],
        *([f"{label[0]}：{words[0]}"] for label, words in document.head),
        ["章節", *(head[0] for head in SUMMARY_HEADS), "備註"],
        *([section.heading[0], *_period_cells(one), without(one.now)] for section, one in standings),
    ], heads=len(document.head) + 1)  # fmt: skip
    _sheet(book, looks, SHEETS[1], (_WIDE_CM, _WIDE_CM + 2, 2.0, *[2.6] * len(months), 3.0, 6.0), [
        ["章節", SUMMARY_HEADS[0][0], SUMMARY_HEADS[1][0], *(month.zh for month in months), "合計或平均",
         SUMMARY_HEADS[-1][0]],
        *([section.heading[0], one.figure.zh, one.figure.unit[0],
           *((one.figure, cell.value) if (cell := one.now.cells.get(month)) else NOTHING for month in months),
           _over(one.figure, one.now), origin_of(one.now)] for section, one in standings),
    ])  # fmt: skip
    _sheet(book, looks, SHEETS[2], (3.0, _WIDE_CM + 2, 3.0, 10.0, 2.0, 4.0, 6.0), [
        ENTRY_HEADS, *(_entry_cells(entry, document) for entry in document.entries),
    ])  # fmt: skip
    said = [[f"{section.heading[0]}：{text}"] for section in document.sections for text in section.sentences]
    notes = [[f"{section.heading[0]}：{note[0]}"] for section in document.sections for note in section.notes]
    _sheet(
        book, looks, SHEETS[3], (30.0,), [[NOTES[0]], *said, *notes, *([note[0]] for note in document.notes)]
    )
    return packed(book)


Cell = str | tuple[Figure, Fraction]


def _period_cells(standing: Standing) -> list[Cell]:
    figure, change = standing.figure, standing.change
    share = summary_cells(standing)[5]
    return [
        figure.zh, figure.unit[0], _over(figure, standing.now), _over(figure, standing.before),
        NOTHING if change is None else (figure, change), share, origin_of(standing.now),
    ]  # fmt: skip


def _entry_cells(entry: Entry, document: Document) -> list[Cell]:
    figure = figures().all[entry.figure]
    value: Cell = NOTHING if entry.value is None else (figure, Fraction(entry.value))
    at = moment_zh(entry.entered_at.astimezone(document.drawn_up.tzinfo))
    return [entry.month.zh, figure.zh, value, entry.source, WAY_TEXT[entry.way][0], entry.entered_by, at]


def _over(figure: Figure, total: Total) -> Cell:
    return NOTHING if total.value is None else (figure, total.value)


def _sheet(
    book: Any, looks: dict[str, Any], name: str, widths: Sequence[float], rows: Sequence[Sequence[Cell]],
    heads: int = 0,
) -> None:  # fmt: skip
    table = Table(name=name)
    for n, width in enumerate(widths):
        table.addElement(TableColumn(stylename=column(book, f"{SHEETS.index(name)}-{n}", width)))
    for place, cells in enumerate(rows):
        row = TableRow()
        for cell in cells:
            row.addElement(_sheet_cell(cell, looks, place <= heads))
        table.addElement(row)
    book.spreadsheet.addElement(table)


def _sheet_cell(cell: Cell, looks: dict[str, Any], is_head: bool) -> Any:
    if isinstance(cell, str):
        made = TableCell(valuetype="string", stylename=looks["head" if is_head else "text"])
        made.addElement(p(None, cell))
        return made
    figure, value = cell
    number = as_number(figure, value)
    whole = figure.over is Over.SUM
    made = TableCell(valuetype="float", value=str(number), stylename=looks["count" if whole else "mean"])
    made.addElement(p(None, f"{number:,}" if whole else f"{number:,.2f}"))
    return made


def _sheet_styles(book: Any) -> dict[str, Any]:
    looks: dict[str, Any] = {}
    for name, places in (("count", 0), ("mean", 2)):
        number = NumberStyle(name=f"number-{name}")
        number.addElement(Number(decimalplaces=places, minintegerdigits=1, grouping="true"))
        book.automaticstyles.addElement(number)
        looks[name] = Style(name=name, family="table-cell", datastylename=number)
    for name, weight in (("head", "bold"), ("text", "normal")):
        looks[name] = Style(name=name, family="table-cell")
        looks[name].addElement(TextProperties(fontweight=weight, fontweightasian=weight))
    for look in looks.values():
        book.automaticstyles.addElement(look)
    return looks
