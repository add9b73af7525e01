"""What a report shows, before it is text or a page. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from gateway.measures.measure import told

_LAST_NARROW = "\u2e7f"


@dataclass(frozen=True)
class Table:
    """Rows of words under a head; `notes` say how to read it."""

    title: str
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Bar:
    """A share with its interval, of so many cases."""

    label: str
    value: float
    low: float
    high: float
    count: int


@dataclass(frozen=True)
class Bars:
    """Shares side by side; `target` is a line across them."""

    title: str
    bars: tuple[Bar, ...]
    target: float | None = None


@dataclass(frozen=True)
class Matrix:
    """How often what was expected (row) was taken for what (column)."""

    title: str
    rows: tuple[str, ...]
    columns: tuple[str, ...]
    counts: tuple[tuple[int, ...], ...]


@dataclass(frozen=True)
class Point:
    """A bin of the estimated chance: what was estimated on the mean, how often it was so, of how many."""

    estimated: float
    observed: float
    low: float
    high: float
    count: int


@dataclass(frozen=True)
class Reliability:
    """The estimated chance against what happened."""

    title: str
    points: tuple[Point, ...]


@dataclass(frozen=True)
class Misses:
    """Cases that went wrong, the worst first; each is its words and named facts."""

    title: str
    cases: tuple[tuple[str, tuple[tuple[str, str], ...]], ...]


Part = Table | Bars | Matrix | Reliability | Misses


@dataclass(frozen=True)
class Document:
    """A report to be read: a title, what it stands on, and its parts."""

    title: str
    about: str
    parts: tuple[Part, ...]


def figures(title: str, measures: Mapping[str, Mapping[str, Any]], notes: Sequence[str] = ()) -> Table:
    """The table of a report's figures."""
    head = ("figure", "value", "target", "cases", "95 % interval")
    return Table(title, head, tuple(told(measure) for measure in measures.values()), tuple(notes))


def text(document: Document) -> str:
    """The report for a terminal. Bars say what a table beside them says, and are left out."""
    lines = [document.title, document.about]
    for part in document.parts:
        lines += _TEXTS[type(part)](part)
    return "\n".join(lines)


def _table(part: Table) -> list[str]:
    widths = [max(map(_width, column)) for column in zip(part.head, *part.rows, strict=True)]
    rows = ["  ".join(map(_padded, row, widths)).rstrip() for row in (part.head, *part.rows)]
    return ["", f"# {part.title}", *rows, *part.notes]


def _matrix(part: Matrix) -> list[str]:
    head = ("expected \\ found", *part.columns)
    rows = tuple((name, *map(str, counts)) for name, counts in zip(part.rows, part.counts, strict=True))
    return _table(Table(part.title, head, rows))


def _reliability(part: Reliability) -> list[str]:
    rows = tuple((f"{p.estimated:.2f}", f"{p.observed:.2f}", str(p.count)) for p in part.points)
    return _table(Table(part.title, ("estimated", "observed", "cases"), rows))


def _misses(part: Misses) -> list[str]:
    lines = ["", f"# {part.title}"]
    for words, facts in part.cases:
        lines += [words, *(f"    {name}: {fact}" for name, fact in facts)]
    return lines


_TEXTS: Mapping[type[Any], Any] = {
    Table: _table, Bars: lambda _: [], Matrix: _matrix, Reliability: _reliability, Misses: _misses
}  # fmt: skip


def _width(words: str) -> int:
    """Columns of a terminal: a Chinese character takes two."""
    return sum(2 if character > _LAST_NARROW else 1 for character in words)


def _padded(words: str, width: int) -> str:
    return words + " " * (width - _width(words))


def bars(title: str, groups: Iterable[tuple[str, Mapping[str, Any]]], target: float | None = None) -> Bars:
    """Bars of shares as `measure.share` makes them; those without a case are left out."""
    return Bars(
        title,
        tuple(
            Bar(label, one["value"], one["interval"][0], one["interval"][1], one["count"])
            for label, one in groups
            if one["value"] is not None
        ),
        target,
    )
