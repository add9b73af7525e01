"""A call instead of waiting, over HTTP: asked for by the citizen, made at the console."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from tests.channels.test_failed_answers import SUNDAY, alone
from tests.in_process import Conversation as Talk
from tests.in_process import Gateway

NUMBER = "07-336-8333 轉 12"
MONDAY = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)


def path(talk: Talk) -> str:
    return f"/api/v1/conversations/{talk.id}/call-back"


def offer(talk: Talk) -> dict[str, Any]:
    found: dict[str, Any] = talk.client.get(path(talk), headers=talk.headers).json()
    return found


def ask(talk: Talk, **changes: Any) -> httpx.Response:
    body = {
        "client_id": str(uuid.uuid4()), "phone": NUMBER, "window": offer(talk)["windows"][0]["key"],
        "about": "路燈 <b>", **changes,
    }  # fmt: skip
    return talk.client.post(path(talk), json=body, headers=talk.headers)


@pytest.fixture
def gateway(start: Callable[..., Gateway]) -> Gateway:
    """Without Rasa, on a Monday morning."""
    gateway = start(alone())
    gateway.app.state.handoffs.clock = lambda: MONDAY
    return gateway


def waiting(gateway: Gateway) -> Talk:
    talk = gateway.open()
    talk.say("請問")
    talk.send(option="human")
    assert talk.read()["owner"] == "queue"
    return talk


def test_asked_for_in_the_queue_read_and_taken_back(gateway: Gateway) -> None:
    talk = waiting(gateway)
    [asks] = talk.send(option="call_back:ask").json()["replies"]
    assert asks["payload"]["notice"] == "call_back_form"
    assert offer(talk)["windows"][0] == {
        "key": "2026-11-23:morning", "label": "11/23（一）08:00–12:00",
        "start": "2026-11-23T08:00:00+08:00", "end": "2026-11-23T12:00:00+08:00",
    }  # fmt: skip
    client_id = str(uuid.uuid4())
    first, again = ask(talk, client_id=client_id), ask(talk, client_id=client_id)
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json() == again.json() == offer(talk)["open"]
    assert first.json()["phone"] == "07***333"
    transcript = talk.read()
    assert (
        transcript["owner"] == "bot" and transcript["messages"][-1]["payload"]["notice"] == "call_back_asked"
    )
    assert ask(talk).json()["error"]["code"] == "call_back_open"
    cancelled = talk.client.post(f"{path(talk)}/cancel", headers=talk.headers)
    assert cancelled.json()["state"] == "cancelled"
    assert offer(talk)["open"] is None
    assert talk.client.post(f"{path(talk)}/cancel", headers=talk.headers).status_code == 404


def test_mistakes_are_told_at_their_fields_in_the_language_asked_for(gateway: Gateway) -> None:
    talk = waiting(gateway)
    wrong = talk.client.post(
        path(talk), headers={**talk.headers, "Accept-Language": "en"},
        json={"client_id": str(uuid.uuid4()), "phone": "110", "window": "yesterday"},
    )  # fmt: skip
    assert wrong.status_code == 422
    assert set(wrong.json()["error"]["fields"]) == {"phone", "window"}
    assert "telephone" in wrong.json()["error"]["fields"]["phone"]
    assert ask(talk, phone=12).status_code == 422
    assert talk.read()["owner"] == "queue"


def test_only_in_ones_own_conversation_and_not_too_often(start: Callable[..., Gateway]) -> None:
    gateway = start(alone(), rate_filing="1/hour")
    gateway.app.state.handoffs.clock = lambda: MONDAY
    talk, stranger = waiting(gateway), gateway.open()
    body = {"client_id": str(uuid.uuid4()), "phone": NUMBER, "window": "2026-11-23:morning"}
    assert gateway.client.post(path(talk), json=body).status_code == 401
    assert gateway.client.post(path(talk), json=body, headers=stranger.headers).status_code == 404
    assert gateway.client.get(path(talk), headers=stranger.headers).status_code == 404
    assert [ask(talk).status_code for _ in range(2)] == [201, 429]


def test_outside_the_hours_a_call_within_them_is_offered(start: Callable[..., Gateway]) -> None:
    gateway = start(alone(), staffed_hours="1-5 08:00-17:30")
    gateway.app.state.handoffs.clock = lambda: SUNDAY
    talk = gateway.open()
    talk.say("請問")
    told = talk.send(option="human").json()["replies"][-1]
    assert "call_back:ask" in [one["payload"] for one in told["payload"]["options"]]
    assert offer(talk)["windows"][0]["key"] == "2026-11-23:morning"
    assert ask(talk).status_code == 201
    assert talk.read()["owner"] == "bot"
