"""LINE's API as a real HTTP server on this machine: what it accepts, refuses, and what citizens then see.

`with FakeLine() as fake:` or the fixture `line_api`. Point WST_LINE_API_BASE at `fake.url` and
WST_LINE_CHANNEL_ACCESS_TOKEN at `fake.access_token`. What it checks: the access token, every body by the
SDK's request models and by `limits`, reply tokens (each once, not too old), retry keys, the month's quota.
"""

from __future__ import annotations

import itertools
import secrets
import threading
import time
import uuid
from collections import defaultdict
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Self

from linebot.v3.messaging import (
    MulticastRequest,
    PushMessageRequest,
    ReplyMessageRequest,
    ShowLoadingAnimationRequest,
)

from tests.channels.line.account import CHAT_ID, Account
from tests.channels.line.faults import Fault
from tests.channels.line.limits import problems
from tests.channels.line.menus import Menus
from tests.channels.line.serving import Answer, Call, Refusal, error, serve
from tests.channels.line.webhooks import chat_of

REPLY_VALID_SECONDS = 60.0
RETRY_KEY_SECONDS = 24 * 3600.0
_TOKEN_REFUSED = "Authentication failed. Confirm that the access token in the authorization header is valid."


def user_id() -> str:
    """A user id as LINE makes them."""
    return "U" + secrets.token_hex(16)


@dataclass
class Sent:
    """One accepted call that told people something."""

    kind: str
    """`reply`, `push` or `multicast`."""
    to: tuple[str, ...]
    messages: list[dict[str, Any]]
    request_id: str
    retry_key: str | None = None


@dataclass
class _ReplyToken:
    user: str
    issued: float
    used: bool = False


