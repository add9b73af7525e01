"""Buttons that were pressed: of the conversation, of the menu, and LINE's own."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from typing import Final

from sqlalchemy import select

from gateway.channels.line import rendering
from gateway.channels.line.accounts import Standing
from gateway.channels.line.city_news import PRESSED, CityNews
from gateway.channels.line.own_cases import OwnCases
from gateway.channels.line.queue import Taken
from gateway.channels.line.room import Room
from gateway.channels.line.rules import message_key
from gateway.channels.line.texts import line_text
from gateway.conversations.feedback import CannotVote, Vote, vote
from gateway.conversations.incoming import Incoming, UnknownOption
from gateway.conversations.models import Conversation, Message
from gateway.conversations.rules import BOT_MAY_SPEAK, Kind, Reply, Sender
from gateway.errors import NotFound
from gateway.handoff.errors import CannotRateService
from knowledge_base.entries import Language

_VOTE: Final = re.compile(r"vote:(\d{1,9}):(up|down)")
_LANGUAGES: Final[dict[str, Language]] = {"zh": "zh-TW", "en": "en"}
_SWITCHED: Final[dict[Language, str]] = {"zh-TW": "language_zh", "en": "language_en"}
_OPTION_MAX: Final = 300


class Postbacks:
    """What the data of a button asks for: the first that fits; else it is an option of the dialogue."""

    def __init__(self, room: Room) -> None:
        self._room = room
        self._cases = OwnCases(room)
        self._own: tuple[tuple[re.Pattern[str], Callable[[Taken, Standing, re.Match[str]], None]], ...] = (
            (_VOTE, self._vote),
            (re.compile(r"menu:(zh|en)"), self._language),
            (re.compile(r"line:my_cases"), self._cases.show_all),
            (re.compile(r"line:case:([A-Z0-9-]{1,40})"), self._cases.show_one),
            (PRESSED, CityNews(room).pressed),
            (re.compile(r"call_back:ask"), self._call_back),
            (re.compile(r"line:rate:([1-5])"), self._rate),
        )

    async def pressed(self, event: Taken, standing: Standing) -> None:
        """Give a button its effect. One that is not valid any more is told so."""
        postback = event.body.get("postback")
        data = postback.get("data") if isinstance(postback, dict) else None
        if not isinstance(data, str) or not data:
            return
        option = await asyncio.to_thread(self._option, standing, data)
        for pattern, act in self._own:
            found = pattern.fullmatch(option)
            if found is not None:
                await asyncio.to_thread(act, event, standing, found)
                return
        if standing.owner in BOT_MAY_SPEAK:
            await self._room.sender.show_loading(standing.user_id)
        try:
            await self._room.turn(standing, Incoming(message_key(event.event_id), "", option=option))
        except UnknownOption as error:
            words = error.en if standing.language == "en" else error.zh
            await asyncio.to_thread(self._say, event, standing, "said_button", words)

    def _option(self, standing: Standing, data: str) -> str:
        """The option's own payload, where it was too long for LINE and only its place was sent."""
        place = rendering.place_of(data)
        if place is None:
            return data[:_OPTION_MAX]
        seq, index = place
        asked = select(Message.payload).where(
            Message.conversation_id == standing.conversation_id, Message.seq == seq
        )
        with self._room.database.read() as session:
            offered = (session.scalar(asked) or {}).get("options", [])
        return str(offered[index]["payload"]) if index < len(offered) else data[:_OPTION_MAX]

    def _vote(self, event: Taken, standing: Standing, found: re.Match[str]) -> None:
        room, given = self._room, Vote(found[2])
        try:
            more = vote(room.database, standing.conversation_id, int(found[1]), given)
        except (NotFound, CannotVote):
            return  # an answer of an earlier conversation: nothing to be told
        if more:
            room.hub.announce(standing.conversation_id)
        elif given is Vote.UP:
            self._say(event, standing, "said_up", line_text("thanks_for_vote", standing.language))

    def _language(self, event: Taken, standing: Standing, found: re.Match[str]) -> None:
        language = _LANGUAGES[found[1]]
        self._room.accounts.speak(standing.user_id, language, self._room.clock())
        self._say(event, standing, "said_language", line_text(_SWITCHED[language], language), language)

    def _rate(self, event: Taken, standing: Standing, found: re.Match[str]) -> None:
        """The service that a person has ended last; both questions of the web are one here."""
        points = int(found[1])
        served = (
            select(Conversation.id)
            .where(Conversation.delivered_to == standing.user_id, Conversation.closed_at.is_not(None))
            .order_by(Conversation.closed_at.desc())
            .limit(1)
        )
        with self._room.database.read() as session:
            conversation_id = session.scalar(served)
        answer = "thanks_for_score"
        try:
            self._room.handoffs.rate(conversation_id or "", points, points, "")
        except (NotFound, CannotRateService):
            answer = "no_score"
        self._say(event, standing, f"score_{points}", line_text(answer, standing.language))

    def _call_back(self, event: Taken, standing: Standing, _found: re.Match[str]) -> None:
        self._say(event, standing, "said_call_back", line_text("call_back_elsewhere", standing.language))

    def _say(
        self, event: Taken, standing: Standing, said: str, answer: str, language: Language | None = None
    ) -> None:
        words = line_text(said, language or standing.language)
        citizen = Reply(words, Kind.TEXT, {}, Sender.CITIZEN)
        key = message_key(event.event_id)
        self._room.exchange(standing, key, citizen, [Reply(answer)])
