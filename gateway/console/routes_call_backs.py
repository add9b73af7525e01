"""Call-backs that citizens asked for: who is to be called, when, and what came of it."""

from __future__ import annotations

from typing import Annotated, Final
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Depends, Form, Path, Request
from starlette.responses import Response

from gateway.channels.operator.access import person
from gateway.console.guards import CHECKED
from gateway.console.routes_session import frame_of
from gateway.console.visitor import visitor_of
from gateway.handoff.call_back_reading import listed, told
from gateway.handoff.call_back_rules import ATTEMPTS, CallAct, CallState
from gateway.handoff.call_backs import CallBacks
from gateway.handoff.hands import NOTE_MAX
from gateway.identity.rules import Permission
from gateway.identity.views import Staff
from gateway.identity.web import require

BASE: Final = "/console/call-backs"
TAKER: Final = Depends(require(Permission.CHAT_TAKE))
Taker = Annotated[Staff, TAKER]
Number = Annotated[int, Path(ge=1, le=2**31 - 1)]
Note = Annotated[str, Form(max_length=NOTE_MAX)]
TONES: Final = {
    CallState.WAITING: "info", CallState.TAKEN: "warn", CallState.REACHED: "ok",
    CallState.NOT_REACHED: "alarm", CallState.CANCELLED: "quiet",
}  # fmt: skip
router = APIRouter(include_in_schema=False, dependencies=[TAKER])


@router.get(BASE)
def shown(request: Request, staff: Taker, over: str = "") -> Response:
    """Those to be made, or those that are over."""
    state = request.app.state
    zone, language = ZoneInfo(state.settings.timezone), visitor_of(request).language
    with state.database.read() as session:
        rows = listed(session, staff.username, over=bool(over))
    return frame_of(request).render(
        request, "call_backs/list.html", rows=rows, over=bool(over), attempts=ATTEMPTS, tones=TONES,
        when={row.id: told(row.call_from, row.due_at, zone, language) for row in rows},
        may_file=staff.may(Permission.CASES_FILE), note_max=NOTE_MAX, clock=state.handoffs.clock(),
        oversees=staff.may(Permission.CHAT_OVERSEE),
    )  # fmt: skip


@router.post(BASE + "/{call_back_id}/{act}", dependencies=[CHECKED])
def act(request: Request, staff: Taker, call_back_id: Number, act: CallAct, note: Note = "") -> Response:
    """Take one, or tell what came of the call."""
    room: CallBacks = request.app.state.call_backs
    done = room.act(call_back_id, act, person(staff), staff.role_names, note)
    request.app.state.hub.announce(done.conversation_id)
    return frame_of(request).redirect(request, BASE, f"call_backs.done.{act}")
