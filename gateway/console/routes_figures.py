"""Figures from outside, entered and corrected by month."""

from __future__ import annotations

from typing import Annotated, Final

from fastapi import APIRouter, Depends, File, Request, UploadFile
from starlette.responses import Response

from gateway.console.figures_form import Typed, WrongForm, as_kept, given_of, typed_figures, value_text
from gateway.console.guards import CHECKED
from gateway.console.routes_half_year import BASE as REPORT
from gateway.console.routes_half_year import book_of, last_month
from gateway.console.routes_session import frame_of
from gateway.errors import InvalidInput, PlatformError
from gateway.identity.rules import Permission
from gateway.identity.views import Actor, Staff
from gateway.identity.web import require
from gateway.reports.figures.book import WAY_TEXT, Way, editions
from gateway.reports.figures.catalogue import figures
from gateway.reports.figures.errors import FiguresMoved, InvalidFigures, InvalidMonth
from gateway.reports.figures.months import Month
from gateway.reports.figures.reading import LONGEST_SOURCE, MOST_BYTES, read_csv
from gateway.reports.half_year.wording import wording

BASE: Final = "/console/reports/figures"
_LINES_SHOWN: Final = 50
_FILE_NAME_MAX: Final = 120
ENTERS: Final = Depends(require(Permission.FIGURES_ENTER))
Enterer = Annotated[Staff, ENTERS]
FormGiven = Annotated[Typed, Depends(typed_figures)]
router = APIRouter(include_in_schema=False, dependencies=[ENTERS])


@router.get(BASE)
def month_page(request: Request) -> Response:
    """The month that is asked for, else the last one that is over, with every earlier edition."""
    try:
        month = _month(request)
    except InvalidInput as refused:
        return _page(request, _last(request), refused=refused)
    return _page(request, month)


@router.post(BASE, dependencies=[CHECKED])
def enter(request: Request, staff: Enterer, typed: FormGiven) -> Response:
    """Enter what has changed of a month, all of it or nothing."""
    month, book = _month(request), book_of(request)
    with book.database.read() as session:
        kept = editions(session, month)
    try:
        given = given_of(typed, month, kept, figures())
        seen = {(month, code): edition for code, edition in typed.editions.items()}
        by = Actor(staff.username, staff.role_for(Permission.FIGURES_ENTER))
        done = book.take(given, by, Way.HAND, of=str(month), seen=seen)
    except WrongForm as wrong:
        return _page(request, month, typed.with_problems(wrong.problems))
    except FiguresMoved as refused:
        return _page(request, month, refused=refused)
    url = f"{BASE}?month={month}"
    if not given:
        return frame_of(request).redirect(request, url, "figures.nothing_new")
    return frame_of(request).redirect(
        request, url, "figures.entered", added=done.added, corrected=done.corrected
    )


@router.post(f"{BASE}/import", dependencies=[CHECKED])
def take_file(
    request: Request, staff: Enterer, file: Annotated[UploadFile | None, File()] = None
) -> Response:  # fmt: skip
    """Take in a CSV file, all of it or nothing; every mistake is told with its line."""
    book = book_of(request)
    data = file.file.read(MOST_BYTES + 1) if file else b""
    if file is None or not data:
        return frame_of(request).redirect(request, BASE, "figures.file.none")
    by = Actor(staff.username, staff.role_for(Permission.FIGURES_ENTER))
    try:
        given = read_csv(data, figures(), book.this_month())
        done = book.take(given, by, Way.IMPORT, of=(file.filename or "")[:_FILE_NAME_MAX])
    except (InvalidFigures, FiguresMoved) as refused:
        return _page(request, _last(request), refused=refused)
    url = f"{BASE}?month={max(one.month for one in given)}"
    return frame_of(request).redirect(
        request, url, "figures.file.taken", added=done.added, corrected=done.corrected,
        unchanged=done.unchanged,
    )  # fmt: skip


def _page(
    request: Request, month: Month, typed: Typed | None = None, refused: PlatformError | None = None
) -> Response:
    book, known = book_of(request), figures()
    with book.database.read() as session:
        kept = editions(session, month)
    wrong = typed is not None or refused is not None
    lines = refused.problems if isinstance(refused, InvalidFigures) else ()
    return frame_of(request).render(
        request, "half_year/figures.html", (refused.status if refused else 422) if wrong else 200,
        month=month, latest=book.this_month(), kept=kept, known=known.all,
        typed=typed or as_kept(kept, known), sections=wording(), refused=refused, ways=WAY_TEXT,
        value_text=value_text, report=REPORT, source_max=LONGEST_SOURCE,
        lines=lines[:_LINES_SHOWN], more=max(0, len(lines) - _LINES_SHOWN),
    )  # fmt: skip


def _month(request: Request) -> Month:
    """Raises InvalidMonth, for one that has not begun too."""
    asked = request.query_params.get("month", "")
    month = Month.read(asked) if asked else _last(request)
    if month > book_of(request).this_month():
        raise InvalidMonth(str(month))
    return month


def _last(request: Request) -> Month:
    book = book_of(request)
    return last_month(book.clock().astimezone(book.zone).date())
