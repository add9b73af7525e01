"""Drawing samples, and the proof of every draw."""

from __future__ import annotations

from typing import Annotated, Final

from fastapi import APIRouter, Form, Request
from starlette.responses import Response

from gateway.console.guards import CHECKED
from gateway.console.listing import Column, Listing, ListState
from gateway.console.quality_words import QualityWords, day_of
from gateway.console.routes_quality import ASSESSOR, BASE, Assessor, acting
from gateway.console.routes_session import Text, frame_of
from gateway.errors import PlatformError
from gateway.identity.rules import Permission
from gateway.quality import reading
from gateway.quality.drawing import Drawing
from gateway.quality.errors import DrawnAtOnce, InvalidPeriod, InvalidSize
from gateway.quality.rules import SIZES, last_month

DRAWS: Final = f"{BASE}/draws"
COLUMNS: Final = (
    Column("operator", "quality.operator"),
    Column("period", "quality.period"),
    Column("round", "quality.draw.round", numeric=True),
    Column("pool", "quality.draw.pool", numeric=True),
    Column("sample", "quality.draw.sample", numeric=True),
    Column("proof", "quality.draw.proof"),
    Column("seed", "quality.draw.seed"),
    Column("drawn_by", "quality.draw.drawn_by", extra=True),
)
Turn = Annotated[int, Form(ge=1, le=1000)]
router = APIRouter(include_in_schema=False, dependencies=[ASSESSOR])


def drawing_of(request: Request) -> Drawing:
    """Who draws samples."""
    room: Drawing = request.app.state.drawing
    return room


@router.get(DRAWS)
def draws(request: Request) -> Response:
    """The form to draw, and the latest draws with seed, pool and proof."""
    return _page(request, {})


@router.post(DRAWS, dependencies=[CHECKED])
def draw(
    request: Request, staff: Assessor, first: Text = "", last: Text = "", size: Text = "", turn: Turn = 1
) -> Response:
    """Draw from a period, or a further round of it; what was drawn before stays as it is."""
    begin, end = day_of(first), day_of(last)
    by, room = acting(staff, Permission.QUALITY_ASSESS), drawing_of(request)
    try:
        if begin is None or end is None:
            raise InvalidPeriod
        if not size.isdecimal() or not size.isascii() or len(size) > len(str(SIZES.stop)):
            raise InvalidSize
        drawn = room.draw(begin, end, int(size), by, turn)
    except (InvalidPeriod, InvalidSize, DrawnAtOnce) as refused:
        return _page(request, {"first": first, "last": last, "size": size}, refused)
    told = "quality.draw.done" if drawn.sheets else "quality.draw.none"
    return frame_of(request).redirect(request, DRAWS, told, sheets=drawn.sheets, operators=drawn.operators)


def _page(request: Request, given: dict[str, str], refused: PlatformError | None = None) -> Response:
    room = drawing_of(request)
    state = ListState.read(DRAWS, request.query_params, filters=(), sorts=("id",), default_sort="-id")
    first, last = last_month(room.clock().astimezone(room.zone).date())
    usual = {
        "first": first.isoformat(), "last": last.isoformat(),
        "size": str(request.app.state.settings.quality_sample),
    }  # fmt: skip
    with request.app.state.database.read() as session:
        rows, total = reading.draws(session, state.offset, state.size)
        periods = reading.drawn_periods(session)
        words = QualityWords.of(request, session)
    return frame_of(request).render(
        request, "quality/draws.html", refused.status if refused else 200, words=words,
        listing=Listing(state, COLUMNS, rows, total), periods=periods,
        given={**usual, **given}, refused=refused, sizes=SIZES,
    )  # fmt: skip
