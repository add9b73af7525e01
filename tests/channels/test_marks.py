"""How far a message has come, both ways; and being asked to take somebody, over the interfaces."""

from __future__ import annotations

import threading
from typing import Any

import pytest

from gateway.conversations.marks import reached
from gateway.conversations.models import Conversation as Row
from gateway.database import Database
from tests.channels.test_operator import API, Desk, frames, hire_desk, mei, waits
from tests.in_process import Gateway

__all__ = ["hire_desk", "mei"]


def test_what_reached_the_citizen_is_told_at_the_desk(gateway: Gateway, mei: Desk) -> None:
    talk = waits(gateway)
    mei.post(f"/conversations/{talk.id}/take")
    mei.say(talk.id, "您好")
    last = talk.read()["messages"][-1]["seq"]

    def marks() -> tuple[int, int]:
        card = mei.get("/conversations").json()["conversations"][0]
        return card["citizen_received"], card["citizen_seen"]

    assert marks() == (0, 0)
    with (
        mei.client.websocket_connect(f"wss://testserver{API}/ws") as desk,
        gateway.client.websocket_connect(talk.socket_path(last)) as citizen,
    ):
        citizen.send_json({"type": "received", "seq": last})
        while not frames(desk, "mine")["conversations"][0]["citizen_received"]:
            continue
        assert marks() == (last, 0)
        citizen.send_json({"type": "seen", "seq": last + 500})
        while not frames(desk, "mine")["conversations"][0]["citizen_seen"]:
            continue
        assert marks() == (last, last)
        citizen.send_json({"type": "seen", "seq": 1})
        for bad in (-1, "7", None, 2**40, True):
            citizen.send_json({"type": "seen", "seq": bad})
            assert frames(citizen, "error")["error"]["code"] == "invalid_input"
    assert marks() == (last, last)


def test_what_the_person_in_charge_saw_is_told_to_the_citizen(gateway: Gateway, mei: Desk) -> None:
    talk = waits(gateway)
    mei.post(f"/conversations/{talk.id}/take")
    with (
        mei.client.websocket_connect(f"wss://testserver{API}/ws") as desk,
        gateway.client.websocket_connect(talk.socket_path(0)) as citizen,
    ):
        talk.send(text="在建工路")
        last = talk.read()["messages"][-1]["seq"]
        desk.send_json({"type": "seen", "conversation_id": talk.id, "seq": last})
        assert frames(citizen, "seen")["seq"] == last


def test_nothing_is_kept_of_it_while_the_bot_answers(gateway: Gateway) -> None:
    talk = gateway.open()
    talk.say("你好")
    assert not reached(gateway.database, talk.id, seen=1)
    with gateway.database.read() as session:
        assert session.get_one(Row, talk.id).citizen_seen == 0


def test_who_waits_is_offered_by_itself_and_the_next_is_asked(
    gateway: Gateway, mei: Desk, hire_desk: Any
) -> None:
    hua = hire_desk("hua")
    with mei.client.websocket_connect(f"wss://testserver{API}/ws") as socket:
        talk = waits(gateway)
        while (one := frames(socket, "queue")["conversations"]) == [] or not one[0]["offered_to"]:
            continue
        assert one[0]["offered_to"] == "mei"
        assert hua.post(f"/conversations/{talk.id}/decline").json()["error"]["code"] == "not_offered"
        hua.post("/presence", state="available")
        assert mei.post(f"/conversations/{talk.id}/decline").status_code == 200
        while frames(socket, "queue")["conversations"][0]["offered_to"] != "hua":
            continue
    assert hua.post("/next").json()["id"] == talk.id


@pytest.mark.parametrize("visitor", ["not a uuid", 7, {}])
def test_a_visitor_that_is_none(gateway: Gateway, visitor: object) -> None:
    assert gateway.client.post("/api/v1/conversations", json={"visitor": visitor}).status_code == 422


def test_a_flood_of_marks_is_few_writes(gateway: Gateway, mei: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    talk = waits(gateway)
    mei.post(f"/conversations/{talk.id}/take")
    writes: list[dict[str, int]] = []
    began, go_on = threading.Event(), threading.Event()

    def slow(database: Database, conversation_id: str, **numbers: int) -> bool:
        writes.append(numbers)
        began.set()
        assert go_on.wait(30)
        return reached(database, conversation_id, **numbers)

    monkeypatch.setattr("gateway.channels.web.socket.marks.reached", slow)
    with gateway.client.websocket_connect(talk.socket_path(99)) as citizen:
        citizen.send_json({"type": "seen", "seq": 1})
        assert began.wait(30)
        for seq in (*range(2, 200), *range(200, 1, -1)):
            citizen.send_json({"type": "seen", "seq": seq})
        citizen.send_json({"type": "ping"})
        frames(citizen, "pong")
        go_on.set()
        last = talk.read()["messages"][-1]["seq"]
        while mei.get("/conversations").json()["conversations"][0]["citizen_seen"] < last:
            continue
    assert [one["seen"] for one in writes] == [1, 200]
