"""The citizen's WebSocket: the same messages, pushed.

Frames out: `{"type": "message", "message"}`, `{"type": "owner", "owner"}`,
`{"type": "typing", "sender", "on"}`, `{"type": "sent", "client_id", "seq"}`,
`{"type": "seen", "seq"}` (the last number that the person in charge has seen),
`{"type": "error", "client_id"?, "error": {"code", "message"}}`, `{"type": "pong"}`.
Frames in: `{"type": "send", "client_id", "text" | "option" | "location"}`,
`{"type": "typing", "on"}`, `{"type": "received", "seq"}` and `{"type": "seen", "seq"}` (the last number
that has reached the citizen's device, and their eyes; kept while a person is in charge),
`{"type": "ping", "hidden"?}` (`hidden`: the page is open but cannot be seen).
"""

from __future__ import annotations

import asyncio
import contextlib
import json
from functools import partial
from typing import Any

import structlog
from fastapi import APIRouter, WebSocket, WebSocketDisconnect, status
from pydantic import ValidationError

from gateway.channels.address import client_address, origin_allowed
from gateway.channels.sockets import until_one_ends
from gateway.channels.web.routes import readable
from gateway.channels.web.schemas import MessageOut, NewMessage
from gateway.conversations import marks, push
from gateway.conversations.hub import Listener
from gateway.conversations.service import ConversationService
from gateway.errors import InvalidInput, PlatformError, TooLarge

log = structlog.get_logger()
router = APIRouter()
_FRAME_MAX = 16_384
_ID_MAX = 64
_MAX_SEQ = 2**31 - 1


@router.websocket("/api/v1/conversations/{conversation_id}/ws")
async def converse(socket: WebSocket, conversation_id: str) -> None:
    """Push every message above `after`, then each new one; take messages and typing."""
    state = socket.app.state
    conversations: ConversationService = state.conversations
    if not origin_allowed(socket, state.settings):
        await socket.close(status.WS_1008_POLICY_VIOLATION, "origin")
        return
    try:
        conversations.tokens.check(socket.query_params.get("token"), conversation_id)
        after = _after(socket.query_params.get("after", "0"))
    except PlatformError as error:
        await socket.close(status.WS_1008_POLICY_VIOLATION, error.code)
        return
    with state.hub.listen(conversation_id) as listener:
        await socket.accept()
        connection = _Connection(socket, conversation_id, listener, after)
        await connection.run()


def _after(raw: str) -> int:
    if not raw.isascii() or not raw.isdigit() or int(raw) > _MAX_SEQ:
        raise InvalidInput("after")
    return int(raw)


