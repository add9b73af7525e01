"""Units behind plan: supervisors ask for the reason, units answer."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Annotated, Any, Final
from urllib.parse import parse_qsl, urlencode

from fastapi import APIRouter, Depends, Form, Request
from starlette.responses import Response

from gateway.console.guards import CHECKED
from gateway.console.report_cells import grid
from gateway.console.report_form import report_form
from gateway.console.report_reader import READS_REPORTS, ReportStaff, reader_of
from gateway.console.routes_cases import READER, Reader, cases_of, words_of
from gateway.console.routes_reports import BASE as REPORTS
from gateway.console.routes_reports import SHOWN, zone_of
from gateway.console.routes_session import Text, frame_of
from gateway.errors import InvalidInput, PlatformError
from gateway.identity.rules import Permission
from gateway.identity.views import Staff
from gateway.identity.web import require
from gateway.reports.behind.report import LagReport
from gateway.reports.behind.service import LONGEST_TEXT, Answer, answer, ask, lags, notices
from gateway.reports.cases.asking import period
from gateway.reports.moment import one_moment

BASE: Final = f"{REPORTS}/behind"
ANSWERS: Final = "/console/behind"
MOST_UNITS: Final = 200
Units = Annotated[list[str], Form(max_length=MOST_UNITS)]
Words = Annotated[str, Form(max_length=LONGEST_TEXT)]
Query = Annotated[str, Form(max_length=2000)]
Reminder = Annotated[Staff, Depends(require(Permission.UNITS_REMIND))]
Answerer = Annotated[Staff, Depends(require(Permission.CASES_ACT))]

router = APIRouter(include_in_schema=False)


@router.get(BASE, dependencies=[READS_REPORTS])
def page(request: Request, staff: ReportStaff) -> Response:
    """Every unit with completions due, the furthest behind first."""
    report, reader, given = _report(request), reader_of(request, staff), dict(request.query_params)
    now, table, refused, behind = cases_of(request).clock(), None, None, []
    with one_moment(request.app.state.database) as session:
        today = now.astimezone(zone_of(request)).date()
        try:
            table = report.table(session, given, reader, now)
            found = lags(session, report.question(session, given, reader, now).bounds)
            behind = [lag.unit for lag in found if report.is_behind(lag)]
            span = period(given, today)
        except InvalidInput as error:
            refused, span = error, (today, today)
        form = report_form("behind", given, span, words_of(request, session), reader, today)
    return frame_of(request).render(
        request, "reports/behind.html", 422 if refused else 200, report=report, table=table, refused=refused,
        form=form, query=_query(given), behind=behind, may_ask=staff.may(Permission.UNITS_REMIND),
        grid=table and grid(table, {"completion_open"}, zone_of(request), SHOWN),
    )  # fmt: skip


@router.post(f"{BASE}/ask", dependencies=[CHECKED])
def ask_units(request: Request, staff: Reminder, units: Units, query: Query = "") -> Response:
    """Ask the chosen units; whoever is not behind by now, or not in reach, is not asked."""
    report, reader = _report(request), reader_of(request, staff)
    given, cases = dict(parse_qsl(query)), cases_of(request)
    with request.app.state.database.write() as session:
        bounds = report.question(session, given, reader, cases.clock()).bounds
        chosen = [lag for lag in lags(session, bounds) if lag.unit in units and report.is_behind(lag)]
        sent = ask(session, cases, chosen, bounds, actor=staff.username, role=staff.role_names)
    url = f"{BASE}?{_query(given)}" if given else BASE
    return frame_of(request).redirect(request, url, "behind.asked", count=len(sent))


@router.get(ANSWERS, dependencies=[READER])
def to_answer(request: Request, staff: Reader) -> Response:
    """What one's own units were asked, and what they answered."""
    return _answers(request, staff)


@router.post(ANSWERS + "/{notice_id}", dependencies=[CHECKED])
def give_answer(
    request: Request, staff: Answerer, notice_id: int, reason: Words = "", recovery: Words = "",
    recovered_by: Text = "",
) -> Response:  # fmt: skip
    """Keep the unit's answer."""
    cases = cases_of(request)
    given = {"reason": reason, "recovery": recovery, "recovered_by": recovered_by}
    try:
        until = date.fromisoformat(recovered_by)
    except ValueError:
        return _answers(request, staff, notice_id, given, InvalidInput("recovered_by"))
    try:
        with request.app.state.database.write() as session:
            answer(
                session, cases, notice_id, Answer(reason, recovery, until), _units(staff),
                actor=staff.username, role=staff.role_names,
            )  # fmt: skip
    except InvalidInput as refused:
        return _answers(request, staff, notice_id, given, refused)
    return frame_of(request).redirect(request, ANSWERS, "behind.answered")


def _answers(
    request: Request, staff: Staff, at: int = 0, given: Mapping[str, str] | None = None,
    refused: PlatformError | None = None,
) -> Response:  # fmt: skip
    with request.app.state.database.read() as session:
        rows = notices(session, _units(staff))
        words = words_of(request, session)
    return frame_of(request).render(
        request, "reports/answers.html", 422 if refused else 200, rows=rows, words=words, at=at,
        given=given or {}, refused=refused, may_answer=staff.may(Permission.CASES_ACT), longest=LONGEST_TEXT,
    )  # fmt: skip


def _units(staff: Staff) -> frozenset[str] | None:
    """Whose notices somebody answers: their units', and of all who has none and sees all."""
    return staff.units if staff.units or not staff.may(Permission.CASES_READ_ALL_UNITS) else None


def _report(request: Request) -> LagReport:
    report: Any = request.app.state.reports.named("behind")
    found: LagReport = report
    return found


def _query(given: Mapping[str, str]) -> str:
    return urlencode({key: value for key, value in given.items() if value})
