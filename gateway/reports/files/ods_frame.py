"""What is around the rows of an ODS file: its package, its styles and its columns, made by odfpy."""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import Any, Final
from xml.sax.saxutils import quoteattr

from odf import dc, meta, number
from odf.opendocument import OpenDocumentSpreadsheet
from odf.style import Style, TableCellProperties, TableColumnProperties, TextProperties
from odf.table import Table as OdsTable
from odf.table import TableCell, TableColumn, TableRow

from gateway.reports.files.cells import Kind
from gateway.reports.files.lines import Look, Making
from gateway.reports.tables import Form, Table

CONTENT: Final = "content.xml"
_WIDTHS: Final = {Form.TEXT: "4.6cm", Form.CASE: "4.4cm", Form.MOMENT: "4.2cm"}
_USUAL_WIDTH: Final = "2.7cm"
_OPENS, _ROW, _CLOSES, _NAME = "<table:table ", "<table:table-row", "</table:table>", "the name of a sheet"


@dataclass(frozen=True)
class Frame:
    """The parts of a file without its rows."""

    package: bytes
    """A whole ODS file, whose content is to be replaced."""
    head: str
    table: str
    tail: str

    def opening(self, name: str) -> str:
        """The beginning of a sheet of this name."""
        return self.table.replace(f'"{_NAME}"', quoteattr(name))


def style_name(look: Look, kind: Kind) -> str:
    """The name of the style of a cell."""
    return f"{look.value}-{kind.value}"


def frame_of(table: Table, making: Making) -> Frame:
    """The frame of a table's file, which says whose it is and when it was made."""
    book = OpenDocumentSpreadsheet()
    book.meta.addElement(dc.Title(text=making.pick(table.title)))
    book.meta.addElement(meta.InitialCreator(text=making.who))
    book.meta.addElement(dc.Creator(text=making.who))
    book.meta.addElement(meta.CreationDate(text=f"{making.at.astimezone(making.zone):%Y-%m-%dT%H:%M:%S}"))
    _add_styles(book)
    sheet = OdsTable(name=_NAME)
    for column in table.columns:
        sheet.addElement(TableColumn(stylename=_width(book, _WIDTHS.get(column.form, _USUAL_WIDTH))))
    row = TableRow()
    row.addElement(TableCell())
    sheet.addElement(row)
    book.spreadsheet.addElement(sheet)
    whole = io.BytesIO()
    book.write(whole)
    content = book.contentxml().decode()
    begin, first, end = content.index(_OPENS), content.index(_ROW), content.index(_CLOSES)
    return Frame(whole.getvalue(), content[:begin], content[begin:first], content[end + len(_CLOSES) :])


def _width(book: Any, width: str) -> Any:
    name = f"column-{width}"
    known = next((one for one in book.automaticstyles.childNodes if one.getAttribute("name") == name), None)
    if known is None:
        known = Style(name=name, family="table-column")
        known.addElement(TableColumnProperties(columnwidth=width))
        book.automaticstyles.addElement(known)
    return known


def _add_styles(book: Any) -> None:
    formats = _formats()
    for made in formats.values():
        book.styles.addElement(made)
    for look in Look:
        for kind in Kind:
            shown = {"datastylename": formats[kind]} if kind in formats else {}
            style = Style(name=style_name(look, kind), family="table-cell", **shown)
            if look is Look.HEADING:
                style.addElement(TableCellProperties(backgroundcolor="#dde8ec"))
            if look in {Look.TITLE, Look.HEADING, Look.TOTAL}:
                bold = {"fontweight": "bold", "fontweightasian": "bold"}
                size = {"fontsize": "14pt", "fontsizeasian": "14pt"} if look is Look.TITLE else {}
                style.addElement(TextProperties(**bold, **size))
            book.styles.addElement(style)


def _formats() -> dict[Kind, Any]:
    count = number.NumberStyle(name="as-count")
    count.addElement(number.Number(decimalplaces=0, minintegerdigits=1, grouping="true"))
    share = number.PercentageStyle(name="as-share")
    share.addElement(number.Number(decimalplaces=2, minintegerdigits=1))
    share.addElement(number.Text(text="%"))
    decimal = number.NumberStyle(name="as-decimal")
    decimal.addElement(number.Number(decimalplaces=2, minintegerdigits=1, grouping="true"))
    days = number.NumberStyle(name="as-days")
    days.addElement(number.Number(decimalplaces=1, minintegerdigits=1, grouping="true"))
    length = number.TimeStyle(name="as-length", truncateonoverflow="false")
    day, moment = number.DateStyle(name="as-day"), number.DateStyle(name="as-moment")
    _spell(length, number.Hours(), ":", number.Minutes(style="long"), ":", number.Seconds(style="long"))
    for style in (day, moment):
        _spell(
            style, number.Year(style="long"), "-", number.Month(style="long"), "-", number.Day(style="long")
        )
    _spell(moment, " ", number.Hours(style="long"), ":", number.Minutes(style="long"))
    _spell(moment, ":", number.Seconds(style="long"))
    return {
        Kind.COUNT: count, Kind.SHARE: share, Kind.DECIMAL: decimal, Kind.DAYS: days, Kind.LENGTH: length,
        Kind.DAY: day, Kind.MOMENT: moment,
    }  # fmt: skip


def _spell(style: Any, *parts: Any) -> None:
    for part in parts:
        style.addElement(number.Text(text=part) if isinstance(part, str) else part)
