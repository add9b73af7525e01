"""A citizen at the other end of the HTTP contract, who repeats what was not acknowledged."""

from __future__ import annotations

import time
import uuid
from dataclasses import dataclass, field
from typing import Any

import httpx

PATIENCE_SECONDS = 120
PAUSE = 0.2
MOST_TURNS = 15


@dataclass
class Sent:
    """A message that was acknowledged, and what the acknowledgement said."""

    body: dict[str, Any]
    answer: dict[str, Any]


@dataclass
class Citizen:
    """One conversation, as the widget drives it: a message keeps its `client_id` until acknowledged."""

    client: httpx.Client
    language: str = "zh-TW"
    sent: list[Sent] = field(default_factory=list)

    def __post_init__(self) -> None:
        opened = self._patiently("POST", "/api/v1/conversations", json={"language": self.language}).json()
        self.id: str = opened["id"]
        self.path = f"/api/v1/conversations/{self.id}/messages"
        self.headers = {"Authorization": f"Bearer {opened['token']}"}

    def say(self, text: str) -> list[dict[str, Any]]:
        """Send words; the replies."""
        return self.send(text=text)

    def press(self, option: str) -> list[dict[str, Any]]:
        """Press a button; the replies."""
        return self.send(option=option)

    def send(self, **content: Any) -> list[dict[str, Any]]:
        """Send a message again and again until it is acknowledged; the replies."""
        body = {"client_id": str(uuid.uuid4()), **content}
        response = self._patiently("POST", self.path, json=body, headers=self.headers)
        self.sent.append(Sent(body, response.json()))
        replies: list[dict[str, Any]] = response.json()["replies"]
        return replies

    def repeat(self, sent: Sent) -> httpx.Response:
        """Send a message that was acknowledged once more."""
        return self._patiently("POST", self.path, json=sent.body, headers=self.headers)

    def transcript(self) -> dict[str, Any]:
        """The whole conversation as the gateway has it."""
        read: dict[str, Any] = self._patiently("GET", self.path, headers=self.headers).json()
        return read

    def file_report(self, text: str, place: str) -> dict[str, Any]:
        """Say what is wrong in an open form and answer what is asked, to the case; its payload."""
        replies = self.say(text)
        for _ in range(MOST_TURNS):
            for reply in replies:
                if reply["kind"] == "case":
                    case: dict[str, Any] = reply["payload"]
                    return case
            replies = self.send(**self._next(replies[-1], text, place))
        raise AssertionError(f"no case after {MOST_TURNS} messages: {replies}")

    def open_form(self, form: str) -> list[dict[str, Any]]:
        """Open a form by its button, which any greeting offers."""
        self.say("你好")
        return self.press(f"start:{form}")

    @staticmethod
    def _next(last: dict[str, Any], text: str, place: str) -> dict[str, str]:
        options = [option["payload"] for option in last["payload"].get("options", ())]
        if last["kind"] == "summary":
            return {"option": "confirm:yes"}
        match last["payload"].get("asking"):
            case "item":
                return {"option": options[0]}
            case "duplicate":
                return {"option": "join:none"}
            case "contact":
                return {"option": "skip:contact"}
            case "description":
                return {"text": text}
            case _:
                return {"text": place}

    def _patiently(self, method: str, path: str, **request: Any) -> httpx.Response:
        deadline = time.monotonic() + PATIENCE_SECONDS
        while True:
            try:
                response = self.client.request(method, path, **request)
            except httpx.TransportError:
                if time.monotonic() > deadline:
                    raise
            else:
                if not response.is_server_error or time.monotonic() > deadline:
                    response.raise_for_status()
                    return response
            time.sleep(PAUSE)
