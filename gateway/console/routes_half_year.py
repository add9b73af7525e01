"""The half-year report as a page, and as files."""

from __future__ import annotations

from datetime import UTC, date, datetime
from functools import partial
from typing import Final

from fastapi import APIRouter, Request
from starlette.responses import Response

from gateway.console.report_reader import READS_REPORTS, ReportStaff
from gateway.console.routes_session import frame_of
from gateway.errors import InvalidInput
from gateway.identity.rules import Permission
from gateway.reports.figures.book import FigureBook
from gateway.reports.figures.months import Month, Period
from gateway.reports.half_year.document import SUMMARY_HEADS, month_cell, summary_cells
from gateway.reports.half_year.reports import asked_period
from gateway.reports.half_year.service import FileKind, HalfYear, file_name, written
from gateway.reports.moment import one_moment

BASE: Final = "/console/reports/half-year"
_HALVES_SHOWN: Final = 4
_HALF: Final = 6
router = APIRouter(include_in_schema=False, dependencies=[READS_REPORTS])


def half_year_of(request: Request) -> HalfYear:
    """The report of this application."""
    half_year: HalfYear = request.app.state.half_year
    return half_year


def book_of(request: Request) -> FigureBook:
    """The figures from outside of this application."""
    book: FigureBook = request.app.state.figure_book
    return book


@router.get(BASE)
def page(request: Request, staff: ReportStaff) -> Response:
    """The report of the period that is asked for, else of the last half-year that is over."""
    half_year, now = half_year_of(request), datetime.now(UTC)
    refused = None
    try:
        period = asked_period(request.query_params, half_year, now)
    except InvalidInput as error:
        refused, period = error, asked_period({}, half_year, now)
    with one_moment(request.app.state.database) as session:
        document = half_year.draw_up(session, period, now)
    today = now.astimezone(half_year.zone).date()
    return frame_of(request).render(
        request, "half_year/report.html", 422 if refused else 200,
        document=document, period=period, refused=refused, halves=_halves(today), kinds=list(FileKind),
        heads=SUMMARY_HEADS, summary=summary_cells, month_cell=month_cell, asked=request.query_params,
        may_enter=staff.may(Permission.FIGURES_ENTER),
    )  # fmt: skip


def _file(kind: FileKind, request: Request, staff: ReportStaff) -> Response:
    """The report as a file; the audit trail tells who took it."""
    half_year, now = half_year_of(request), datetime.now(UTC)
    period = asked_period(request.query_params, half_year, now)
    with one_moment(request.app.state.database) as session:
        document = half_year.draw_up(session, period, now)
    made = written(document, kind)
    with request.app.state.database.write() as session:
        request.app.state.cases.trail.append(
            session, act="report.file", actor=staff.username, role=staff.role_names,
            subject="report:half-year", at=now,
            detail={"from": str(period.first), "to": str(period.last), "format": kind.value},
        )  # fmt: skip
    headers = {
        "content-disposition": f'attachment; filename="{file_name(document, kind)}"',
        "cache-control": "no-store",
    }
    return Response(made, media_type=kind.media_type, headers=headers)


for _kind in FileKind:
    router.add_api_route(f"{BASE}/report.{_kind.ending}", partial(_file, _kind), methods=["GET"])


def _halves(today: date) -> list[Period]:
    """The half-years that are over, the latest first."""
    latest = Period.half_before(today)
    return [
        Period(latest.first.moved(-_HALF * n), latest.last.moved(-_HALF * n)) for n in range(_HALVES_SHOWN)
    ]


def last_month(today: date) -> Month:
    """The month that is over, of which figures are entered."""
    return Month.of(today).moved(-1)
