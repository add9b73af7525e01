"""Entries that may be out of date: a work list with who looks after which."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any, Final

from fastapi import APIRouter, Form, Request
from sqlalchemy.orm import Session
from starlette.responses import Response

from gateway.answers.checks import assign, still_right
from gateway.answers.errors import EntryNotFound
from gateway.answers.reading import Card, cards, fits
from gateway.answers.staleness import Reason
from gateway.console.answer_desk import BASE, EDITOR, Editor, EntryId, acting, desk_of, today_of
from gateway.console.answer_words import AnswerWords
from gateway.console.frame import local_path
from gateway.console.guards import CHECKED
from gateway.console.listing import Column, Listing, ListState
from gateway.console.routes_session import Text, frame_of
from gateway.identity import accounts
from gateway.identity.rules import Permission, may, roles_named

STALE: Final = f"{BASE}/stale"
COLUMNS: Final = (
    Column("question", "answers.field.question", sortable=True),
    Column("agency", "answers.field.agency", sortable=True, extra=True),
    Column("reason", "answers.stale_list.why", sortable=True),
    Column("source_date", "answers.field.source_date", sortable=True, extra=True),
    Column("valid_until", "answers.field.valid_until", extra=True),
    Column("assigned", "answers.stale_list.assigned", sortable=True, extra=True),
    Column("act", "answers.acts.title"),
)
_ORDER: Final = list(Reason)
SORTED_BY: Final[dict[str, Callable[[Card], Any]]] = {
    "question": lambda card: card.content.question,
    "agency": lambda card: (card.content.agency, card.content.question),
    "reason": lambda card: (_ORDER.index(card.reasons[0]), card.content.source_date, card.id),
    "source_date": lambda card: (card.content.source_date, card.id),
    "assigned": lambda card: (card.assigned_to, card.content.question),
}
Ids = Annotated[list[str], Form()]
router = APIRouter(include_in_schema=False, dependencies=[EDITOR])


@router.get(STALE)
def stale(request: Request) -> Response:
    """Entries that somebody should look at, the most pressing first."""
    state = ListState.read(
        STALE, request.query_params, filters=("q", "agency", "stale", "assigned"), sorts=SORTED_BY,
        default_sort="reason",
    )  # fmt: skip
    desk = desk_of(request)
    with request.app.state.database.read() as session:
        listed = [one for one in cards(session, desk.shelf.base(), today_of(request)) if one.reasons]
        words, editors = AnswerWords.of(request, session), _editors(session)
    found = sorted(
        (card for card in listed if fits(card, state.filters)), key=SORTED_BY[state.sort],
        reverse=state.descending,
    )  # fmt: skip
    page = found[state.offset : state.offset + state.size]
    return frame_of(request).render(
        request, "answers/stale.html", listing=Listing(state, COLUMNS, page, len(found)), words=words,
        agencies=sorted({card.content.agency for card in listed if card.content.agency}),
        reasons=list(Reason), editors=editors,
    )  # fmt: skip


@router.post(f"{STALE}/assign", dependencies=[CHECKED])
def give(request: Request, staff: Editor, ids: Ids | None = None, to: Text = "", back: Text = "") -> Response:
    """Give the ticked entries to a colleague, or to nobody."""
    with request.app.state.database.read() as session:
        if to and to not in {name for name, _ in _editors(session)}:
            raise EntryNotFound(to)
    count = assign(desk_of(request), ids or [], to, acting(staff))
    return frame_of(request).redirect(
        request, local_path(back, STALE), "answers.stale_list.given", count=count
    )


@router.post(BASE + "/entries/{entry_id}/still-right", dependencies=[CHECKED])
def looked_at(request: Request, staff: Editor, entry_id: EntryId, back: Text = "") -> Response:
    """The entry was looked at and is right."""
    still_right(desk_of(request), entry_id, today_of(request), acting(staff))
    return frame_of(request).redirect(request, local_path(back, STALE), "answers.stale_list.looked")


def _editors(session: Session) -> list[tuple[str, str]]:
    return [
        (one.username, one.display_name)
        for one in accounts.listed(session)
        if may(roles_named(one.roles), Permission.FAQ_EDIT) and one.disabled_at is None
    ]
