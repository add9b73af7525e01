"""The citizen's files of a conversation, offered to the case that is made of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from fastapi import Request
from sqlalchemy import select
from sqlalchemy.orm import Session

from gateway.cases.agency_events import claim_files
from gateway.cases.models import Case, CaseAttachment
from gateway.cases.service import CaseService
from gateway.cases.typed import ReadBack
from gateway.conversations.files import ConversationFiles

FIELD: Final = "files"
Given = Mapping[str, Any]


def offered(request: Request, session: Session, given: Given) -> Sequence[CaseAttachment]:
    """What the citizen has sent in the conversation that the form is made of."""
    conversation_id = given.get("conversation")
    return _files(request).of_citizen(session, conversation_id) if conversation_id else ()


def ticked(request: Request, session: Session, given: Given) -> Sequence[CaseAttachment]:
    """Those of them that go with the case."""
    return [row for row in offered(request, session, given) if row.public_id in given.get(FIELD, ())]


def with_files(request: Request, session: Session, told: ReadBack, given: Given) -> ReadBack:
    """What was read back, with copies of the ticked files for the case to claim."""
    key = _draft(request, session, given, public=True)
    return replace(told, form=replace(told.form, filled=replace(told.form.filled, draft_key=key)))


def give_to_joined(request: Request, session: Session, number: str, given: Given) -> None:
    """Copies of the ticked files for a case that was there before; its first reporter does not see them."""
    key = _draft(request, session, given, public=False)
    if key is not None:
        cases: CaseService = request.app.state.cases
        case = session.scalars(select(Case).where(Case.number == number)).one()
        claim_files(session, case, cases.tools(session), key, cases.clock())


def _draft(request: Request, session: Session, given: Given, *, public: bool) -> str | None:
    chosen = given.get(FIELD, ())
    if not given.get("conversation") or not chosen:
        return None
    return _files(request).draft_of(session, given["conversation"], chosen, public=public)


def _files(request: Request) -> ConversationFiles:
    files: ConversationFiles = request.app.state.conversations.files
    return files
