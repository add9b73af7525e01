"""A report as a table: what a page draws, a file holds and a program gets. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Final, Protocol

from sqlalchemy.orm import Session

Pair = tuple[str, str]
"""The same words in Traditional Chinese and in English."""
Value = str | int | float | date | datetime | None
"""One cell. None: nothing can be said, such as a share of nothing; a page shows «—», a file an empty cell."""


class Form(StrEnum):
    """What the cells of a column are, and so how they are written."""

    TEXT = "text"
    COUNT = "count"
    """A whole number, with thousands separators for people."""
    SHARE = "share"
    """From 0 to 1; people read a percentage to two places."""
    DAYS = "days"
    """Working days; a closing on the day of receipt took 0.5."""
    SECONDS = "seconds"
    """A length of time; people read minutes and seconds, or hours."""
    SCORE = "score"
    """A mean of scores, to two places."""
    DAY = "day"
    MOMENT = "moment"
    """An instant in UTC; people read the city's time."""
    CASE = "case"
    """The number of a case, which leads to it."""


@dataclass(frozen=True)
class Column:
    """One column: its name in files and addresses, its heading, and what its cells are."""

    key: str
    zh: str
    en: str
    form: Form = Form.TEXT

    @property
    def pair(self) -> Pair:
        """The heading in both languages."""
        return self.zh, self.en


@dataclass(frozen=True)
class Row:
    """One line; `link` leads to what it is made of, where there is such a page."""

    cells: tuple[Value, ...]
    link: str = ""


@dataclass(frozen=True)
class Table:
    """A whole report. `asked` is the question in words (heading, answer), for the head of a file."""

    key: str
    title: Pair
    columns: Sequence[Column]
    rows: Sequence[Row]
    as_of: datetime
    """Up to when what it counts is known."""
    total: Row | None = None
    asked: Sequence[tuple[Pair, str]] = ()
    notes: Sequence[Pair] = ()
    more: Mapping[str, object] = field(default_factory=dict)
    """What programs get beside the table."""

    def place(self, key: str) -> int:
        """Where the column of this name stands. Raises KeyError."""
        for n, column in enumerate(self.columns):
            if column.key == key:
                return n
        raise KeyError(key)


@dataclass(frozen=True)
class Reader:
    """Who reads: cases of these units (None: of all), confidential ones or not, in which language."""

    username: str
    name: str
    units: frozenset[str] | None
    sealed: bool = False
    language: str = "zh-TW"
    oversees: bool = False
    """Whether they may know which of the operators did what; who sees all units may too."""


EVERY_ROW: Final = {"most": "all"}
"""What a file asks besides: all rows, where a page or a program is given the first."""


class Report(Protocol):
    """A question that can be asked again: by a page, for a file, on a schedule, under a saved address."""

    @property
    def name(self) -> str:
        """In addresses and files: small letters, digits and `-`."""

    @property
    def title(self) -> Pair:
        """For people."""

    def table(self, session: Session, asked: Mapping[str, str], reader: Reader, now: datetime) -> Table:
        """The answer to what an address asks for, as far as the reader may see it.

        Raises InvalidInput for what cannot be asked (a period that ends before it begins, an unknown unit).
        """
