"""What becomes of a turn when something in the middle of it fails."""

from __future__ import annotations

import asyncio
import json
import threading
import uuid
from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from gateway.cases.models import Case
from gateway.conversations.incoming import Incoming
from gateway.conversations.models import Message
from gateway.conversations.outcome import DialogueState, Handoff, Outcome
from gateway.conversations.rules import Owner, Reply
from gateway.conversations.service import Turn
from gateway.rasa.client import RasaClient
from gateway.settings import Settings
from tests.in_process import Conversation, Gateway, StandIn

CONFIRMED: dict[str, Any] = {
    "kind": "dispatch",
    "item_code": "road_pothole",
    "description": "路面破一個大洞，機車很危險",
    "district": "三民區",
    "address": "建工路415號前",
}
CONTACT = {"contact_name": "王大明", "contact_phone": "0912345678"}
MOST_TURNS = 12


def cases(gateway: Gateway) -> int:
    with gateway.database.read() as session:
        return session.scalar(select(func.count()).select_from(Case)) or 0


def confirm(draft: dict[str, Any]) -> Callable[[Turn, Incoming], Outcome]:
    return lambda *_: Outcome(state=DialogueState(), register=draft)


def test_when_the_commit_fails_no_number_is_told(gateway: Gateway, monkeypatch: pytest.MonkeyPatch) -> None:
    gateway.brain.thought = confirm(CONFIRMED)
    talk = gateway.open()
    body = {"client_id": str(uuid.uuid4()), "text": "確認送出"}
    commit, register = Session.commit, gateway.app.state.cases.register

    def remember(session: Session, new: Any) -> Any:
        session.info["case"] = register(session, new)
        return session.info["case"]

    def fail(session: Session) -> None:
        if "case" in session.info:
            raise OperationalError("COMMIT", {}, OSError("disk full"))
        commit(session)

    with monkeypatch.context() as broken:
        broken.setattr(gateway.app.state.cases, "register", remember)
        broken.setattr(Session, "commit", fail)
        refused = talk.post(body)
    assert (refused.status_code, refused.json()["error"]["code"]) == (503, "unavailable")
    assert "-000001-" not in refused.text
    assert (talk.texts(), cases(gateway)) == (["確認送出"], 0)
    again = talk.post(body)
    assert (again.status_code, again.json()["replies"][0]["kind"]) == (200, "case")
    assert talk.post(body).json() == again.json()
    assert cases(gateway) == 1


@pytest.mark.parametrize(
    "draft",
    [
        {**CONFIRMED, "item_code": "left_the_catalogue"},
        {**CONFIRMED, "description": " "},
        {**CONFIRMED, "kind": "petition", "item_code": "petition_general"},
        {**CONFIRMED, "lat": 22.6},
    ],
    ids=["unknown item", "no description", "petition without contact", "half a place"],
)
def test_a_refused_report_is_told_and_a_person_asked(gateway: Gateway, draft: dict[str, Any]) -> None:
    gateway.brain.thought = confirm(draft)
    talk = gateway.open()
    sent = talk.send(text="確認送出")
    assert sent.status_code == 201
    assert "案件目前無法立案" in sent.json()["replies"][0]["text"]
    assert (talk.read()["owner"], cases(gateway)) == ("queue", 0)
    conversations = gateway.app.state.conversations
    assert conversations.unfinished() == []
    assert conversations.state(talk.id) == DialogueState()
    assert talk.send(option="queue:leave").status_code == 201
    assert talk.read()["owner"] == "bot"


def test_a_draft_that_no_longer_fits_does_not_lock_the_conversation(gateway: Gateway) -> None:
    talk = gateway.open()
    old = {**CONFIRMED, **CONTACT, "asking": "confirm", "item_confirmed": True, "item_code": "gone"}
    gateway.brain.thought = lambda *_: Outcome((Reply("正確嗎？"),), DialogueState("dispatch", old))
    talk.say("路燈")
    gateway.brain.up = False
    sent = talk.send(text="地點改成鳳山區光復路二段132號")
    assert sent.status_code == 201 and "無法立案" in sent.json()["replies"][0]["text"]
    assert talk.read()["owner"] == "queue"


