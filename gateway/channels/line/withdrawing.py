"""Messages that their citizen has taken back: the content goes, everywhere it can."""

from __future__ import annotations

from sqlalchemy import select

from gateway.channels.line.models import LineEvent
from gateway.channels.line.room import Room
from gateway.channels.line.rules import message_key
from gateway.conversations.exchanges import hide
from gateway.conversations.files import SentFile
from gateway.conversations.models import Message
from gateway.conversations.rules import Kind


def take_back(room: Room, message_id: str) -> None:
    """Hide what was sent under LINE's number, with its file; what has become a case's stays with the case.

    A message that has not been carried out yet is looked for when it is.
    """
    with room.database.write() as session:
        event_id = session.scalar(
            select(LineEvent.event_id).where(LineEvent.message_id == message_id, LineEvent.kind == "message")
        )
        if event_id is None:
            return
        key = message_key(event_id)
        conversation_id = session.scalar(select(Message.conversation_id).where(Message.client_id == key))
        if conversation_id is None:
            return
        before = hide(session, conversation_id, key, room.clock())
        if before is not None and before.kind == Kind.FILE:
            sent = SentFile.from_payload(before.payload)
            room.conversations.files.remove(session, conversation_id, sent.id)
    room.hub.announce(conversation_id)
