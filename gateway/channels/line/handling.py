"""What each kind of event means. The table is the law; what is not in it is stored and has no effect."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, Final

import structlog
from linebot.v3.messaging.exceptions import ApiException

from gateway.channels.line.accounts import Standing
from gateway.channels.line.client import UNREACHABLE, timeout
from gateway.channels.line.events import source_of
from gateway.channels.line.messages import Messages
from gateway.channels.line.postbacks import Postbacks
from gateway.channels.line.queue import Taken
from gateway.channels.line.room import Room
from gateway.channels.line.rules import BOT_IS_SILENT, Source, language_of, message_key
from gateway.channels.line.texts import line_text
from gateway.channels.line.withdrawing import take_back
from gateway.conversations import speech
from gateway.conversations.catalogue import say
from gateway.news.subscriptions import unsubscribe
from gateway.outbox.rules import Transport
from knowledge_base.entries import Language

log = structlog.get_logger()
_WELCOME: Final = ("dispatch", "case_lookup", "human")


class Events:
    """Carries out one event; calling it again for the same one changes nothing."""

    def __init__(self, room: Room) -> None:
        self._room = room
        self._messages = Messages(room)
        self._postbacks = Postbacks(room)
        self._kinds: dict[str, Callable[[Taken, str], Awaitable[None]]] = {
            "message": self._message,
            "messageEdited": self._edited,
            "postback": self._postback,
            "follow": self._follow,
            "unfollow": self._unfollow,
            "unsend": self._unsend,
            "accountLink": self._account_link,
        }

    async def handle(self, event: Taken) -> None:
        """Give the event its effect. Raises what keeps it from having one; it is tried again then."""
        kind, who = source_of(event.body)
        if kind in {Source.GROUP, Source.ROOM}:
            await self._in_a_group(event)
            return
        meaning = self._kinds.get(event.kind)
        if meaning is None or kind is not Source.USER or not who:
            log.info("an event of LINE without an effect", kind=event.kind)
            return
        if event.body.get("mode") == BOT_IS_SILENT and event.kind not in {"unfollow", "unsend"}:
            return
        await meaning(event, who)

    async def _message(self, event: Taken, user_id: str) -> None:
        standing = await self._enter(event, user_id)
        number = event.message_id or ""
        if await asyncio.to_thread(self._room.taken_back, number):
            await asyncio.to_thread(self._messages.note_taken_back, event, standing)
            return
        await self._messages.said(event, standing)

    async def _edited(self, event: Taken, user_id: str) -> None:
        standing = await self._enter(event, user_id)
        await asyncio.to_thread(self._messages.edited, event, standing)

    async def _postback(self, event: Taken, user_id: str) -> None:
        standing = await self._enter(event, user_id)
        await self._postbacks.pressed(event, standing)

    async def _follow(self, event: Taken, user_id: str) -> None:
        standing = await self._enter(event, user_id)
        room, now = self._room, self._room.clock()
        await asyncio.to_thread(room.accounts.follow, user_id, True, now)
        await self._show_menu(user_id, standing.language)
        greeting = speech.options(
            line_text("follow", standing.language),
            [(say(speech.START[one][0], standing.language), speech.START[one][1]) for one in _WELCOME],
        )
        await asyncio.to_thread(room.exchange, standing, message_key(event.event_id), None, [greeting])

    async def _unfollow(self, event: Taken, user_id: str) -> None:
        await asyncio.to_thread(self._room.accounts.follow, user_id, False, self._room.clock())
        await asyncio.to_thread(self._leave_news, user_id)

    def _leave_news(self, user_id: str) -> None:
        with self._room.database.write() as session:
            unsubscribe(session, Transport.LINE, user_id, self._room.clock())

    async def _unsend(self, event: Taken, user_id: str) -> None:
        if event.message_id:
            await asyncio.to_thread(take_back, self._room, event.message_id)

    async def _account_link(self, event: Taken, user_id: str) -> None:
        link = event.body.get("link")
        nonce = link.get("nonce") if isinstance(link, dict) and link.get("result") == "ok" else None
        standing = await self._enter(event, user_id)
        if isinstance(nonce, str):
            await asyncio.to_thread(self._room.redeem, event, standing, nonce)

    async def _in_a_group(self, event: Taken) -> None:
        """Only when this account is mentioned: where to be helped. Nothing of a group is kept."""
        token = event.body.get("replyToken")
        silent = event.body.get("mode") == BOT_IS_SILENT
        if event.kind != "message" or not event.body.get("mentioned") or silent or not token:
            return
        await self._room.reply_in_group(str(token), line_text("group_hello", "zh-TW"))

    async def _enter(self, event: Taken, user_id: str) -> Standing:
        room, token = self._room, event.body.get("replyToken")
        language: Language | None = None
        if not await asyncio.to_thread(room.accounts.known, user_id):
            language = await self._profile_language(user_id)
        return await asyncio.to_thread(
            room.accounts.enter, user_id, language, token if isinstance(token, str) else None,
            event.received_at, room.clock(),
        )  # fmt: skip

    async def _profile_language(self, user_id: str) -> Language:
        profile: Any = None
        try:
            profile = await self._room.sender.api.get_profile(user_id, _request_timeout=timeout())
        except (ApiException, *UNREACHABLE) as error:
            log.info("no profile of a LINE account", error=type(error).__name__)
        return language_of(profile.language if profile is not None else None)

    async def _show_menu(self, user_id: str, language: Language) -> None:
        """The menu in the citizen's language; the Chinese one is everybody's unless told otherwise."""
        if language != "en":
            return
        api = self._room.sender.api
        try:
            alias = await api.get_rich_menu_alias("wst-en", _request_timeout=timeout())
            await api.link_rich_menu_id_to_user(user_id, alias.rich_menu_id, _request_timeout=timeout())
        except (ApiException, *UNREACHABLE) as error:
            log.info("no English menu for a LINE account", error=type(error).__name__)
