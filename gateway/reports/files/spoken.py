"""A cell as people read it, where there is no spreadsheet: on paper and in letters. Pure."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from gateway.reports.files.cells import Cell, Kind, cell_of
from gateway.reports.tables import Form, Value

NOTHING = "—"


def spoken(value: Value, form: Form, zone: ZoneInfo) -> str:
    """The value in words and figures; «—» where nothing can be said."""
    return _shown(cell_of(value, form, zone))


def _shown(cell: Cell) -> str:
    value = cell.value
    if value is None:
        return NOTHING
    if isinstance(value, timedelta):
        seconds = int(value.total_seconds())
        sign, seconds = ("-" if seconds < 0 else ""), abs(seconds)
        return f"{sign}{seconds // 3600}:{seconds // 60 % 60:02}:{seconds % 60:02}"
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d %H:%M}"
    if isinstance(value, str | date):
        return str(value)
    written = {Kind.COUNT: "{:,}", Kind.SHARE: "{:.2%}", Kind.DECIMAL: "{:,.2f}"}
    return written.get(cell.kind, "{}").format(value)
