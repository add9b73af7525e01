"""The queue in figures, for who oversees: a table for days or hours, and the same as a file."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Annotated, Final
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Depends, Query, Request
from starlette.responses import Response

from gateway.console.routes_session import frame_of
from gateway.console.visitor import visitor_of
from gateway.errors import InvalidInput
from gateway.handoff.counts import counts
from gateway.handoff.figures import REASONS, By, Count, total
from gateway.identity.rules import Permission
from gateway.identity.web import require

BASE: Final = "/console/live/counts"
WEEK: Final = timedelta(days=6)
COLUMNS: Final = (
    "entered", "overflow", "taken", "abandoned", "silent", "instead", "waiting", "median", "longest",
    "returned", "stepped_in", "calls_asked", "calls_reached",
)  # fmt: skip
_MINUTE: Final = 60
FirstDay = Annotated[str, Query(alias="from", max_length=10)]
LastDay = Annotated[str, Query(alias="to", max_length=10)]
router = APIRouter(include_in_schema=False, dependencies=[Depends(require(Permission.CHAT_OVERSEE))])


@router.get(BASE)
def shown(request: Request, first: FirstDay = "", last: LastDay = "", by: By = By.DAY) -> Response:
    """The figures of the days asked for, by default of the last seven."""
    days, refused, rows = _days(request, first, last), None, []
    try:
        rows = _rows(request, days, by)
    except InvalidInput as problem:
        refused = problem
    whole = total(rows, _now(request))
    return frame_of(request).render(
        request, "counts/list.html", 422 if refused else 200, first=days[0], last=days[1], by=by.value,
        rows=[(_time(one.start, by), _cells(one)) for one in rows], whole=_cells(whole), columns=COLUMNS,
        reasons=[(name, whole.reasons[name]) for name in REASONS], refused=refused,
    )  # fmt: skip


@router.get(BASE + ".csv")
def file(request: Request, first: FirstDay = "", last: LastDay = "", by: By = By.DAY) -> Response:
    """The same table as a file, with the reasons; waiting times in seconds."""
    days = _days(request, first, last)
    rows = _rows(request, days, by)
    words, language = frame_of(request).words, visitor_of(request).language
    headings = [
        *(f"counts.{name}" for name in ("start", *COLUMNS)), *(f"counts.reason.{name}" for name in REASONS)
    ]  # fmt: skip
    text = io.StringIO(newline="")
    lines = csv.writer(text)
    lines.writerow([words.text(key, language) for key in headings])
    for one in rows:
        numbers = [_figure(one, name) for name in COLUMNS]
        lines.writerow([_time(one.start, by), *numbers, *(one.reasons[name] for name in REASONS)])
    headers = {
        "content-disposition": f'attachment; filename="queue-{days[0]}-{days[1]}.csv"',
        "cache-control": "no-store",
    }
    return Response(
        text.getvalue().encode("utf-8-sig"), media_type="text/csv; charset=utf-8", headers=headers
    )


def _rows(request: Request, days: tuple[date, date], by: By) -> list[Count]:
    settings = request.app.state.settings
    with request.app.state.database.read() as session:
        return counts(session, *days, by, ZoneInfo(settings.timezone), settings.lines_full_share)


def _days(request: Request, first: str, last: str) -> tuple[date, date]:
    """The days asked for; the last seven where none, or none that can be read."""
    today = _now(request).date()
    try:
        return date.fromisoformat(first), date.fromisoformat(last)
    except ValueError:
        return today - WEEK, today


def _now(request: Request) -> datetime:
    state = request.app.state
    now: datetime = state.handoffs.clock()
    return now.astimezone(ZoneInfo(state.settings.timezone))


def _time(start: datetime, by: By) -> str:
    return f"{start:%Y-%m-%d}" if by is By.DAY else f"{start:%Y-%m-%d %H:%M}"


def _figure(one: Count, name: str) -> int | None:
    waits = {"median": one.median_wait, "longest": one.longest_wait}
    figure: int | None = waits[name] if name in waits else getattr(one, name)
    return figure


def _cells(one: Count) -> Sequence[str]:
    """The figures as people read them: waiting times as minutes and seconds."""
    cells = []
    for name in COLUMNS:
        figure = _figure(one, name)
        if figure is None:
            cells.append("—")
        elif name in {"median", "longest"}:
            cells.append(f"{figure // _MINUTE}:{figure % _MINUTE:02d}")
        else:
            cells.append(f"{figure:,}")
    return cells
