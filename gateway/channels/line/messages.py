"""Messages of LINE as messages of a conversation: words, pictures, places, stickers."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, Final

import structlog

from gateway.cases.attachments.rules import FILE_MAX_BYTES
from gateway.channels.line import content
from gateway.channels.line.accounts import Standing
from gateway.channels.line.codes import code_in
from gateway.channels.line.queue import Taken
from gateway.channels.line.room import Room
from gateway.channels.line.rules import TRIES, message_key
from gateway.channels.line.texts import line_text
from gateway.conversations.catalogue import say
from gateway.conversations.files import SentFile
from gateway.conversations.incoming import Incoming
from gateway.conversations.rules import BOT_MAY_SPEAK, Kind, Reply, Sender, clean_text
from gateway.errors import InvalidInput, PlatformError, TooLarge, Unavailable

log = structlog.get_logger()
_TITLE_MAX: Final = 200


class Messages:
    """Gives each kind of message its turn, or an answer at once where there is nothing to think about."""

    def __init__(self, room: Room) -> None:
        self._room = room
        self._kinds: dict[str, Callable[[Taken, Standing, dict[str, Any]], Awaitable[None]]] = {
            "text": self._text,
            "location": self._location,
            "image": self._file,
            "video": self._file,
            "file": self._file,
            "audio": self._audio,
            "sticker": self._sticker,
        }

    async def said(self, event: Taken, standing: Standing) -> None:
        """A message of a user. What it may not be is told to them in a sentence."""
        message = event.body.get("message")
        message = message if isinstance(message, dict) else {}
        kind = self._kinds.get(str(message.get("type")), self._unknown)
        try:
            await kind(event, standing, message)
        except (InvalidInput, TooLarge) as error:
            await self._answer(event, standing, "unreadable", self._refused(error, standing))

    def edited(self, event: Taken, standing: Standing) -> None:
        """Words that were changed afterwards: whoever reads the conversation sees both."""
        message = event.body.get("message")
        words = message.get("text") if isinstance(message, dict) else None
        if isinstance(words, str) and words.strip():
            told = line_text("edited", standing.language, text=words[: self._room.settings.message_max_chars])
            said = Reply(told, Kind.TEXT, {}, Sender.CITIZEN)
            self._room.exchange(standing, message_key(event.event_id), said, [])

    def note_taken_back(self, event: Taken, standing: Standing) -> None:
        """The message was taken back before it was read: only that is kept."""
        said = Reply(say("unsent", standing.language), Kind.TEXT, {"unsent": True}, Sender.CITIZEN)
        self._room.exchange(standing, message_key(event.event_id), said, [])

    async def _text(self, event: Taken, standing: Standing, message: dict[str, Any]) -> None:
        words = clean_text(str(message.get("text", "")), self._room.settings.message_max_chars)
        code = code_in(words)
        if code is not None:
            await asyncio.to_thread(self._room.redeem, event, standing, code)
            return
        wanted = _notices_wanted(words)
        if wanted is not None:
            await asyncio.to_thread(self._want, event, standing, words, wanted)
            return
        await self._turn(event, standing, Incoming(message_key(event.event_id), words))

    def _want(self, event: Taken, standing: Standing, words: str, notices: bool) -> None:
        self._room.accounts.want(standing.user_id, notices, self._room.clock())
        answer = line_text("start_done" if notices else "stop_done", standing.language)
        said = Reply(words, Kind.TEXT, {}, Sender.CITIZEN)
        self._room.exchange(standing, message_key(event.event_id), said, [Reply(answer)])

    async def _location(self, event: Taken, standing: Standing, message: dict[str, Any]) -> None:
        lat, lng = _degrees(message.get("latitude")), _degrees(message.get("longitude"))
        self._room.places.require(lat, lng)
        label = " ".join(str(message.get("address") or message.get("title") or "").split())[:_TITLE_MAX]
        place: dict[str, Any] = {"lat": lat, "lng": lng}
        if label:
            place["label"] = clean_text(label, _TITLE_MAX)
        shown = place.get("label") or f"{lat:.5f}, {lng:.5f}"
        await self._turn(
            event, standing, Incoming(message_key(event.event_id), f"📍 {shown}", location=place)
        )

    async def _file(self, event: Taken, standing: Standing, message: dict[str, Any]) -> None:
        room, number = self._room, str(message.get("id", ""))
        if isinstance(declared := message.get("fileSize"), int) and declared > FILE_MAX_BYTES:
            raise TooLarge("a file of LINE")
        try:
            data, media_type = await content.fetch(room.http, room.settings, number)
            name = content.name_of(str(message["type"]), message.get("fileName"), media_type)
            prepared = await room.prepare(data, name)
        except Unavailable as error:
            if not isinstance(error, content.ContentGone) and event.attempts <= len(TRIES):
                raise
            log.warning("a file of LINE was not taken", code=error.code, reason=error.detail)
            await self._answer(event, standing, "file", line_text("file_lost", standing.language))
            return
        sent = SentFile.of(prepared)
        try:
            done = await room.turn(
                standing, Incoming(message_key(event.event_id), sent.words, file=sent), prepared
            )  # fmt: skip
        except PlatformError:
            await asyncio.to_thread(room.attachments.discard, prepared)
            raise
        if not done.created:
            await asyncio.to_thread(room.attachments.discard, prepared)

    async def _audio(self, event: Taken, standing: Standing, message: dict[str, Any]) -> None:
        await self._answer(event, standing, "audio", line_text("audio_not_read", standing.language))

    async def _sticker(self, event: Taken, standing: Standing, message: dict[str, Any]) -> None:
        await self._answer(event, standing, "sticker", line_text("sticker", standing.language))

    async def _unknown(self, event: Taken, standing: Standing, message: dict[str, Any]) -> None:
        await self._answer(event, standing, "unknown", line_text("unknown_message", standing.language))

    async def _turn(self, event: Taken, standing: Standing, incoming: Incoming) -> None:
        if standing.owner in BOT_MAY_SPEAK:
            await self._room.sender.show_loading(standing.user_id)
        await self._room.turn(standing, incoming)

    async def _answer(self, event: Taken, standing: Standing, what: str, answer: str) -> None:
        """Note what came, and say one sentence to it, unless a person is in charge."""
        said = Reply(line_text(f"said_{what}", standing.language), Kind.TEXT, {}, Sender.CITIZEN)
        key = message_key(event.event_id)
        await asyncio.to_thread(self._room.exchange, standing, key, said, [Reply(answer)])

    @staticmethod
    def _refused(error: PlatformError, standing: Standing) -> str:
        return error.en if standing.language == "en" else error.zh


def _notices_wanted(words: str) -> bool | None:
    """What a message asks of notices; None where it is about anything else."""
    said = words.strip(" 。.!！").casefold()
    for key, wanted in (("words_stop", False), ("words_start", True)):
        if any(said in line_text(key, language).casefold().split("|") for language in ("zh-TW", "en")):
            return wanted
    return None


def _degrees(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise InvalidInput("location")
    return float(value)
