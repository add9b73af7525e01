"""What carrying out events needs, in one place: the conversation's doors, the files, the codes."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

import httpx
import structlog
from linebot.v3.messaging import ReplyMessageRequest, TextMessage
from linebot.v3.messaging.exceptions import ApiException

from gateway.cases.attachments.service import PICTURES_AT_ONCE, AttachmentService, Prepared
from gateway.cases.service import CaseService
from gateway.channels.limits import RateLimits
from gateway.channels.line import queue
from gateway.channels.line.accounts import LineAccounts, Standing
from gateway.channels.line.client import UNREACHABLE, timeout
from gateway.channels.line.codes import LinkCodes
from gateway.channels.line.queue import Taken
from gateway.channels.line.rules import message_key
from gateway.channels.line.sending import LineSender
from gateway.channels.line.texts import line_text
from gateway.conversations.exchanges import exchange
from gateway.conversations.hub import Hub
from gateway.conversations.incoming import Incoming
from gateway.conversations.rules import Reply
from gateway.conversations.service import ConversationService
from gateway.conversations.turn import Sent, TurnRunner
from gateway.database import Database
from gateway.errors import TooManyRequests
from gateway.handoff.service import Handoffs
from gateway.places.service import Places
from gateway.settings import Settings

log = structlog.get_logger()


@dataclass
class Room:
    """The tools of every event."""

    database: Database
    settings: Settings
    clock: Callable[[], datetime]
    accounts: LineAccounts
    codes: LinkCodes
    sender: LineSender
    conversations: ConversationService
    turns: TurnRunner
    cases: CaseService
    attachments: AttachmentService
    places: Places
    limits: RateLimits
    hub: Hub
    handoffs: Handoffs
    http: httpx.AsyncClient

    def __post_init__(self) -> None:
        self._looking_through = asyncio.Semaphore(PICTURES_AT_ONCE)

    async def turn(self, standing: Standing, incoming: Incoming, prepared: Prepared | None = None) -> Sent:
        """Give a message its turn, as a message of the web gets it."""
        return await self.turns.send(standing.conversation_id, incoming, prepared)

    async def prepare(self, data: bytes, name: str) -> Prepared:
        """Look through a file and put its clean copy into the store; raises as AttachmentService.prepare."""
        async with self._looking_through:
            return await asyncio.to_thread(self.attachments.prepare, data, name)

    def exchange(self, standing: Standing, key: str, said: Reply | None, replies: Sequence[Reply]) -> None:
        """Store what the citizen did and what is said to it at once, and tell who listens."""
        if exchange(self.database, standing.conversation_id, key, said, replies, self.clock()):
            self.hub.announce(standing.conversation_id)

    def taken_back(self, message_id: str) -> bool:
        """Whether the citizen has taken this message back already."""
        with self.database.read() as session:
            return queue.taken_back(session, message_id)

    def redeem(self, event: Taken, standing: Standing, code: str) -> None:
        """Use a code from the web: its conversation goes on here, or its case is told of here."""
        try:
            self.limits.check("case_lookup", f"line:{standing.user_id}")
            used = self.codes.redeem(code, standing, self.clock())
        except TooManyRequests as error:
            words = error.en if standing.language == "en" else error.zh
            self._told(event, standing, words)
            return
        if used is None:
            self._told(event, standing, line_text("link_code_bad", standing.language))
            return
        key = "linked" if used.case_number else "link_code_ok"
        told = line_text(key, used.standing.language)
        self._told(event, used.standing, told)

    async def reply_in_group(self, token: str, words: str) -> None:
        """Say one sentence where this account was mentioned; if that fails it is not said."""
        request = ReplyMessageRequest(replyToken=token, messages=[TextMessage(text=words)])
        try:
            await self.sender.api.reply_message(request, _request_timeout=timeout())
        except (ApiException, *UNREACHABLE) as error:
            log.warning("no answer in a group", error=type(error).__name__)

    def _told(self, event: Taken, standing: Standing, words: str) -> None:
        self.exchange(standing, message_key(event.event_id), None, [Reply(words)])
