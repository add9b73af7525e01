"""Everything that the dialogues of `tests/dialogues` bring to be said is something that LINE takes."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from gateway.channels.line.rendering import rendered
from gateway.conversations.rules import Kind
from gateway.conversations.transcript import MessageView
from tests.channels.line.taken import actions, sent
from tests.dialogues.play import FOLDER, Talk, talks
from tests.in_process import Conversation, Gateway

FILES = sorted(path.stem for path in FOLDER.glob("*.yml"))
SAID_BY_EACH = {
    "reports": {Kind.TEXT, Kind.OPTIONS, Kind.SUMMARY, Kind.CASE},
    "questions": {Kind.ANSWER},
    "people": {Kind.NOTICE},
}


def _view(message: dict[str, Any]) -> MessageView:
    at = datetime.fromisoformat(message["created_at"])
    return MessageView(
        message["seq"],
        message["id"],
        message["sender"],
        message["kind"],
        message["text"],
        message["payload"],
        at,
    )


def _act(chat: Conversation, step: Any, offered: list[str], case: dict[str, str]) -> list[dict[str, Any]]:
    if step.press is not None:
        wanted = offered[0] if step.press == "first" and offered else step.press
        answer = chat.send(option=wanted)
    elif step.share is not None:
        answer = chat.send(location={"lat": step.share[0], "lng": step.share[1]})
    else:
        words = (
            (step.say or "").replace("$number", case.get("number", "")).replace("$code", case.get("code", ""))
        )
        answer = chat.send(text=words)
    # Without Rasa a talk may take another way: a button that was not offered there is refused.
    replies: list[dict[str, Any]] = answer.json().get("replies", [])
    return replies


def _played(gateway: Gateway, talk: Talk) -> list[dict[str, Any]]:
    chat, offered, case, heard = gateway.open(talk.language), [], dict[str, str](), []
    for step in talk.steps:
        replies = _act(chat, step, offered, case)
        for reply in replies:
            offered = [one["payload"] for one in reply["payload"].get("options", ())] or offered
            if reply["kind"] == Kind.CASE:
                case = {"number": reply["payload"]["number"], "code": reply["payload"]["verification_code"]}
        heard += replies
    return heard


@pytest.mark.parametrize("name", FILES)
def test_line_takes_every_reply(gateway: Gateway, name: str) -> None:
    assert set(SAID_BY_EACH) <= set(FILES)
    gateway.brain.up = False
    kinds = set()
    for talk in talks():
        if not talk.name.startswith(f"{name}: "):
            continue
        for reply in _played(gateway, talk):
            told = sent(rendered([_view(reply)], talk.language, "https://1999.example"))
            assert told, reply
            kinds.add(reply["kind"])
            data = {action.get("data") for message in told for action in actions(message)}
            wanted = {one["payload"] for one in reply["payload"].get("options", ())} - {"call_back:ask"}
            assert data >= wanted or len(wanted) > 13, f"{talk.name}: {wanted - data} cannot be pressed"
    assert kinds >= SAID_BY_EACH.get(name, set())
