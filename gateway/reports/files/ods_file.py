"""ODS, written row by row: odfpy makes the package and its styles, and would hold every cell in memory."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator
from datetime import date, timedelta
from typing import IO, Any, Final
from xml.sax.saxutils import escape, quoteattr

from gateway.reports.files.cells import Cell, Kind
from gateway.reports.files.lines import Line, Look, Making, Told, lines, nobody
from gateway.reports.files.ods_frame import CONTENT, Frame, frame_of, style_name
from gateway.reports.tables import Table

SHEET_ROWS: Final = 1_000_000
_BEYOND_ZIP: Final = 500_000
"""From so many rows on the content may need more than the 2 GiB of a plain entry."""
_CHUNK: Final = 262_144
_SPACES: Final = re.compile(r"^ |(?<= ) +| $")
"""Spaces that ODF would drop."""


def write_ods(table: Table, making: Making, out: IO[bytes], told: Told = nobody) -> None:
    """Write the table as a spreadsheet; a table that is too long for one sheet goes on in the next."""
    frame = frame_of(table, making)
    long = len(table.rows) > _BEYOND_ZIP
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as package:
        with zipfile.ZipFile(io.BytesIO(frame.package)) as given:
            for entry in given.infolist():
                if entry.filename != CONTENT:
                    package.writestr(entry, given.read(entry))
        with package.open(CONTENT, "w", force_zip64=long) as content:
            waiting: list[str] = []
            size = 0
            for part in _content(frame, table, making, told):
                waiting.append(part)
                size += len(part)
                if size >= _CHUNK:
                    content.write("".join(waiting).encode())
                    waiting, size = [], 0
            content.write("".join(waiting).encode())


def _content(frame: Frame, table: Table, making: Making, told: Told) -> Iterator[str]:
    yield frame.head
    sheets = 0
    for line in lines(table, making, SHEET_ROWS, told):
        if line.look is Look.SHEET:
            sheets += 1
            yield "</table:table>" if sheets > 1 else ""
            yield frame.opening(f"{table.key[:24]} {sheets}")
        else:
            yield _row(line)
    yield "</table:table>"
    yield frame.tail


def _row(line: Line) -> str:
    cells = "".join(_cell(cell, line.look) for cell in line.cells) or "<table:table-cell/>"
    return f"<table:table-row>{cells}</table:table-row>"


def _cell(cell: Cell, look: Look) -> str:
    style = f' table:style-name="{style_name(look, cell.kind)}"'
    if cell.kind is Kind.EMPTY:
        return f"<table:table-cell{style}/>"
    if cell.kind is Kind.TEXT:
        words = "".join(f"<text:p>{_spelt(part)}</text:p>" for part in re.split(r"[\n\r]", str(cell.value)))
        return f'<table:table-cell{style} office:value-type="string">{words}</table:table-cell>'
    kind, name, value = _typed(cell.kind, cell.value)
    return f'<table:table-cell{style} office:value-type="{kind}" office:{name}={quoteattr(value)}/>'


def _typed(kind: Kind, value: Any) -> tuple[str, str, str]:
    if isinstance(value, timedelta):
        seconds = int(value.total_seconds())
        sign, seconds = ("-" if seconds < 0 else ""), abs(seconds)
        return "time", "time-value", f"{sign}PT{seconds // 3600}H{seconds // 60 % 60}M{seconds % 60}S"
    if isinstance(value, date):
        return "date", "date-value", value.isoformat()
    return ("percentage" if kind is Kind.SHARE else "float"), "value", repr(value)


def _spelt(text: str) -> str:
    # A tab would be dropped: Calc does not read `text:tab`.
    spaced = _SPACES.sub(lambda run: f"\0{len(run[0])}\1", text.replace("\t", " "))
    return re.sub("\0(\\d+)\1", r'<text:s text:c="\1"/>', escape(spaced))