def test_what_a_citizen_says_is_in_no_log_even_when_the_database_fails(
    gateway: Gateway, capsys: pytest.CaptureFixture[str]
) -> None:
    talk = gateway.open()
    with gateway.database.write() as session:
        session.execute(
            text("CREATE TRIGGER full BEFORE INSERT ON messages BEGIN SELECT RAISE(ABORT, 'no space'); END")
        )
    assert talk.send(text="我是王大明，電話0912345678").status_code == 500
    written = capsys.readouterr()
    assert "no space" in written.out + written.err
    assert "王大明" not in written.out + written.err and "0912345678" not in written.out + written.err


def test_a_repeated_confirmation_files_one_case(gateway: Gateway) -> None:
    gateway.brain.thought = confirm({**CONFIRMED, **CONTACT})
    talk = gateway.open()
    body = {"client_id": str(uuid.uuid4()), "text": "確認送出"}
    numbers = {talk.post(body).json()["replies"][0]["payload"]["number"] for _ in range(3)}
    assert (len(numbers), cases(gateway)) == (1, 1)


def slowly(_: httpx.Request) -> Awaitable[httpx.Response]:
    async def never() -> httpx.Response:
        await asyncio.Event().wait()
        raise AssertionError

    return never()


def away(request: httpx.Request) -> httpx.Response:
    raise httpx.ConnectError("refused", request=request)


def saying(content: Any, status: int = 200) -> Callable[[httpx.Request], httpx.Response]:
    body = content if isinstance(content, bytes) else json.dumps(content).encode()
    return lambda _: httpx.Response(status, content=body)


BROKEN: dict[str, Callable[[httpx.Request], Any]] = {
    "down": away,
    "too slow": slowly,
    "an error": saying({"status": "failure"}, 500),
    "nothing": saying([]),
    "not json": saying(b"<html>"),
    "not a list": saying({"a": 1}),
    "plain words": saying([{"recipient_id": "x", "text": "Hello"}]),
    "half an envelope": saying([{"custom": {"wst": {"replies": [{"text": "Hello"}]}}}]),
    "an unknown kind": saying([{"custom": {"wst": {"replies": [{"text": "", "kind": "shout"}]}}}]),
}  # fmt: skip


@pytest.fixture(params=BROKEN.values(), ids=BROKEN.keys())
def without_rasa(request: pytest.FixtureRequest, start: Callable[..., Gateway]) -> Gateway:
    """A gateway whose Rasa fails in one of many ways."""
    http = httpx.AsyncClient(transport=httpx.MockTransport(request.param))
    return start(RasaClient(Settings(rasa_timeout_seconds=0.05), http))


def test_without_rasa_there_is_an_answer_and_one_notice(without_rasa: Gateway) -> None:
    talk = without_rasa.open()
    replies = talk.say("使用牌照稅幾月繳，繳的是哪一段期間的稅？")
    assert [reply["kind"] for reply in replies] == ["notice", "answer", "options"]
    assert replies[0]["payload"] == {"notice": "degraded"} and replies[0]["sender"] == "system"
    assert replies[1]["payload"]["source_url"].startswith("https://")
    offered = [option["payload"] for option in replies[2]["payload"]["options"]]
    assert offered == ["start:dispatch", "human", "start:petition"]
    assert talk.read()["owner"] == "bot"


def test_without_rasa_a_petition_is_filed(start: Callable[..., Gateway]) -> None:
    gateway = start()
    gateway.brain.up = False
    talk = gateway.open()
    talk.say("你好")
    replies = talk.send(option="start:petition").json()["replies"]
    notices = 0
    for _ in range(MOST_TURNS):
        notices += sum(reply["kind"] == "notice" for reply in replies)
        if replies[-1]["kind"] == "case":
            break
        replies = talk.send(**answer(replies[-1])).json()["replies"]
    assert replies[-1]["kind"] == "case" and replies[-1]["payload"]["kind"] == "petition"
    assert (notices, cases(gateway)) == (0, 1)
    assert len({turn.sender_id for turn, _ in gateway.brain.heard}) == len(gateway.brain.heard)


