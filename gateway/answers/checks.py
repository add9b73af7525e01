"""Entries that may be out of date, as a work list: who looks after which, and what was found still right."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Final

from sqlalchemy.orm import Session

from gateway.answers.errors import CheckRefused, EntryNotFound
from gateway.answers.models import AnswerCheck
from gateway.answers.reading import entry_view
from gateway.answers.service import AnswerDesk, subject_of
from gateway.answers.staleness import Reason
from gateway.audit.rules import Entry
from gateway.identity.views import Actor

MOST: Final = 200
"""Entries that may be given to somebody at once."""


def still_right(desk: AnswerDesk, entry_id: str, today: date, by: Actor) -> None:
    """Somebody has looked at the entry and found it right: for a year it is not on the list.

    Raises EntryNotFound, and CheckRefused for one whose last day is over.
    """
    with desk.database.write() as session:
        view = entry_view(session, desk.shelf.base(), entry_id, today)
        if Reason.PAST in view.card.reasons:
            raise CheckRefused(entry_id)
        check = _check(session, entry_id)
        check.looked_on, check.looked_by, check.assigned_to = today, by.name, None
        session.flush()
        desk.trail.append(
            session, act="answers.still_right", actor=by.name, role=by.role, subject=subject_of(entry_id),
            detail={"day": today.isoformat()}, at=desk.clock(),
        )  # fmt: skip


def assign(desk: AnswerDesk, ids: Sequence[str], to: str, by: Actor) -> int:
    """Give entries to a colleague, or back to nobody with an empty name; how many.

    The caller sees to it that there is such a colleague. Raises EntryNotFound for none or too many.
    """
    known = desk.shelf.base().keys()
    wanted = sorted(set(ids))
    with desk.database.write() as session:
        own = {entry.id for entry in desk.overlay(session).entries}
        if not 0 < len(wanted) <= MOST or not set(wanted) <= known | own:
            raise EntryNotFound(", ".join(wanted[:3]))
        for entry_id in wanted:
            _check(session, entry_id).assigned_to = to or None
        session.flush()
        now = desk.clock()
        desk.trail.extend(
            session,
            [
                Entry(now, by.name, by.role, "answers.assign", subject_of(entry_id), {"to": to})
                for entry_id in wanted
            ],
        )
    return len(wanted)


def _check(session: Session, entry_id: str) -> AnswerCheck:
    check = session.get(AnswerCheck, entry_id, with_for_update=True)
    if check is None:
        check = AnswerCheck(entry_id=entry_id, assigned_to=None, looked_on=None, looked_by=None)
        session.add(check)
    return check
