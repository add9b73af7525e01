"""CSV as spreadsheets open it: UTF-8 with a mark, CRLF. Numbers are plain, so that programs read them too."""

from __future__ import annotations

import csv
import io
from datetime import date, datetime, timedelta
from typing import IO

from gateway.reports.files.cells import Cell
from gateway.reports.files.lines import Line, Look, Making, Told, lines, nobody
from gateway.reports.files.safe_cell import safe_cell
from gateway.reports.tables import Table


def write_csv(table: Table, making: Making, out: IO[bytes], told: Told = nobody) -> None:
    """Write the table as CSV. Shares are from 0 to 1, lengths of time in seconds."""
    text = io.TextIOWrapper(out, encoding="utf-8-sig", newline="")
    sheet = csv.writer(text)
    sheet.writerows(_cells(line) for line in lines(table, making, told=told) if line.look is not Look.SHEET)
    text.detach()  # flushes, and leaves what it writes to open


def _cells(line: Line) -> list[str | int | float]:
    return [_cell(cell) for cell in line.cells]


def _cell(cell: Cell) -> str | int | float:
    value = cell.value
    if value is None:
        return ""
    if isinstance(value, str):
        return safe_cell(value)
    if isinstance(value, timedelta):
        return int(value.total_seconds())
    if isinstance(value, datetime):
        return value.isoformat(" ", "seconds")
    return value.isoformat() if isinstance(value, date) else value
