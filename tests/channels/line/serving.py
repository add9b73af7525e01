"""The HTTP side of the fake LINE: which call leads where, and how faults happen to it."""

from __future__ import annotations

import json
import re
import socket
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

from pydantic.v1 import ValidationError

from tests.channels.line.faults import WAIT_AT_MOST, Cut, Fault, Refused, Slow

if TYPE_CHECKING:
    from tests.channels.line.fake import FakeLine


@dataclass
class Answer:
    """What is sent back: JSON, or bytes of a media type."""

    status: int
    body: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)
    content: bytes | None = None
    media_type: str = "application/json"

    def data(self) -> bytes:
        """The bytes of the answer."""
        return json.dumps(self.body, ensure_ascii=False).encode() if self.content is None else self.content


class Refusal(Exception):
    """LINE does not do it."""

    def __init__(self, status: int, body: dict[str, Any], headers: Mapping[str, str] | None = None) -> None:
        super().__init__(body)
        self.answer = Answer(status, body, headers or {})


def error(message: str, details: list[dict[str, str]] | None = None) -> dict[str, Any]:
    """The body of LINE's errors."""
    return {"message": message, **({"details": details} if details else {})}


@dataclass
class Call:
    """One call as it came. Names of headers are small; `status` is what was answered, None when cut."""

    method: str
    path: str
    headers: dict[str, str]
    raw: bytes
    request_id: str = field(default_factory=lambda: str(uuid.uuid4()))
    status: int | None = None

    def json(self) -> Any:
        """The body as JSON; refuses what is none."""
        try:
            return json.loads(self.raw)
        except ValueError:
            raise Refusal(400, error("The request body could not be parsed as JSON")) from None

    def body_as(self, model: Any) -> dict[str, Any]:
        """The body, when the SDK's model takes it and knows every part of it."""
        body = self.json()
        try:
            read = model.from_dict(body)
        except (ValidationError, ValueError, TypeError, AttributeError) as refused:
            told = [{"message": str(refused).replace("\n", " "), "property": ""}]
            raise Refusal(400, error("The request body has 1 error(s)", told)) from None
        lost = _lost(body, read.to_dict(), "")
        if lost is not None:
            told = [{"message": "unknown property", "property": lost}]
            raise Refusal(400, error("The request body has 1 error(s)", told))
        whole: dict[str, Any] = body
        return whole


def _lost(given: Any, read: Any, at: str) -> str | None:
    """The first part of a body that a model has not kept."""
    if isinstance(given, dict) and isinstance(read, dict):
        for name, value in given.items():
            if name not in read:
                return f"{at}.{name}".lstrip(".")
            lost = _lost(value, read[name], f"{at}.{name}")
            if lost:
                return lost
        return None
    if isinstance(given, list) and isinstance(read, list) and len(given) == len(read):
        return next((x for n, g in enumerate(given) if (x := _lost(g, read[n], f"{at}[{n}]"))), None)
    return None if given == read else at.lstrip(".")


