"""The WebSocket: the same messages pushed, sends accepted, typing shown."""

from __future__ import annotations

import asyncio
import json
import threading
import uuid
from collections.abc import Callable
from typing import Any

import pytest
from starlette.testclient import WebSocketTestSession
from starlette.websockets import WebSocketDisconnect

from gateway.conversations.incoming import Incoming
from gateway.conversations.outcome import Outcome
from gateway.conversations.rules import Owner, Reply
from gateway.conversations.service import Turn
from tests.in_process import Conversation, Gateway

OWN_HOST = "testserver"
FRIEND = "https://district.example"
OWNER = {"type": "owner", "owner": "bot"}


def until(socket: WebSocketTestSession, wanted: str) -> dict[str, Any]:
    """The next frame of the wanted type; others that come before it are passed over."""
    while True:
        frame: dict[str, Any] = socket.receive_json()
        if frame["type"] == wanted:
            return frame


def messages(socket: WebSocketTestSession, count: int) -> list[dict[str, Any]]:
    return [until(socket, "message")["message"] for _ in range(count)]


@pytest.mark.parametrize(
    "origin, let_in",
    [
        (None, True),
        (f"http://{OWN_HOST}", True),
        (FRIEND, True),
        ("https://city.example", True),
        ("https://evil.example", False),
        (f"http://{OWN_HOST}.evil.example", False),
        (f"http://evil.example/{OWN_HOST}", False),
        (f"{FRIEND}.evil.example", False),
        ("null", False),
        ("", False),
        ("http://[", False),
    ],
)
def test_only_known_origins_are_let_in(
    start: Callable[..., Gateway], origin: str | None, let_in: bool
) -> None:
    gateway = start(allowed_origins=[FRIEND], public_url="https://city.example/1999")
    talk = gateway.open()
    headers = {} if origin is None else {"origin": origin}
    if let_in:
        with gateway.client.websocket_connect(talk.socket_path(), headers=headers) as socket:
            assert socket.receive_json() == OWNER
        return
    with (
        pytest.raises(WebSocketDisconnect) as refused,
        gateway.client.websocket_connect(talk.socket_path(), headers=headers),
    ):
        pass
    assert (refused.value.code, refused.value.reason) == (1008, "origin")


@pytest.mark.parametrize(
    "query, reason",
    [
        ("", "unauthorized"),
        ("token=", "unauthorized"),
        ("token=abc", "unauthorized"),
        ("token={other}", "not_found"),
        ("token={mine}&after=-1", "invalid_input"),
        ("token={mine}&after=x", "invalid_input"),
        ("token={mine}&after=99999999999", "invalid_input"),
        ("token={mine}&after=%D9%A1", "invalid_input"),
    ],
)
def test_a_bad_call_is_not_let_in(gateway: Gateway, query: str, reason: str) -> None:
    talk, other = gateway.open(), gateway.open()
    path = f"/api/v1/conversations/{talk.id}/ws?{query.format(mine=talk.token, other=other.token)}"
    with pytest.raises(WebSocketDisconnect) as refused, gateway.client.websocket_connect(path):
        pass
    assert (refused.value.code, refused.value.reason) == (1008, reason)


def test_what_was_said_is_told_from_any_number(gateway: Gateway) -> None:
    talk = gateway.open()
    talk.say("一")
    talk.say("二")
    written = talk.read()["messages"]
    for after in range(5):
        with gateway.client.websocket_connect(talk.socket_path(after)) as socket:
            assert messages(socket, 4 - after) == written[after:]
            assert until(socket, "owner") == OWNER


def test_what_is_sent_by_rest_is_pushed_to_every_socket(gateway: Gateway) -> None:
    talk, other = gateway.open(), gateway.open()
    with (
        gateway.client.websocket_connect(talk.socket_path()) as one,
        gateway.client.websocket_connect(talk.socket_path()) as two,
        gateway.client.websocket_connect(other.socket_path()) as stranger,
    ):
        talk.say("路燈壞了")
        for socket in (one, two):
            assert [message["text"] for message in messages(socket, 2)] == ["路燈壞了", "聽到了：路燈壞了"]
        stranger.send_json({"type": "ping"})
        assert [stranger.receive_json() for _ in range(2)] == [OWNER, {"type": "pong"}]


