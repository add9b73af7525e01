"""Stays in the queue told one by one, slowly and obviously, from the changes of owner."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby

from sqlalchemy import select
from sqlalchemy.orm import Session

from gateway.conversations.models import Conversation, ConversationEvent
from gateway.conversations.rules import Owner
from gateway.handoff.figures import Stay


@dataclass(frozen=True)
class Change:
    """One change of owner."""

    conversation_id: str
    at: datetime
    reason: str
    before: str
    after: str
    actor: str = ""
    channel: str = ""
    visitor: str | None = None


def stays(changes: Sequence[Change]) -> list[Stay]:
    """The stays that these changes tell of; those of one conversation follow one another, in order."""
    found = []
    for _, group in groupby(changes, key=lambda change: change.conversation_id):
        began: Change | None = None
        for change in group:
            if change.after == Owner.QUEUE and change.before == Owner.BOT:
                began = change
            elif change.before == Owner.QUEUE and began is not None:
                found.append(_stay(began, change))
                began = None
        if began is not None:
            found.append(_stay(began))
    return found


def _stay(began: Change, ended: Change | None = None) -> Stay:
    citizen = began.visitor or began.conversation_id
    where = (began.conversation_id, began.channel, citizen)
    if ended is None:
        return Stay(began.at, began.reason, None, "", "", *where, "")
    return Stay(began.at, began.reason, ended.at, ended.after, ended.reason, *where, ended.actor)


def all_changes(session: Session) -> list[Change]:
    """Every change of owner there ever was, by conversation."""
    talks = {one.id: one for one in session.scalars(select(Conversation))}
    events = [one for one in session.scalars(select(ConversationEvent)) if one.act == "owner_changed"]
    return [
        Change(
            one.conversation_id, one.at, one.reason, one.detail["from"], one.detail["to"], one.actor,
            talks[one.conversation_id].channel, talks[one.conversation_id].visitor,
        )
        for one in sorted(events, key=lambda one: (one.conversation_id, one.id))
    ]  # fmt: skip
