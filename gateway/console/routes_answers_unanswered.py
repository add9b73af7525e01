"""What people asked in vain, gathered by meaning: the desk's source of phrasings and new entries."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import Annotated, Final
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Form, Request
from starlette.responses import Response

from gateway.answers.unanswered import Gathering, Handled, NothingMarked, Why, mark, questions
from gateway.console.answer_desk import BASE, EDITOR, Editor, acting, desk_of, today_of
from gateway.console.frame import local_path
from gateway.console.guards import CHECKED
from gateway.console.listing import Listing, ListState
from gateway.console.quality_words import day_of
from gateway.console.routes_session import Text, frame_of

UNANSWERED: Final = f"{BASE}/unanswered"
_DAYS: Final = timedelta(days=30)
_MOST_IDS: Final = 2_000
Ids = Annotated[str, Form(max_length=40_000)]
router = APIRouter(include_in_schema=False, dependencies=[EDITOR])


@router.get(UNANSWERED)
def unanswered(request: Request) -> Response:
    """Groups of questions of a period, the most asked first."""
    state = ListState.read(
        UNANSWERED, request.query_params, filters=("from", "to", "why", "handled"), sorts=("asked",),
        default_sort="-asked",
    )  # fmt: skip
    today, zone = today_of(request), ZoneInfo(request.app.state.settings.timezone)
    last = day_of(state.filters.get("to", "")) or today
    first = day_of(state.filters.get("from", "")) or last - _DAYS
    begins = datetime.combine(first, time.min, zone)
    ends = datetime.combine(last, time.min, zone) + timedelta(days=1)
    wanted = state.filters.get("handled", "")
    handled = Handled(wanted) if wanted in set(Handled) else Handled.OPEN
    with request.app.state.database.read() as session:
        found = questions(session, begins, ends, handled, state.filters.get("why", ""))
    gathering: Gathering = request.app.state.gathering
    groups = gathering.clusters(found)
    page = [(one, gathering.nearest(one)) for one in groups[state.offset : state.offset + state.size]]
    return frame_of(request).render(
        request, "answers/unanswered.html", listing=Listing(state, (), page, len(groups)), asked=len(found),
        first=first, last=last, whys=list(Why), handled=handled, all_handled=list(Handled),
    )  # fmt: skip


@router.post(f"{UNANSWERED}/mark", dependencies=[CHECKED])
def mark_group(
    request: Request, staff: Editor, handled: Annotated[Handled, Form()], ids: Ids = "", back: Text = ""
) -> Response:
    """Say what was done about a group."""
    numbers = [int(one) for one in ids.split(",") if one.isdecimal() and len(one) < len("9" * 16)]
    if not 0 < len(numbers) <= _MOST_IDS:
        raise NothingMarked
    desk = desk_of(request)
    with request.app.state.database.write() as session:
        count = mark(session, desk.trail, numbers, handled, acting(staff), desk.clock)
    url = local_path(back, UNANSWERED)
    return frame_of(request).redirect(request, url, f"answers.unanswered.marked.{handled}", count=count)
