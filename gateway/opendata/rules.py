"""Which months there are, how places are rounded, what stands in a cell. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time
from enum import StrEnum
from typing import Final
from zoneinfo import ZoneInfo

from gateway.errors import NotFound
from gateway.reports.files.safe_cell import safe_cell

PLACES_OF_DEGREES: Final = 3
"""Coordinates are published to a thousandth of a degree, about 100 m: a street, not a door."""
_MONTH: Final = re.compile(r"(19|20|21)\d{2}-(0[1-9]|1[0-2])")


class Dataset(StrEnum):
    """What there are files of."""

    CASES = "cases"
    STATISTICS = "statistics"
    OPEN1999 = "open1999"


class FileForm(StrEnum):
    """In which form a file is."""

    CSV = "csv"
    JSON = "json"


FORMS: Final = {
    Dataset.CASES: (FileForm.CSV, FileForm.JSON),
    Dataset.STATISTICS: (FileForm.CSV, FileForm.JSON),
    Dataset.OPEN1999: (FileForm.JSON,),
}
MEDIA_TYPES: Final = {FileForm.CSV: "text/csv; charset=utf-8", FileForm.JSON: "application/json"}


@dataclass(frozen=True, order=True)
class Month:
    """A calendar month in the city's time."""

    first: date

    @classmethod
    def read(cls, text: str) -> Month:
        """`2016-10`. Raises NotFound for what is no month."""
        if not _MONTH.fullmatch(text):
            raise NotFound(text)
        return cls(date(int(text[:4]), int(text[5:]), 1))

    @classmethod
    def of(cls, at: datetime, zone: ZoneInfo) -> Month:
        """The one in which an instant lies."""
        return cls(at.astimezone(zone).date().replace(day=1))

    @property
    def next(self) -> Month:
        """The one after it."""
        year, rest = divmod(self.first.month, 12)
        return Month(date(self.first.year + year, rest + 1, 1))

    @property
    def last(self) -> date:
        """Its last day."""
        return date.fromordinal(self.next.first.toordinal() - 1)

    def before(self, months: int) -> Month:
        """The one so many months earlier."""
        year, rest = divmod(self.first.year * 12 + self.first.month - 1 - months, 12)
        return Month(date(year, rest + 1, 1))

    def begins(self, zone: ZoneInfo) -> datetime:
        """Its first instant."""
        return datetime.combine(self.first, time(), zone)

    def __str__(self) -> str:
        return f"{self.first:%Y-%m}"


def months_from(first: Month, last: Month) -> Iterator[Month]:
    """Every month from one to another, both included."""
    while first <= last:
        yield first
        first = first.next


def rounded(degrees: float | None) -> float | None:
    """A coordinate as it is published."""
    return None if degrees is None else round(degrees, PLACES_OF_DEGREES)


def cell(value: object) -> str:
    """A value in a CSV file: nothing that a spreadsheet would reckon out."""
    if value is None:
        return ""
    return safe_cell(value) if isinstance(value, str) else str(value)
