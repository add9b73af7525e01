"""The worker in a running gateway: from a commit to the citizen's open chat."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from gateway import running
from gateway.carriers import outbox_worker
from gateway.conversations.hub import Hub
from gateway.database import Database, migrate
from gateway.outbox.service import Outbox
from gateway.settings import Settings
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


@pytest.mark.postgres
def test_where_others_deliver_the_gateway_leaves_it_to_them_and_looks_for_what_they_did(
    start: Callable[..., Gateway], postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(running, "_LOOK_FOR_LETTERS_SECONDS", 0.05)
    database = Database(postgres_url)
    migrate.upgrade(database)
    gateway = start(database_url=postgres_url, outbox_worker="separate")
    talk = gateway.open()
    with gateway.client.websocket_connect(talk.socket_path()) as socket:
        socket.receive_json()
        put(gateway, "notice:1", recipient=talk.id)
        state = gateway.client.get("/readyz").json()["outbox"]
        assert (state["due"], state["workers"]) == (1, 0)
        # What `wanshitong worker` does, in another process whose hub nobody here hears.
        settings = Settings(database_url=postgres_url, secret_key="only for tests")
        assert asyncio.run(outbox_worker(settings, database, Hub(), None).deliver_due()) == 1
        while (frame := socket.receive_json())["type"] != "message":
            pass
    assert frame["message"]["text"] == "您的案件已結案。"
    assert gateway.client.get("/readyz").json()["outbox"]["due"] == 0
    database.close()