@dataclass
class FakeLine(Account):
    """LINE, as far as a bot sees it. Everything may be looked at and changed by a test."""

    access_token: str = "fake-channel-access-token"
    reply_valid_seconds: float = REPLY_VALID_SECONDS
    sent: list[Sent] = field(default_factory=list)
    """Accepted calls in their order."""
    calls: list[Call] = field(default_factory=list)
    """Every call that came, whatever became of it."""
    loading: list[tuple[str, int]] = field(default_factory=list)
    """Chats that showed the loading animation, and for how many seconds."""
    menus: Menus = field(default_factory=Menus)

    def __post_init__(self) -> None:
        self.waits = threading.Event()  # a slow call has come and waits
        self._tokens: dict[str, _ReplyToken] = {}
        self._accepted: dict[str, tuple[str, list[dict[str, str]], float]] = {}
        self._faults: dict[str, list[Fault]] = defaultdict(list)
        self._passed = 0.0
        self._ids = itertools.count(590_000_000_000_000_001)

    def __enter__(self) -> Self:
        self._server = serve(self)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()

    # -- what a test does

    def reply_token(self, user: str | None = None, token: str | None = None) -> str:
        """A token with which this user (or group, or room) can be answered once, given out now."""
        token = token or secrets.token_hex(16)
        with self.lock:
            self._tokens[token] = _ReplyToken(user or user_id(), self.now())
        return token

    def hand_out(self, events: list[dict[str, Any]]) -> None:
        """Know the reply tokens of webhook events, as given out now."""
        for event in events:
            if "replyToken" in event and event["replyToken"] not in self._tokens:
                self.reply_token(chat_of(event), event["replyToken"])

    def grow_older(self, seconds: float) -> None:
        """Let time pass for reply tokens and retry keys."""
        with self.lock:
            self._passed += seconds

    def fail(self, path: str, fault: Fault, times: int = 1) -> None:
        """The next `times` calls of a path (its end is enough, such as `message/push`) go wrong so."""
        with self.lock:
            self._faults[path] += [fault] * times

    def told(self, user: str) -> list[dict[str, Any]]:
        """The messages that somebody has really received, in order."""
        with self.lock:
            return [
                message
                for one in self.sent
                if user in one.to and (user not in self.blocked or one.kind == "reply")
                for message in one.messages
            ]

    def calls_of(self, path: str) -> list[Call]:
        """The calls of a path, by its end, whatever became of them."""
        with self.lock:
            return [call for call in self.calls if call.path.endswith(path)]

    # -- what LINE does

    def now(self) -> float:
        """Seconds on LINE's clock."""
        return time.monotonic() + self._passed

    def fault_for(self, path: str) -> Fault | None:
        """The next fault that a test has asked for at this path, used up."""
        with self.lock:
            for end, waiting in self._faults.items():
                if waiting and path.endswith(end):
                    return waiting.pop(0)
        return None

    def check_token(self, call: Call) -> None:
        """Refuse a call without the channel's access token."""
        if call.headers.get("authorization") != f"Bearer {self.access_token}":
            raise Refusal(401, error(_TOKEN_REFUSED))

    def reply(self, call: Call) -> Answer:
        """POST /v2/bot/message/reply."""
        if "x-line-retry-key" in call.headers:
            raise Refusal(400, error("The X-Line-Retry-Key header is not supported by this API"))
        body = call.body_as(ReplyMessageRequest)
        _refuse_bad(body["messages"])
        with self.lock:
            token = self._tokens.get(body["replyToken"])
            if token is None or token.used or self.now() - token.issued > self.reply_valid_seconds:
                raise Refusal(400, error("Invalid reply token"))
            token.used = True
            return self._accept("reply", (token.user,), body["messages"], call.request_id)

    def push(self, call: Call) -> Answer:
        """POST /v2/bot/message/push."""
        body = call.body_as(PushMessageRequest)
        return self._told_at_will("push", (body["to"],), body["messages"], call)

    def multicast(self, call: Call) -> Answer:
        """POST /v2/bot/message/multicast; to users only."""
        body = call.body_as(MulticastRequest)
        if not all(to.startswith("U") for to in body["to"]):
            raise Refusal(400, error("The property, 'to', in the request body is invalid"))
        return self._told_at_will("multicast", tuple(body["to"]), body["messages"], call)

    def show_loading(self, call: Call) -> Answer:
        """POST /v2/bot/chat/loading/start; one-to-one chats only, 5 to 60 seconds in steps of 5."""
        body = call.body_as(ShowLoadingAnimationRequest)
        seconds = body.get("loadingSeconds", 20)
        if not body["chatId"].startswith("U") or seconds % 5:
            raise Refusal(400, error("The request body has 1 error(s)"))
        with self.lock:
            self.loading.append((body["chatId"], seconds))
        return Answer(202, {})

    # -- how it keeps its word

    def _told_at_will(
        self, kind: str, to: tuple[str, ...], messages: list[dict[str, Any]], call: Call
    ) -> Answer:
        key = call.headers.get("x-line-retry-key")
        if key is not None:
            _check_key(key)
        if not all(CHAT_ID.fullmatch(one) for one in to):
            raise Refusal(400, error("The property, 'to', in the request body is invalid"))
        _refuse_bad(messages)
        with self.lock:
            before = self._accepted.get(key or "")
            if before is not None and self.now() - before[2] < RETRY_KEY_SECONDS:
                body = {"message": "The retry key is already accepted", "sentMessages": before[1]}
                raise Refusal(409, body, {"x-line-accepted-request-id": before[0]})
            if self.quota is not None and self.consumed + len(to) > self.quota:
                raise Refusal(429, error("You have reached your monthly limit."))
            self.consumed += len(to)
            answer = self._accept(kind, to, messages, call.request_id, key)
            if key is not None:
                self._accepted[key] = (call.request_id, answer.body["sentMessages"], self.now())
            return answer if kind == "push" else Answer(200, {})

    def _accept(
        self, kind: str, to: tuple[str, ...], messages: list[dict[str, Any]], request_id: str,
        key: str | None = None,
    ) -> Answer:  # fmt: skip
        self.sent.append(Sent(kind, to, messages, request_id, key))
        told = [{"id": str(next(self._ids)), "quoteToken": secrets.token_urlsafe(16)} for _ in messages]
        return Answer(200, {"sentMessages": told})


def _check_key(key: str) -> None:
    try:
        uuid.UUID(key)
    except ValueError:
        raise Refusal(400, error("Invalid retry key")) from None


def _refuse_bad(messages: list[dict[str, Any]]) -> None:
    found = problems(messages)
    if found:
        raise Refusal(400, error(f"The request body has {len(found)} error(s)", found))
