"""The worker in a running gateway: from a commit to the citizen's open chat."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from fastapi import FastAPI
from fastapi.testclient import TestClient

from gateway.outbox.service import Outbox
from tests.in_process import Gateway, StandIn


def put(gateway: Gateway, key: str, **parts: Any) -> None:
    outbox: Outbox = gateway.app.state.cases.outbox
    message: dict[str, Any] = {
        "topic": "notice.release", "transport": "conversation", "recipient": "",
        "payload": {"title": "結案", "text": "您的案件已結案。", "case": "D1"}, "now": datetime.now(UTC),
    }  # fmt: skip
    with gateway.database.write() as session:
        outbox.put(session, key=key, **{**message, **parts})


def test_a_committed_notice_appears_in_the_open_chat(gateway: Gateway) -> None:
    talk = gateway.open()
    with gateway.client.websocket_connect(talk.socket_path()) as socket:
        socket.receive_json()
        put(gateway, "notice:1", recipient=talk.id)
        while (frame := socket.receive_json())["type"] != "message":
            pass
    message = frame["message"]
    assert (message["sender"], message["kind"], message["seq"]) == ("system", "notice", 1)
    assert message["text"] == "您的案件已結案。"
    assert message["payload"] == {"title": "結案", "case": "D1"}


def test_what_was_written_while_nothing_ran_goes_out_at_the_start(
    start: Callable[..., Gateway], make_app: Callable[..., FastAPI]
) -> None:
    app = make_app(StandIn())
    stopped = Gateway(app, TestClient(app), StandIn())
    conversation_id, token, _ = stopped.app.state.conversations.create("zh-TW")
    put(stopped, "notice:1", recipient=conversation_id)
    path = f"/api/v1/conversations/{conversation_id}/ws?token={token}&after=0"
    with start().client.websocket_connect(path) as socket:
        while (frame := socket.receive_json())["type"] != "message":
            pass
    assert frame["message"]["text"] == "您的案件已結案。"


def test_without_a_mail_server_e_mails_wait_and_it_is_said(gateway: Gateway) -> None:
    put(gateway, "notice:1", transport="email", recipient="citizen@example.org")
    state = gateway.client.get("/readyz").json()
    assert state["status"] == "ok"
    assert state["outbox"]["waiting_without_transport"] == {"email": 1}
    assert state["outbox"]["failed"] == 0


def test_the_figures_of_what_is_late(make_app: Callable[..., FastAPI]) -> None:
    app = make_app(StandIn())
    gateway = Gateway(app, TestClient(app), StandIn())  # not started: there is no worker
    put(gateway, "late", recipient="nobody", now=datetime.now(UTC) - timedelta(hours=2))
    lines = gateway.client.get("/metrics").text.splitlines()
    figures = dict(line.rsplit(" ", 1) for line in lines if line.startswith("wst_outbox"))
    assert float(figures["wst_outbox_due"]) == 1
    assert float(figures["wst_outbox_oldest_due_seconds"]) >= 7200
