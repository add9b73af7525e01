"""The report as data for programs: every figure with its months, its origin, and what is missing."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from gateway.reports.figures.catalogue import as_number
from gateway.reports.figures.reckoning import Cell, Total
from gateway.reports.half_year.document import Document, Section, origin_of
from gateway.reports.half_year.wording import Standing, value_zh
from gateway.reports.tables import Pair


def as_data(document: Document) -> dict[str, Any]:
    """The whole report; headings, names and notes in both languages, sentences in Chinese."""
    period = document.period
    return {
        "title": _both(document.title),
        "period": {"from": period.first.first.isoformat(), "to": period.last.last.isoformat(),
                   "zh": period.zh, "en": period.en},
        "before": {"from": period.before.first.first.isoformat(), "to": period.before.last.last.isoformat()},
        "drawn_up_at": document.drawn_up.isoformat(timespec="seconds"),
        "sections": [_section(section) for section in document.sections],
        "notes": [_both(note) for note in document.notes],
    }  # fmt: skip


def only(document: Document, codes: Collection[str]) -> list[dict[str, Any]]:
    """These figures alone, in the order of the report."""
    return [
        _figure(one) for section in document.sections for one in section.standings if one.figure.code in codes
    ]


def _section(section: Section) -> dict[str, Any]:
    return {
        "key": section.key,
        "heading": _both(section.heading),
        "sentences": list(section.sentences),
        "figures": [_figure(standing) for standing in section.standings],
        "notes": [_both(note) for note in section.notes],
    }


def _figure(standing: Standing) -> dict[str, Any]:
    figure, change, share = standing.figure, standing.change, standing.change_share
    year = standing.year
    return {
        "code": figure.code, "name": _both(figure.pair), "unit": _both(figure.unit),
        "over": figure.over.value,
        "value": _number(standing, standing.now), "text": value_zh(figure, standing.now),
        "missing": [str(month) for month in standing.now.missing],
        "origin": _both((origin_of(standing.now), origin_of(standing.now, english=True))),
        "before": _number(standing, standing.before),
        "change": None if change is None else as_number(figure, change),
        "change_share": None if share is None else round(float(share), 6),
        "since_january": None if year is None else _number(standing, year),
        "months": {str(month): _cell(standing, cell) for month, cell in standing.now.cells.items()},
    }  # fmt: skip


def _cell(standing: Standing, cell: Cell) -> dict[str, Any]:
    entry, figure = cell.entry, standing.figure
    told: dict[str, Any] = {"value": as_number(figure, cell.value), "origin": cell.origin.value}
    if cell.own is not None:
        told["counted"] = as_number(figure, cell.own)
    if entry is not None:
        told["entered"] = {
            "value": float(entry.value) if entry.value is not None else None, "source": entry.source,
            "way": entry.way.value, "by": entry.entered_by, "at": entry.entered_at.isoformat(),
            "edition": entry.edition,
        }  # fmt: skip
    return told


def _number(standing: Standing, total: Total) -> int | float | None:
    return None if total.value is None else as_number(standing.figure, total.value)


def _both(pair: Pair) -> dict[str, str]:
    return {"zh": pair[0], "en": pair[1]}
