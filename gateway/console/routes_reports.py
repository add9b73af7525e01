"""Reports on the console: what there is, what figures mean, and each report as a page."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime
from typing import Any, Final, cast
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Request
from sqlalchemy.orm import Session
from starlette.responses import Response

from gateway.console.case_words import CaseWords
from gateway.console.i18n import Words
from gateway.console.report_cells import biggest_first, grid
from gateway.console.report_form import report_form
from gateway.console.report_reader import READS_REPORTS, ReportStaff, reader_of
from gateway.console.routes_cases import cases_of, words_of
from gateway.console.routes_session import frame_of
from gateway.console.talk_form import leading_on, talk_drawing, talk_form
from gateway.errors import InvalidInput
from gateway.reports.cases.asking import period
from gateway.reports.cases.deadlines import COLUMNS
from gateway.reports.cases.defining import chapters
from gateway.reports.cases.entered import NOW, STANDING
from gateway.reports.cases.lines import DRILLS
from gateway.reports.cases.open_lists import TITLES
from gateway.reports.conversations.framing import GroupedReport
from gateway.reports.conversations.room import NAMES as TALKS
from gateway.reports.moment import one_moment
from gateway.reports.shelf import ReportShelf
from gateway.reports.tables import Reader, Report, Table

BASE: Final = "/console/reports"
SHOWN: Final = 200
"""So many rows stand on a page; a file holds all."""
DRAWN: Final[Mapping[str, tuple[str, tuple[str, ...]]]] = {
    "deadlines": ("stacked", ("on_time", "late")),
    "flow": ("bar", ("received", "finished")),
    "clocks": ("bar", ("completion_on_time", "completion_late", "completion_open")),
    "corrections": ("bar", ("reassigned", "returned", "extended")),
}
"""How a report is drawn: the kind of chart and its columns."""
BARS: Final = 60
"""A chart of more rows than that cannot be read."""
OF_CASES: Final = (*COLUMNS, *TITLES, "cases")

GROUPS: Final[Mapping[str, tuple[str, ...]]] = {
    "now": ("overdue", "due-soon", "untouched", "behind"),
    "cases": (*COLUMNS, "map"),
    "conversations": TALKS,
    "learning": ("emerging", "repeated-places", "seasons", "storms", "forecast"),
    "council": ("half-year", "outside-figures"),
}
"""Under which heading reports stand on the page of all."""

LEADS: Final = frozenset({*DRILLS, *STANDING, *NOW})
"""Columns whose figures lead to the cases they count."""

router = APIRouter(include_in_schema=False, dependencies=[READS_REPORTS])


def shelf_of(request: Request) -> ReportShelf:
    """Every report of this application."""
    shelf: ReportShelf = request.app.state.reports
    return shelf


@router.get(BASE)
def index(request: Request) -> Response:
    """What reports there are."""
    by_name = {report.name: report for report in shelf_of(request)}
    groups = {key: [name for name in names if name in by_name] for key, names in GROUPS.items()}
    grouped = {name for names in GROUPS.values() for name in names}
    groups["others"] = [name for name in by_name if name not in {*grouped, "cases"}]
    words = frame_of(request).words
    told = [
        {"key": key, "reports": [_place(by_name[name], words) for name in names]}
        for key, names in groups.items()
        if names
    ]
    return frame_of(request).render(request, "reports/index.html", groups_of_reports=told)


@router.get(f"{BASE}/definitions")
def meanings(request: Request) -> Response:
    """Every figure with its formula."""
    seconds = f"{request.app.state.settings.service_level_seconds:g}"
    return frame_of(request).render(
        request, "reports/definitions.html", chapters=list(chapters()), seconds=seconds
    )


@router.get(f"{BASE}/{{name}}")
def page(request: Request, staff: ReportStaff, name: str) -> Response:
    """One report; its whole question is in the address. What cannot be asked is said above the form."""
    report, state = shelf_of(request).named(name), request.app.state
    reader, given, now = reader_of(request, staff), dict(request.query_params), cases_of(request).clock()
    table, refused = None, None
    with one_moment(state.database) as session:
        try:
            table = report.table(session, {**given, "most": str(SHOWN)}, reader, now)
            if name in COLUMNS and not _in_time(table):
                table = replace(table, rows=biggest_first(table))
        except InvalidInput as error:
            refused = error
        context = _page_of_cases(request, session, name, given, reader, now) if name in OF_CASES else {}
    if name in TALKS:
        context = _page_of_talks(request, report, given, reader, now, table)
    return frame_of(request).render(
        request, "reports/report.html", 422 if refused else 200, report=report, table=table, refused=refused,
        query=urlencode({key: value for key, value in given.items() if value}),
        **{
            "form": None, "drawn": _drawn(name, table),
            "grid": table and grid(table, LEADS, zone_of(request), SHOWN), **context,
        },
    )  # fmt: skip


def zone_of(request: Request) -> ZoneInfo:
    """The city's time."""
    return ZoneInfo(request.app.state.settings.timezone)


def _place(report: Report, words: Words) -> dict[str, Any]:
    what = f"reports.what.{report.name.replace('-', '_')}"
    return {
        "title": report.title, "url": f"{BASE}/{report.name}", "what": what if what in words else "",
    }  # fmt: skip


def _drawn(name: str, table: Table | None) -> dict[str, Any] | None:
    if table is None or name not in DRAWN or not 1 < len(table.rows) <= BARS:
        return None
    kind, columns = DRAWN[name]
    return {"kind": kind, "x": table.columns[0].key, "ys": columns, "ordered": _in_time(table)}


def _in_time(table: Table) -> bool:
    return table.columns[0].key in {"day", "week", "month", "half_year", "year"}


def _page_of_cases(
    request: Request, session: Session, name: str, given: Mapping[str, str], reader: Reader, now: datetime
) -> dict[str, Any]:
    words: CaseWords = words_of(request, session)
    today = now.astimezone(cases_of(request).office(session).zone).date()
    try:
        span = period(given, today)
    except InvalidInput:
        span = _as_typed(given, today)
    return {"form": report_form(name, given, span, words, reader, today)}


def _page_of_talks(
    request: Request, report: Report, given: Mapping[str, str], reader: Reader, now: datetime,
    table: Table | None,
) -> dict[str, Any]:  # fmt: skip
    zone, grouped = zone_of(request), cast("GroupedReport", report)
    form = talk_form(grouped, given, reader, now, zone)
    shown = table and leading_on(grid(table, (), zone, SHOWN), table)
    return {"form": form, "drawn": talk_drawing(table), "grid": shown}


def _as_typed(given: Mapping[str, str], today: date) -> tuple[date, date]:
    """What stands in the form again where it was no period."""
    typed = []
    for key in ("from", "to"):
        try:
            typed.append(date.fromisoformat(given.get(key, "")))
        except ValueError:
            typed.append(today)
    return typed[0], typed[1]
