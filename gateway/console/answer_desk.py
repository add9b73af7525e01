"""What all pages of the answers desk share: who may come, the room, and the time."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Final
from zoneinfo import ZoneInfo

from fastapi import Depends, Form, Path, Request

from gateway.answers.service import AnswerDesk
from gateway.answers.trials import Trials
from gateway.identity.rules import Permission
from gateway.identity.views import Actor, Staff
from gateway.identity.web import require
from knowledge_base.service import KnowledgeBase

BASE: Final = "/console/answers"
EDITOR: Final = Depends(require(Permission.FAQ_EDIT))
Editor = Annotated[Staff, EDITOR]
EntryId = Annotated[str, Path(min_length=1, max_length=80)]
Revision = Annotated[int, Form(ge=0, le=2**31 - 1)]
Note = Annotated[str, Form(max_length=2000)]


def desk_of(request: Request) -> AnswerDesk:
    """The room of the desk."""
    desk: AnswerDesk = request.app.state.answers
    return desk


def search_of(request: Request) -> KnowledgeBase:
    """The search of this process."""
    knowledge_base: KnowledgeBase = request.app.state.knowledge_base
    return knowledge_base


def trials_of(request: Request) -> Trials:
    """Where the effect of publishing is reckoned."""
    trials: Trials = request.app.state.trials
    return trials


def today_of(request: Request) -> date:
    """The day in the city."""
    zone = ZoneInfo(request.app.state.settings.timezone)
    return desk_of(request).clock().astimezone(zone).date()


def acting(staff: Staff, permission: Permission = Permission.FAQ_EDIT) -> Actor:
    """Somebody as the audit trail names them: with the role that lets them do it."""
    return Actor(staff.username, staff.role_for(permission))
