"""What a cell of a table is in a file: its kind and its plain value. Pure."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Final
from zoneinfo import ZoneInfo

from gateway.reports.tables import Form, Value

Plain = str | int | float | date | datetime | timedelta | None


class Kind(StrEnum):
    """How a cell is typed in a spreadsheet."""

    EMPTY = "empty"
    TEXT = "text"
    PLAIN = "plain"
    """A number without thousands separators, such as a year."""
    COUNT = "count"
    SHARE = "share"
    DECIMAL = "decimal"
    """Two places."""
    DAYS = "days"
    """One place."""
    LENGTH = "length"
    """A length of time."""
    DAY = "day"
    MOMENT = "moment"
    """Wall time of the city, to the second."""


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell."""

    kind: Kind
    value: Plain = None


EMPTY: Final = Cell(Kind.EMPTY)
_UNFIT: Final = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What XML cannot hold, and so neither ODS nor XLSX."""
_BY_FORM: Final = {
    Form.SHARE: Kind.SHARE,
    Form.DAYS: Kind.DAYS,
    Form.SCORE: Kind.DECIMAL,
    Form.SECONDS: Kind.LENGTH,
}


def text_cell(text: str) -> Cell:
    """The text without signs that no file could hold, and with one kind of line ends."""
    clean = _UNFIT.sub("", text).replace("\r\n", "\n")
    return Cell(Kind.TEXT, clean) if clean else EMPTY


def cell_of(value: Value, form: Form, zone: ZoneInfo) -> Cell:
    """The cell of a value in a column of this form. A text stays a text wherever it stands."""
    if value is None or (isinstance(value, float) and not math.isfinite(value)):
        return EMPTY
    if isinstance(value, str):
        return text_cell(value)
    if isinstance(value, datetime):
        return Cell(Kind.MOMENT, value.astimezone(zone).replace(tzinfo=None, microsecond=0))
    if isinstance(value, date):
        return Cell(Kind.DAY, value)
    return _number(value, form)


def _number(value: int | float, form: Form) -> Cell:
    kind = _BY_FORM.get(form)
    if kind is Kind.LENGTH:
        return Cell(kind, timedelta(seconds=round(value)))
    if kind is not None:
        return Cell(kind, value)
    if form is Form.COUNT:
        return Cell(Kind.COUNT if isinstance(value, int) else Kind.DECIMAL, value)
    return Cell(Kind.PLAIN, value)
