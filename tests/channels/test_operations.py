"""Alive, ready, counted, described."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from sqlalchemy import text

from tests.in_process import Gateway


def test_alive_and_ready(gateway: Gateway) -> None:
    assert gateway.client.get("/healthz").text == "ok"
    ready = gateway.client.get("/readyz")
    assert ready.status_code == 200
    state = ready.json()
    assert (state["status"], state["database"], state["rasa"]) == ("ok", "ok", "ok")
    assert state["index"]["ready"] and state["index"]["topics"] > 200
    assert (state["live_news"], state["workers"]) == ("off", 1)


def test_without_rasa_it_is_degraded_and_says_so(gateway: Gateway) -> None:
    gateway.brain.up = False
    ready = gateway.client.get("/readyz")
    assert ready.status_code == 200
    assert (ready.json()["status"], ready.json()["rasa"]) == ("degraded", "down")


def test_without_a_database_it_is_down(start: Callable[..., Gateway]) -> None:
    gateway = start(database_url="postgresql://nobody@127.0.0.1:9/nothing")
    ready = gateway.client.get("/readyz")
    assert ready.status_code == 503
    assert (ready.json()["status"], ready.json()["database"]) == ("down", "down")
    assert gateway.client.get("/healthz").status_code == 200
    broken = gateway.client.post("/api/v1/conversations", json={})
    assert (broken.status_code, broken.json()["error"]["code"]) == (503, "unavailable")


def test_without_its_tables_it_is_down(gateway: Gateway) -> None:
    with gateway.database.write() as session:
        session.execute(text("DELETE FROM alembic_version"))
    ready = gateway.client.get("/readyz")
    assert (ready.status_code, ready.json()["database"]) == (503, "migrations missing")


def test_what_is_counted(gateway: Gateway) -> None:
    talk = gateway.open()
    talk.say("一")
    gateway.brain.up = False
    talk.say("二")
    with gateway.client.websocket_connect(talk.socket_path()) as socket:
        socket.receive_json()
        open_now = figures(gateway)
    assert open_now["wst_open_sockets"] == 1
    assert open_now["wst_conversations_total"] == 1
    assert open_now['wst_replies_total{kind="text"}'] >= 1
    assert open_now['wst_replies_total{kind="notice"}'] == 1
    assert open_now["wst_turns_without_rasa_total"] == 1
    path = "/api/v1/conversations/{conversation_id}/messages"
    assert open_now[f'wst_request_seconds_count{{method="POST",path="{path}",status="201"}}'] == 2
    assert figures(gateway)["wst_open_sockets"] == 0


def test_strange_requests_do_not_fill_the_counters(gateway: Gateway) -> None:
    for number in range(20):
        gateway.client.get(f"/nothing/{number}")
        gateway.client.request(f"X{number}", "/healthz")
    names = [name for name in figures(gateway) if name.startswith("wst_request_seconds_count")]
    assert not any("nothing" in name for name in names)
    assert len(names) < 10


def test_no_figure_tells_of_a_citizen(gateway: Gateway) -> None:
    talk = gateway.open()
    talk.say("我是王大明 0912345678")
    shown = gateway.client.get("/metrics").text
    assert talk.id not in shown and talk.token not in shown and "0912345678" not in shown


def test_the_docs_load_nothing_from_elsewhere(gateway: Gateway) -> None:
    page = gateway.client.get("/docs").text
    assert not re.search(r"https?://", page)
    bundle = gateway.client.get("/docs/assets/swagger-ui-bundle.js")
    assert bundle.status_code == 200 and len(bundle.content) > 100_000


def test_the_description_tells_of_every_refusal(gateway: Gateway) -> None:
    described = gateway.client.get("/openapi.json").json()
    answers = described["paths"]["/api/v1/conversations/{conversation_id}/messages"]["post"]["responses"]
    assert {"200", "201", "400", "401", "404", "409", "413", "422", "429"} <= set(answers)
    assert answers["429"]["content"]["application/json"]["schema"]["$ref"].endswith("/ErrorOut")
    assert "/rasa/actions" not in described["paths"]
    assert "HTTPValidationError" not in described["components"]["schemas"]


def asked_for_an_action(gateway: Gateway, **headers: str) -> int:
    call = {"next_action": "action_smalltalk", "tracker": {"sender_id": "x:0"}, "domain": {}}
    return gateway.client.post("/rasa/actions", json=call, headers=headers).status_code


def test_actions_are_run_for_rasa_only(start: Callable[..., Gateway]) -> None:
    outside = start()
    assert asked_for_an_action(outside) == 404  # the citizen's address is not this machine
    guarded = start(action_token="only for rasa")
    assert asked_for_an_action(guarded) == 404
    assert asked_for_an_action(guarded, **{"X-Action-Token": "guessed"}) == 404
    assert asked_for_an_action(guarded, **{"X-Action-Token": "only for rasa "}) in {200, 404}
    assert asked_for_an_action(guarded, **{"X-Action-Token": "only for rasa"}) == 200


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"[]", b"null", b"{}", b'{"next_action": 1}', b"[" * 50_000],
    ids=lambda body: body[:9],
)
def test_a_bad_call_of_an_action_is_refused(start: Callable[..., Gateway], body: bytes) -> None:
    gateway = start(action_token="only for rasa")
    refused = gateway.client.post("/rasa/actions", content=body, headers={"X-Action-Token": "only for rasa"})
    assert (refused.status_code, refused.json()["error"]["code"]) == (422, "invalid_input")


def test_an_unknown_action_is_said(start: Callable[..., Gateway]) -> None:
    gateway = start(action_token="t")
    call = {"next_action": "action_of_nobody", "tracker": {"sender_id": "x:0"}, "domain": {}}
    refused = gateway.client.post("/rasa/actions", json=call, headers={"X-Action-Token": "t"})
    assert (refused.status_code, refused.json()["action_name"]) == (404, "action_of_nobody")


def figures(gateway: Gateway) -> dict[str, float]:
    """Every figure by its name and labels."""
    lines = gateway.client.get("/metrics").text.splitlines()
    return {line.rpartition(" ")[0]: float(line.rpartition(" ")[2]) for line in lines if line[:1] != "#"}
