"""The chat offers what others have reported of the same matter before a second case is made of it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from gateway.cases.models import Case, CaseReporter
from gateway.cases.rules import Act, Role
from gateway.conversations.case_message import status_text
from gateway.outbox.models import OutboxMessage
from tests.console.filing import act, file_case, finish
from tests.in_process import Conversation, Gateway

PLACE = "三民區建工路100號前"


@pytest.fixture
def chat(gateway: Gateway) -> Conversation:
    """A conversation whose forms the gateway leads by itself."""
    gateway.brain.up = False
    return gateway.open()


def press(chat: Conversation, option: str) -> dict[str, Any]:
    sent = chat.send(option=option)
    assert sent.status_code == 201, sent.text
    last: dict[str, Any] = sent.json()["replies"][-1]
    return last


def options(reply: dict[str, Any]) -> list[str]:
    return [one["payload"] for one in reply["payload"].get("options", [])]


def told_item_and_place(chat: Conversation, place: str = PLACE) -> dict[str, Any]:
    """Up to where item and place are known; what is asked then."""
    chat.say("喂")
    press(chat, "start:dispatch")
    chat.say("路面有坑洞")
    press(chat, "item:road_pothole")
    return chat.say(place)[-1]


def count(gateway: Gateway, model: type[Any]) -> int:
    with gateway.database.read() as session:
        return session.scalar(select(func.count()).select_from(model)) or 0


def test_nothing_is_offered_where_nobody_has_reported(chat: Conversation) -> None:
    assert "join:none" not in options(told_item_and_place(chat))


def test_one_joins_with_a_button_and_has_a_code_of_ones_own(gateway: Gateway, chat: Conversation) -> None:
    number = file_case(gateway.app)
    asked = told_item_and_place(chat)
    assert options(asked) == ["join:0", "join:none"]
    assert "建工路" in asked["payload"]["options"][0]["title"]
    assert "100" not in asked["payload"]["options"][0]["title"]
    joined = press(chat, "join:0")
    assert joined["kind"] == "case"
    assert joined["payload"]["number"] == number
    assert count(gateway, Case) == 1
    code = joined["payload"]["verification_code"]
    assert code != gateway.app.state.cases.verification_code(number)
    seen = gateway.client.get(f"/api/v1/cases/{number}", headers={"x-verification-code": code})
    assert seen.status_code == 200
    with gateway.database.read() as session:
        reporter = session.scalars(select(CaseReporter)).one()
    assert (reporter.conversation_id, reporter.note) == (chat.id, "路面有坑洞")


def test_who_joined_is_told_in_the_chat(gateway: Gateway, chat: Conversation) -> None:
    number = file_case(gateway.app)
    told_item_and_place(chat)
    press(chat, "join:0")
    finish(gateway.app, number)
    with gateway.database.read() as session:
        told = session.scalars(
            select(OutboxMessage.topic).where(OutboxMessage.recipient.contains(chat.id))
        ).all()
    assert told


@pytest.mark.parametrize("answer", ["不是", "都不是", "!join:none"])
def test_one_files_anyway(gateway: Gateway, chat: Conversation, answer: str) -> None:
    file_case(gateway.app)
    told_item_and_place(chat)
    reply = press(chat, answer[1:]) if answer.startswith("!") else chat.say(answer)[-1]
    assert "join:none" not in options(reply)
    chat.say("就在巷口，機車很容易摔倒")
    press(chat, "skip:contact")
    filed = press(chat, "confirm:yes")
    assert filed["kind"] == "case"
    assert count(gateway, Case) == 2
    assert count(gateway, CaseReporter) == 0


@pytest.mark.parametrize("answer", ["是", "對", "第一個"])
def test_one_joins_by_words(gateway: Gateway, chat: Conversation, answer: str) -> None:
    file_case(gateway.app)
    told_item_and_place(chat)
    assert chat.say(answer)[-1]["kind"] == "case"
    assert count(gateway, CaseReporter) == 1


def test_what_is_no_answer_is_asked_once_more_and_then_the_form_goes_on(
    gateway: Gateway, chat: Conversation
) -> None:
    file_case(gateway.app)
    told_item_and_place(chat)
    assert "join:none" in options(chat.say("我今天走路經過那邊喔")[-1])
    assert "join:none" not in options(chat.say("我今天走路經過那邊喔")[-1])


def test_another_place_is_looked_for_anew(gateway: Gateway, chat: Conversation) -> None:
    file_case(gateway.app, address="大昌二路5號")
    first = told_item_and_place(chat)
    assert "join:none" not in options(first)
    chat.say("就在巷口，機車很容易摔倒")
    press(chat, "skip:contact")
    press(chat, "edit:place")
    assert "join:none" in options(chat.say("三民區大昌二路5號")[-1])


def test_a_case_that_was_closed_meanwhile_cannot_be_joined_and_the_form_goes_on(
    gateway: Gateway, chat: Conversation
) -> None:
    number = file_case(gateway.app)
    told_item_and_place(chat)
    finish(gateway.app, number)
    reply = press(chat, "join:0")
    assert "無法加入" in reply["text"]
    chat.say("就在巷口，機車很容易摔倒")
    press(chat, "skip:contact")
    assert press(chat, "confirm:yes")["kind"] == "case"
    assert count(gateway, Case) == 2


def test_an_offer_that_is_too_old_is_no_offer(
    gateway: Gateway, chat: Conversation, monkeypatch: pytest.MonkeyPatch
) -> None:
    file_case(gateway.app)
    monkeypatch.setattr("gateway.cases.duplicates.TOKEN_LIFE", timedelta(seconds=-1))
    told_item_and_place(chat)
    assert "無法加入" in press(chat, "join:0")["text"]
    assert count(gateway, CaseReporter) == 0


def test_the_same_press_again_joins_once(gateway: Gateway, chat: Conversation) -> None:
    file_case(gateway.app)
    told_item_and_place(chat)
    message = {"client_id": "5f9f1d58-0d60-4c3b-8a3f-7e8b0a4c9d11", "option": "join:0"}
    first, again = chat.post(message), chat.post(message)
    assert first.json()["replies"] == again.json()["replies"]
    assert count(gateway, CaseReporter) == 1


def test_petitions_are_ones_own(gateway: Gateway, chat: Conversation) -> None:
    file_case(gateway.app, kind="petition", item_code="petition_roads")
    chat.say("喂")
    press(chat, "start:petition")
    offered = options(chat.say("道路坑洞請重鋪，請改善道路")[-1])
    press(chat, next(one for one in offered if one == "item:petition_roads"))
    assert "join:none" not in options(chat.say(PLACE)[-1])


def test_a_question_of_the_office_is_shown_in_the_look_up(gateway: Gateway) -> None:
    cases, number = gateway.app.state.cases, file_case(gateway.app)
    act(gateway.app, number, Act.ACCEPT, Role.SUPERVISOR)
    act(gateway.app, number, Act.REQUEST_INFO, Role.SUPERVISOR, note="請問坑洞在哪一側？")
    with gateway.database.read() as session:
        case = cases.public_view(session, number, cases.verification_code(number))
    assert "請問坑洞在哪一側？" in status_text(case, "zh-TW")
