"""XLSX, written row by row."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import ExitStack, suppress
from typing import IO, Any, Final

from openpyxl import Workbook
from openpyxl.cell import Cell as SheetCell
from openpyxl.styles import Font, PatternFill
from openpyxl.utils import get_column_letter

from gateway.reports.files.cells import Cell, Kind
from gateway.reports.files.lines import MADE_AT, MADE_BY, Line, Look, Making, Told, head_lines, lines, nobody
from gateway.reports.files.safe_cell import is_formula
from gateway.reports.tables import Form, Table

SHEET_ROWS: Final = 1_000_000
"""A sheet ends at 1,048,576 lines in every program."""
WIDTHS: Final = {Form.TEXT: 24, Form.CASE: 22, Form.MOMENT: 20}
USUAL_WIDTH: Final = 13
_FORMATS: Final = {
    Kind.COUNT: "#,##0", Kind.SHARE: "0.00%", Kind.DECIMAL: "#,##0.00", Kind.DAYS: "#,##0.0",
    Kind.LENGTH: "[h]:mm:ss", Kind.DAY: "yyyy-mm-dd", Kind.MOMENT: "yyyy-mm-dd hh:mm:ss",
}  # fmt: skip
_FONTS: Final = {
    Look.TITLE: Font(bold=True, size=14), Look.HEADING: Font(bold=True), Look.TOTAL: Font(bold=True),
}  # fmt: skip
_FILL: Final = PatternFill("solid", fgColor="FFDDE8EC")


def write_xlsx(table: Table, making: Making, out: IO[bytes], told: Told = nobody) -> None:
    """Write the table as a workbook; a table that is too long for one sheet goes on in the next.

    Rows wait in files of the system's temporary folder until the workbook is put together; none stays there
    where that does not come about.
    """
    book = Workbook(write_only=True)
    # Who and when lie in the file's own description too: it stays when rows are cut out.
    book.properties.creator = making.who
    book.properties.title = making.pick(table.title)
    book.properties.description = f"{making.pick(MADE_AT)} {making.shown(making.at)}, {making.pick(MADE_BY)}"
    sheet, styles = _Sheet(), _Styles()
    try:
        for line in lines(table, making, SHEET_ROWS, told):
            if line.look is Look.SHEET:
                sheet.begin(book, table)
            else:
                sheet.rows.append([styles.cell(sheet.rows, line, cell) for cell in line.cells])
        book.save(out)
    finally:
        _take_away(book)


def _take_away(book: Workbook) -> None:
    """Every sheet's file, also where closing one fails on a full disk."""
    sheets: Iterable[Any] = book.worksheets
    with ExitStack() as last:
        for rows in sheets:
            last.callback(_remove, rows)
            if not rows.closed:
                last.callback(rows.close)


def _remove(rows: Any) -> None:
    with suppress(FileNotFoundError):  # a sheet that was put into the workbook is gone
        rows._writer.cleanup()


class _Sheet:
    """The sheet that is being written."""

    rows: Any = None

    def begin(self, book: Workbook, table: Table) -> None:
        first = self.rows is None
        if not first:
            self.rows.close()
        self.rows = book.create_sheet(f"{table.key[:24]} {len(book.sheetnames) + 1}")
        self.rows.freeze_panes = f"A{(head_lines(table) if first else 0) + 2}"
        for place, column in enumerate(table.columns, 1):
            letter = get_column_letter(place)
            self.rows.column_dimensions[letter].width = WIDTHS.get(column.form, USUAL_WIDTH)


class _Styles:
    """Each look of a cell is made once for a book."""

    def __init__(self) -> None:
        self._known: dict[tuple[Look, Kind, bool], Any] = {}

    def cell(self, rows: Any, line: Line, cell: Cell) -> Any:
        if cell.kind is Kind.EMPTY:
            return None
        guarded = isinstance(cell.value, str) and is_formula(cell.value)
        key = (line.look, cell.kind, guarded)
        if key not in self._known:
            self._known[key] = self._made(rows, *key)
        made = SheetCell(rows, 1, 1, style_array=self._known[key])
        made.value = cell.value
        if cell.kind is Kind.TEXT:
            made.data_type = "s"  # a text that begins like a formula would be taken for one
        return made

    @staticmethod
    def _made(rows: Any, look: Look, kind: Kind, guarded: bool) -> Any:
        model: Any = SheetCell(rows, 1, 1)
        if look in _FONTS:
            model.font = _FONTS[look]
        if look is Look.HEADING:
            model.fill = _FILL
        if kind in _FORMATS:
            model.number_format = _FORMATS[kind]
        if guarded:
            model.quotePrefix = True  # nor may it become one when somebody only presses Enter in it
        return model._style