_ROUTES: tuple[tuple[str, str, str], ...] = (
    ("POST", r"/v2/bot/message/reply", "reply"),
    ("POST", r"/v2/bot/message/push", "push"),
    ("POST", r"/v2/bot/message/multicast", "multicast"),
    ("POST", r"/v2/bot/chat/loading/start", "show_loading"),
    ("GET", r"/v2/bot/profile/([^/]+)", "profile"),
    ("GET", r"/v2/bot/message/quota", "month_quota"),
    ("GET", r"/v2/bot/message/quota/consumption", "consumption"),
    ("GET", r"/v2/bot/message/([^/]+)/content", "file"),
    ("GET", r"/v2/bot/message/([^/]+)/content/preview", "file"),
    ("GET", r"/v2/bot/message/([^/]+)/content/transcoding", "file_state"),
    ("GET", r"/v2/bot/info", "bot_info"),
    ("GET", r"/v2/bot/channel/webhook/endpoint", "webhook_endpoint"),
    ("PUT", r"/v2/bot/channel/webhook/endpoint", "webhook_endpoint"),
    ("POST", r"/v2/bot/user/([^/]+)/linkToken", "link_token"),
    ("POST", r"/v2/bot/richmenu", "menus.create"),
    ("POST", r"/v2/bot/richmenu/validate", "menus.validate"),
    ("GET", r"/v2/bot/richmenu/list", "menus.listed"),
    ("GET", r"/v2/bot/richmenu/alias/list", "menus.alias_list"),
    ("POST", r"/v2/bot/richmenu/alias", "menus.create_alias"),
    ("GET", r"/v2/bot/richmenu/alias/([^/]+)", "menus.alias"),
    ("POST", r"/v2/bot/richmenu/alias/([^/]+)", "menus.change_alias"),
    ("DELETE", r"/v2/bot/richmenu/alias/([^/]+)", "menus.delete_alias"),
    ("GET", r"/v2/bot/richmenu/([^/]+)", "menus.one"),
    ("DELETE", r"/v2/bot/richmenu/([^/]+)", "menus.delete"),
    ("POST", r"/v2/bot/richmenu/([^/]+)/content", "menus.set_image"),
    ("GET", r"/v2/bot/richmenu/([^/]+)/content", "menus.image"),
    ("GET", r"/v2/bot/user/all/richmenu", "menus.default"),
    ("DELETE", r"/v2/bot/user/all/richmenu", "menus.cancel_default"),
    ("POST", r"/v2/bot/user/all/richmenu/([^/]+)", "menus.set_default"),
    ("GET", r"/v2/bot/user/([^/]+)/richmenu", "menus.of_user"),
    ("DELETE", r"/v2/bot/user/([^/]+)/richmenu", "menus.unlink"),
    ("POST", r"/v2/bot/user/([^/]+)/richmenu/([^/]+)", "menus.link"),
)
"""Method, path and what of the fake does it; the first that fits."""


def _found(fake: FakeLine, call: Call) -> Callable[[], Answer]:
    for method, pattern, name in _ROUTES:
        fits = re.fullmatch(pattern, call.path)
        if fits and method == call.method:
            act: Any = fake
            for part in name.split("."):
                act = getattr(act, part)
            return lambda: act(call, *map(unquote, fits.groups()))
    raise Refusal(404, error("Not found"))


def _done(fake: FakeLine, call: Call) -> Answer:
    """What LINE does and answers, when nothing goes wrong on the way."""
    try:
        fake.check_token(call)
        return _found(fake, call)()
    except Refusal as refusal:
        return refusal.answer


def _with(fault: Fault, fake: FakeLine, call: Call) -> Answer | None:
    """What comes of a call with a fault; None: the connection is cut."""
    answer = _done(fake, call) if fault.accepted else None
    if isinstance(fault, Slow):
        fake.waits.set()
        fault.until.wait(WAIT_AT_MOST)
        return None if fault.lost else answer or _done(fake, call)
    if isinstance(fault, Refused):
        headers = {"x-line-accepted-request-id": str(uuid.uuid4())} if fault.status == 409 else {}
        return Answer(fault.status, error(fault.message), headers)
    return None if isinstance(fault, Cut) else answer


def serve(fake: FakeLine) -> ThreadingHTTPServer:
    """A server for this LINE on a free port; not yet answering."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def _answer(self) -> None:
            length = int(self.headers.get("content-length") or 0)
            headers = {name.lower(): value for name, value in self.headers.items()}
            call = Call(self.command, urlsplit(self.path).path, headers, self.rfile.read(length))
            with fake.lock:
                fake.calls.append(call)
            fault = fake.fault_for(call.path)
            answer = _done(fake, call) if fault is None else _with(fault, fake, call)
            if answer is None:
                self.close_connection = True
                self.connection.shutdown(socket.SHUT_RDWR)
                return
            call.status = answer.status
            data = answer.data()
            try:
                self.send_response(answer.status)
                told = {
                    "content-type": answer.media_type,
                    "content-length": str(len(data)),
                    "x-line-request-id": call.request_id,
                    **answer.headers,
                }
                for name, value in told.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(data)
            except OSError:
                self.close_connection = True  # who called has gone

        do_GET = do_POST = do_PUT = do_DELETE = _answer

        def log_message(self, format: str, *args: object) -> None:
            """Nothing on the terminal of a test."""

    class Server(ThreadingHTTPServer):
        daemon_threads = True
        request_queue_size = 128

        def handle_error(self, request: object, client_address: object) -> None:
            """A connection that ends badly is not this server's affair."""

    return Server(("127.0.0.1", 0), Handler)