def answer(question: dict[str, Any]) -> dict[str, str]:
    """What a petitioner answers to each question of the form."""
    if question["kind"] == "summary":
        return {"option": "confirm:yes"}
    by_field = {
        "item": {"text": "公車班次越砍越少，老人家看病很不方便"},
        "place": {"option": "place:unknown"},
        "description": {"text": "希望恢復原來的班次"},
        "contact": {"text": "王大明 0912345678"},
    }
    options = [option["payload"] for option in question["payload"].get("options", ())]
    if question["payload"]["asking"] == "item" and options:
        return {"option": options[0]}
    return by_field[question["payload"]["asking"]]


def test_without_rasa_danger_and_the_way_to_a_person_remain(gateway: Gateway) -> None:
    gateway.brain.up = False
    danger = gateway.open()
    replies = danger.say("我家失火了快來救人")
    assert replies[0]["payload"]["numbers"] == ["119"]
    assert danger.read()["owner"] == "queue"
    talk = gateway.open()
    talk.say("你好")
    talk.send(option="human")
    assert talk.read()["owner"] == "queue"


def test_a_repeat_cannot_say_something_else(gateway: Gateway) -> None:
    talk = cut_off(gateway, "路燈壞了")
    waiting = gateway.app.state.conversations.unfinished()[0][1]
    with gateway.database.read() as session:
        client_id = session.get_one(Message, waiting).client_id
    again = talk.post({"client_id": client_id, "option": "confirm:yes"})
    assert (again.status_code, again.json()["message"]["text"]) == (200, "路燈壞了")
    assert gateway.brain.heard[-1][1] == Incoming(str(client_id), "路燈壞了")


@pytest.mark.parametrize("error", [RuntimeError("bug"), ValueError("bug"), KeyError("bug")])
def test_a_bug_in_thinking_keeps_the_message_for_a_repeat(gateway: Gateway, error: Exception) -> None:
    def fail(*_: object) -> Outcome:
        raise error

    gateway.brain.thought = fail
    talk = gateway.open()
    body = {"client_id": str(uuid.uuid4()), "text": "路燈"}
    assert talk.post(body).status_code == 500
    gateway.brain.thought = lambda *_: Outcome((Reply("好"),))
    again = talk.post(body)
    assert (again.status_code, [reply["text"] for reply in again.json()["replies"]]) == (200, ["好"])
    assert talk.texts() == ["路燈", "好"]


def test_a_person_who_takes_over_during_a_turn_is_not_interrupted(gateway: Gateway) -> None:
    conversations = gateway.app.state.conversations

    def overtaken(turn: Turn, _: Incoming) -> Outcome:
        conversations.change_owner(turn.conversation_id, Owner.OPERATOR, "operator-1", "takes over")
        return Outcome((Reply("太晚了"),), handoff=Handoff("asked"))

    gateway.brain.thought = overtaken
    talk = gateway.open()
    sent = talk.send(text="路燈")
    assert (sent.status_code, sent.json()["replies"]) == (201, [])
    assert (talk.texts(), talk.read()["owner"]) == (["路燈"], "operator")


def test_a_sender_who_goes_away_gets_an_answer_all_the_same(gateway: Gateway) -> None:
    talk = gateway.open()
    thinking, done = threading.Event(), threading.Event()
    going_on = asyncio.Event()

    async def slow(_turn: Turn, _incoming: Incoming) -> Outcome:
        thinking.set()
        await going_on.wait()
        return Outcome((Reply("好"),))

    def finished(*_: object) -> None:
        done.set()

    gateway.brain.thought = slow
    gateway.app.state.turns._finished = finished
    body = {"client_id": str(uuid.uuid4()), "text": "路燈"}
    request = gateway.client.portal.start_task_soon(post, gateway, talk, body)
    assert thinking.wait(10)
    request.cancel()
    gateway.client.portal.call(going_on.set)
    assert done.wait(10)
    assert talk.texts() == ["路燈", "好"]
    assert talk.post(body).status_code == 200


