"""The desk's WebSocket: everything live, for one person.

Frames out: `{"type": "queue", "total", "conversations"}` (the first of the queue, and how many wait in all),
`{"type": "mine", "conversations"}`,
`{"type": "message", "conversation_id", "message"}`, `{"type": "typing", "conversation_id", "sender", "on"}`,
`{"type": "people", "people"}`, `{"type": "pong"}`, `{"type": "error", "error": {"code", "message"}}`.
Frames in: `{"type": "watch", "conversation_id", "after"}` (messages above `after`, then each new one; one
conversation at a time), `{"type": "typing", "conversation_id", "on"}`,
`{"type": "seen", "conversation_id", "seq"}`, `{"type": "ping"}`.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import time
from typing import Any, cast

import structlog
from fastapi import APIRouter, WebSocket, WebSocketDisconnect, status

from gateway.channels.address import origin_allowed
from gateway.channels.operator.access import person, staff_at_desk
from gateway.channels.operator.board import WHOLE_EVERY_SECONDS, Board
from gateway.channels.operator.routes import may_see
from gateway.channels.sockets import until_one_ends
from gateway.channels.web.schemas import MessageOut
from gateway.channels.web.socket import parse_frame, whole_number
from gateway.conversations.hub import EVERYTHING, DeskListener
from gateway.conversations.transcript import MessageView
from gateway.errors import InvalidInput, PlatformError
from gateway.handoff import reading
from gateway.handoff.service import Handoffs
from gateway.identity.errors import NotPermitted
from gateway.identity.views import Staff
from gateway.identity.web import note_refusal

log = structlog.get_logger()
router = APIRouter()
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
    hub = socket.app.state.hub
    with hub.listen_at_desk() as for_messages, hub.listen_at_desk() as for_lists:
        await socket.accept()
        await _Connection(socket, staff, for_messages, for_lists).run()


class _Connection:
    """One open socket: a reader and two pushers that end together."""

    def __init__(
        self, socket: WebSocket, staff: Staff, for_messages: DeskListener, for_lists: DeskListener
    ) -> None:
        self._socket = socket
        self._state = socket.app.state
        self._staff = staff
        self._for_messages = for_messages
        self._for_lists = for_lists
        self._watched = ""
        self._seq = 0
        self._handoffs: Handoffs = self._state.handoffs

    async def run(self) -> None:
        """Serve until either side leaves."""
        for error in await until_one_ends(self._read(), self._push_messages(), self._push_lists()):
            if not isinstance(error, PlatformError | WebSocketDisconnect):
                log.error("desk socket broke", exc_info=error)
            with contextlib.suppress(RuntimeError):
                await self._socket.close(status.WS_1011_INTERNAL_ERROR)

    async def _push_messages(self) -> None:
        alive = looked = 0.0
        while True:
            await _something(self._for_messages, LOOK_AGAIN_SECONDS)
            news, typing = self._for_messages.take()
            now = time.monotonic()
            for (conversation_id, sender), on in typing.items():
                if conversation_id == self._watched and sender != "operator":
                    frame = {"conversation_id": conversation_id, "sender": sender, "on": on}
                    await self._tell({"type": "typing", **frame})
            if not news.isdisjoint({self._watched, EVERYTHING}) or now - looked >= LOOK_AGAIN_SECONDS:
                await self._messages()
                looked = now
            if now - alive >= ALIVE_EVERY_SECONDS:
                await asyncio.to_thread(self._check_in)
                alive = now

    async def _push_lists(self) -> None:
        board: Board = self._state.board
        told: dict[str, str] = {}
        looked, wait = 0.0, LOOK_AGAIN_SECONDS
        while True:
            await _something(self._for_lists, wait)
            news, _ = self._for_lists.take()
            now = time.monotonic()
            if not news and now - looked < wait:
                continue
            lists, looked = await board.now(news), now
            wait = WHOLE_EVERY_SECONDS if lists.owed else LOOK_AGAIN_SECONDS
            for name, frame in lists.of(self._staff.username).items():
                if told.get(name) != frame:
                    told[name] = frame
                    await self._tell_text(frame)

    def _check_in(self) -> None:
        """Whoever is signed out, or may no more, is shown out; the others are there."""
        if hasattr(self._socket.state, "staff"):
            del self._socket.state.staff
        self._staff = staff_at_desk(self._socket)

    async def _messages(self) -> None:
        watched, seq = self._watched, self._seq
        if not watched:
            return
        try:
            messages = await asyncio.to_thread(self._news_of, watched, seq)
        except PlatformError:
            # Somebody else is in charge now: what is said there is no longer this person's to read.
            if watched == self._watched:
                self._watched = ""
            return
        for message in messages:
            if (watched, seq) != (self._watched, self._seq):
                return  # another watch was asked for meanwhile
            self._seq = seq = message.seq
            out = MessageOut.of(message).model_dump(mode="json")
            await self._tell({"type": "message", "conversation_id": watched, "message": out})

    def _news_of(self, conversation_id: str, after: int) -> list[MessageView]:
        self._may_watch(conversation_id)
        _, messages = self._state.conversations.since(conversation_id, after)
        return cast("list[MessageView]", messages)

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
            self._for_messages.conversations.add(about)
            self._for_messages.changed.set()
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
            may_see(reading.in_charge_of(session, conversation_id), self._staff)

    async def _tell(self, frame: dict[str, Any]) -> None:
        await self._tell_text(json.dumps(frame, ensure_ascii=False, separators=(",", ":")))

    async def _tell_text(self, frame: str) -> None:
        with contextlib.suppress(WebSocketDisconnect, RuntimeError):
            await self._socket.send_text(frame)


async def _something(listener: DeskListener, seconds: float) -> None:
    """Wait for news, but no longer: another process may have written without telling."""
    # Not `wait_for`: in Python 3.11 that swallows a cancellation that comes together with news, and the
    # pusher of a socket that is gone would go on for ever.
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await listener.changed.wait()
    listener.changed.clear()
