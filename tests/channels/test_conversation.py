"""The REST contract of a conversation: what other programs rely on."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest

from gateway.conversations.outcome import Outcome
from gateway.conversations.rules import Kind, Owner, Reply
from tests.in_process import Gateway

MESSAGE = {"seq", "id", "sender", "kind", "text", "payload", "created_at"}


@pytest.mark.parametrize("body", [{}, {"language": "zh-TW"}, {"language": "en"}])
def test_a_conversation_is_opened(gateway: Gateway, body: dict[str, str]) -> None:
    opened = gateway.client.post("/api/v1/conversations", json=body)
    assert opened.status_code == 201
    told = opened.json()
    assert set(told) == {"id", "token", "expires_at", "visitor"}
    assert uuid.UUID(told["id"]) != uuid.UUID(told["visitor"])
    left = datetime.fromisoformat(told["expires_at"]) - datetime.now(UTC)
    assert timedelta(hours=71) < left <= timedelta(hours=72)


def test_a_message_is_stored_and_answered(gateway: Gateway) -> None:
    talk = gateway.open()
    sent = talk.send(text="  你好\r\n")
    assert sent.status_code == 201
    answer = sent.json()
    assert set(answer) == {"message", "replies"}
    assert set(answer["message"]) == MESSAGE and set(answer["replies"][0]) == MESSAGE
    assert (answer["message"]["seq"], answer["message"]["sender"]) == (1, "citizen")
    assert answer["message"]["text"] == "你好"
    assert [reply["text"] for reply in answer["replies"]] == ["聽到了：你好"]
    assert talk.read() == {"owner": "bot", "messages": [answer["message"], *answer["replies"]]}
    assert datetime.fromisoformat(answer["message"]["created_at"]).tzinfo is not None


def test_the_same_client_id_again_changes_nothing(gateway: Gateway) -> None:
    talk = gateway.open()
    body = {"client_id": str(uuid.uuid4()), "text": "路燈壞了"}
    first, again = talk.post(body), talk.post(body)
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json() == again.json()
    assert len(gateway.brain.heard) == 1
    assert len(talk.read()["messages"]) == 2


def test_a_client_id_may_be_written_in_several_ways(gateway: Gateway) -> None:
    talk = gateway.open()
    one = uuid.uuid4()
    assert talk.post({"client_id": str(one), "text": "一"}).status_code == 201
    assert talk.post({"client_id": str(one).upper(), "text": "一"}).status_code == 200
    assert talk.post({"client_id": one.hex, "text": "一"}).status_code == 200
    assert len(talk.read()["messages"]) == 2


def test_a_client_id_belongs_to_one_conversation(gateway: Gateway) -> None:
    body = {"client_id": str(uuid.uuid4()), "text": "一"}
    assert [gateway.open().post(body).status_code for _ in range(2)] == [201, 201]


def test_the_same_client_id_at_once_has_one_effect(gateway: Gateway) -> None:
    talk = gateway.open()
    body = {"client_id": str(uuid.uuid4()), "text": "路燈壞了"}
    with ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(lambda _: talk.post(body), range(6)))
    assert sorted(answer.status_code for answer in answers) == [200] * 5 + [201]
    assert all(answer.json() == answers[0].json() for answer in answers)
    assert len(gateway.brain.heard) == 1
    assert [message["seq"] for message in talk.read()["messages"]] == [1, 2]


def test_messages_sent_at_once_are_answered_one_after_the_other(gateway: Gateway) -> None:
    talk = gateway.open()
    with ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(lambda number: talk.send(text=f"第{number}"), range(12)))
    assert {answer.status_code for answer in answers} == {201}
    messages = talk.read()["messages"]
    assert [message["seq"] for message in messages] == list(range(1, 25))
    for asked, answered in zip(messages[::2], messages[1::2], strict=True):
        assert answered["text"] == f"聽到了：{asked['text']}"


def test_reading_goes_on_after_any_number(gateway: Gateway) -> None:
    talk = gateway.open()
    for text in "一二三":
        talk.say(text)
    messages = talk.read()["messages"]
    for after in range(7):
        assert talk.read(after)["messages"] == messages[after:]
    assert talk.read(2**31 - 1)["messages"] == []


def test_only_what_was_offered_can_be_pressed(gateway: Gateway) -> None:
    talk, other = gateway.open(), gateway.open()
    offer = {"options": [{"title": "路燈故障", "payload": "item:street_light"}]}
    gateway.brain.thought = lambda *_: Outcome((Reply("哪一項？", Kind.OPTIONS, offer),))
    talk.say("壞了")
    pressed = talk.send(option="item:street_light")
    assert pressed.status_code == 201
    assert pressed.json()["message"]["text"] == "路燈故障"
    assert pressed.json()["message"]["payload"] == {"option": "item:street_light"}
    refused = other.send(option="item:street_light")
    assert (refused.status_code, refused.json()["error"]["code"]) == (422, "unknown_option")
    assert other.read()["messages"] == []


def test_a_place_in_the_city_is_taken(gateway: Gateway) -> None:
    talk = gateway.open()
    place = {"lat": 22.6394, "lng": 120.3022, "label": "高雄車站"}
    sent = talk.send(location=place).json()
    assert sent["message"]["payload"] == {"location": place}
    assert sent["message"]["text"] == "📍 高雄車站"
    assert gateway.brain.heard[-1][1].location == place


def test_what_an_option_says_of_itself_is_not_taken_for_words(gateway: Gateway) -> None:
    talk = gateway.open()
    talk.say("/report_dispatch")
    assert talk.texts()[0] == "/report_dispatch"


def test_a_closed_conversation_says_so(gateway: Gateway) -> None:
    talk = gateway.open()
    body = {"client_id": str(uuid.uuid4()), "text": "一"}
    first = talk.post(body)
    gateway.app.state.conversations.change_owner(talk.id, Owner.CLOSED, "operator-1", "done")
    refused = talk.send(text="二")
    assert (refused.status_code, refused.json()["error"]["code"]) == (409, "conversation_closed")
    assert talk.read()["owner"] == "closed"
    again = talk.post(body)
    assert (again.status_code, again.json()) == (200, first.json())


def test_while_a_person_is_in_charge_the_bot_is_silent(gateway: Gateway) -> None:
    talk = gateway.open()
    gateway.app.state.conversations.change_owner(talk.id, Owner.OPERATOR, "operator-1", "takes over")
    sent = talk.send(text="路燈壞了，著火了，救命")
    assert (sent.status_code, sent.json()["replies"]) == (201, [])
    assert talk.read()["owner"] == "operator"
    assert talk.texts() == ["路燈壞了，著火了，救命"]
    assert gateway.brain.heard == []


@pytest.mark.parametrize(
    "how", ["absent", "empty", "basic", "forged", "cut", "another key", "expired", "not ascii"]
)
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_bad_token_opens_nothing(start: Callable[..., Gateway], how: str, method: str) -> None:
    gateway = start()
    talk = gateway.open()
    tokens = gateway.app.state.conversations.tokens
    soon = datetime.now(UTC)
    another = start(secret_key="another key").app.state.conversations.tokens
    values = {
        "absent": None,
        "empty": "Bearer ",
        "basic": f"Basic {talk.token}",
        "forged": f"Bearer {talk.token.rpartition('.')[0]}.{talk.token.rpartition('.')[2][::-1]}",
        "cut": f"Bearer {talk.token.rpartition('.')[0]}",
        "another key": f"Bearer {another.issue(talk.id, soon + timedelta(hours=1))}",
        "expired": f"Bearer {tokens.issue(talk.id, soon - timedelta(seconds=1))}",
        "not ascii": "Bearer é\xff",
    }
    value = values[how]
    headers = {} if value is None else {"Authorization": value.encode("latin-1")}
    body = {"client_id": str(uuid.uuid4()), "text": "一"} if method == "POST" else None
    refused = gateway.client.request(method, talk.path, json=body, headers=headers)
    assert (refused.status_code, refused.json()["error"]["code"]) == (401, "unauthorized")
    assert refused.headers["www-authenticate"] == "Bearer"
    assert talk.read()["messages"] == []


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_token_opens_its_own_conversation_only(gateway: Gateway, method: str) -> None:
    mine, other = gateway.open(), gateway.open()
    body = {"client_id": str(uuid.uuid4()), "text": "一"} if method == "POST" else None
    for path in (
        other.path,
        other.path.replace(other.id, str(uuid.uuid4())),
        other.path.replace(other.id, "x"),
    ):
        refused = gateway.client.request(method, path, json=body, headers=mine.headers)
        assert (refused.status_code, refused.json()["error"]["code"]) == (404, "not_found")
    assert other.read()["messages"] == []
