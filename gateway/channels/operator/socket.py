"""The desk's WebSocket: everything live, for one person.

Frames out: `{"type": "queue", "conversations"}`, `{"type": "mine", "conversations"}`,
`{"type": "message", "conversation_id", "message"}`, `{"type": "typing", "conversation_id", "sender", "on"}`,
`{"type": "people", "people"}`, `{"type": "pong"}`, `{"type": "error", "error": {"code", "message"}}`.
Frames in: `{"type": "watch", "conversation_id", "after"}` (messages above `after`, then each new one; one
conversation at a time), `{"type": "typing", "conversation_id", "on"}`,
`{"type": "seen", "conversation_id", "seq"}`, `{"type": "ping"}`.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from typing import Any, cast

import structlog
from fastapi import APIRouter, WebSocket, WebSocketDisconnect, status

from gateway.channels.address import origin_allowed
from gateway.channels.operator.access import person, staff_at_desk
from gateway.channels.operator.routes import may_see
from gateway.channels.operator.schemas import Card, PresenceOut
from gateway.channels.sockets import until_one_ends
from gateway.channels.web.schemas import MessageOut
from gateway.channels.web.socket import parse_frame, whole_number
from gateway.conversations.hub import DeskListener
from gateway.conversations.models import Conversation
from gateway.conversations.transcript import MessageView
from gateway.errors import InvalidInput, PlatformError
from gateway.handoff import reading
from gateway.handoff.presence import everybody
from gateway.handoff.service import Handoffs
from gateway.identity.errors import NotPermitted
from gateway.identity.views import Staff
from gateway.identity.web import note_refusal

log = structlog.get_logger()
router = APIRouter()
LISTS_EVERY_SECONDS = 0.3
"""Lists are told at most so often; messages at once."""
LOOK_AGAIN_SECONDS = 5.0
"""Without any news the database is asked anyway: another process may have written."""
ALIVE_EVERY_SECONDS = 15.0
ID_MAX = 36
"""Characters of a conversation's id: a UUID."""


@router.websocket("/api/v1/operator/ws")
async def desk(socket: WebSocket) -> None:
    """Push the queue, one's own conversations, and the messages of the one that is looked at."""
    if not origin_allowed(socket, socket.app.state.settings):
        await socket.close(status.WS_1008_POLICY_VIOLATION, "origin")
        return
    try:
        staff = await asyncio.to_thread(staff_at_desk, socket)
    except PlatformError as error:
        if isinstance(error, NotPermitted):
            await asyncio.to_thread(note_refusal, socket, error)
        await socket.close(status.WS_1008_POLICY_VIOLATION, error.code)
        return
    with socket.app.state.hub.listen_at_desk() as listener:
        await socket.accept()
        await _Connection(socket, staff, listener).run()