def test_messages_are_taken_over_the_socket(gateway: Gateway) -> None:
    talk = gateway.open()
    client_id = str(uuid.uuid4())
    with gateway.client.websocket_connect(talk.socket_path()) as socket:
        socket.send_json({"type": "send", "client_id": client_id, "text": "路燈壞了"})
        assert until(socket, "sent") == {"type": "sent", "client_id": client_id, "seq": 1}
        # The same again, over the socket and over REST, changes nothing.
        socket.send_json({"type": "send", "client_id": client_id, "text": "路燈壞了"})
        assert until(socket, "sent") == {"type": "sent", "client_id": client_id, "seq": 1}
    assert talk.post({"client_id": client_id, "text": "路燈壞了"}).status_code == 200
    assert talk.texts() == ["路燈壞了", "聽到了：路燈壞了"]


def test_rapid_messages_keep_their_order(gateway: Gateway) -> None:
    talk = gateway.open()
    with gateway.client.websocket_connect(talk.socket_path()) as socket:
        for number in range(10):
            socket.send_json({"type": "send", "client_id": str(uuid.uuid4()), "text": f"第{number}"})
        told = messages(socket, 20)
    assert [message["seq"] for message in told] == list(range(1, 21))
    assert [message["text"] for message in told[::2]] == [f"第{number}" for number in range(10)]


def test_typing_is_shown(gateway: Gateway) -> None:
    talk = gateway.open()
    going_on = asyncio.Event()

    async def slowly(_turn: Turn, _incoming: Incoming) -> Outcome:
        await going_on.wait()
        return Outcome((Reply("好"),))

    gateway.brain.thought = slowly
    with (
        gateway.client.websocket_connect(talk.socket_path()) as mine,
        gateway.client.websocket_connect(talk.socket_path()) as operator,
    ):
        mine.send_json({"type": "typing", "on": True})
        assert until(operator, "typing") == {"type": "typing", "sender": "citizen", "on": True}
        mine.send_json({"type": "send", "client_id": str(uuid.uuid4()), "text": "一"})
        assert until(operator, "typing") == {"type": "typing", "sender": "bot", "on": True}
        gateway.client.portal.call(going_on.set)
        assert until(operator, "typing") == {"type": "typing", "sender": "bot", "on": False}


def test_a_new_owner_is_told(gateway: Gateway) -> None:
    talk = gateway.open()
    with gateway.client.websocket_connect(talk.socket_path()) as socket:
        assert socket.receive_json() == OWNER
        gateway.app.state.conversations.change_owner(talk.id, Owner.OPERATOR, "operator-1", "takes over")
        gateway.client.portal.call(gateway.app.state.hub.announce, talk.id)
        assert until(socket, "owner") == {"type": "owner", "owner": "operator"}


def send_frame(**content: Any) -> str:
    return json.dumps({"type": "send", "client_id": str(uuid.UUID(int=1)), **content})


