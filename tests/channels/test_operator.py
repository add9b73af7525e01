"""The desk of conversations over HTTP and WebSocket, as another desk would use it."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import httpx
import pytest
from fastapi.testclient import TestClient
from sqlalchemy import select
from starlette.websockets import WebSocketDisconnect

from gateway.audit.models import AuditEntry
from gateway.conversations.outcome import Handoff, Outcome
from gateway.conversations.rules import Reply
from gateway.identity.rules import Permission, StaffRole
from gateway.identity.views import SYSTEM
from tests.console.people import ORIGIN, PASSWORD, hire
from tests.in_process import CITIZEN, Conversation, Gateway

API = "/api/v1/operator"


class Desk:
    """Somebody at the desk, with the cookie of a session."""

    def __init__(
        self, gateway: Gateway, username: str, *roles: StaffRole, units: tuple[str, ...] = ()
    ) -> None:
        hire(gateway.app.state.identity, username, *roles, units=units, name=f"{username}先生")
        self.client = TestClient(gateway.app, ORIGIN, raise_server_exceptions=False, client=(CITIZEN, 50_000))
        answer = self.client.post(f"{API}/session", json={"username": username, "password": PASSWORD})
        assert answer.status_code == 200, answer.text
        self.client.headers["x-csrf-token"] = answer.json()["csrf"]

    def get(self, path: str) -> httpx.Response:
        return self.client.get(f"{API}{path}")

    def post(self, path: str, **body: Any) -> httpx.Response:
        return self.client.post(f"{API}{path}", json=body)

    def say(self, conversation: str, text: str) -> httpx.Response:
        return self.post(f"/conversations/{conversation}/messages", client_id=str(uuid.uuid4()), text=text)


@pytest.fixture
def hire_desk(gateway: Gateway) -> Callable[..., Desk]:
    """Makes somebody with these roles who has signed in."""
    return lambda username, *roles, **more: Desk(gateway, username, *(roles or (StaffRole.OPERATOR,)), **more)


@pytest.fixture
def mei(hire_desk: Callable[..., Desk]) -> Desk:
    """An operator who takes conversations."""
    desk = hire_desk("mei")
    assert desk.post("/presence", state="available").status_code == 200
    return desk


def waits(gateway: Gateway, priority: str = "normal") -> Conversation:
    """A citizen in the queue."""
    talk = gateway.open()
    gateway.brain.thought = lambda *_: Outcome((Reply("請稍候"),), handoff=Handoff("asked", priority))
    talk.say("我要找真人")
    gateway.brain.thought = gateway.brain._echo
    return talk


def test_from_the_queue_to_the_rating(gateway: Gateway, mei: Desk) -> None:
    talk = waits(gateway)
    [card] = mei.get("/queue").json()["conversations"]
    assert (card["id"], card["place"]) == (talk.id, 1)
    assert mei.post(f"/conversations/{talk.id}/take").status_code == 200
    assert mei.say(talk.id, "您好，請問在哪個路口？").status_code == 201
    heard = len(gateway.brain.heard)
    talk.send(text="在建工路")
    assert len(gateway.brain.heard) == heard
    transcript = talk.read()
    assert transcript["owner"] == "operator"
    assert transcript["messages"][-1]["text"] == "在建工路"
    [said] = [one for one in transcript["messages"] if one["sender"] == "operator"]
    assert said["payload"] == {"operator": "mei先生"}
    assert [one["id"] for one in mei.get("/conversations").json()["conversations"]] == [talk.id]
    assert mei.post(f"/conversations/{talk.id}/close", note="已說明").status_code == 200
    rating = {"speed": 5, "result": 4, "comment": "很快"}
    path = f"/api/v1/conversations/{talk.id}/rating"
    assert gateway.client.post(path, json=rating, headers=talk.headers).status_code == 204
    assert gateway.client.post(path, json=rating, headers=talk.headers).status_code == 409
    assert gateway.client.post(path, json=rating).status_code == 401


def test_a_repeated_message_is_one(gateway: Gateway, mei: Desk) -> None:
    talk = waits(gateway)
    mei.post(f"/conversations/{talk.id}/take")
    body = {"client_id": str(uuid.uuid4()), "text": "稍等我查一下"}
    first, again = (mei.post(f"/conversations/{talk.id}/messages", **body) for _ in range(2))
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json() == again.json()


def test_an_entry_of_the_faq_is_sent_with_its_source(gateway: Gateway, mei: Desk) -> None:
    talk = waits(gateway)
    mei.post(f"/conversations/{talk.id}/take")
    talk.send(text="牌照稅什麼時候繳？")
    [first, *_] = mei.get(f"/conversations/{talk.id}/suggestions").json()["suggestions"]
    sent = mei.post(
        f"/conversations/{talk.id}/messages", client_id=str(uuid.uuid4()), faq_id=first["faq_id"]
    ).json()["message"]
    assert (sent["kind"], sent["sender"]) == ("answer", "operator")
    assert sent["payload"]["source_url"] == first["source_url"]
    assert sent["payload"]["operator"] == "mei先生"
    unknown = mei.post(f"/conversations/{talk.id}/messages", client_id=str(uuid.uuid4()), faq_id="nothing")
    assert unknown.status_code == 422


def test_an_expired_entry_is_not_suggested(
    gateway: Gateway, mei: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    knowledge_base = gateway.app.state.knowledge_base
    found = knowledge_base.search("牌照稅什麼時候繳？")
    over = replace(found.hits[0], expired=True, valid_until=date(2026, 4, 30))
    monkeypatch.setattr(
        knowledge_base, "search", lambda *_, **__: replace(found, hits=[over, *found.hits[1:]])
    )
    talk = waits(gateway)
    mei.post(f"/conversations/{talk.id}/take")
    talk.send(text="牌照稅什麼時候繳？")
    suggested = mei.get(f"/conversations/{talk.id}/suggestions").json()["suggestions"]
    assert over.id not in [one["faq_id"] for one in suggested] and len(suggested) == len(found.hits) - 1
    assert all(isinstance(one["older_than_3_years"], bool) for one in suggested)


def test_next_is_who_waits_longest(gateway: Gateway, mei: Desk) -> None:
    first, urgent = waits(gateway), waits(gateway, "emergency")
    assert [mei.post("/next").json()["id"] for _ in range(2)] == [urgent.id, first.id]
    assert mei.post("/next").json()["error"]["code"] == "nobody_waits"


def test_a_transfer_and_a_hand_back(gateway: Gateway, mei: Desk, hire_desk: Callable[..., Desk]) -> None:
    hua = hire_desk("hua")
    hua.post("/presence", state="available")
    talk = waits(gateway)
    mei.post(f"/conversations/{talk.id}/take")
    assert mei.post(f"/conversations/{talk.id}/transfer", operator="hua", note="問水費").status_code == 200
    assert mei.say(talk.id, "還在打").status_code == 409
    assert hua.post("/next").json()["id"] == talk.id
    whole = hua.get(f"/conversations/{talk.id}").json()
    assert [note["text"] for note in whole["notes"]] == ["問水費"]
    assert [event["actor"] for event in whole["events"]] == ["citizen", "mei", "mei", "hua"]
    assert hua.post(f"/conversations/{talk.id}/release", note="已答覆").status_code == 200
    assert talk.say("謝謝")[-1]["sender"] == "bot"


def test_notes_stay_inside(gateway: Gateway, mei: Desk) -> None:
    talk = waits(gateway)
    mei.post(f"/conversations/{talk.id}/take")
    assert mei.post(f"/conversations/{talk.id}/notes", text="民眾情緒激動").status_code == 201
    assert "情緒激動" not in str(talk.read())
    assert "情緒激動" in mei.get(f"/conversations/{talk.id}").text


def test_a_colleagues_conversation_is_for_who_oversees_and_the_look_is_audited(
    gateway: Gateway, mei: Desk, hire_desk: Callable[..., Desk]
) -> None:
    hua, boss = hire_desk("hua"), hire_desk("boss", StaffRole.SUPERVISOR)
    talk = waits(gateway)
    mei.post(f"/conversations/{talk.id}/take")
    for path in ("", "/messages", "/suggestions"):
        assert hua.get(f"/conversations/{talk.id}{path}").status_code == 403
    assert hua.get("/conversations?mine=0").status_code == 403
    assert hua.post(f"/conversations/{talk.id}/take").status_code == 409
    assert talk.id in boss.get("/conversations?mine=0").text
    assert boss.get(f"/conversations/{talk.id}").status_code == 200
    with gateway.database.read() as session:
        [entry] = session.scalars(select(AuditEntry).where(AuditEntry.act == "chat.listen"))
    assert entry.actor == "boss"
    assert boss.post(f"/conversations/{talk.id}/notes", text="請先致歉", kind="whisper").status_code == 201
    assert boss.post(f"/conversations/{talk.id}/take").status_code == 200
    assert mei.say(talk.id, "我還在").status_code == 409


@pytest.mark.parametrize(
    "role", [StaffRole.HANDLER, StaffRole.EDITOR, StaffRole.AUDITOR, StaffRole.ADMINISTRATOR]
)
def test_other_roles_have_no_business_here(
    gateway: Gateway, hire_desk: Callable[..., Desk], role: StaffRole
) -> None:
    talk = waits(gateway)
    units = ("養工處",) if role is StaffRole.HANDLER else ()
    other = hire_desk("other", role, units=units)
    for path in ("/queue", "/conversations", f"/conversations/{talk.id}", "/presence"):
        assert other.get(path).status_code == 403
    for path in ("take", "release", "close", "transfer"):
        assert other.post(f"/conversations/{talk.id}/{path}").status_code == 403


def test_a_request_of_another_sites_page_is_refused(gateway: Gateway, mei: Desk) -> None:
    talk = waits(gateway)
    for token in ("", "forged"):
        mei.client.headers["x-csrf-token"] = token
        answer = mei.post(f"/conversations/{talk.id}/take")
        assert (answer.status_code, answer.json()["error"]["code"]) == (403, "csrf_mismatch")
    assert mei.get("/queue").status_code == 200


@pytest.mark.usefixtures("mei")
def test_a_bearer_token_needs_no_form_token_and_ends_when_revoked(gateway: Gateway) -> None:
    identity = gateway.app.state.identity
    with gateway.database.write() as session:
        account = next(one for one in identity.accounts(session) if one.username == "mei")
        issued = identity.issue_token(
            session, "desk", scopes={Permission.CHAT_TAKE}, by=SYSTEM, account_id=account.id
        )
    talk = waits(gateway)
    headers = {"authorization": f"Bearer {issued.token}"}
    path = f"{API}/conversations/{talk.id}/take"
    assert gateway.client.post(path, headers=headers).status_code == 200
    assert gateway.client.post(path, headers={"authorization": "Bearer wst_none"}).status_code == 401
    with gateway.database.write() as session:
        identity.revoke_token(session, issued.id, by=SYSTEM)
    assert gateway.client.get(f"{API}/queue", headers=headers).status_code == 401


@pytest.mark.usefixtures("mei")
def test_strangers_and_wrong_passwords(gateway: Gateway) -> None:
    assert gateway.client.get(f"{API}/queue").status_code == 401
    codes = [
        gateway.client.post(f"{API}/session", json={"username": "mei", "password": "wrong"}).status_code
        for _ in range(10)
    ]
    assert set(codes) <= {401, 429}
    assert 429 in codes
    with pytest.raises(WebSocketDisconnect), gateway.client.websocket_connect(f"wss://testserver{API}/ws"):
        pass


def test_what_cannot_be_said(gateway: Gateway, mei: Desk) -> None:
    talk = waits(gateway)
    mei.post(f"/conversations/{talk.id}/take")
    path = f"/conversations/{talk.id}/messages"
    for body in (
        {"client_id": "no uuid", "text": "a"}, {"client_id": str(uuid.uuid4())},
        {"client_id": str(uuid.uuid4()), "text": "a", "faq_id": "b"},
        {"client_id": str(uuid.uuid4()), "text": "\u202e"}, {"client_id": str(uuid.uuid4()), "text": "  "},
    ):  # fmt: skip
        assert mei.post(path, **body).status_code == 422
    assert mei.say(talk.id, "長" * 1001).status_code == 413
    markup = mei.say(talk.id, "<script>alert(1)</script>")
    assert markup.json()["message"]["text"] == "<script>alert(1)</script>"
    assert mei.post("/conversations/none/take").status_code == 404


def test_the_citizen_is_told_the_place_in_line(gateway: Gateway) -> None:
    waits(gateway)
    talk = waits(gateway)
    assert "第 2 位" in talk.texts()[-1]
    path = f"/api/v1/conversations/{talk.id}/place"
    told = gateway.client.get(path, headers=talk.headers).json()
    assert told == {"place": 2, "minutes": None, "operators": 0}
    assert gateway.client.get(path).status_code == 401


def test_lines_are_reported_by_token_alone_and_told_to_citizens(
    gateway: Gateway, hire_desk: Callable[..., Desk]
) -> None:
    with gateway.database.write() as session:
        issued = gateway.app.state.identity.issue_token(
            session, "pbx", scopes={Permission.LINES_REPORT}, by=SYSTEM
        )
    headers = {"authorization": f"Bearer {issued.token}"}
    path = "/api/v1/call-centre/lines"
    assert gateway.client.get("/api/v1/service").json()["lines_full"] is False
    full = gateway.client.post(path, json={"busy": 19, "total": 20}, headers=headers)
    assert full.json()["full"] is True
    assert gateway.client.get("/api/v1/service").json()["lines_full"] is True
    later = datetime.now(UTC) + timedelta(minutes=11)
    gateway.app.state.handoffs.clock = lambda: later
    assert gateway.client.get("/api/v1/service").json()["lines_full"] is False
    assert gateway.client.post(path, json={"busy": 3, "total": 2}, headers=headers).status_code == 422
    assert gateway.client.post(path, json={"busy": 1, "total": 2}).status_code == 401
    boss = hire_desk("boss", StaffRole.SUPERVISOR)
    assert boss.client.post(path, json={"busy": 1, "total": 2}).status_code == 403


def test_outside_staffed_hours_the_bot_says_when_and_offers_a_case(start: Callable[..., Gateway]) -> None:
    gateway = start(staffed_hours="1-5 08:00-17:30")
    sunday = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)
    gateway.app.state.handoffs.clock = lambda: sunday
    gateway.brain.up = False
    talk = gateway.open()
    talk.say("喂")
    told = talk.send(option="human").json()["replies"][-1]
    assert "週一至週五 08:00–17:30" in told["text"]
    assert talk.read()["owner"] == "bot"
    assert "start:petition" in [one["payload"] for one in told["payload"]["options"]]


def frames(socket: Any, wanted: str) -> dict[str, Any]:
    """The next frame of a kind."""
    while True:
        frame: dict[str, Any] = socket.receive_json()
        if frame["type"] == wanted:
            return frame


def test_the_socket_tells_the_queue_and_what_the_citizen_writes(gateway: Gateway, mei: Desk) -> None:
    with mei.client.websocket_connect(f"wss://testserver{API}/ws") as socket:
        assert frames(socket, "queue")["conversations"] == []
        talk = waits(gateway)
        assert frames(socket, "queue")["conversations"][0]["id"] == talk.id
        mei.post(f"/conversations/{talk.id}/take")
        assert frames(socket, "mine")["conversations"][0]["id"] == talk.id
        socket.send_json({"type": "watch", "conversation_id": talk.id, "after": 0})
        numbers = [
            frames(socket, "message")["message"]["seq"] for _ in range(talk.read()["messages"][-1]["seq"])
        ]
        assert numbers == list(range(1, len(numbers) + 1))
        talk.send(text="還在嗎")
        assert frames(socket, "message")["message"]["text"] == "還在嗎"
        socket.send_json({"type": "seen", "conversation_id": talk.id, "seq": 99})
        while frames(socket, "mine")["conversations"][0]["unread"]:
            continue
        for bad in ({"type": "watch"}, {"type": "dance", "conversation_id": talk.id}, [],
                    {"type": "watch", "conversation_id": talk.id, "after": -1}):  # fmt: skip
            socket.send_json(bad)
            assert frames(socket, "error")["error"]["code"] == "invalid_input"


def test_typing_goes_both_ways(gateway: Gateway, mei: Desk) -> None:
    talk = waits(gateway)
    mei.post(f"/conversations/{talk.id}/take")
    with (
        mei.client.websocket_connect(f"wss://testserver{API}/ws") as socket,
        gateway.client.websocket_connect(talk.socket_path(99)) as citizen,
    ):
        socket.send_json({"type": "watch", "conversation_id": talk.id, "after": 99})
        socket.send_json({"type": "ping"})
        frames(socket, "pong")
        citizen.send_json({"type": "typing", "on": True})
        assert frames(socket, "typing")["sender"] == "citizen"
        socket.send_json({"type": "typing", "conversation_id": talk.id, "on": True})
        heard = frames(citizen, "typing")
        while heard["sender"] == "citizen":
            heard = frames(citizen, "typing")
        assert (heard["sender"], heard["on"]) == ("operator", True)


def test_a_colleagues_conversation_cannot_be_watched(
    gateway: Gateway, mei: Desk, hire_desk: Callable[..., Desk]
) -> None:
    talk = waits(gateway)
    mei.post(f"/conversations/{talk.id}/take")
    with hire_desk("hua").client.websocket_connect(f"wss://testserver{API}/ws") as socket:
        socket.send_json({"type": "watch", "conversation_id": talk.id, "after": 0})
        assert frames(socket, "error")["error"]["code"] == "not_permitted"


def test_who_was_relieved_reads_no_further(
    gateway: Gateway, mei: Desk, hire_desk: Callable[..., Desk]
) -> None:
    talk, boss = waits(gateway), hire_desk("boss", StaffRole.SUPERVISOR)
    mei.post(f"/conversations/{talk.id}/take")
    with mei.client.websocket_connect(f"wss://testserver{API}/ws") as socket:
        socket.send_json({"type": "watch", "conversation_id": talk.id, "after": 99})
        socket.send_json({"type": "watch", "conversation_id": talk.id, "after": 0})
        frames(socket, "message")
        assert boss.post(f"/conversations/{talk.id}/take").status_code == 200
        talk.send(text="只給督導聽的話")
        while (frame := socket.receive_json())["type"] != "mine" or frame["conversations"]:
            assert "只給督導聽的話" not in str(frame)
        socket.send_json({"type": "ping"})
        while (frame := socket.receive_json())["type"] != "pong":
            assert "只給督導聽的話" not in str(frame)


def test_who_is_upset_comes_before_others_in_line(gateway: Gateway, mei: Desk) -> None:
    waits(gateway)
    talk = gateway.open()
    told = talk.say("你們 1999 真的爛透了，反映了好幾次都沒人處理")
    assert "很抱歉" in told[0]["text"]
    first = mei.get("/queue").json()["conversations"][0]
    assert (first["id"], first["priority"]) == (talk.id, "distress")


def test_who_becomes_upset_while_waiting_is_moved_up(gateway: Gateway, mei: Desk) -> None:
    waits(gateway)
    later = waits(gateway)
    later.say("等了這麼久，你們 1999 真的爛透了，反映了好幾次都沒人處理")
    first = mei.get("/queue").json()["conversations"][0]
    assert (first["id"], first["priority"]) == (later.id, "distress")


def test_one_types_only_where_one_looks(gateway: Gateway, mei: Desk) -> None:
    talk, other = waits(gateway), waits(gateway)
    with mei.client.websocket_connect(f"wss://testserver{API}/ws") as socket:
        socket.send_json({"type": "watch", "conversation_id": talk.id, "after": 0})
        socket.send_json({"type": "typing", "conversation_id": other.id, "on": True})
        assert frames(socket, "error")["error"]["code"] == "invalid_input"
