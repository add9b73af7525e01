"""The citizen's side of web push over HTTP and the socket; off by default."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from sqlalchemy import select

from gateway.conversations.models import PushSubscription
from tests.conversations.browsers import RealBrowser
from tests.in_process import Conversation, Gateway

ON = {"web_push": True, "web_push_contact": "mailto:1999@city.example"}


@pytest.fixture
def telling(start: Callable[..., Gateway]) -> Gateway:
    return start(**ON)


def want(talk: Conversation, browser: RealBrowser | None = None) -> int:
    path = f"/api/v1/conversations/{talk.id}/push"
    return talk.client.post(path, json=(browser or RealBrowser()).body, headers=talk.headers).status_code


def stop(talk: Conversation) -> int:
    return talk.client.delete(f"/api/v1/conversations/{talk.id}/push", headers=talk.headers).status_code


def browsers(gateway: Gateway) -> list[PushSubscription]:
    with gateway.database.read() as session:
        return list(session.scalars(select(PushSubscription)))


def test_by_default_there_is_nothing_of_it(gateway: Gateway) -> None:
    assert gateway.client.get("/api/v1/service").json()["push_key"] is None
    assert want(gateway.open()) == 404
    assert stop(gateway.open()) == 204
    assert browsers(gateway) == []
    assert "web_push" not in gateway.app.state.outbox_worker.transports
    assert not (gateway.app.state.settings.data_dir / "vapid.pem").exists()


def test_a_browser_is_told_until_its_citizen_says_stop(telling: Gateway) -> None:
    assert len(telling.client.get("/api/v1/service").json()["push_key"]) == 87
    assert "web_push" in telling.app.state.outbox_worker.transports
    talk, other = telling.open(), telling.open()
    assert (want(talk), want(talk), want(other)) == (204, 204, 204)
    assert [one.conversation_id for one in browsers(telling)] == [talk.id, other.id]
    assert stop(talk) == 204
    assert [one.conversation_id for one in browsers(telling)] == [other.id]


def test_only_with_the_conversations_own_token(telling: Gateway) -> None:
    talk, other = telling.open(), telling.open()
    path = f"/api/v1/conversations/{talk.id}/push"
    for headers, status in (({}, 401), (other.headers, 404)):
        assert telling.client.post(path, json=RealBrowser().body, headers=headers).status_code == status
        assert telling.client.delete(path, headers=headers).status_code == status


@pytest.mark.parametrize(
    "endpoint",
    ["https://evil.example/x", "http://127.0.0.1:8000/", "https://fcm.googleapis.com/" + "x" * 1000, ""],
)
def test_nobody_makes_the_platform_post_elsewhere(telling: Gateway, endpoint: str) -> None:
    assert want(telling.open(), RealBrowser(endpoint)) == 422
    assert browsers(telling) == []


def test_the_socket_says_whether_the_page_can_be_seen(telling: Gateway) -> None:
    talk = telling.open()
    want(talk)

    def seen() -> bool:
        return browsers(telling)[0].seen_at is not None

    with telling.client.websocket_connect(talk.socket_path()) as socket:
        for hidden in (True, False, True, False):
            socket.send_json({"type": "ping", "hidden": hidden})
            while seen() is hidden:
                continue
    while seen():  # a closed page cannot be seen
        continue


def test_the_worker_of_the_page_comes_from_the_root_under_the_same_policy(telling: Gateway) -> None:
    answer = telling.client.get("/push-worker.js")
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith(("text/javascript", "application/javascript"))
    assert "worker-src 'self'" in answer.headers["content-security-policy"]
