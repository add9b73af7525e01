"""The way to Rasa: what is sent, what is taken for an answer, and when Rasa is left alone."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import pytest

from gateway.conversations.context import Context
from gateway.conversations.incoming import Incoming
from gateway.conversations.outcome import DialogueState, Handoff, Outcome
from gateway.conversations.rules import Kind, Owner, Reply, Sender
from gateway.conversations.service import Turn
from gateway.conversations.turn import BrainUnavailable
from gateway.rasa.client import RasaClient, rasa_message
from gateway.settings import Settings

TURN = Turn("c1", "m1", "en", Owner.BOT, DialogueState(), "c1:3")
WORDS = Incoming("1", "路燈壞了")
PLACE = {"lat": 22.63, "lng": 120.3}
Handler = Callable[[httpx.Request], httpx.Response | Awaitable[httpx.Response]]


class Rasa:
    """A webhook that answers as told, and a clock that stands still."""

    def __init__(self, answer: Handler) -> None:
        self.asked: list[httpx.Request] = []
        self.answer = answer
        self.now = 100.0
        http = httpx.AsyncClient(transport=httpx.MockTransport(self._take))
        settings = Settings(rasa_url="http://127.0.0.1:5005/", rasa_timeout_seconds=0.02)
        self.client = RasaClient(settings, http, clock=lambda: self.now)

    async def _take(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request)
        answer = self.answer(request)
        return await answer if isinstance(answer, Awaitable) else answer

    def think(self, incoming: Incoming = WORDS) -> Outcome:
        return asyncio.run(self.client.think(TURN, incoming))


def told(*outcomes: Outcome) -> Handler:
    parts = [{"recipient_id": "c1:3", "custom": {"wst": outcome.to_dict()}} for outcome in outcomes]
    return lambda _: httpx.Response(200, json=parts)


def hanging(_: httpx.Request) -> Awaitable[httpx.Response]:
    async def never() -> httpx.Response:
        await asyncio.Event().wait()
        raise AssertionError

    return never()


@pytest.mark.parametrize(
    "incoming, message",
    [
        (WORDS, "路燈壞了"),
        (Incoming("1", "/report_dispatch"), "／report_dispatch"),
        (Incoming("1", "  /restart"), "／restart"),
        (Incoming("1", "1/2 的路燈"), "1/2 的路燈"),
        (Incoming("1", "路燈故障", option="item:street_light"), "/choose"),
        (Incoming("1", "通報", option="start:dispatch"), "/report_dispatch"),
        (Incoming("1", "陳情", option="start:petition"), "/file_petition"),
        (Incoming("1", "工程", option="start:public_works"), "/report_public_works"),
        (Incoming("1", "查詢", option="start:case_lookup"), "/query_case"),
        (Incoming("1", "真人", option="human"), "/request_human"),
        (Incoming("1", "/a", option='faq:"}{'), "/choose"),
        (Incoming("1", "📍 這裡", location=PLACE), "/share_location"),
    ],
)
def test_what_rasa_hears(incoming: Incoming, message: str) -> None:
    assert rasa_message(incoming) == message


def test_what_is_sent() -> None:
    rasa = Rasa(told(Outcome((Reply("好"),))))
    rasa.think(Incoming("1", "路燈故障", option="item:a"))
    request = rasa.asked[0]
    assert str(request.url) == "http://127.0.0.1:5005/webhooks/rest/webhook"
    assert json.loads(request.content) == {
        "sender": "c1:3",
        "message": "/choose",
        "metadata": {
            "language": "en",
            "location": None,
            "option": "item:a",
            "context": Context().to_dict(),
            "as_written": None,
        },
    }


def test_an_outcome_comes_back_whole() -> None:
    outcome = Outcome(
        (Reply("一", Kind.ANSWER, {"faq_id": "x"}), Reply("二", Kind.NOTICE, {}, Sender.SYSTEM)),
        DialogueState("dispatch", {"kind": "dispatch"}, 2),
        Handoff("asked", "emergency"),
        {"kind": "dispatch"},
        aspect="fee",
        district="左營區",
        outside_loop=True,
    )
    assert Rasa(told(outcome)).think() == outcome


def test_what_several_actions_say_is_one_outcome() -> None:
    first = Outcome((Reply("一"),), DialogueState(None, {"confirmed": True}))
    second = Outcome((Reply("二"),), DialogueState(), register={"kind": "dispatch"})
    joined = Rasa(told(first, Outcome(), second)).think()
    assert [reply.text for reply in joined.replies] == ["一", "二"]
    assert joined.state == DialogueState() and joined.register == {"kind": "dispatch"}


def enveloped(reply: dict[str, Any]) -> bytes:
    return json.dumps([{"custom": {"wst": {"replies": [reply]}}}]).encode()


@pytest.mark.parametrize(
    "body",
    [
        b"[]", b"{}", b"null", b"<html>", b"", b"[1]", b"[null]", b'[{"text": "hi"}]', b'[{"custom": 1}]',
        b'[{"custom": {"wst": 1}}]', b'[{"custom": {"wst": {}}}]', b'[{"custom": {"wst": {"replies": 1}}}]',
        enveloped({"text": "a", "kind": "loud", "payload": {}, "sender": "bot"}),
        enveloped({"text": "a", "kind": "text", "payload": 1, "sender": "bot"}),
        enveloped({"text": "a", "kind": "text", "payload": {}, "sender": "mayor"}),
        b'[{"custom": {"wst": {"replies": [], "state": 1}}}]',
        b'[{"custom": {"wst": {"replies": [], "handoff": {"reason": "a"}}}}]',
        b"[" * 50_000,
    ],
    ids=lambda body: body[:60].decode(),
)  # fmt: skip
def test_what_is_no_answer_of_ours_is_none(body: bytes) -> None:
    with pytest.raises(BrainUnavailable):
        Rasa(lambda _: httpx.Response(200, content=body)).think()


@pytest.mark.parametrize("status", [301, 400, 404, 500, 503])
def test_an_error_is_no_answer(status: int) -> None:
    with pytest.raises(BrainUnavailable):
        Rasa(lambda _: httpx.Response(status, json=[])).think()


def test_after_a_time_out_rasa_is_left_alone_for_a_while() -> None:
    rasa = Rasa(hanging)
    with pytest.raises(BrainUnavailable, match="time-out"):
        rasa.think()
    rasa.answer = told(Outcome((Reply("好"),)))
    rasa.now += 4.9
    with pytest.raises(BrainUnavailable, match="resting"):
        rasa.think()
    assert len(rasa.asked) == 1
    rasa.now += 0.2
    assert rasa.think().replies[0].text == "好"
    assert len(rasa.asked) == 2


def test_after_a_refused_connection_it_is_asked_again_at_once() -> None:
    def refuse(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("refused", request=request)

    rasa = Rasa(refuse)
    for _ in range(2):
        with pytest.raises(BrainUnavailable, match="ConnectError"):
            rasa.think()
    assert len(rasa.asked) == 2


@pytest.mark.parametrize(
    "answer, healthy",
    [
        (lambda _: httpx.Response(200, json={"status": "ok"}), True),
        (lambda _: httpx.Response(404), False),
        (lambda _: httpx.Response(500), False),
        (hanging, False),
    ],
)
def test_whether_it_is_healthy(answer: Any, healthy: bool) -> None:
    assert asyncio.run(Rasa(answer).client.healthy()) is healthy
