"""Saved reports by e-mail: set, changed and stopped by their owners."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Form, Request
from starlette.responses import Response

from gateway.console.guards import CHECKED
from gateway.console.report_desk import SAVED, ReportNames, now_of, saved_of, sending_of
from gateway.console.report_reader import READS_REPORTS, ReportStaff, reader_of
from gateway.console.routes_saved_reports import SavedId
from gateway.console.routes_session import Text, frame_of
from gateway.errors import InvalidInput
from gateway.identity.views import Staff
from gateway.reports.saved.models import ReportSchedule
from gateway.reports.saved.rules import EVERY_NAMES, RECIPIENTS_MAX, recipients_of, rhythm_of

PATH = SAVED + "/{saved_id}/schedule"
WEEK = (
    ("星期一", "Monday"), ("星期二", "Tuesday"), ("星期三", "Wednesday"), ("星期四", "Thursday"),
    ("星期五", "Friday"), ("星期六", "Saturday"), ("星期日", "Sunday"),
)  # fmt: skip
Recipients = Annotated[str, Form(max_length=6_000)]
router = APIRouter(include_in_schema=False, dependencies=[READS_REPORTS])


@router.get(PATH)
def schedule_form(request: Request, staff: ReportStaff, saved_id: SavedId) -> Response:
    """By when a report of one's own is sent, and to whom. Raises SavedReportNotFound."""
    return _page(request, staff, saved_id)


@router.post(PATH, dependencies=[CHECKED])
def schedule(
    request: Request, staff: ReportStaff, saved_id: SavedId, every: Text = "", week_day: Text = "",
    month_day: Text = "", hour: Text = "", working_days: Text = "", recipients: Recipients = "",
) -> Response:  # fmt: skip
    """Send it from now on. Raises SavedReportNotFound."""
    given = {
        "every": every, "week_day": week_day, "month_day": month_day, "hour": hour,
        "working_days": bool(working_days), "recipients": recipients,
    }  # fmt: skip
    try:
        rhythm = rhythm_of(every, week_day, month_day, hour, bool(working_days))
        people = recipients_of(recipients)
    except InvalidInput as refused:
        return _page(request, staff, saved_id, given, refused)
    with request.app.state.database.write() as session:
        first = sending_of(request).first_due(session, rhythm)
        saved_of(request).schedule(
            session, saved_id, staff, reader_of(request, staff), rhythm, people, first, now_of(request)
        )  # fmt: skip
    return frame_of(request).redirect(request, f"{SAVED}/{saved_id}/schedule", "saved_reports.scheduled")


@router.post(PATH + "/stop", dependencies=[CHECKED])
def stop(request: Request, staff: ReportStaff, saved_id: SavedId) -> Response:
    """Send it no more. Raises SavedReportNotFound."""
    with request.app.state.database.write() as session:
        saved_of(request).stop(session, saved_id, staff, reader_of(request, staff), now_of(request))
    return frame_of(request).redirect(request, f"{SAVED}/{saved_id}/schedule", "saved_reports.stopped")


def _page(
    request: Request, staff: Staff, saved_id: int, given: dict[str, Any] | None = None,
    refused: InvalidInput | None = None,
) -> Response:  # fmt: skip
    rooms, settings = saved_of(request), request.app.state.settings
    with request.app.state.database.read() as session:
        saved = rooms.own(session, saved_id, reader_of(request, staff))
        sent = rooms.schedules(session, [saved_id]).get(saved_id)
    return frame_of(request).render(
        request, "reports/schedule.html", refused.status if refused else 200, saved=saved, sent=sent,
        refused=refused, given=given or _given(sent), names=ReportNames(request), every=EVERY_NAMES,
        week=WEEK, most=RECIPIENTS_MAX, no_address=not sending_of(request).public_url,
        no_mail=settings.smtp_host is None,
    )  # fmt: skip


def _given(sent: ReportSchedule | None) -> dict[str, Any]:
    if sent is None:
        return {
            "every": "month", "week_day": "1", "month_day": "1", "hour": "8", "working_days": True,
            "recipients": "",
        }  # fmt: skip
    day = str(sent.day)
    return {
        "every": sent.every, "week_day": day if sent.every == "week" else "1",
        "month_day": day if sent.every == "month" else "1", "hour": str(sent.hour),
        "working_days": sent.working_days, "recipients": "\n".join(sent.recipients),
    }  # fmt: skip
