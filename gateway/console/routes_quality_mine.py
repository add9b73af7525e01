"""An operator's own final sheets, each answered once."""

from __future__ import annotations

from typing import Annotated, Final

from fastapi import APIRouter, Depends, Form, Request
from sqlalchemy.orm import Session
from starlette.responses import Response

from gateway.console.guards import CHECKED
from gateway.console.navigation import MY_QUALITY
from gateway.console.quality_words import QualityWords
from gateway.console.routes_quality import SheetId, acting, quality_of
from gateway.console.routes_session import Text, frame_of
from gateway.errors import PlatformError
from gateway.identity.rules import Permission
from gateway.identity.views import Staff
from gateway.identity.web import require
from gateway.quality import reading
from gateway.quality.errors import AlreadyReplied, InvalidReply
from gateway.quality.models import QualitySheet
from gateway.quality.rules import ReplyKind, State
from gateway.quality.service import REPLY_MAX
from gateway.quality.views import Sheet

SHOWN_MAX: Final = 200
OPERATOR: Final = Depends(require(Permission.CHAT_TAKE))
Operator = Annotated[Staff, OPERATOR]
Words = Annotated[str, Form(max_length=2 * REPLY_MAX)]
router = APIRouter(include_in_schema=False, dependencies=[OPERATOR])


@router.get(MY_QUALITY)
def mine(request: Request, staff: Operator) -> Response:
    """One's own final sheets, the latest first."""
    with request.app.state.database.read() as session:
        own = [QualitySheet.operator == staff.username, QualitySheet.state == State.FINAL.value]
        rows, total = reading.sheets(
            session, own, sort="ended", descending=True, offset=0, limit=SHOWN_MAX
        )  # fmt: skip
        words = QualityWords.of(request, session)
    return frame_of(request).render(request, "quality/mine.html", rows=rows, total=total, words=words)


@router.get(f"{MY_QUALITY}/{{own_id}}")
def own_sheet(request: Request, staff: Operator, own_id: SheetId) -> Response:
    """One of one's own final sheets, beside its conversation."""
    with request.app.state.database.read() as session:
        sheet = reading.own_final(session, own_id, staff.username)
        return _page(request, session, staff, sheet, ("", ""))


@router.post(f"{MY_QUALITY}/{{own_id}}/reply", dependencies=[CHECKED])
def reply(request: Request, staff: Operator, own_id: SheetId, kind: Text = "", words: Words = "") -> Response:
    """Acknowledge a sheet or object to it, once."""
    try:
        if kind not in set(ReplyKind):
            raise InvalidReply
        by = acting(staff, Permission.CHAT_TAKE)
        quality_of(request).reply(own_id, ReplyKind(kind), words, by)
    except (InvalidReply, AlreadyReplied) as refused:
        with request.app.state.database.read() as session:
            sheet = reading.own_final(session, own_id, staff.username)
            return _page(request, session, staff, sheet, (kind, words), refused)
    return frame_of(request).redirect(request, f"{MY_QUALITY}/{own_id}", "quality.mine.sent")


def _page(
    request: Request, session: Session, staff: Staff, sheet: Sheet, typed: tuple[str, str],
    refused: PlatformError | None = None,
) -> Response:  # fmt: skip
    return frame_of(request).render(
        request, "quality/own.html", refused.status if refused else 200, sheet=sheet,
        words=QualityWords.of(request, session), typed=typed, refused=refused, kinds=list(ReplyKind),
        reply_max=REPLY_MAX, may_read_cases=staff.may(Permission.CASES_READ),
    )  # fmt: skip
