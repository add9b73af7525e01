"""Rasa's actions: all of them are there, and they hand on what was heard and what was decided."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Callable
from typing import Any

import pytest
import yaml
from fastapi import FastAPI

from gateway.conversations.incoming import Incoming
from gateway.conversations.outcome import ENVELOPE, DialogueState, Outcome
from gateway.conversations.service import ConversationService
from gateway.settings import PROJECT_ROOT
from tests.in_process import StandIn

DOMAIN = yaml.safe_load((PROJECT_ROOT / "bot/domain/domain.yml").read_text(encoding="utf-8"))
Events = list[dict[str, Any]]


@pytest.fixture
def app(make_app: Callable[..., FastAPI]) -> FastAPI:
    return make_app(StandIn())


class Rasa:
    """Calls actions as Rasa does, with a tracker of one conversation."""

    def __init__(self, app: FastAPI, sender_id: str = "nobody:0") -> None:
        self._executor = app.state.action_executor
        self._sender_id = sender_id
        self.slots: dict[str, Any] = dict.fromkeys((*DOMAIN["slots"], "requested_slot"))
        self.latest: dict[str, Any] = {}

    def hear(self, text: str, intent: str, language: str = "zh-TW", **metadata: Any) -> None:
        """The latest message."""
        self.latest = {
            "text": text,
            "intent": {"name": intent, "confidence": 0.9},
            "entities": [],
            "metadata": {"language": language, "location": None, "option": None, **metadata},
        }

    def run(self, action: str) -> tuple[Outcome | None, Events]:
        """The outcome the action proposes and its events, which are applied to the tracker."""
        call = {
            "next_action": action,
            "sender_id": self._sender_id,
            "tracker": {
                "sender_id": self._sender_id, "slots": self.slots, "latest_message": self.latest,
                "events": [], "paused": False, "followup_action": None, "active_loop": {},
                "latest_action_name": "action_listen",
            },
            "domain": DOMAIN,
        }  # fmt: skip
        result = asyncio.run(self._executor.run(call)).model_dump()
        events: Events = result["events"]
        self.slots |= {event["name"]: event["value"] for event in events if event["event"] == "slot"}
        said = [response["custom"][ENVELOPE] for response in result["responses"]]
        assert len(said) <= 1
        return (Outcome.from_dict(said[0]) if said else None), events

    @property
    def state(self) -> DialogueState:
        """The dialogue's state as the tracker keeps it."""
        return DialogueState.from_dict(self.slots["dialogue"])


def test_every_action_of_the_domain_is_there_and_no_other(app: FastAPI) -> None:
    there = {action.name for action in app.state.action_executor.list_actions()}
    assert there == set(DOMAIN["actions"])
    assert {f"validate_{form}" for form in DOMAIN["forms"]} <= there


def test_every_slot_that_is_set_is_in_the_domain(app: FastAPI) -> None:
    for form in DOMAIN["forms"]:
        rasa = Rasa(app)
        rasa.hear("路燈不亮，在三民區建工路415號", "report_dispatch")
        _, events = rasa.run(f"validate_{form}")
        set_now = {event["name"] for event in events if event["event"] == "slot"}
        assert set_now <= {*DOMAIN["slots"], "requested_slot"}
        assert rasa.slots["requested_slot"] in DOMAIN["forms"][form]["required_slots"]


@pytest.mark.parametrize(
    "action, intent, text",
    [
        ("action_answer", "ask_faq", "使用牌照稅幾月繳，繳的是哪一段期間的稅？"),
        ("action_answer", "nlu_fallback", "ㄅㄆㄇㄈ"),
        ("action_smalltalk", "smalltalk", "你好"),
        ("action_emergency", "emergency", "有人昏倒了"),
        ("action_request_human", "request_human", "我要找真人"),
        ("action_legal_consultation", "legal_consultation", "想問律師"),
        ("action_outside_form", "cancel", "取消"),
        ("action_outside_form", "affirm", "對"),
        ("action_choose", "choose", "/choose"),
    ],
)
@pytest.mark.parametrize("language", ["zh-TW", "en"])
def test_every_action_outside_the_forms_has_something_to_say(
    app: FastAPI, action: str, intent: str, text: str, language: str
) -> None:
    rasa = Rasa(app)
    rasa.hear(text, intent, language)
    outcome, _ = rasa.run(action)
    assert outcome is not None and outcome.replies and all(reply.text for reply in outcome.replies)
    assert outcome.register is None
    asked_for_a_person = action in {"action_emergency", "action_request_human"}
    assert (outcome.handoff is not None) == asked_for_a_person


def test_a_pressed_button_is_told_by_its_metadata(app: FastAPI) -> None:
    rasa = Rasa(app)
    rasa.hear("使用牌照稅幾月繳", "ask_faq")
    found, _ = rasa.run("action_answer")
    assert found is not None
    answer_id = found.replies[0].payload.get("faq_id") or (
        found.replies[0].payload["options"][0]["payload"].removeprefix("faq:")
    )
    rasa.hear("/choose", "choose", option=f"faq:{answer_id}")
    chosen, _ = rasa.run("action_choose")
    assert chosen is not None and chosen.replies[0].payload["faq_id"] == answer_id
    rasa.hear("/choose", "choose", option="faq:no-such-entry")
    gone, _ = rasa.run("action_choose")
    assert gone is not None and "失效" in gone.replies[0].text


