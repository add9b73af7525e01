"""The report as plain text, in columns that stand in a fixed-width font. Pure."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Sequence
from typing import Final

from gateway.reports.half_year.document import (
    NOTES,
    SOURCES,
    SUMMARY_HEADS,
    Document,
    Section,
    month_cell,
    summary_cells,
)

NUMERALS: Final = "一二三四五六七八九十"
MONTHS_A_TABLE: Final = 6
_INDENT: Final = "　　"
_NUMBERS: Final = frozenset({2, 3, 4, 5})
"""Columns of the summary that are set to the right."""


def as_text(document: Document) -> str:
    """The whole report."""
    return "\n".join(_lines(document)) + "\n"


def heading(place: int, words: str) -> str:
    """A numbered heading: 一、話務服務."""
    return f"{NUMERALS[place]}、{words}"


def month_tables(document: Document, section: Section) -> Iterator[list[list[str]]]:
    """The months of what is known in a section, so many side by side that a page holds them; the first row of
    each are headings."""
    known = [one for one in section.standings if one.now.cells]
    months = document.period.months if known else []
    for start in range(0, len(months), MONTHS_A_TABLE):
        some = months[start : start + MONTHS_A_TABLE]
        yield [
            [SUMMARY_HEADS[0][0], *(month.zh for month in some)],
            *([one.figure.zh, *(month_cell(one, month) for month in some)] for one in known),
        ]


def _lines(document: Document) -> Iterator[str]:
    yield document.title[0]
    for label, words in document.head:
        yield f"{label[0]}：{words[0]}"
    for place, section in enumerate(document.sections):
        yield ""
        yield heading(place, section.heading[0])
        for sentence in section.sentences:
            yield _INDENT + sentence
        yield ""
        heads = [head[0] for head in SUMMARY_HEADS]
        yield from _table([heads, *(summary_cells(one) for one in section.standings)], _NUMBERS)
        for table in month_tables(document, section):
            yield ""
            yield from _table(table, frozenset(range(1, len(table[0]))))
        for note in section.notes:
            yield f"註：{note[0]}"
    yield ""
    yield NOTES[0]
    yield from (f"{n}. {note[0]}" for n, note in enumerate(document.notes, start=1))
    if document.sources:
        yield ""
        yield SOURCES[0]
        yield from (f"{n}. {source}" for n, source in enumerate(document.sources, start=1))


def _table(rows: Sequence[Sequence[str]], right: frozenset[int]) -> Iterator[str]:
    widths = [max(map(_width, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        cells = [
            _set(text, width, n in right) for n, (text, width) in enumerate(zip(row, widths, strict=True))
        ]
        yield "  ".join(cells).rstrip()


def _set(text: str, width: int, to_the_right: bool) -> str:
    blank = " " * (width - _width(text))
    return blank + text if to_the_right else text + blank


def _width(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(letter) in "WF" else 1 for letter in text)
