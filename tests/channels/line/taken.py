"""Whether LINE would take what was rendered: its limits, and the SDK's own models there and back."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from linebot.v3.messaging import Message, PushMessageRequest

from gateway.channels.line.rendering import calls
from tests.channels.line.limits import MESSAGES, problems


def taken(messages: Sequence[Message]) -> list[list[dict[str, Any]]]:
    """The calls that tell these messages, as JSON; AssertionError when LINE would refuse one."""
    told = []
    for call in calls(messages):
        request = PushMessageRequest(to="U" + "0" * 32, messages=call)
        body = request.to_dict()
        assert PushMessageRequest.from_dict(body).to_dict() == body
        assert problems(body["messages"]) == []
        assert 1 <= len(call) <= MESSAGES
        told.append(body["messages"])
    assert sum(map(len, told)) == len(messages)
    shown = [message for call in told for message in call]
    early = [message for message in shown[:-1] if "quickReply" in message]
    assert not early, "quick replies that nobody would see"
    return told


def sent(messages: Sequence[Message]) -> list[dict[str, Any]]:
    """The same in one row."""
    return [message for call in taken(messages) for message in call]


def actions(message: dict[str, Any]) -> list[dict[str, Any]]:
    """Every action of a message, wherever it is."""
    found: list[dict[str, Any]] = []

    def look(part: Any) -> None:
        if isinstance(part, dict):
            if isinstance(part.get("action"), dict):
                found.append(part["action"])
            for inner in part.values():
                look(inner)
        elif isinstance(part, list):
            for inner in part:
                look(inner)

    look(message)
    return found


def words(message: dict[str, Any]) -> str:
    """All that can be read of a message, without its buttons."""
    found: list[str] = []

    def look(part: Any) -> None:
        if isinstance(part, dict):
            if part.get("type") == "text" and isinstance(part.get("text"), str):
                found.append(part["text"])
            for name, inner in part.items():
                if name not in {"quickReply", "action"}:
                    look(inner)
        elif isinstance(part, list):
            for inner in part:
                look(inner)

    look(message)
    return "\n".join(found)
