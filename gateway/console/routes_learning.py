"""What the city learns: what is new, what comes again, seasons, storms and the next two weeks."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from fastapi import APIRouter, Request
from starlette.responses import Response

from gateway.console.case_words import CaseWords
from gateway.console.learned_words import cell
from gateway.console.report_reader import READS_REPORTS, ReportStaff, reader_of
from gateway.console.routes_session import frame_of
from gateway.errors import InvalidInput
from gateway.reports.learning.daily import By
from gateway.reports.learning.emerging import PERIODS
from gateway.reports.learning.emerging_told import LEVELS
from gateway.reports.learning.forecast import ALL, CITY
from gateway.reports.learning.repeated import DAYS, METRES, OFTEN
from gateway.reports.learning.repeated_told import WHY
from gateway.reports.learning.report import LearnedReport
from gateway.reports.learning.room import Learning
from gateway.reports.learning.seasons_told import PROFILES
from gateway.reports.tables import Column, Pair, Table

BASE: Final = "/console/reports"
SAID_IN_THE_SENTENCE: Final = frozenset({"item", "district", "village", "question"})
"""Columns of what is new that a page leaves out; files and programs have them."""
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
        request, staff, learning_of(request).emerging, levels=levels, periods=periods,
        hidden=SAID_IN_THE_SENTENCE,
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
    return _page(request, staff, learning_of(request).storms, back=back, sides=sides)


@router.get(f"{BASE}/forecast")
def forecast(request: Request, staff: ReportStaff) -> Response:
    """How many cases the next two weeks bring."""
    words = _words(request)
    areas = [(CITY, words.text("learning.city")), (ALL, words.text("learning.all_districts"))]
    return _page(request, staff, learning_of(request).forecast, areas=[*areas, *words.districts()])


def _page(
    request: Request, staff: ReportStaff, report: LearnedReport[Any, Any, Any], *, back: str = "",
    hidden: frozenset[str] = frozenset(), **more: object,
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
    shown = [] if table is None else [one for one in table.columns if one.key not in hidden]
    return frame.render(
        request, "learning/report.html", 422 if refused else 200, report=report, table=table, refused=refused,
        asked=defaultdict(str, asked), back=back, columns=shown, lines=_lines(request, table, shown),
        tabs=_tabs(request, report),
        units=[words.unit(unit) for unit in sorted(reader.units or ())], own=reader.units is not None,
        today=today, yesterday=today - timedelta(days=1), **more,
    )  # fmt: skip


def _lines(request: Request, table: Table | None, columns: Sequence[Column]) -> list[dict[str, Any]]:
    if table is None:
        return []
    frame = frame_of(request)
    places = [(table.place(one.key), one.form) for one in columns]
    rows = [*table.rows, *([table.total] if table.total else [])]
    return [
        {
            "cells": [cell(row.cells[place], form, frame.local) for place, form in places],
            "link": row.link,
            "total": row is table.total,
        }
        for row in rows
    ]


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
