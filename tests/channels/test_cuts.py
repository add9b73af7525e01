"""Whatever cuts the line: every message arrives exactly once, in order."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from starlette.testclient import WebSocketTestSession

from tests.in_process import Conversation, Gateway

STEPS = st.lists(
    st.sampled_from(["say by socket", "say by rest", "repeat", "read one", "cut", "cut and say"]),
    min_size=1,
    max_size=12,
)


@dataclass
class Widget:
    """Keeps what it has seen and asks for the rest after each cut; resends what it is unsure of."""

    talk: Conversation
    seen: list[dict[str, Any]] = field(default_factory=list)
    sent: list[dict[str, str]] = field(default_factory=list)

    @property
    def last(self) -> int:
        return self.seen[-1]["seq"] if self.seen else 0

    def read_one(self, socket: WebSocketTestSession) -> None:
        """Read up to the next message."""
        while (frame := socket.receive_json())["type"] != "message":
            assert frame["type"] in {"owner", "typing", "sent"}, frame
        self.seen.append(frame["message"])

    def new_message(self) -> dict[str, str]:
        self.sent.append({"client_id": str(uuid.uuid4()), "text": f"第{len(self.sent)}"})
        return self.sent[-1]


@settings(
    max_examples=25, deadline=None, derandomize=True, database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)  # fmt: skip
@given(steps=STEPS)
def test_any_sequence_of_cuts_loses_and_doubles_nothing(gateway: Gateway, steps: list[str]) -> None:
    widget = Widget(gateway.open())
    remaining = list(steps)
    while remaining:
        with gateway.client.websocket_connect(widget.talk.socket_path(widget.last)) as socket:
            while remaining and serve(widget, socket, remaining.pop(0)):
                pass
    for body in widget.sent:
        assert widget.talk.post(body).status_code in {200, 201}
    written = widget.talk.read()["messages"]
    with gateway.client.websocket_connect(widget.talk.socket_path(widget.last)) as socket:
        while widget.last < len(written):
            widget.read_one(socket)
    assert widget.seen == written
    assert [message["seq"] for message in written] == list(range(1, 2 * len(widget.sent) + 1))
    said = [message["text"] for message in written if message["sender"] == "citizen"]
    assert sorted(said) == sorted(body["text"] for body in widget.sent)


def serve(widget: Widget, socket: WebSocketTestSession, step: str) -> bool:
    """Do one step over an open line; whether the line is still open."""
    match step:
        case "say by socket" | "cut and say":
            socket.send_json({"type": "send", **widget.new_message()})
        case "say by rest":
            assert widget.talk.post(widget.new_message()).status_code == 201
        case "repeat" if widget.sent:
            socket.send_json({"type": "send", **widget.sent[-1]})
        case "read one" if widget.last < len(widget.talk.read()["messages"]):
            widget.read_one(socket)
    return not step.startswith("cut")
