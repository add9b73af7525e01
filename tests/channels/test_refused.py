"""Bad input: a clear error in one shape, and nothing stored."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from sqlalchemy import func, select

from gateway.channels.guards import BODY_MAX_BYTES
from gateway.conversations.models import Conversation as Row
from gateway.conversations.models import Message
from tests.in_process import Gateway

ONE = str(uuid.UUID(int=1))
DEEP = 30_000
STATION = {"lat": 22.6394, "lng": 120.3022}


def message(**content: Any) -> bytes:
    return json.dumps({"client_id": ONE, **content}).encode()


REFUSED: dict[str, tuple[bytes, int, str]] = {
    "nothing": (b"", 422, "invalid_input"),
    "not json": (b"{'text': 1}", 422, "invalid_input"),
    "half of it": (message(text="路燈")[:-3], 422, "invalid_input"),
    "a list": (b"[]", 422, "invalid_input"),
    "a word": (b'"hello"', 422, "invalid_input"),
    "null": (b"null", 422, "invalid_input"),
    "not utf-8": (b'{"text": "\xff\xfe"}', 400, "invalid_input"),
    "a number too long": (b'{"text": ' + b"9" * 5000 + b"}", 400, "invalid_input"),
    "very deep": (b"[" * DEEP + b"]" * DEEP, 400, "invalid_input"),
    "no client_id": (b'{"text": "a"}', 422, "invalid_input"),
    "client_id no uuid": (b'{"client_id": "1", "text": "a"}', 422, "invalid_input"),
    "client_id a number": (b'{"client_id": 1, "text": "a"}', 422, "invalid_input"),
    "no content": (message(), 422, "invalid_input"),
    "two contents": (message(text="a", option="b"), 422, "invalid_input"),
    "more than asked for": (message(text="a", admin=True), 422, "invalid_input"),
    "half a character as a name": (b'{"\\ud800": 1}', 422, "invalid_input"),
    "text a number": (message(text=1), 422, "invalid_input"),
    "text a list": (message(text=["a"]), 422, "invalid_input"),
    "text null": (message(text=None), 422, "invalid_input"),
    "empty": (message(text=""), 422, "unreadable_text"),
    "blank": (message(text=" \t\n\u3000 "), 422, "unreadable_text"),
    "invisible": (message(text="\u200b\u200d\ufeff"), 422, "unreadable_text"),
    "NUL": (message(text="路燈\x00壞了"), 422, "unreadable_text"),
    "a bell": (message(text="路燈\x07"), 422, "unreadable_text"),
    "escape codes": (message(text="\x1b[31m路燈"), 422, "unreadable_text"),
    "C1 control": (message(text="路燈\x85壞了"), 422, "unreadable_text"),
    "delete": (message(text="路燈\x7f"), 422, "unreadable_text"),
    "right to left": (message(text="路燈\u202eabc"), 422, "unreadable_text"),
    "half a character": (b'{"client_id": "%s", "text": "a\\ud83d"}' % ONE.encode(), 422, "unreadable_text"),
    "half an option": (b'{"client_id": "%s", "option": "a\\ud83d"}' % ONE.encode(), 422, "invalid_input"),
    "1,001 characters": (message(text="字" * 1001), 413, "message_too_long"),
    "1,001 of four bytes": (message(text="𠮷" * 1001), 413, "message_too_long"),
    "200,000 characters": (message(text="a" * 200_000), 413, "too_large"),
    "a body over the limit": (message(text="a", more="b" * BODY_MAX_BYTES), 413, "too_large"),
    "option empty": (message(option=""), 422, "invalid_input"),
    "option too long": (message(option="x" * 301), 422, "invalid_input"),
    "option never offered": (message(option="confirm:yes"), 422, "unknown_option"),
    "option with NUL": (message(option="confirm:\x00"), 422, "unknown_option"),
    "place in Taipei": (message(location={"lat": 25.04, "lng": 121.56}), 422, "outside_city"),
    "place at sea": (message(location={"lat": 22.0, "lng": 118.0}), 422, "outside_city"),
    "place nowhere": (message(location={"lat": 0, "lng": 0}), 422, "outside_city"),
    "coordinates exchanged": (message(location={"lat": 120.3, "lng": 22.6}), 422, "invalid_input"),
    "place without lng": (message(location={"lat": 22.63}), 422, "invalid_input"),
    "place in words": (message(location={"lat": "22.63", "lng": "120.3"}), 422, "invalid_input"),
    "place not a number": (message(location={"lat": float("nan"), "lng": 120.3}), 422, "invalid_input"),
    "place infinite": (message(location={"lat": float("inf"), "lng": 120.3}), 422, "invalid_input"),
    "place with NUL": (message(location={**STATION, "label": "\x00"}), 422, "unreadable_text"),
    "place with a novel": (message(location={**STATION, "label": "x" * 201}), 422, "invalid_input"),
}  # fmt: skip


@pytest.mark.parametrize("body, status, code", REFUSED.values(), ids=REFUSED.keys())
def test_a_bad_message_is_refused_and_not_stored(
    gateway: Gateway, body: bytes, status: int, code: str
) -> None:
    talk = gateway.open()
    headers = {**talk.headers, "content-type": "application/json"}
    refused = gateway.client.post(talk.path, content=body, headers=headers)
    error = in_one_shape(refused.json())
    assert (refused.status_code, error["code"]) == (status, code)
    assert talk.read() == {"owner": "bot", "messages": []}
    assert gateway.brain.heard == []
    # The client_id was not used up: the corrected message is a new one.
    assert talk.post({"client_id": ONE, "text": "路燈壞了"}).status_code == 201


def test_the_longest_message_is_taken(gateway: Gateway) -> None:
    talk = gateway.open()
    assert len(talk.send(text="字" * 1000).json()["message"]["text"]) == 1000
    assert talk.send(text="👨‍👩‍👧 é 𠮷\n第二行\t").status_code == 201


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b'{"language": "ja"}',
        b'{"language": 1}',
        b'{"language": null}',
        b'{"lang": "en"}',
        b"zh-TW",
    ],
)
def test_a_bad_wish_for_a_conversation_opens_none(gateway: Gateway, body: bytes) -> None:
    refused = gateway.client.post(
        "/api/v1/conversations", content=body, headers={"content-type": "application/json"}
    )
    assert refused.status_code == 422
    assert in_one_shape(refused.json())["code"] == "invalid_input"
    with gateway.database.read() as session:
        assert session.scalar(select(func.count()).select_from(Row)) == 0


@pytest.mark.parametrize("after", ["-1", "x", "1.5", "", "9" * 30, str(2**31)])
def test_a_bad_number_to_read_after_is_refused(gateway: Gateway, after: str) -> None:
    talk = gateway.open()
    refused = gateway.client.get(talk.path, params={"after": after}, headers=talk.headers)
    assert refused.status_code == 422
    assert "after" in in_one_shape(refused.json())["detail"]


def test_a_body_that_hides_its_length_is_cut_off(gateway: Gateway) -> None:
    talk = gateway.open()
    sent: list[int] = []

    def endless() -> Iterator[bytes]:
        yield b'{"text": "'
        for number in range(64):
            sent.append(number)
            yield b"a" * 8192
        yield b'"}'

    refused = gateway.client.post(
        talk.path, content=endless(), headers={**talk.headers, "content-type": "application/json"}
    )
    assert (refused.status_code, in_one_shape(refused.json())["code"]) == (413, "too_large")
    assert talk.read()["messages"] == []


def test_a_body_that_lies_about_its_length_is_cut_off(gateway: Gateway) -> None:
    talk = gateway.open()
    headers = {**talk.headers, "content-type": "application/json", "content-length": "10"}
    refused = gateway.client.post(talk.path, content=message(text="a" * 200_000), headers=headers)
    assert (refused.status_code, in_one_shape(refused.json())["code"]) == (413, "too_large")
    assert talk.read()["messages"] == []


def test_a_message_is_json_whatever_it_calls_itself(gateway: Gateway) -> None:
    talk = gateway.open()
    for kind in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data", ""):
        refused = gateway.client.post(
            talk.path, content=message(text="a"), headers={**talk.headers, "content-type": kind}
        )
        assert refused.status_code == 422, kind
        in_one_shape(refused.json())
    assert talk.read()["messages"] == []


@pytest.mark.parametrize(
    "language, shown", [("zh-TW,zh;q=0.9", "message"), ("en-US,en;q=0.9", "message_en"), ("", "message")]
)
def test_the_sentence_is_in_the_language_of_the_request(gateway: Gateway, language: str, shown: str) -> None:
    refused = gateway.client.get("/api/v1/nothing", headers={"accept-language": language})
    error = in_one_shape(refused.json())
    if shown == "message":
        assert error["message"] == "查無資料，請確認後再試。"
    else:
        assert error["message"] == error["message_en"] == "Nothing was found. Please check and try again."


@pytest.mark.parametrize(
    "method, path, status, code",
    [
        ("GET", "/api/v1/conversations", 405, "method_not_allowed"),
        ("DELETE", "/api/v1/conversations/x/messages", 405, "method_not_allowed"),
        ("GET", "/api/v2/conversations", 404, "not_found"),
        ("GET", "/static/../../settings.py", 404, "not_found"),
        ("GET", "/static/%2e%2e/%2e%2e/%2e%2e/settings.py", 404, "not_found"),
        ("POST", "/", 405, "method_not_allowed"),
        ("GET", "/api/v1/cases/%00", 404, "case_not_found"),
        ("GET", "/api/v1/cases/D1151122-000001-0", 404, "case_not_found"),
    ],
)
def test_what_is_not_there(gateway: Gateway, method: str, path: str, status: int, code: str) -> None:
    refused = gateway.client.request(method, path)
    assert (refused.status_code, in_one_shape(refused.json())["code"]) == (status, code)
    assert ("allow" in refused.headers) == (status == 405)


def test_a_break_inside_tells_nothing_of_it(
    start: Callable[..., Gateway], monkeypatch: pytest.MonkeyPatch
) -> None:
    gateway = start()
    talk = gateway.open()

    def fail(*_: object) -> None:
        raise RuntimeError("secret of the house")

    monkeypatch.setattr(gateway.app.state.conversations, "accept", fail)
    broken = talk.send(text="路燈")
    assert (broken.status_code, in_one_shape(broken.json())["code"]) == (500, "internal_error")
    assert "secret" not in broken.text
    assert "content-security-policy" in broken.headers
    with gateway.database.read() as session:
        assert session.scalar(select(func.count()).select_from(Message)) == 0


def in_one_shape(body: Any) -> dict[str, str]:
    """The error of an answer, which has always the same four strings."""
    assert set(body) == {"error"}
    assert set(body["error"]) == {"code", "message", "message_en", "detail"}
    assert all(isinstance(value, str) for value in body["error"].values())
    assert body["error"]["message"] and body["error"]["message_en"]
    error: dict[str, str] = body["error"]
    return error
