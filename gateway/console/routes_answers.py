"""The list of all entries of the FAQ, and one entry with its versions and what differs between them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Annotated, Any, Final
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Query, Request
from sqlalchemy.orm import Session
from starlette.responses import Response

from gateway.answers.content import Content
from gateway.answers.difference import differences
from gateway.answers.effect import share
from gateway.answers.errors import EntryNotFound
from gateway.answers.reading import Card, EntryView, cards, entry_view, fits
from gateway.answers.rules import LAW, NOTE_MAX, Act, State, acts_for
from gateway.answers.staleness import Reason
from gateway.answers.votes import record
from gateway.console.answer_desk import BASE, EDITOR, Editor, EntryId, desk_of, search_of, today_of, trials_of
from gateway.console.answer_words import AnswerWords
from gateway.console.listing import Column, Listing, ListState
from gateway.console.routes_session import frame_of
from gateway.errors import PlatformError
from gateway.identity.rules import Permission
from gateway.identity.views import Staff
from knowledge_base.overlay import written_stamp

COLUMNS: Final = (
    Column("question", "answers.field.question", sortable=True),
    Column("agency", "answers.field.agency", sortable=True, extra=True),
    Column("state", "answers.state", sortable=True),
    Column("origin", "answers.origin", extra=True),
    Column("source_date", "answers.field.source_date", sortable=True, extra=True),
    Column("stale", "answers.stale"),
    Column("changed", "answers.changed", sortable=True, extra=True),
)
FILTERS: Final = ("q", "agency", "state", "origin", "stale")
STATES: Final = ("untouched", State.DRAFT, State.REVIEW, State.PUBLISHED, State.WITHDRAWN)
_NEVER: Final = datetime.min.replace(tzinfo=UTC)
SORTED_BY: Final[dict[str, Callable[[Card], Any]]] = {
    "question": lambda card: card.content.question,
    "agency": lambda card: (card.content.agency, card.content.question),
    "state": lambda card: (STATES.index(card.state), card.content.question),
    "source_date": lambda card: (card.content.source_date, card.content.question),
    "changed": lambda card: (card.changed_at or _NEVER, card.id),
}
Number = Annotated[int, Query(ge=0, le=2**31 - 1)]
router = APIRouter(include_in_schema=False, dependencies=[EDITOR])


@router.get(BASE)
def entries(request: Request) -> Response:
    """Every entry, whatever its origin; the list's whole state is in the address."""
    state = ListState.read(
        BASE, request.query_params, filters=FILTERS, sorts=SORTED_BY, default_sort="-changed"
    )
    base = desk_of(request).shelf.base()
    with request.app.state.database.read() as session:
        everything = cards(session, base, today_of(request))
        words = AnswerWords.of(request, session)
    found = sorted(
        (card for card in everything if fits(card, state.filters)),
        key=SORTED_BY[state.sort], reverse=state.descending,
    )  # fmt: skip
    page = found[state.offset : state.offset + state.size]
    return frame_of(request).render(
        request, "answers/list.html", listing=Listing(state, COLUMNS, page, len(found)), words=words,
        agencies=sorted({card.content.agency for card in everything if card.content.agency}),
        origins=sorted({card.origin for card in everything}), states=STATES, reasons=list(Reason),
    )  # fmt: skip


@router.get(BASE + "/entries/{entry_id}")
def entry(request: Request, staff: Editor, entry_id: EntryId) -> Response:
    """One entry: what citizens see, what may be done, its versions."""
    with request.app.state.database.read() as session:
        return entry_page(request, session, staff, entry_id)


@router.get(BASE + "/entries/{entry_id}/difference")
def between(request: Request, entry_id: EntryId, old: Number, new: Number) -> Response:
    """What one version says otherwise than another; 0 is the shipped or imported entry."""
    with request.app.state.database.read() as session:
        view = entry_view(session, desk_of(request).shelf.base(), entry_id, today_of(request))
    before, after = _version(view, old), _version(view, new)
    if after is None:
        raise EntryNotFound(f"{entry_id} {new}")
    return frame_of(request).render(
        request, "answers/difference.html", view=view, changes=differences(before, after), old=old, new=new,
        numbers=_numbers(view),
    )  # fmt: skip


def entry_page(
    request: Request, session: Session, staff: Staff, entry_id: str, refused: PlatformError | None = None
) -> Response:
    """The page of an entry. Raises EntryNotFound."""
    desk = desk_of(request)
    view = entry_view(session, desk.shelf.base(), entry_id, today_of(request))
    acts = acts_for(
        State(view.open.state) if view.open else None, State(view.live.state) if view.live else None,
        known=view.base is not None, who=staff.username, authors=view.open.authors if view.open else (),
        held=[one for one in Permission if staff.may(one)], own_review=desk.own_review,
    )  # fmt: skip
    proposal = desk.proposal(session, entry_id)
    proposed = differences(view.shown, view.open.content) if view.open else []
    return frame_of(request).render(
        request, "answers/entry.html", refused.status if refused else 200, view=view, acts=acts,
        refused=refused, words=AnswerWords.of(request, session), proposed=proposed, note_max=NOTE_MAX,
        serving=_serving(request, session, view),
        own=view.open is not None and Act.PUBLISH not in acts and view.open.state == State.REVIEW,
        trial=trials_of(request).latest(session, proposal) if proposal else None, share=share,
        with_reason={act for (_, act), move in LAW.items() if move.with_reason},
        record=record(session, entry_id, today_of(request), ZoneInfo(request.app.state.settings.timezone)),
    )  # fmt: skip


def _serving(request: Request, session: Session, view: EntryView) -> str:
    """Whether the search of this process has what counts: `yes` or `soon`; empty where the desk has
    published nothing here."""
    if view.live is None:
        return ""
    desk = desk_of(request)
    behind = written_stamp(desk.data_dir) != desk.stamp(session) or not search_of(request).has_newest()
    return "soon" if behind else "yes"


def _version(view: EntryView, number: int) -> Content | None:
    if number == 0:
        return view.base
    found = next((one for one in view.versions if one.number == number), None)
    if found is None:
        raise EntryNotFound(f"{view.card.id} {number}")
    return found.content


def _numbers(view: EntryView) -> list[int]:
    return [*([0] if view.base is not None else []), *(one.number for one in reversed(view.versions))]
