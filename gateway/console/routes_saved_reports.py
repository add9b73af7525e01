"""Saved reports: kept under a name with an address of their own, opened, renamed, deleted."""

from __future__ import annotations

from typing import Annotated, Final
from urllib.parse import parse_qsl

from fastapi import APIRouter, Form, Path, Query, Request
from starlette.responses import Response

from gateway.console.guards import CHECKED
from gateway.console.report_desk import (
    SAVED,
    ReportNames,
    now_of,
    page_of,
    reports_of,
    saved_of,
    zone_of,
)
from gateway.console.report_reader import READS_REPORTS, ReportStaff, reader_of
from gateway.console.routes_session import Text, frame_of
from gateway.errors import PlatformError
from gateway.reports.exports.rules import asked_of
from gateway.reports.saved.periods import PERIOD_NAMES, Period, resolved, with_period
from gateway.reports.saved.rules import NAME_MAX

NEW: Final = f"{SAVED}/new"
_LONGEST: Final = 4_000
ReportQuery = Annotated[str, Query(max_length=_LONGEST)]
ReportForm = Annotated[str, Form(max_length=_LONGEST)]
SavedId = Annotated[int, Path(ge=1, le=2**31 - 1)]
router = APIRouter(include_in_schema=False, dependencies=[READS_REPORTS])


@router.get(SAVED)
def saved_reports(request: Request, staff: ReportStaff) -> Response:
    """One's own saved reports, and those that colleagues share."""
    reader, saved = reader_of(request, staff), saved_of(request)
    with request.app.state.database.read() as session:
        rows = saved.visible(session, reader)
        sent = saved.schedules(session, [row.id for row in rows])
    return frame_of(request).render(
        request, "reports/saved.html", rows=rows, sent=sent, names=ReportNames(request), name_max=NAME_MAX
    )


@router.get(NEW)
def new_form(
    request: Request, report: ReportQuery = "", asked: ReportQuery = "", then: ReportQuery = ""
) -> Response:
    """The form to keep the report that one is looking at. Raises NotFound for a report that is not there."""
    return _form(request, report, asked, then)


@router.post(SAVED, dependencies=[CHECKED])
def keep(
    request: Request, staff: ReportStaff, name: Text = "", report: ReportForm = "", asked: ReportForm = "",
    period: Text = "", shared: Text = "", then: Text = "",
) -> Response:  # fmt: skip
    """Keep a report; a period may be kept as a word. What was kept is listed, or a schedule is set next."""
    reports_of(request).named(report)
    word = Period(period) if period in set(Period) else None
    question = with_period(_asked(asked), word)
    try:
        with request.app.state.database.write() as session:
            saved_id = saved_of(request).keep(
                session, reader_of(request, staff), name, report, question, bool(shared), now_of(request)
            )
    except PlatformError as refused:
        return _form(request, report, asked, then, refused, name, period, bool(shared))
    next_page = f"{SAVED}/{saved_id}/schedule" if then == "schedule" else SAVED
    return frame_of(request).redirect(request, next_page, "saved_reports.kept")


@router.get(SAVED + "/{saved_id}")
def open_saved(request: Request, staff: ReportStaff, saved_id: SavedId) -> Response:
    """On to the report with its question; a period that is a word means today's."""
    with request.app.state.database.read() as session:
        saved = saved_of(request).found(session, saved_id, reader_of(request, staff))
    reports_of(request).named(saved.report)
    today = now_of(request).astimezone(zone_of(request)).date()
    return frame_of(request).redirect(request, page_of(saved.report, resolved(saved.asked, today)))


@router.post(SAVED + "/{saved_id}", dependencies=[CHECKED])
def change(
    request: Request, staff: ReportStaff, saved_id: SavedId, name: Text = "", shared: Text = ""
) -> Response:
    """Another name, or another audience. Raises SavedReportNotFound or InvalidSavedName."""
    with request.app.state.database.write() as session:
        reader = reader_of(request, staff)
        saved_of(request).change(session, saved_id, reader, name, bool(shared), now_of(request))
    return frame_of(request).redirect(request, SAVED, "saved_reports.changed")


@router.post(SAVED + "/{saved_id}/delete", dependencies=[CHECKED])
def drop(request: Request, staff: ReportStaff, saved_id: SavedId) -> Response:
    """Delete one of one's own; it is sent no more. Raises SavedReportNotFound."""
    with request.app.state.database.write() as session:
        saved_of(request).drop(session, saved_id, staff, reader_of(request, staff), now_of(request))
    return frame_of(request).redirect(request, SAVED, "saved_reports.dropped")


def _asked(query: str) -> dict[str, str]:
    return asked_of(dict(parse_qsl(query.removeprefix("?"))))


def _form(
    request: Request, report: str, asked: str, then: str, refused: PlatformError | None = None,
    name: str = "", period: str = "", shared: bool = False,
) -> Response:  # fmt: skip
    title = reports_of(request).named(report).title
    names, question = ReportNames(request), _asked(asked)
    return frame_of(request).render(
        request, "reports/save.html", refused.status if refused else 200, report=report, title=title,
        asked=asked, question=names.question(question), periods=PERIOD_NAMES, then=then, refused=refused,
        name=name, period=period, shared=shared, name_max=NAME_MAX, back=page_of(report, question),
    )  # fmt: skip
