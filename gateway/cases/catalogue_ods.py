"""Sheets in an OpenDocument spreadsheet, written for people to edit and read back as they left it."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from xml.parsers.expat import ExpatError
from xml.sax import SAXException

from odf import teletype
from odf.namespaces import OFFICENS, TABLENS
from odf.opendocument import OpenDocumentSpreadsheet, load
from odf.style import Style, TextProperties
from odf.table import CoveredTableCell, Table, TableCell, TableRow
from odf.text import P

from gateway.cases.catalogue import InvalidCatalogue
from gateway.cases.catalogue_rows import FileRow
from gateway.cases.catalogue_sheets import SHEETS, Cell, Row, Sheet

MAX_UNPACKED = 64 * 1024 * 1024
MAX_COLUMNS, MAX_ROWS = 64, 100_000
_CELL, _COVERED = TableCell().qname, CoveredTableCell().qname
_BROKEN = (zipfile.BadZipFile, ExpatError, SAXException, KeyError, ValueError, AttributeError, RecursionError)


def spreadsheet(rows: Mapping[str, Sequence[Row]]) -> bytes:
    """An ODS file with every sheet of a catalogue."""
    book = OpenDocumentSpreadsheet()
    bold = Style(name="heading", family="table-cell")
    bold.addElement(TextProperties(fontweight="bold"))
    book.automaticstyles.addElement(bold)
    for sheet in SHEETS:
        table = Table(name=sheet.name)
        _add_row(table, sheet.headings, bold)
        for row in rows[sheet.name]:
            _add_row(table, [row.get(column) for column in sheet.columns])
        book.spreadsheet.addElement(table)
    out = io.BytesIO()
    book.write(out)
    return out.getvalue()


def _add_row(table: Any, cells: Sequence[Cell], style: Any = None) -> None:
    row = TableRow()
    for value in cells:
        row.addElement(_cell(value, style))
    table.addElement(row)


def _cell(value: Cell, style: Any) -> Any:
    looks = {} if style is None else {"stylename": style}
    if value is None or value == "":
        return TableCell(**looks)
    if isinstance(value, bool):
        text = str(value).lower()
        cell = TableCell(valuetype="boolean", booleanvalue=text, **looks)
    elif isinstance(value, int | float):
        text = f"{value:g}"
        cell = TableCell(valuetype="float", value=text, **looks)
    else:
        text = value
        cell = TableCell(valuetype="string", **looks)
    for line in text.split("\n"):
        paragraph = P()
        teletype.addTextToElement(paragraph, line)
        cell.addElement(paragraph)
    return cell


def sheets_of(data: bytes) -> dict[str, list[FileRow]]:
    """The rows of every sheet of an ODS file. Raises InvalidCatalogue where it is none."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            if sum(entry.file_size for entry in archive.infolist()) > MAX_UNPACKED:
                raise InvalidCatalogue("the spreadsheet is too large")
        tables = load(io.BytesIO(data)).spreadsheet.getElementsByType(Table)
        lines = {str(table.getAttribute("name")): list(_lines(table)) for table in tables}
    except _BROKEN as error:
        raise InvalidCatalogue(f"not an ODS spreadsheet: {' '.join(str(error).split())[:200]}") from error
    known = {sheet.name: sheet for sheet in SHEETS}
    strange = sorted(lines.keys() - known.keys())
    if strange:
        raise InvalidCatalogue(f"unknown sheet {', '.join(strange)}; expected {', '.join(known)}")
    return {name: list(_rows(known[name], table)) for name, table in lines.items()}


_Line = tuple[int, list[str]]


def _lines(table: Any) -> Iterator[_Line]:
    """The rows that say something, numbered as a spreadsheet shows them."""
    number = 1
    for row in table.getElementsByType(TableRow):
        cells = [cell for cell in row.childNodes if cell.qname in (_CELL, _COVERED)]
        values = [value for cell in cells for value in _repeated(cell)]
        copies = int(row.getAttrNS(TABLENS, "number-rows-repeated") or 1)
        if any(values):
            for copy in range(min(copies, MAX_ROWS)):
                yield number + copy, values
        number += copies


def _repeated(cell: Any) -> list[str]:
    copies = int(cell.getAttrNS(TABLENS, "number-columns-repeated") or 1)
    return [_text(cell)] * min(copies, MAX_COLUMNS)


def _text(cell: Any) -> str:
    """What a cell says: its value where it has one (its text may be rounded), else its paragraphs."""
    kind = cell.getAttrNS(OFFICENS, "value-type")
    if kind == "float":
        return f"{float(cell.getAttrNS(OFFICENS, 'value')):.15g}"
    if kind == "boolean":
        return str(cell.getAttrNS(OFFICENS, "boolean-value"))
    return "\n".join(teletype.extractText(line) for line in cell.getElementsByType(P)).strip()


def _rows(sheet: Sheet, lines: Sequence[_Line]) -> Iterator[FileRow]:
    if not lines:
        raise InvalidCatalogue(f"sheet {sheet.name}: no row of headings")
    number, headings = lines[0]
    columns = [heading.split()[-1] if heading.split() else "" for heading in headings]
    strange = sorted(set(columns) - set(sheet.columns) - {""})
    missing = [column for column in sheet.columns if column not in columns]
    if strange or missing:
        raise InvalidCatalogue(
            f"sheet {sheet.name}, row {number}: unknown headings {strange}, missing headings {missing}"
        )
    for row, values in lines[1:]:
        cells = {column: value for column, value in zip(columns, values, strict=False) if column and value}
        yield FileRow(sheet.name, row, cells)
