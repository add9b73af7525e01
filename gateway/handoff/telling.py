"""What citizens are told of the queue and of the hours in which people answer."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from gateway.conversations.catalogue import say
from gateway.conversations.models import Conversation
from gateway.conversations.rules import Kind, Reply, Sender
from gateway.handoff import reading
from gateway.handoff.service import Handoffs


def told_of_line(handoffs: Handoffs, session: Session, conversation: Conversation) -> Reply | None:
    """Place and honest estimate of who has just joined the queue."""
    state = reading.line_state(session, conversation.id, handoffs.clock())
    if state.place is None:
        return None
    key = "line_unknown" if state.minutes is None else "line_place" if state.minutes else "line_now"
    text = say(key, conversation.language, place=state.place, minutes=state.minutes)
    payload = {"notice": "line", "place": state.place, "minutes": state.minutes}
    return Reply(text, Kind.NOTICE, payload, Sender.SYSTEM)


def hours_when_nobody_is_there(handoffs: Handoffs, zone: ZoneInfo, language: str) -> str | None:
    """The staffed hours in words, outside of them; None while somebody should be there."""
    if handoffs.hours.staffed(handoffs.clock(), zone):
        return None
    return handoffs.hours.told(language)