async def post(gateway: Gateway, talk: Conversation, body: dict[str, str]) -> None:
    """A request inside the gateway's own event loop, so that it can be cancelled there."""
    transport = httpx.ASGITransport(gateway.app)
    async with httpx.AsyncClient(transport=transport, base_url="http://testserver") as client:
        await client.post(talk.path, json=body, headers=talk.headers)


def cut_off(gateway: Gateway, text: str) -> Conversation:
    """A conversation whose last message was accepted by a process that then died."""
    talk = gateway.open()
    gateway.app.state.conversations.accept(talk.id, Incoming(str(uuid.uuid4()), text))
    return talk


def recover(gateway: Gateway) -> int:
    found: int = gateway.client.portal.call(gateway.app.state.turns.recover)
    return found


def test_turns_that_were_cut_off_are_finished_at_the_next_start(start: Callable[..., Gateway]) -> None:
    talk = cut_off(start(), "路燈壞了")
    brain = StandIn()
    heard = threading.Event()

    def think(*_: object) -> Outcome:
        heard.set()
        return Outcome((Reply("好"),))

    brain.thought = think
    second = start(brain)
    assert heard.wait(10)
    with second.client.websocket_connect(talk.socket_path(after=1)) as socket:
        frames = [socket.receive_json()]
        while frames[-1]["type"] != "message":
            frames.append(socket.receive_json())
    assert frames[-1]["message"]["text"] == "好"
    assert second.app.state.conversations.unfinished() == []


def test_one_broken_turn_does_not_stop_the_others(
    gateway: Gateway, capsys: pytest.CaptureFixture[str]
) -> None:
    talks = [cut_off(gateway, text) for text in ("一", "壞的", "三")]

    def think(_: Turn, incoming: Incoming) -> Outcome:
        if incoming.text == "壞的":
            raise RuntimeError("bug")
        return Outcome((Reply("好"),))

    gateway.brain.thought = think
    assert recover(gateway) == 2
    assert [talk.texts() for talk in talks] == [["一", "好"], ["壞的"], ["三", "好"]]
    written = capsys.readouterr().out
    assert talks[1].id in written and "could not be finished" in written and "壞的" not in written
    gateway.brain.thought = lambda *_: Outcome((Reply("好"),))
    assert recover(gateway) == 1
    assert recover(gateway) == 0
    assert talks[1].texts() == ["壞的", "好"]


def test_recovery_leaves_alone_what_was_answered_meanwhile(gateway: Gateway) -> None:
    conversations = gateway.app.state.conversations
    talk = cut_off(gateway, "路燈")
    stale = conversations.unfinished()
    assert recover(gateway) == 1
    conversations.unfinished = lambda: stale
    heard = len(gateway.brain.heard)
    assert recover(gateway) == 0
    assert (len(gateway.brain.heard), len(talk.texts())) == (heard, 2)


def test_recovery_says_nothing_where_a_person_is_in_charge(gateway: Gateway) -> None:
    talk = cut_off(gateway, "路燈")
    gateway.app.state.conversations.change_owner(talk.id, Owner.OPERATOR, "operator-1", "takes over")
    recover(gateway)
    assert talk.texts() == ["路燈"]
    assert gateway.app.state.conversations.unfinished() == []


def test_another_form_begins_on_a_fresh_tracker(gateway: Gateway) -> None:
    talk = gateway.open()
    trackers = []
    for form in ("dispatch", "dispatch", "petition", "petition", None, "dispatch"):
        state = DialogueState(form, {"kind": form} if form else {})
        gateway.brain.thought = lambda *_, state=state: Outcome((Reply("好"),), state)
        talk.say("一")
        trackers.append(gateway.brain.heard[-1][0].sender_id)
    assert trackers[0] == trackers[1] == trackers[2]
    assert trackers[3] != trackers[2]
    assert trackers[3] == trackers[4] == trackers[5]
