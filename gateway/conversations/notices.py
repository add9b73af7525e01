"""Notices of the platform in a citizen's chat, whoever is in charge of it."""

from __future__ import annotations

import asyncio
import uuid
from datetime import UTC, datetime

from sqlalchemy import select

from gateway.conversations.hub import Hub
from gateway.conversations.models import Message
from gateway.conversations.outgoing import TOPIC, tell_of
from gateway.conversations.push import Ring, no_ring
from gateway.conversations.rules import Kind, Reply, Sender
from gateway.conversations.transcript import MessageView, append, locked, view
from gateway.database import Database
from gateway.errors import NotFound
from gateway.outbox.queue import Letter
from gateway.outbox.rules import Undeliverable

KEYS = uuid.UUID("6f4b3c1e-9d0a-5c55-8f0e-1999d1511230")
"""The namespace in which a letter's key becomes the id of its message."""


def post_notice(
    database: Database, conversation_id: str, key: str, reply: Reply, topic: str = TOPIC,
    ring: Ring = no_ring,
) -> MessageView:  # fmt: skip
    """Add a notice to a conversation, once for each `key`; committed when it returns. `ring` tells browsers
    that want to be told of it, in the same transaction.

    `topic` says how it is treated on its way to where the conversation is read elsewhere. Raises NotFound
    for a conversation that nobody can read any more.
    """
    client_id = str(uuid.uuid5(KEYS, key))
    with database.write() as session:
        conversation = locked(session, conversation_id)
        posted = session.scalar(
            select(Message).where(Message.conversation_id == conversation_id, Message.client_id == client_id)
        )
        if posted is not None:
            return view(posted)
        now = datetime.now(UTC)
        if now >= conversation.expires_at and conversation.delivered_to is None:
            raise NotFound("the conversation has expired")
        message = append(conversation, reply, now)
        tell_of(session, conversation_id, topic)
        message.client_id = client_id
        session.add(message)
        ring(session, conversation, message.seq, now)
        return view(message)


class ConversationCarrier:
    """Delivers the outbox's letters into chats: `recipient` is a conversation, `payload` holds `text`."""

    def __init__(self, database: Database, hub: Hub, ring: Ring = no_ring) -> None:
        self._database = database
        self._hub = hub
        self._ring = ring

    async def deliver(self, letter: Letter) -> None:
        """Post one letter and wake who listens. Raises Undeliverable when the chat is over."""
        payload = {"title": letter.payload["title"], "case": letter.payload.get("case")}
        reply = Reply(letter.payload["text"], Kind.NOTICE, payload, Sender.SYSTEM)
        try:
            await asyncio.to_thread(
                post_notice, self._database, letter.recipient, letter.key, reply, letter.topic, self._ring
            )
        except NotFound as error:
            raise Undeliverable(error.detail) from error
        self._hub.announce(letter.recipient)
