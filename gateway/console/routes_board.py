"""The live board: in the console for who reads reports, and on a wall for a screen with a link."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Annotated, Any, Final
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Form, Request
from starlette.responses import JSONResponse, Response

from gateway.channels.address import bearer_of
from gateway.console.board_figures import figures_of, unit_names
from gateway.console.case_words import CaseWords
from gateway.console.guards import CHECKED
from gateway.console.report_reader import READS_REPORTS, ReportStaff
from gateway.console.routes_cases import cases_of
from gateway.console.routes_session import Text, frame_of
from gateway.console.visitor import Look, visitor_of
from gateway.identity.errors import NotPermitted
from gateway.identity.rules import Permission
from gateway.identity.views import Staff
from gateway.places.silhouettes import WIDTH, city_drawing
from gateway.reports.board import links
from gateway.reports.board.errors import BoardLinkEnded, InvalidBoardLink
from gateway.reports.board.links import Screens, units_of
from gateway.reports.board.service import Boards

BASE: Final = "/console/board"
WALL: Final = f"{BASE}/wall"
LINKS: Final = f"{BASE}/links"
PREFIX: Final = "board.live."
_NOT_KEPT: Final = {"cache-control": "no-store"}
Days = Annotated[int, Form(ge=-1_000_000, le=1_000_000)]

router = APIRouter(include_in_schema=False, dependencies=[READS_REPORTS])
open_to_screens = APIRouter(include_in_schema=False)


@router.get(BASE)
def shown(request: Request, staff: ReportStaff) -> Response:
    """The board of the units of whoever looks, within the console."""
    return frame_of(request).render(
        request, "board/board.html", **_page(request, units_of(staff)), source=f"{BASE}/figures.json",
        may_link=links.may_hang_up(staff),
    )  # fmt: skip


@router.get(f"{BASE}/figures.json")
def figures(request: Request, staff: ReportStaff) -> Response:
    """What the board shows at this moment."""
    return _figures(request, units_of(staff))


@open_to_screens.get(WALL)
def wall(request: Request, look: Look = Look.DARK) -> Response:
    """The board for a screen on a wall: without figures, until the screen shows its link's token.

    The token stands after the `#` of the address and comes with every question for figures, nowhere else.
    """
    return frame_of(request).render(
        request, "board/wall.html", **_page(request, None), source=f"{WALL}/figures.json", screen_look=look
    )


@open_to_screens.get(f"{WALL}/figures.json")
def wall_figures(request: Request) -> Response:
    """What a screen shows, whose token comes as bearer; 401 in the shape of all errors where it is over."""
    state = request.app.state
    screens: Screens = state.screens
    try:
        units = screens.units_shown(bearer_of(request), state.cases.clock())
    except BoardLinkEnded as refused:
        told = {"code": refused.code, "message": refused.zh, "message_en": refused.en, "detail": ""}
        return JSONResponse({"error": told}, refused.status, {**_NOT_KEPT, "www-authenticate": "Bearer"})
    return _figures(request, units)


@router.get(LINKS)
def link_list(request: Request, staff: ReportStaff) -> Response:
    """The links for screens within one's reach, and the form for another."""
    return _links(request, staff)


@router.post(LINKS, dependencies=[CHECKED])
def make_link(
    request: Request, staff: ReportStaff, name: Text = "", days: Days = links.USUAL_DAYS,
    look: Annotated[Look, Form()] = Look.DARK,
) -> Response:  # fmt: skip
    """A new link; its address is shown this once."""
    _must_oversee(staff)
    state = request.app.state
    try:
        with state.database.write() as session:
            token = links.make(session, state.cases.trail, staff, name, days, state.cases.clock())[1]
    except InvalidBoardLink as problem:
        return _links(request, staff, problem=problem, name=name, days=days)
    base = (state.settings.public_url or str(request.base_url)).rstrip("/")
    address = f"{base}{WALL}?look={look.value}#{token}"
    return frame_of(request).render(request, "board/link.html", address=address, name=name.strip())


@router.post(f"{LINKS}/{{link_id}}/end", dependencies=[CHECKED])
def end_link(request: Request, staff: ReportStaff, link_id: int) -> Response:
    """A screen shows nothing any more, from its next question on."""
    _must_oversee(staff)
    state = request.app.state
    with state.database.write() as session:
        name = links.end(session, state.cases.trail, staff, link_id, state.cases.clock())
    return frame_of(request).redirect(request, LINKS, "board.link.ended_done", name=name)


def _links(
    request: Request, staff: Staff, problem: InvalidBoardLink | None = None, name: str = "",
    days: int = links.USUAL_DAYS,
) -> Response:  # fmt: skip
    _must_oversee(staff)
    state = request.app.state
    with state.database.read() as session:
        rows = links.listed(session, staff, state.cases.clock())
    words = _words(request)
    return frame_of(request).render(
        request, "board/links.html", 422 if problem else 200, problem=problem, name=name, days=days,
        rows=[(row, unit_names(row.units, words)) for row in rows], most_days=links.DAYS[-1],
        mine=unit_names(units_of(staff), words), name_max=links.NAME_MAX,
    )  # fmt: skip


def _must_oversee(staff: Staff) -> None:
    if not links.may_hang_up(staff):
        raise NotPermitted(Permission.CHAT_OVERSEE)


def _page(request: Request, units: frozenset[str] | None) -> Mapping[str, Any]:
    """What both pages of the board are made of."""
    frame, language = frame_of(request), visitor_of(request).language
    keys = [key for key in frame.words.keys() if key.startswith(PREFIX)]  # noqa: SIM118 - no mapping
    words = {key.removeprefix(PREFIX): frame.words.raw(key, language) for key in keys}
    city = city_drawing()
    names = _words(request)
    return {
        "words": json.dumps(words, ensure_ascii=False),
        "city": city, "city_width": WIDTH,
        "names": {one.district.code: names.district(one.district.zh) for one in city.silhouettes},
        "units": unit_names(units, names),
        "level_seconds": request.app.state.settings.service_level_seconds,
    }  # fmt: skip


def _figures(request: Request, units: frozenset[str] | None) -> Response:
    state = request.app.state
    boards: Boards = state.live_board
    board = boards.of(units)
    told = figures_of(
        board, _words(request), ZoneInfo(state.settings.timezone), state.cases.clock(),
        frame_of(request).assets.digest,
    )  # fmt: skip
    return JSONResponse(told, headers=_NOT_KEPT)


def _words(request: Request) -> CaseWords:
    return CaseWords.of(request, cases_of(request).catalogue)
