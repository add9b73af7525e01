"""How answers did: every entry that was given or voted on, the worst first."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, time, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Request
from starlette.responses import Response

from gateway.answers.reading import cards
from gateway.answers.votes import Standing, standings
from gateway.console.answer_desk import BASE, EDITOR, desk_of, today_of
from gateway.console.listing import Column, Listing, ListState
from gateway.console.quality_words import day_of
from gateway.console.routes_session import frame_of

VOTES: Final = f"{BASE}/votes"
_DAYS: Final = timedelta(days=90)
COLUMNS: Final = (
    Column("question", "answers.field.question"),
    Column("given", "answers.votes.given", sortable=True, numeric=True),
    Column("up", "answers.votes.up", sortable=True, numeric=True),
    Column("down", "answers.votes.down", sortable=True, numeric=True),
    Column("share", "answers.votes.share", sortable=True, numeric=True),
)
SORTED_BY: Final[dict[str, Callable[[Standing], Any]]] = {
    "given": lambda one: (one.given, one.entry),
    "up": lambda one: (one.up, one.entry),
    "down": lambda one: (one.down, one.share_down or 0, one.entry),
    "share": lambda one: (-1 if one.share_down is None else one.share_down, one.down, one.entry),
}
router = APIRouter(include_in_schema=False, dependencies=[EDITOR])


@router.get(VOTES)
def votes(request: Request) -> Response:
    """Entries of a period by their thumbs."""
    state = ListState.read(
        VOTES, request.query_params, filters=("from", "to"), sorts=SORTED_BY, default_sort="-down"
    )
    zone, today = ZoneInfo(request.app.state.settings.timezone), today_of(request)
    last = day_of(state.filters.get("to", "")) or today
    first = day_of(state.filters.get("from", "")) or last - _DAYS
    after = datetime.combine(last, time.min, zone) + timedelta(days=1)
    with request.app.state.database.read() as session:
        found = standings(session, datetime.combine(first, time.min, zone), after)
        known = {one.id: one.content.question for one in cards(session, desk_of(request).shelf.base(), today)}
    found.sort(key=SORTED_BY[state.sort], reverse=state.descending)
    page = found[state.offset : state.offset + state.size]
    return frame_of(request).render(
        request, "answers/votes.html", listing=Listing(state, COLUMNS, page, len(found)), known=known,
        first=first, last=last,
    )  # fmt: skip
