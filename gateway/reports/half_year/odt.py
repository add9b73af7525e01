"""The report as a text document, to print."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from odf import teletype
from odf.opendocument import OpenDocumentText
from odf.style import (
    MasterPage,
    PageLayout,
    PageLayoutProperties,
    ParagraphProperties,
    Style,
    TableCellProperties,
    TextProperties,
)
from odf.table import Table, TableCell, TableColumn, TableHeaderRows, TableRow
from odf.text import H

from gateway.reports.half_year.document import NOTES, SOURCES, SUMMARY_HEADS, Document, summary_cells
from gateway.reports.half_year.opendocument import column, p, packed
from gateway.reports.half_year.text import heading, month_tables

MEDIA_TYPE: Final = "application/vnd.oasis.opendocument.text"
_FONT: Final = "Noto Sans CJK TC"
_NAME_CM, _CELL_CM = 4.4, 2.2
_SUMMARY_CM: Final = (4.4, 1.1, 2.4, 2.4, 1.9, 1.9, 3.9)


def as_odt(document: Document) -> bytes:
    """The whole report as a text document on A4 pages."""
    book = OpenDocumentText()
    _page(book)
    styles = _text_styles(book)
    _heading(book, styles["title"], 1, document.title[0])
    for label, words in document.head:
        _paragraph(book.text, styles["small"], f"{label[0]}：{words[0]}")
    for place, section in enumerate(document.sections):
        _heading(book, styles["heading"], 2, heading(place, section.heading[0]))
        for sentence in section.sentences:
            _paragraph(book.text, styles["body"], sentence)
        rows = [[head[0] for head in SUMMARY_HEADS], *(summary_cells(one) for one in section.standings)]
        _text_table(book, styles, f"{section.key}-summary", rows, _SUMMARY_CM, range(2, 6))
        for n, table in enumerate(month_tables(document, section), start=1):
            widths = (_NAME_CM, *[_CELL_CM] * (len(table[0]) - 1))
            _text_table(book, styles, f"{section.key}-months-{n}", table, widths, range(1, len(table[0])))
        for note in section.notes:
            _paragraph(book.text, styles["small"], f"註：{note[0]}")
    _heading(book, styles["heading"], 2, NOTES[0])
    for n, note in enumerate(document.notes, start=1):
        _paragraph(book.text, styles["small"], f"{n}. {note[0]}")
    if document.sources:
        _heading(book, styles["heading"], 2, SOURCES[0])
        for n, source in enumerate(document.sources, start=1):
            _paragraph(book.text, styles["small"], f"{n}. {source}")
    return packed(book)


def _page(book: Any) -> None:
    layout = PageLayout(name="A4")
    layout.addElement(
        PageLayoutProperties(
            pagewidth="21cm", pageheight="29.7cm", margintop="2cm", marginbottom="2cm", marginleft="1.5cm",
            marginright="1.5cm", printorientation="portrait",
        )
    )  # fmt: skip
    book.automaticstyles.addElement(layout)
    book.masterstyles.addElement(MasterPage(name="Standard", pagelayoutname=layout))


def _text_styles(book: Any) -> dict[str, Any]:
    made: dict[str, Any] = {}
    about: dict[str, tuple[str, str, dict[str, str]]] = {
        "title": ("18pt", "bold", {"textalign": "center", "marginbottom": "0.4cm"}),
        "heading": (
            "14pt",
            "bold",
            {"margintop": "0.6cm", "marginbottom": "0.2cm", "keepwithnext": "always"},
        ),
        "body": ("12pt", "normal", {"textindent": "0.85cm", "lineheight": "150%", "textalign": "justify"}),
        "small": ("9pt", "normal", {"marginbottom": "0.05cm"}),
        "cell": ("9pt", "normal", {}),
        "number": ("9pt", "normal", {"textalign": "end"}),
        "head": ("9pt", "bold", {"textalign": "center"}),
    }
    for name, (size, weight, shape) in about.items():
        style = Style(name=f"wst-{name}", family="paragraph")
        style.addElement(ParagraphProperties(**shape))
        style.addElement(
            TextProperties(
                fontfamily=_FONT, fontfamilyasian=_FONT, fontsize=size, fontsizeasian=size, fontweight=weight,
                fontweightasian=weight, languageasian="zh", countryasian="TW",
            )
        )  # fmt: skip
        book.automaticstyles.addElement(style)
        made[name] = style
    made["box"] = Style(name="wst-box", family="table-cell")
    made["box"].addElement(TableCellProperties(border="0.5pt solid #808080", padding="0.05cm"))
    book.automaticstyles.addElement(made["box"])
    return made


def _text_table(
    book: Any, styles: dict[str, Any], name: str, rows: Sequence[Sequence[str]], widths: Sequence[float],
    numbers: range,
) -> None:  # fmt: skip
    table = Table(name=name)
    for n, width in enumerate(widths):
        table.addElement(TableColumn(stylename=column(book, f"{name}-{n}", width)))
    heads = TableHeaderRows()
    table.addElement(heads)
    for place, cells in enumerate(rows):
        row = TableRow()
        for n, text in enumerate(cells):
            cell = TableCell(valuetype="string", stylename=styles["box"])
            look = "head" if place == 0 else "number" if n in numbers else "cell"
            cell.addElement(p(styles[look], text))
            row.addElement(cell)
        (heads if place == 0 else table).addElement(row)
    book.text.addElement(table)
    _paragraph(book.text, styles["small"], "")


def _heading(book: Any, style: Any, level: int, text: str) -> None:
    made = H(outlinelevel=level, stylename=style)
    teletype.addTextToElement(made, text)
    book.text.addElement(made)


def _paragraph(where: Any, style: Any, text: str) -> None:
    where.addElement(p(style, text))
