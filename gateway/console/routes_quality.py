"""Quality sheets for who assesses: the list, drawing, and the sheet beside its conversation."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Final

from fastapi import APIRouter, Depends, Form, Path, Request
from sqlalchemy import ColumnElement
from sqlalchemy.orm import Session
from starlette.responses import Response

from gateway.console.guards import CHECKED
from gateway.console.listing import Column, Listing, ListState
from gateway.console.quality_form import (
    SheetForm,
    assessment_of,
    form_of,
    optional_codes,
    typed_form,
    with_problems,
)
from gateway.console.quality_words import QualityWords, day_of
from gateway.console.routes_session import frame_of
from gateway.errors import PlatformError
from gateway.identity.rules import Permission
from gateway.identity.views import Actor, Staff
from gateway.identity.web import require
from gateway.quality import reading
from gateway.quality.errors import InvalidMarks, StaleSheet
from gateway.quality.models import QualitySheet
from gateway.quality.rules import Act, State, check_assessor, kept_text, score_of
from gateway.quality.service import COMMENT_MAX, REASON_MAX, REMARK_MAX, Assessments
from gateway.quality.views import Sheet

BASE: Final = "/console/quality"
COLUMNS: Final = (
    Column("number", "quality.number"),
    Column("operator", "quality.operator", sortable=True),
    Column("ended", "quality.ended", sortable=True),
    Column("state", "quality.state"),
    Column("score", "quality.score", sortable=True, numeric=True),
    Column("grade", "quality.grade"),
    Column("reply", "quality.reply", extra=True),
    Column("assessor", "quality.assessor", extra=True),
)
FILTERS: Final = ("operator", "state", "grade", "from", "to")
ASSESSOR: Final = Depends(require(Permission.QUALITY_ASSESS))
Assessor = Annotated[Staff, ASSESSOR]
Reopener = Annotated[Staff, Depends(require(Permission.QUALITY_REOPEN))]
FormGiven = Annotated[SheetForm, Depends(typed_form)]
Long = Annotated[str, Form(max_length=2000)]
SheetId = Annotated[int, Path(ge=1, le=2**53)]
router = APIRouter(include_in_schema=False, dependencies=[ASSESSOR])


def quality_of(request: Request) -> Assessments:
    """The room of quality sheets."""
    room: Assessments = request.app.state.quality
    return room


def acting(staff: Staff, permission: Permission) -> Actor:
    """Somebody as the audit trail names them: with the role that lets them do it."""
    return Actor(staff.username, staff.role_for(permission))


@router.get(BASE)
def sheet_list(request: Request) -> Response:
    """Sheets by person, day, state and grade; its whole state is in the address."""
    state = ListState.read(
        BASE, request.query_params, filters=FILTERS, sorts=reading.SORTS, default_sort="-ended"
    )
    room = quality_of(request)
    with request.app.state.database.read() as session:
        rows, total = reading.sheets(
            session, _conditions(state.filters, room), sort=state.sort, descending=state.descending,
            offset=state.offset, limit=state.size,
        )  # fmt: skip
        words, known = QualityWords.of(request, session), reading.operators(session)
    return frame_of(request).render(
        request, "quality/list.html", listing=Listing(state, COLUMNS, rows, total), words=words,
        operators=[(one, words.name(one)) for one in known], states=list(State),
    )  # fmt: skip


@router.get(f"{BASE}/{{sheet_id}}")
def sheet_page(request: Request, staff: Assessor, sheet_id: SheetId) -> Response:
    """A sheet beside its conversation; the look is recorded. Nobody opens their own here."""
    with request.app.state.database.write() as session:
        sheet = _open(request, session, staff, sheet_id)
        return _page(request, session, staff, sheet, form_of(sheet))


@router.post(f"{BASE}/{{sheet_id}}", dependencies=[CHECKED])
def assess(request: Request, staff: Assessor, sheet_id: SheetId, form: FormGiven) -> Response:
    """Save the draft, or make the sheet final; refused, it comes back with what was typed."""
    room, by = quality_of(request), acting(staff, Permission.QUALITY_ASSESS)
    final = form.act == Act.FINISH
    try:
        (room.finish if final else room.save)(sheet_id, assessment_of(form), by)
    except (InvalidMarks, StaleSheet) as refused:
        problems = refused.problems if isinstance(refused, InvalidMarks) else {}
        with request.app.state.database.write() as session:
            sheet = _open(request, session, staff, sheet_id)
            again = with_problems(form, problems, sheet.version)
            return _page(request, session, staff, sheet, again, refused)
    url = f"{BASE}/{sheet_id}"
    if not final:
        return frame_of(request).redirect(request, url, "quality.sheet.saved")
    with request.app.state.database.read() as session:
        score = QualityWords.score(reading.sheet(session, sheet_id).score)
    return frame_of(request).redirect(request, url, "quality.sheet.finished", score=score)


@router.post(f"{BASE}/{{sheet_id}}/reopen", dependencies=[CHECKED])
def reopen(request: Request, staff: Reopener, sheet_id: SheetId, reason: Long = "") -> Response:
    """Open a final sheet again."""
    quality_of(request).reopen(sheet_id, reason, acting(staff, Permission.QUALITY_REOPEN))
    return frame_of(request).redirect(request, f"{BASE}/{sheet_id}", "quality.sheet.reopened")


def _open(request: Request, session: Session, staff: Staff, sheet_id: SheetId) -> Sheet:
    sheet = reading.sheet(session, sheet_id)
    check_assessor(staff.username, sheet.operator)
    by = acting(staff, Permission.QUALITY_ASSESS)
    quality_of(request).note_reading(session, sheet_id, sheet.operator, by)
    return sheet


def _page(
    request: Request, session: Session, staff: Staff, sheet: Sheet, form: SheetForm,
    refused: PlatformError | None = None,
) -> Response:  # fmt: skip
    words, open_still = QualityWords.of(request, session), sheet.state != State.FINAL
    return frame_of(request).render(
        request, "quality/sheet.html", refused.status if refused else 200, sheet=sheet, form=form,
        words=words, refused=refused, optional=optional_codes(words.standard),
        open=open_still, so_far=score_of(sheet.marks) if open_still else None,
        may_reopen=staff.may(Permission.QUALITY_REOPEN),
        may_read_cases=staff.may(Permission.CASES_READ), comment_max=COMMENT_MAX,
        remark_max=REMARK_MAX, reason_max=REASON_MAX,
    )  # fmt: skip


def _conditions(filters: Mapping[str, str], room: Assessments) -> list[ColumnElement[bool]]:
    fits = reading.ended_within(day_of(filters.get("from", "")), day_of(filters.get("to", "")), room.zone)
    columns = {
        "operator": QualitySheet.operator, "state": QualitySheet.state, "grade": QualitySheet.grade,
    }  # fmt: skip
    return fits + [column == kept_text(filters[name]) for name, column in columns.items() if name in filters]
