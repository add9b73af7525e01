"""The desk: the list of cases with its filters and saved views, and the page of one case."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Final
from urllib.parse import parse_qsl, urlencode

from fastapi import APIRouter, Depends, Form, Request
from sqlalchemy.orm import Session
from starlette.responses import Response

from gateway.cases.desk import desk_page, drop_view, save_view, saved_views
from gateway.cases.desk_query import (
    ALL_CASES,
    CLOSED_CASES,
    FILTERS,
    NOWHERE,
    OPEN_CASES,
    SORTS,
    Reach,
    Window,
    read_filter,
)
from gateway.cases.models import SavedView
from gateway.cases.rules import Kind, Role, Status
from gateway.cases.service import CaseService
from gateway.console.case_words import CaseWords
from gateway.console.frame import local_path
from gateway.console.guards import CHECKED
from gateway.console.listing import Column, Listing, ListState
from gateway.console.routes_session import Text, frame_of
from gateway.identity.rules import Permission
from gateway.identity.views import Staff
from gateway.identity.web import require

BASE: Final = "/console/cases"
COLUMNS: Final = (
    Column("due", "cases.due", sortable=True),
    Column("number", "cases.number", sortable=True),
    Column("item", "cases.item"),
    Column("place", "cases.place"),
    Column("unit", "cases.unit", extra=True),
    Column("status", "cases.status"),
    Column("received", "cases.received", sortable=True, extra=True),
    Column("channel", "cases.channel", extra=True),
)
TABS: Final[Sequence[tuple[str, Mapping[str, str]]]] = (
    ("open", {}),
    ("registered", {"state": Status.REGISTERED}),
    ("overdue", {"due": Window.OVERDUE}),
    ("today", {"due": Window.TODAY}),
    ("handled", {"state": Status.HANDLED}),
    ("extension", {"extension": "yes"}),
    ("closed", {"state": CLOSED_CASES}),
)
"""Views that everybody has: filters under a name."""
READER: Final = Depends(require(Permission.CASES_READ))
Reader = Annotated[Staff, READER]
Query = Annotated[str, Form(max_length=2000)]

router = APIRouter(include_in_schema=False, dependencies=[READER])


@dataclass(frozen=True)
class Tab:
    """One view of the list."""

    url: str
    name: str
    current: bool
    view_id: int | None = None
    """For a saved view, by which it can be deleted."""


def cases_of(request: Request) -> CaseService:
    """The case room of this application."""
    cases: CaseService = request.app.state.cases
    return cases


def reach_of(staff: Staff) -> Reach:
    """What this person may see: a handler the cases of their own units."""
    units = None if staff.may(Permission.CASES_READ_ALL_UNITS) else staff.units
    return Reach(units, staff.may(Permission.CONFIDENTIAL_READ))


def case_roles(staff: Staff) -> frozenset[Role]:
    """The roles of the case room that this person holds."""
    if not staff.may(Permission.CASES_ACT):
        return frozenset()
    return frozenset(Role(role.value) for role in staff.roles if role.value in set(Role))


def words_of(request: Request, session: Session) -> CaseWords:
    """Names of what cases are about, under the catalogue in force."""
    return CaseWords.of(request, cases_of(request).tools(session).catalogue)


def list_state(query: Mapping[str, str]) -> ListState:
    """The part of the list that an address asks for."""
    return ListState.read(BASE, query, filters=FILTERS, sorts=SORTS, default_sort="due")


@router.get(BASE)
def case_list(request: Request, staff: Reader) -> Response:
    """Cases by due time, filtered; its whole state is in the address."""
    state, cases, reach = list_state(request.query_params), cases_of(request), reach_of(staff)
    with request.app.state.database.read() as session:
        words = words_of(request, session)
        rows, total = desk_page(
            session, read_filter(state.filters, words.items_of_main()), reach, sort=state.sort,
            descending=state.descending, offset=state.offset, limit=state.size, now=cases.clock(),
            office=cases.office(session),
        )  # fmt: skip
        views = saved_views(session, staff.username)
    units = words.units()
    return frame_of(request).render(
        request, "cases/list.html",
        listing=Listing(state, COLUMNS, rows, total),
        words=words,
        tabs=_tabs(words, state, views),
        query=_kept(urlencode(state.filters)),
        units=units if reach.units is None else [one for one in units if one[0] in reach.units],
        all_units=units,
        states=_states(words),
        kinds=[(kind.value, words.text(f"cases.kinds.{kind}")) for kind in Kind],
        nowhere=NOWHERE,
        own=reach.units is not None,
        may_assign=staff.may(Permission.CASES_ASSIGN_BULK),
        may_file=staff.may(Permission.CASES_FILE),
        may_export=staff.may(Permission.CASES_EXPORT),
    )  # fmt: skip


@router.post(f"{BASE}/views", dependencies=[CHECKED])
def keep_view(request: Request, staff: Reader, name: Text = "", query: Query = "") -> Response:
    """Keep the present filters under a name."""
    kept = _kept(query)
    with request.app.state.database.write() as session:
        view = save_view(session, staff.username, name, kept, cases_of(request).clock())
    return frame_of(request).redirect(request, _url(kept), "cases.view_saved", name=view.name)


@router.post(f"{BASE}/views/{{view_id}}/delete", dependencies=[CHECKED])
def delete_view(request: Request, staff: Reader, view_id: int, back: Text = "") -> Response:
    """Take one of one's own views away."""
    with request.app.state.database.write() as session:
        drop_view(session, staff.username, view_id)
    return frame_of(request).redirect(request, local_path(back, BASE), "cases.view_dropped")


def _kept(query: str) -> str:
    """Only what the list understands: an address from elsewhere brings nothing else in."""
    return urlencode([(name, text) for name, text in parse_qsl(query) if name in (*FILTERS, "sort")])


def _url(query: str) -> str:
    return f"{BASE}?{query}" if query else BASE


def _tabs(words: CaseWords, state: ListState, views: Sequence[SavedView]) -> list[Tab]:
    here = dict(state.filters)
    tabs = [Tab(_url(urlencode(of)), words.text(f"cases.tab.{name}"), here == dict(of)) for name, of in TABS]
    for view in views:
        of = {name: text for name, text in parse_qsl(view.query) if name != "sort"}
        tabs.append(Tab(_url(view.query), view.name, here == of, view.id))
    return tabs


def _states(words: CaseWords) -> list[tuple[str, str]]:
    groups = [(name, words.text(f"cases.state_{name}")) for name in (OPEN_CASES, ALL_CASES, CLOSED_CASES)]
    return [*groups, *((status.value, words.text(f"cases.state.{status}")) for status in Status)]