class _Connection:
    """One open socket: a reader and a pusher that end together."""

    def __init__(self, socket: WebSocket, conversation_id: str, listener: Listener, after: int) -> None:
        self._socket = socket
        self._state = socket.app.state
        self._conversation_id = conversation_id
        self._listener = listener
        self._seq = after
        self._owner = ""
        self._staff_saw = 0
        self._marked: dict[str, int] = {}
        self._marking = False
        self._sending: set[asyncio.Task[None]] = set()

    async def run(self) -> None:
        """Serve until either side leaves."""
        for error in await until_one_ends(self._read(), self._push()):
            log.error("socket broke", conversation=self._conversation_id, exc_info=error)
            await self._close(error)
        await self._sign(visible=False)

    async def _close(self, error: Exception) -> None:
        refused = isinstance(error, PlatformError)
        code = status.WS_1008_POLICY_VIOLATION if refused else status.WS_1011_INTERNAL_ERROR
        with contextlib.suppress(RuntimeError):
            await self._socket.close(code, error.code if isinstance(error, PlatformError) else "")

    async def _push(self) -> None:
        while True:
            await self._listener.changed.wait()
            self._listener.changed.clear()
            written, typing = self._listener.take()
            for who, on in typing.items():
                await self._tell({"type": "typing", "sender": who, "on": on})
            if not written:
                continue
            owner, seen, messages = await asyncio.to_thread(
                self._state.conversations.news, self._conversation_id, self._seq
            )
            for message in messages:
                out = MessageOut.of(message).model_dump(mode="json")
                await self._tell({"type": "message", "message": out})
                self._seq = message.seq
            if owner != self._owner:
                self._owner = owner
                await self._tell({"type": "owner", "owner": owner})
            if seen != self._staff_saw:
                self._staff_saw = seen
                await self._tell({"type": "seen", "seq": seen})

    def _mark(self, kind: str, seq: int) -> None:
        """Note what has reached the citizen: one write at a time, whatever a page sends meanwhile."""
        if seq <= self._marked.get(kind, 0):
            return
        self._marked[kind] = seq
        if not self._marking:
            self._marking = True
            self._spawn(self._write_marks())

    async def _write_marks(self) -> None:
        written: dict[str, int] = {}
        try:
            while written != self._marked:
                written = dict(self._marked)
                reached = partial(marks.reached, self._state.database, self._conversation_id, **written)
                if await asyncio.to_thread(reached):
                    self._state.hub.announce(self._conversation_id)
        finally:
            self._marking = False

    async def _read(self) -> None:
        while True:
            received = await self._socket.receive()
            if received["type"] == "websocket.disconnect":
                return
            client_id: str | None = None
            try:
                frame = parse_frame(received.get("text"))
                client_id = _named(frame)
                self._take(frame)
            except PlatformError as error:
                await self._refuse(error, client_id)

    def _take(self, frame: dict[str, Any]) -> None:
        kind = frame.pop("type", None)
        if kind == "ping":
            self._spawn(self._tell({"type": "pong"}))
            self._spawn(self._sign(visible=not frame.get("hidden")))
        elif kind == "typing":
            self._state.hub.typing(self._conversation_id, "citizen", bool(frame.get("on")))
        elif kind in ("received", "seen"):
            self._mark(kind, whole_number(frame.get("seq")))
        elif kind == "send":
            try:
                body = NewMessage.model_validate(frame)
            except ValidationError as error:
                raise InvalidInput(str(error.errors()[0]["msg"])) from error
            limits, settings = self._state.limits, self._state.settings
            limits.check("conversation", self._conversation_id)
            limits.check("address_messages", client_address(self._socket, settings))
            self._spawn(self._send(body))
        else:
            raise InvalidInput("unknown frame")

    async def _sign(self, *, visible: bool) -> None:
        """Note whether the citizen can see this page, for the browsers that are told when they cannot."""
        if self._state.push_key is not None:
            now = self._state.handoffs.clock()
            noted = partial(push.sign, self._state.database, self._conversation_id, now, visible=visible)
            await asyncio.to_thread(noted)

    async def _send(self, body: NewMessage) -> None:
        client_id = str(body.client_id)
        try:
            incoming = readable(body, self._state.places, self._state.settings.message_max_chars)
            sent = await self._state.turns.send(self._conversation_id, incoming)
        except PlatformError as error:
            await self._refuse(error, client_id)
        except Exception:
            log.exception("turn failed", conversation=self._conversation_id)
            await self._refuse(PlatformError(), client_id)
        else:
            await self._tell({"type": "sent", "client_id": client_id, "seq": sent.message.seq})

    async def _refuse(self, error: PlatformError, client_id: str | None) -> None:
        body = {"code": error.code, "message": error.zh, "message_en": error.en}
        await self._tell({"type": "error", "client_id": client_id, "error": body})

    async def _tell(self, frame: dict[str, Any]) -> None:
        with contextlib.suppress(WebSocketDisconnect, RuntimeError):
            await self._socket.send_json(frame)

    def _spawn(self, work: Any) -> None:
        task = asyncio.create_task(work)
        self._sending.add(task)
        task.add_done_callback(self._sending.discard)


def parse_frame(raw: str | None) -> dict[str, Any]:
    """A frame as an object. Raises InvalidInput and TooLarge."""
    if raw is None:
        raise InvalidInput("not text")
    if len(raw) > _FRAME_MAX:
        raise TooLarge("frame")
    try:
        frame = json.loads(raw)
    except (ValueError, RecursionError):
        raise InvalidInput("not JSON") from None
    if not isinstance(frame, dict):
        raise InvalidInput("not an object")
    return frame


def whole_number(value: Any) -> int:
    """A message's number in a frame. Raises InvalidInput."""
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= _MAX_SEQ:
        raise InvalidInput("after, seq")
    return value


def _named(frame: dict[str, Any]) -> str | None:
    """The `client_id` to tell in a refusal, as far as it can be one."""
    given = frame.get("client_id")
    return given if isinstance(given, str) and given.isascii() and len(given) <= _ID_MAX else None
