"""Sentences that operators can send with one choice: seen by all of them, kept by editors and supervisors."""

from __future__ import annotations

from typing import Annotated, Final

from fastapi import APIRouter, Depends, Form, Request
from starlette.responses import Response

from gateway.console.frame import Frame
from gateway.console.guards import CHECKED
from gateway.console.routes_session import Text, frame_of
from gateway.errors import PlatformError
from gateway.handoff.replies import TEXT_MAX, InvalidReply, drop_reply, keep_reply, replies
from gateway.identity.rules import Permission
from gateway.identity.views import Staff
from gateway.identity.web import require

BASE: Final = "/console/replies"
EDITOR: Final = Depends(require(Permission.FAQ_EDIT))
Editor = Annotated[Staff, EDITOR]
Words = Annotated[str, Form(max_length=2 * TEXT_MAX)]
router = APIRouter(include_in_schema=False, dependencies=[EDITOR])


@router.get(BASE)
def shown(request: Request) -> Response:
    """All replies, and the form for another."""
    return _page(request, {})


@router.post(BASE, dependencies=[CHECKED])
def keep(request: Request, staff: Editor, title: Text = "", zh: Words = "", en: Words = "") -> Response:
    """Keep a reply; the same title again replaces it."""
    frame: Frame = frame_of(request)
    try:
        with request.app.state.database.write() as session:
            now = request.app.state.handoffs.clock()
            keep_reply(session, title, zh, en, by=staff.username, now=now)
    except InvalidReply as refused:
        return _page(request, {"title": title, "zh": zh, "en": en}, refused)
    return frame.redirect(request, BASE, "replies.kept", title=title)


@router.post(BASE + "/{reply_id}/delete", dependencies=[CHECKED])
def drop(request: Request, reply_id: int) -> Response:
    """Take a reply away."""
    with request.app.state.database.write() as session:
        drop_reply(session, reply_id)
    return frame_of(request).redirect(request, BASE, "replies.dropped")


def _page(request: Request, given: dict[str, str], refused: PlatformError | None = None) -> Response:
    with request.app.state.database.read() as session:
        rows = replies(session)
    return frame_of(request).render(
        request, "replies/list.html", 422 if refused else 200, rows=rows, refused=refused,
        given={"title": "", "zh": "", "en": "", **given}, text_max=TEXT_MAX,
    )  # fmt: skip
