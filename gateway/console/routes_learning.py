"""What the city learns: what is new, what comes again, seasons, storms and the next two weeks."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final
from urllib.parse import quote, urlencode
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Request
from starlette.responses import Response

from gateway.console.case_words import CaseWords
from gateway.console.report_cells import NUMBERS
from gateway.console.report_reader import READS_REPORTS, ReportStaff, reader_of
from gateway.console.routes_session import frame_of
from gateway.errors import InvalidInput
from gateway.reports.charts import written
from gateway.reports.learning.daily import By
from gateway.reports.learning.emerging import PERIODS
from gateway.reports.learning.emerging_told import LEVELS
from gateway.reports.learning.forecast import ALL, CITY
from gateway.reports.learning.repeated import DAYS, METRES, OFTEN
from gateway.reports.learning.repeated_told import WHY
from gateway.reports.learning.report import LearnedReport
from gateway.reports.learning.room import Learning
from gateway.reports.learning.seasons_told import PROFILES
from gateway.reports.learning.stormy import YEAR
from gateway.reports.tables import Column, Form, Pair, Row, Table

BASE: Final = "/console/reports"
SENTENCE: Final = "sentence"
LEFT_OUT: Final[Mapping[str, frozenset[str]]] = {
    "emerging": frozenset({"item", "district", "village", "question", "q"}),
    "repeated-places": frozenset({"first"}),
    "storms": frozenset({"peak_day", "normal"}),
}
"""Columns that a page has no room for; files and programs have them."""
BARS: Final = 7 * 24
"""A chart of more rows than that cannot be read."""
Options = list[tuple[str, str]]
router = APIRouter(include_in_schema=False, dependencies=[READS_REPORTS])


def learning_of(request: Request) -> Learning:
    """The room of this application."""
    room: Learning = request.app.state.learning
    return room


@router.get(f"{BASE}/emerging")
def emerging(request: Request, staff: ReportStaff) -> Response:
    """Items, places and questions of which more came in than before."""
    words = _words(request)
    levels = [("all", words.text("learning.everything")), *_options(request, LEVELS)]
    periods = [(days, words.text("learning.days", days=days)) for days in PERIODS]
    return _page(
        request, staff, learning_of(request).emerging, levels=levels, periods=periods
    )  # fmt: skip


@router.get(f"{BASE}/repeated-places")
def repeated(request: Request, staff: ReportStaff) -> Response:
    """Places that are reported again and again."""
    reasons = [("all", _words(request).text("learning.everything")), *_options(request, WHY)]
    defaults = {"days": DAYS, "times": OFTEN, "metres": METRES}
    return _page(
        request, staff, learning_of(request).repeated, reasons=reasons, defaults=defaults
    )  # fmt: skip


@router.get(f"{BASE}/repeated-places/{{number}}")
def repeated_place(request: Request, staff: ReportStaff, number: str) -> Response:
    """The cases of one such place."""
    return _page(request, staff, learning_of(request).place(number), back=f"{BASE}/repeated-places")


@router.get(f"{BASE}/seasons")
def seasons(request: Request, staff: ReportStaff) -> Response:
    """When cases come in."""
    words = _words(request)
    return _page(
        request, staff, learning_of(request).seasons, profiles=_options(request, PROFILES),
        items=words.items(),
    )  # fmt: skip


@router.get(f"{BASE}/storms")
def storms(request: Request, staff: ReportStaff) -> Response:
    """Days on which volumes broke out; one storm in detail."""
    back = f"{BASE}/storms" if request.query_params.get("storm") else ""
    words = _words(request)
    sides = [(by.value, words.text(f"learning.by_{by}")) for by in (By.ITEM, By.DISTRICT)]
    return _page(
        request, staff, learning_of(request).storms, back=back, sides=sides, a_year=timedelta(days=YEAR)
    )


@router.get(f"{BASE}/forecast")
def forecast(request: Request, staff: ReportStaff) -> Response:
    """How many cases the next two weeks bring."""
    words = _words(request)
    areas = [(CITY, words.text("learning.city")), (ALL, words.text("learning.all_districts"))]
    return _page(request, staff, learning_of(request).forecast, areas=[*areas, *words.districts()])


def _page(
    request: Request, staff: ReportStaff, report: LearnedReport[Any, Any, Any], *, back: str = "",
    **more: object,
) -> Response:  # fmt: skip
    """The page of a report: its table, or that it is being reckoned, or why it cannot be asked."""
    frame, reader = frame_of(request), reader_of(request, staff)
    now: datetime = request.app.state.cases.clock()
    asked, today = dict(request.query_params), learning_of(request).today(now)
    table, refused = None, None
    try:
        table = report.soon(asked, reader, now)
    except InvalidInput as problem:
        refused = problem
    words = _words(request)
    hidden = LEFT_OUT.get(table.key, frozenset()) if table else frozenset()
    shown = [] if table is None else [one for one in table.columns if one.key not in hidden]
    return frame.render(
        request, "learning/report.html", 422 if refused else 200, report=report, table=table, refused=refused,
        asked=defaultdict(str, asked), back=back, columns=shown, lines=_lines(request, table, shown),
        tabs=_tabs(request, report), drawn=_drawn(table),
        units=[words.unit(unit) for unit in sorted(reader.units or ())], own=reader.units is not None,
        query=urlencode({name: word for name, word in asked.items() if word}),
        today=today, yesterday=today - timedelta(days=1), **more,
    )  # fmt: skip


def _lines(request: Request, table: Table | None, columns: Sequence[Column]) -> list[dict[str, Any]]:
    """Each row as a template writes it down; the total last."""
    if table is None:
        return []
    zone = ZoneInfo(request.app.state.settings.timezone)
    leads = next((one.key for one in columns if one.key == SENTENCE), columns[0].key)
    rows = [*table.rows, *([table.total] if table.total else [])]
    lines = []
    for row in rows:
        cells = [
            {
                "words": (words := written(row.cells[table.place(one.key)], one.form, zone)),
                "look": _look(one),
                "link": _link(one, row, words, leads),
            }
            for one in columns
        ]
        lines.append({"cells": cells, "total": row is table.total})
    return lines


def _look(column: Column) -> str:
    if column.form in NUMBERS:
        return "number"
    if column.key == SENTENCE:
        return "said"
    return "wraps" if column.form is Form.TEXT else "unbroken"


def _link(column: Column, row: Row, words: str, leads: str) -> str:
    """The number of a case leads to the case, the first words of a row to what it is made of."""
    if column.form is Form.CASE:
        return f"/console/cases/{quote(words)}"
    return row.link if column.key == leads else ""


def _drawn(table: Table | None) -> dict[str, Any] | None:
    """How the table is drawn, where a drawing says something."""
    keys = {column.key for column in table.columns} if table else set()
    if table is None or not 1 < len(table.rows) <= BARS:
        return None
    if table.key == "forecast":
        bounded = table.rows[0].cells[table.place("low")] is not None
        ys = ("expected", "low", "high") if bounded else ("expected",)
        return {"kind": "band" if bounded else "line", "x": "day", "ys": ys, "ordered": True}
    if table.key == "seasons":
        if {"weekday", "hour"} <= keys:
            return {"kind": "heat", "x": "hour", "ys": ("weekday", "a_day"), "ordered": False}
        return {"kind": "bar", "x": table.columns[0].key, "ys": ("a_day",), "ordered": False}
    if table.key == "storm":
        return {"kind": "bar", "x": table.columns[0].key, "ys": ("cases", "expected"), "ordered": False}
    return None


def _tabs(request: Request, report: LearnedReport[Any, Any, Any]) -> list[tuple[str, str, bool, None]]:
    return [
        (f"{BASE}/{one.name}", _pick(request, one.title), one.name == report.name, None)
        for one in learning_of(request).reports
    ]


def _options(request: Request, named: Mapping[Any, Pair]) -> Options:
    return [(str(key), _pick(request, pair)) for key, pair in named.items()]


def _pick(request: Request, pair: Pair) -> str:
    return pair[_words(request).english]


def _words(request: Request) -> CaseWords:
    return CaseWords.of(request, request.app.state.cases.catalogue)