def test_a_form_from_the_first_word_to_the_case(app: FastAPI) -> None:
    rasa = Rasa(app)
    rasa.hear("三民區建工路415號前路燈不亮三天了，我是王大明 0912345678", "report_dispatch")
    outcome, _ = rasa.run("validate_dispatch_form")
    assert outcome is not None and outcome.replies[-1].payload["asking"] == "item"
    assert rasa.slots["requested_slot"] == "item"
    item = outcome.replies[-1].payload["options"][0]["payload"]
    rasa.hear("/choose", "choose", option=item)
    outcome, _ = rasa.run("validate_dispatch_form")
    assert outcome is not None and outcome.replies[-1].kind == "summary"
    assert rasa.slots["requested_slot"] == "confirmed"
    rasa.hear("/choose", "choose", option="confirm:yes")
    outcome, _ = rasa.run("validate_dispatch_form")
    assert outcome is not None and outcome.replies == ()
    # Rasa closes the loop and calls the last action.
    assert rasa.slots["requested_slot"] is None
    outcome, _ = rasa.run("action_submit_report")
    assert outcome is not None and outcome.register is not None
    assert outcome.register["item_code"] == item.removeprefix("item:")
    assert rasa.state == DialogueState()
    # Called once more with nothing open, nothing is filed.
    outcome, _ = rasa.run("action_submit_report")
    assert outcome is not None and outcome.register is None


def test_a_cancelled_form_is_closed_and_files_nothing(app: FastAPI) -> None:
    rasa = Rasa(app)
    rasa.hear("路燈不亮", "report_dispatch")
    rasa.run("validate_dispatch_form")
    rasa.hear("取消", "cancel")
    outcome, _ = rasa.run("validate_dispatch_form")
    assert outcome is not None and "已取消" in outcome.replies[0].text
    assert rasa.slots["requested_slot"] is None and rasa.state == DialogueState()
    outcome, _ = rasa.run("action_submit_report")
    assert outcome is not None and outcome.register is None and outcome.replies == ()


def test_a_place_is_shared_in_the_metadata(app: FastAPI) -> None:
    rasa = Rasa(app)
    rasa.hear("/share_location", "share_location", location={"lat": 22.6394, "lng": 120.3022})
    outcome, _ = rasa.run("validate_dispatch_form")
    assert outcome is not None and outcome.replies[-1].payload["asking"] == "item"
    assert rasa.state.draft["district"] == "三民區"


def test_another_form_is_opened_by_its_button(app: FastAPI) -> None:
    rasa = Rasa(app)
    rasa.hear("路燈不亮", "report_dispatch")
    rasa.run("validate_dispatch_form")
    rasa.hear("/file_petition", "file_petition", option="start:petition")
    outcome, _ = rasa.run("validate_dispatch_form")
    assert outcome is not None and outcome.replies[-1].payload["form"] == "petition"
    assert rasa.state.form == "petition"


def test_the_button_of_the_open_form_asks_again(app: FastAPI) -> None:
    rasa = Rasa(app)
    rasa.hear("路燈不亮，在三民區建工路415號", "report_dispatch")
    first, _ = rasa.run("validate_dispatch_form")
    before = rasa.state
    rasa.hear("/report_dispatch", "report_dispatch", option="start:dispatch")
    again, _ = rasa.run("validate_dispatch_form")
    assert first is not None and again is not None and again.replies == first.replies
    assert rasa.state == before


def test_a_lookup_needs_number_and_code(app: FastAPI) -> None:
    rasa = Rasa(app)
    rasa.hear("我要查案件", "query_case")
    rasa.run("validate_case_lookup_form")
    assert rasa.slots["requested_slot"] == "case_number"
    rasa.hear("D1151122-000123-8", "query_case")
    outcome, _ = rasa.run("validate_case_lookup_form")
    assert outcome is not None and outcome.replies


def test_a_fresh_tracker_takes_up_the_open_form(app: FastAPI) -> None:
    conversations: ConversationService = app.state.conversations
    first = Rasa(app)
    first.hear("路燈不亮，在三民區建工路415號", "report_dispatch")
    outcome, _ = first.run("validate_dispatch_form")
    assert outcome is not None
    conversation_id, _, _ = conversations.create("zh-TW")
    accepted = conversations.accept(conversation_id, Incoming(str(uuid.uuid4()), "路燈不亮"))
    assert accepted.turn is not None
    conversations.finish_turn(accepted.turn, outcome)
    second = Rasa(app, f"{conversation_id}:7")
    said, events = second.run("action_session_start")
    assert said is None
    assert [event["event"] for event in events][:1] == ["session_started"]
    assert {"event": "active_loop", "name": "dispatch_form", "timestamp": None} in events
    assert (events[-1]["event"], events[-1]["name"]) == ("action", "action_listen")
    assert second.slots == first.slots


def test_a_tracker_of_nobody_starts_with_nothing(app: FastAPI) -> None:
    rasa = Rasa(app, "not even a conversation")
    said, events = rasa.run("action_session_start")
    assert said is None and rasa.state == DialogueState()
    assert not any(event["event"] == "active_loop" for event in events)
