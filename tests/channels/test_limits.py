"""Rate limits: who is counted, and that a refusal costs nothing but itself."""

from __future__ import annotations

import uuid
from collections.abc import Callable

import pytest
from fastapi.testclient import TestClient

from tests.in_process import CITIZEN, Conversation, Gateway

PROXY = "10.0.0.2"


def test_a_conversation_is_limited(start: Callable[..., Gateway]) -> None:
    gateway = start(rate_conversation="3/minute")
    talk, other = gateway.open(), gateway.open()
    body = {"client_id": str(uuid.uuid4()), "text": "四"}
    for text in "一二三":
        talk.say(text)
    refused = talk.post(body)
    assert (refused.status_code, refused.json()["error"]["code"]) == (429, "too_many_requests")
    assert "稍候" in refused.json()["error"]["message"]
    assert talk.texts()[::2] == ["一", "二", "三"]
    assert other.send(text="一").status_code == 201


def test_an_address_is_limited_over_its_conversations(start: Callable[..., Gateway]) -> None:
    gateway = start(rate_address_messages="3/minute")
    talks = [gateway.open() for _ in range(4)]
    assert [talk.send(text="一").status_code for talk in talks] == [201, 201, 201, 429]
    assert talks[3].texts() == []


def test_opening_conversations_is_limited(start: Callable[..., Gateway]) -> None:
    gateway = start(rate_address_conversations="2/minute")
    opened = [gateway.client.post("/api/v1/conversations", json={}).status_code for _ in range(3)]
    assert opened == [201, 201, 429]


def test_looking_cases_up_is_limited(start: Callable[..., Gateway]) -> None:
    gateway = start(rate_case_lookup="2/minute")
    path = "/api/v1/cases/D1151122-000001-0"
    codes = [gateway.client.get(path, headers={"X-Verification-Code": f"{n}" * 8}) for n in range(3)]
    assert [one.status_code for one in codes] == [404, 404, 429]


def test_the_socket_counts_with_the_rest(start: Callable[..., Gateway]) -> None:
    gateway = start(rate_conversation="1/minute")
    talk = gateway.open()
    talk.say("一")
    with gateway.client.websocket_connect(talk.socket_path(after=2)) as socket:
        socket.send_json({"type": "send", "client_id": "x", "text": "二"})
        frames = [socket.receive_json() for _ in range(2)]
    assert [frame["error"]["code"] for frame in frames if frame["type"] == "error"] == ["invalid_input"]
    with gateway.client.websocket_connect(talk.socket_path(after=2)) as socket:
        assert socket.receive_json() == {"type": "owner", "owner": "bot"}
        client_id = str(uuid.uuid4())
        socket.send_json({"type": "send", "client_id": client_id, "text": "二"})
        refused = socket.receive_json()
    assert (refused["client_id"], refused["error"]["code"]) == (client_id, "too_many_requests")
    assert len(talk.texts()) == 2


@pytest.mark.parametrize(
    "peer, forwarded, counted",
    [
        (CITIZEN, [], CITIZEN),
        (CITIZEN, ["203.0.113.9"], CITIZEN),
        (PROXY, ["203.0.113.9"], "203.0.113.9"),
        (PROXY, ["192.0.2.1, 203.0.113.9"], "203.0.113.9"),
        (PROXY, ["192.0.2.1", "203.0.113.9"], "203.0.113.9"),
        (PROXY, [f"203.0.113.9, {PROXY}"], "203.0.113.9"),
        (PROXY, [" , "], PROXY),
        (PROXY, [], PROXY),
    ],
)
def test_a_forwarded_address_is_believed_of_trusted_proxies_only(
    start: Callable[..., Gateway], peer: str, forwarded: list[str], counted: str
) -> None:
    gateway = start(rate_address_messages="1/minute", trusted_proxies=[PROXY])
    talk = gateway.open()
    headers = [("Authorization", f"Bearer {talk.token}"), *(("X-Forwarded-For", one) for one in forwarded)]

    def send_from(address: str, sent: list[tuple[str, str]]) -> int:
        client = TestClient(gateway.app, client=(address, 50_000))
        body = {"client_id": str(uuid.uuid4()), "text": "一"}
        return client.post(talk.path, json=body, headers=sent).status_code

    assert send_from(peer, headers) == 201
    # Whoever comes from the counted address itself is at the limit now; another address is not.
    assert send_from(counted, headers[:1]) == 429
    assert send_from("198.51.100.99", headers[:1]) == 201


def test_settings_name_origins_and_proxies_by_commas(monkeypatch: pytest.MonkeyPatch) -> None:
    from gateway.settings import Settings  # noqa: PLC0415 - read under the environment of this test

    monkeypatch.setenv("WST_TRUSTED_PROXIES", f"{PROXY}, 10.0.0.3")
    monkeypatch.setenv("WST_ALLOWED_ORIGINS", "https://a.example,https://b.example:8443")
    settings = Settings()
    assert settings.trusted_proxies == [PROXY, "10.0.0.3"]
    assert settings.allowed_origins == ["https://a.example", "https://b.example:8443"]


def test_a_refused_message_can_be_sent_later(start: Callable[..., Gateway]) -> None:
    limited = start(rate_conversation="1/minute")
    talk = limited.open()
    talk.say("一")
    body = {"client_id": str(uuid.uuid4()), "text": "二"}
    assert talk.post(body).status_code == 429
    later = start()
    again = Conversation(later.client, talk.id, talk.token).post(body)
    assert again.status_code == 201
    assert again.json()["message"]["seq"] == 3
