"""Delivers the outbox's letters to LINE: what a chat has said, and notices and news of their own."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from linebot.v3.messaging import Message as LineMessage
from sqlalchemy import select

from gateway.channels.line import rendering
from gateway.channels.line.accounts import may_push
from gateway.channels.line.files import FileLinks
from gateway.channels.line.sending import LineSender
from gateway.conversations.exchanges import did_not_arrive
from gateway.conversations.hub import Hub
from gateway.conversations.models import Conversation, Message
from gateway.conversations.transcript import MESSAGE_VIEW, MessageView
from gateway.database import Database
from gateway.outbox.queue import Letter
from gateway.outbox.rules import Undeliverable


class Unfollowed(Undeliverable):
    """The citizen has blocked the account."""


@dataclass(frozen=True)
class Chat:
    """The messages of one letter, in order, and in which language they are dressed."""

    messages: Sequence[MessageView]
    language: str


class LineCarrier:
    """Carrier of the transport `line`; `recipient` is a user's id at LINE.

    `payload` holds `conversation` and `messages` (ids), or `title`, `text` and perhaps `link`.
    """

    def __init__(
        self, database: Database, sender: LineSender, hub: Hub, files: FileLinks, public_url: str | None,
        clock: Callable[[], datetime],
    ) -> None:  # fmt: skip
        self._database = database
        self._sender = sender
        self._hub = hub
        self._files = files
        self._public_url = public_url
        self._clock = clock

    async def deliver(self, letter: Letter) -> None:
        """Say one letter, in calls of up to five messages; those that LINE has taken are not made again."""
        if "conversation" in letter.payload:
            await self._chat(letter)
            return
        await self._say(letter, rendering.letter(letter.payload), may_reply=False)

    async def _chat(self, letter: Letter) -> None:
        conversation_id, ids = letter.payload["conversation"], letter.payload["messages"]
        chat = await asyncio.to_thread(self._read, conversation_id, ids)
        file_link = partial(self._files.link, conversation_id)
        dressed = rendering.rendered(chat.messages, chat.language, self._public_url, file_link)
        try:
            await self._say(letter, dressed, may_reply=True)
        except Undeliverable as error:
            now = self._clock()
            await asyncio.to_thread(did_not_arrive, self._database, conversation_id, ids, str(error), now)
            self._hub.announce(conversation_id)
            raise

    async def _say(self, letter: Letter, messages: list[LineMessage], *, may_reply: bool) -> None:
        if not await asyncio.to_thread(self._may_push, letter.recipient):
            raise Unfollowed("the account is blocked by its owner")
        for place, call in enumerate(rendering.calls(messages)):
            name = f"{letter.key}:{place}"
            await self._sender.say(
                letter.recipient, name, call, may_reply=may_reply, again=letter.tried_before
            )  # fmt: skip

    def _read(self, conversation_id: str, ids: Sequence[str]) -> Chat:
        with self._database.read() as session:
            language = session.scalar(select(Conversation.language).where(Conversation.id == conversation_id))
            rows = session.execute(select(*MESSAGE_VIEW).where(Message.id.in_(ids)).order_by(Message.seq))
            return Chat([MessageView(*row) for row in rows], language or "zh-TW")

    def _may_push(self, user_id: str) -> bool:
        with self._database.read() as session:
            return may_push(session, user_id)