class _Connection:
    """One open socket: a reader and a pusher that end together."""

    def __init__(self, socket: WebSocket, staff: Staff, listener: DeskListener) -> None:
        self._socket = socket
        self._state = socket.app.state
        self._staff = staff
        self._listener = listener
        self._watched = ""
        self._seq = 0
        self._told: dict[str, Any] = {}
        self._listed = self._alive = 0.0
        self._handoffs: Handoffs = self._state.handoffs

    async def run(self) -> None:
        """Serve until either side leaves."""
        for error in await until_one_ends(self._read(), self._push()):
            if not isinstance(error, PlatformError | WebSocketDisconnect):
                log.error("desk socket broke", exc_info=error)
            with contextlib.suppress(RuntimeError):
                await self._socket.close(status.WS_1011_INTERNAL_ERROR)

    async def _push(self) -> None:
        owed = True
        while True:
            wait = LISTS_EVERY_SECONDS if owed else LOOK_AGAIN_SECONDS
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._listener.changed.wait(), wait)
            self._listener.changed.clear()
            news, typing = self._listener.take()
            for (conversation_id, sender), on in typing.items():
                if conversation_id == self._watched and sender != "operator":
                    frame = {"conversation_id": conversation_id, "sender": sender, "on": on}
                    await self._tell({"type": "typing", **frame})
            if self._watched:
                await self._messages()
            now = time.monotonic()
            owed = owed or bool(news)
            if now - self._listed >= (LISTS_EVERY_SECONDS if owed else LOOK_AGAIN_SECONDS):
                await self._lists()
                self._listed, owed = now, False
            if now - self._alive >= ALIVE_EVERY_SECONDS:
                await asyncio.to_thread(self._check_in)
                self._alive = now

    def _check_in(self) -> None:
        """Whoever is signed out, or may no more, is shown out; the others are there."""
        if hasattr(self._socket.state, "staff"):
            del self._socket.state.staff
        self._staff = staff_at_desk(self._socket)

    async def _messages(self) -> None:
        watched = self._watched
        try:
            messages = await asyncio.to_thread(self._news_of, watched)
        except PlatformError:
            # Somebody else is in charge now: what is said there is no longer this person's to read.
            self._watched = ""
            return
        for message in messages:
            if watched != self._watched or message.seq <= self._seq:
                return
            out = MessageOut.of(message).model_dump(mode="json")
            await self._tell({"type": "message", "conversation_id": watched, "message": out})
            self._seq = message.seq

    def _news_of(self, conversation_id: str) -> list[MessageView]:
        self._may_watch(conversation_id)
        _, messages = self._state.conversations.since(conversation_id, self._seq)
        return cast("list[MessageView]", messages)

    async def _lists(self) -> None:
        for name, found in (await asyncio.to_thread(self._look)).items():
            if self._told.get(name) != found:
                self._told[name] = found
                key = "people" if name == "people" else "conversations"
                await self._tell({"type": name, key: found})

    def _look(self) -> dict[str, list[dict[str, Any]]]:
        with self._state.database.read() as session:
            lists = {
                "queue": reading.queue(session),
                "mine": reading.conversations_of(session, self._staff.username),
            }
            people = everybody(session, self._handoffs.clock())
        told = {
            name: [Card.model_validate(one).model_dump(mode="json") for one in found]
            for name, found in lists.items()
        }
        seen_at = {"seen_at"}
        told["people"] = [
            PresenceOut.model_validate(one).model_dump(mode="json", exclude=seen_at) for one in people
        ]
        return told

    async def _read(self) -> None:
        while True:
            received = await self._socket.receive()
            if received["type"] == "websocket.disconnect":
                return
            try:
                await self._take(parse_frame(received.get("text")))
            except PlatformError as error:
                if isinstance(error, NotPermitted):
                    await asyncio.to_thread(note_refusal, self._socket, error)
                body = {"code": error.code, "message": error.zh, "message_en": error.en}
                await self._tell({"type": "error", "error": body})

    async def _take(self, frame: dict[str, Any]) -> None:
        kind, about = frame.get("type"), frame.get("conversation_id")
        if kind == "ping":
            await self._tell({"type": "pong"})
            return
        if not isinstance(about, str) or len(about) > ID_MAX:
            raise InvalidInput("conversation_id")
        if kind == "watch":
            await asyncio.to_thread(self._may_watch, about)
            self._watched, self._seq = about, whole_number(frame.get("after", 0))
            self._listener.changed.set()
        elif kind == "typing" and about != self._watched:
            raise InvalidInput("conversation_id: not the one that is watched")
        elif kind == "typing":
            self._state.hub.typing(about, "operator", bool(frame.get("on")))
        elif kind == "seen":
            seq = whole_number(frame.get("seq"))
            if await asyncio.to_thread(self._handoffs.seen, about, person(self._staff), seq):
                self._state.hub.announce(about)
        else:
            raise InvalidInput("unknown frame")

    def _may_watch(self, conversation_id: str) -> None:
        with self._state.database.read() as session:
            may_see(session.get(Conversation, conversation_id), self._staff)

    async def _tell(self, frame: dict[str, Any]) -> None:
        with contextlib.suppress(WebSocketDisconnect, RuntimeError):
            await self._socket.send_json(frame)