@pytest.mark.parametrize(
    "frame, code",
    [
        ("", "invalid_input"),
        ("{", "invalid_input"),
        ("[]", "invalid_input"),
        ("null", "invalid_input"),
        ("{}", "invalid_input"),
        ('{"type": "shout"}', "invalid_input"),
        ('{"type": ["send"]}', "invalid_input"),
        ("[" * 10_000, "invalid_input"),
        ('{"type": "send", "more": ' + "[" * 900 + "]" * 900 + "}", "invalid_input"),
        ("9" * 5000, "invalid_input"),
        ("x" * 20_000, "too_large"),
        (b'{"type": "ping"}', "invalid_input"),
        ('{"type": "send", "text": "a"}', "invalid_input"),
        (send_frame(client_id="x", text="a"), "invalid_input"),
        (send_frame(client_id="\ud800", text="a"), "invalid_input"),
        (send_frame(text=1), "invalid_input"),
        (send_frame(text="a", option="b"), "invalid_input"),
        (send_frame(text=""), "unreadable_text"),
        (send_frame(text="\x00"), "unreadable_text"),
        (send_frame(text="\ud83d"), "unreadable_text"),
        (send_frame(text="a" * 1001), "message_too_long"),
        (send_frame(option="no"), "unknown_option"),
        (send_frame(location={"lat": 25.04, "lng": 121.56}), "outside_city"),
    ],
    ids=lambda value: value[:40] if isinstance(value, str) else None,
)
def test_a_bad_frame_is_refused_and_the_line_stays_open(
    gateway: Gateway, frame: str | bytes, code: str
) -> None:
    talk = gateway.open()
    with gateway.client.websocket_connect(talk.socket_path()) as socket:
        assert socket.receive_json() == OWNER
        if isinstance(frame, bytes):
            socket.send_bytes(frame)
        else:
            socket.send_text(frame)
        error = until(socket, "error")
        assert error["error"]["code"] == code
        assert error["error"]["message"] and error["error"]["message_en"]
        json.dumps(error, ensure_ascii=False).encode()
        socket.send_json({"type": "ping"})
        assert until(socket, "pong") == {"type": "pong"}
    assert talk.texts() == []


def test_a_break_inside_is_told_and_the_message_is_kept(
    gateway: Gateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    talk = gateway.open()
    client_id = str(uuid.uuid4())
    with gateway.client.websocket_connect(talk.socket_path()) as socket:
        with monkeypatch.context() as broken:
            broken.setattr(gateway.app.state.conversations, "finish_turn", fail)
            socket.send_json({"type": "send", "client_id": client_id, "text": "一"})
            error = until(socket, "error")
        assert (error["client_id"], error["error"]["code"]) == (client_id, "internal_error")
        socket.send_json({"type": "send", "client_id": client_id, "text": "一"})
        assert until(socket, "sent")["seq"] == 1
    assert talk.texts() == ["一", "聽到了：一"]


def test_a_socket_that_cannot_read_is_closed(gateway: Gateway, monkeypatch: pytest.MonkeyPatch) -> None:
    talk = gateway.open()
    monkeypatch.setattr(gateway.app.state.conversations, "news", fail)
    with (
        pytest.raises(WebSocketDisconnect) as closed,
        gateway.client.websocket_connect(talk.socket_path()) as socket,
    ):
        socket.receive_json()
    assert closed.value.code == 1011


def test_a_turn_goes_on_when_the_socket_is_cut(gateway: Gateway) -> None:
    talk = gateway.open()
    thinking, done = threading.Event(), threading.Event()
    going_on = asyncio.Event()

    async def slowly(_turn: Turn, _incoming: Incoming) -> Outcome:
        thinking.set()
        await going_on.wait()
        done.set()
        return Outcome((Reply("好"),))

    gateway.brain.thought = slowly
    with gateway.client.websocket_connect(talk.socket_path()) as socket:
        socket.send_json({"type": "send", "client_id": str(uuid.uuid4()), "text": "一"})
        assert thinking.wait(10)
    gateway.client.portal.call(going_on.set)
    assert done.wait(10)
    with gateway.client.websocket_connect(talk.socket_path(after=1)) as socket:
        assert messages(socket, 1)[0]["text"] == "好"


def test_nobody_listens_after_the_sockets_are_gone(gateway: Gateway) -> None:
    talks: list[Conversation] = [gateway.open() for _ in range(3)]
    for talk in talks:
        with gateway.client.websocket_connect(talk.socket_path()) as socket:
            assert socket.receive_json() == OWNER
    assert gateway.app.state.hub.listeners == 0


def fail(*_: object, **__: object) -> None:
    """A break inside."""
    raise RuntimeError("secret of the house")
