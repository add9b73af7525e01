"""Two gateway processes on one PostgreSQL and one Redis, and people who talk through them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import psutil
from websockets.sync.client import ClientConnection, connect

from gateway.database import Database
from gateway.settings import PROJECT_ROOT, Settings
from tests.console.people import PASSWORD
from tests.in_process import NO_LIMIT
from tests.platform import free_port

PATIENCE = 60
START_SECONDS = 200
LOOK_EVERY = 0.02
LIMITS = ("CONVERSATION", "ADDRESS_MESSAGES", "ADDRESS_CONVERSATIONS", "CASE_LOOKUP")


class Maker:
    """Makes gateway processes; all end with it."""

    def __init__(self, folder: Path, **env: str) -> None:
        self.folder = folder
        limits = {f"WST_RATE_{one}": NO_LIMIT for one in LIMITS}
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.workers.gateway_process"],
            cwd=PROJECT_ROOT,
            # A library's threads do not live on in a fork.
            env={
                **os.environ,
                "OMP_NUM_THREADS": "1",
                "WST_QUIET_HOURS": "off",
                **limits,
                "WST_DATA_DIR": str(folder),
                **env,
            },
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )

    def make(self, name: str, port: int) -> psutil.Process:
        """One more process, which is about to serve."""
        assert self._process.stdin is not None and self._process.stdout is not None
        self._process.stdin.write(f"{name} {port}\n")
        self._process.stdin.flush()
        return psutil.Process(int(self._process.stdout.readline()))

    def close(self) -> None:
        """End them all."""
        self._process.kill()
        self._process.communicate()


class Process:
    """One gateway process on a port of its own, which may be killed and started again."""

    def __init__(self, name: str, maker: Maker) -> None:
        self.name, self.port = name, free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.log = maker.folder / f"{name}.log"
        self._maker = maker
        self.begin()

    def begin(self) -> None:
        """Start it; `until` says when it serves."""
        self._process = self._maker.make(self.name, self.port)

    def until(self, state: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        """Wait until /readyz tells of this state."""
        deadline = time.monotonic() + START_SECONDS
        while True:
            assert self._process.is_running(), self.tail()
            try:
                told: dict[str, Any] = httpx.get(f"{self.url}/readyz", timeout=10).json()
                if state(told):
                    return told
            except httpx.HTTPError:
                told = {}
            assert time.monotonic() < deadline, f"{told}\n{self.tail()}"
            time.sleep(LOOK_EVERY)

    def kill(self) -> None:
        """`kill -9`."""
        self._process.kill()
        self._process.wait(PATIENCE)

    def tail(self) -> str:
        """The end of what it logged."""
        return self.log.read_text(errors="replace")[-4000:]


@dataclass
class Pair:
    """Both processes and what they share."""

    a: Process
    b: Process
    settings: Settings
    database: Database

    def whole(self) -> None:
        """Wait until both live and hear each other."""
        for one in (self.a, self.b):
            one.until(lambda told: told["live_news"] == "ok" and told["workers"] == 2)


@dataclass
class Citizen:
    """Somebody with the widget: keeps what was shown, sends again what was not acknowledged."""

    at: Process
    id: str = ""
    token: str = ""
    seen: list[dict[str, Any]] = field(default_factory=list)
    sent: list[dict[str, str]] = field(default_factory=list)
    frames: list[dict[str, Any]] = field(default_factory=list)

    def __post_init__(self) -> None:
        opened = httpx.post(f"{self.at.url}/api/v1/conversations", json={}, timeout=PATIENCE).json()
        self.id, self.token = opened["id"], opened["token"]
        self.socket = self.connected(self.at)

    def connected(self, at: Process) -> ClientConnection:
        """Connect to a process with the last number one has."""
        self.at = at
        after = self.seen[-1]["seq"] if self.seen else 0
        url = f"ws://127.0.0.1:{at.port}/api/v1/conversations/{self.id}/ws?token={self.token}&after={after}"
        self.socket = connect(url, proxy=None)
        return self.socket

    def say(self, text: str) -> dict[str, str]:
        """Send a message over the socket."""
        self.sent.append({"client_id": str(uuid.uuid4()), "text": text})
        self.socket.send(json.dumps({"type": "send", **self.sent[-1]}))
        return self.sent[-1]

    def send_again(self) -> None:
        """Send everything again, as after a cut."""
        for one in self.sent:
            self.socket.send(json.dumps({"type": "send", **one}))

    def post(self, at: Process, body: dict[str, str]) -> httpx.Response:
        """Send by the REST interface of any process."""
        path = f"{at.url}/api/v1/conversations/{self.id}/messages"
        return httpx.post(
            path, json=body, headers={"Authorization": f"Bearer {self.token}"}, timeout=PATIENCE
        )

    def read_until(self, true: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        """Read frames up to this one; messages are kept."""
        while True:
            frame: dict[str, Any] = json.loads(self.socket.recv(timeout=PATIENCE))
            self.frames.append(frame)
            if frame["type"] == "message":
                self.seen.append(frame["message"])
            if true(frame):
                return frame

    def hear(self, text: str) -> dict[str, Any]:
        """Read up to a message with these words."""
        return self.read_until(lambda one: one["type"] == "message" and text in one["message"]["text"])

    def texts(self) -> list[str]:
        """What was shown, in order."""
        return [one["text"] for one in self.seen]


@dataclass
class Operator:
    """Somebody at the desk, signed in at one process."""

    at: Process
    username: str

    def __post_init__(self) -> None:
        self.client = httpx.Client(base_url=self.at.url, timeout=PATIENCE)
        given = {"username": self.username, "password": PASSWORD}
        answer = self.client.post("/api/v1/operator/session", json=given)
        assert answer.status_code == 200, answer.text
        self.client.headers["x-csrf-token"] = answer.json()["csrf"]
        self.post("/presence", state="available")
        cookies = "; ".join(f"{name}={value}" for name, value in self.client.cookies.items())
        self.socket = connect(
            f"ws://127.0.0.1:{self.at.port}/api/v1/operator/ws",
            additional_headers={"Cookie": cookies},
            proxy=None,
        )

    def post(self, path: str, **body: Any) -> httpx.Response:
        """Ask the interface for something."""
        return self.client.post(f"/api/v1/operator{path}", json=body)

    def say(self, conversation: str, text: str) -> httpx.Response:
        """Say something to a citizen."""
        return self.post(f"/conversations/{conversation}/messages", client_id=str(uuid.uuid4()), text=text)

    def watch(self, conversation: str, after: int = 0) -> None:
        """Look at one conversation."""
        self.tell(type="watch", conversation_id=conversation, after=after)

    def tell(self, **frame: Any) -> None:
        """Send a frame."""
        self.socket.send(json.dumps(frame))

    def read_until(self, true: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        """Read frames up to this one."""
        while True:
            frame: dict[str, Any] = json.loads(self.socket.recv(timeout=PATIENCE))
            if true(frame):
                return frame

    def hear(self, text: str) -> dict[str, Any]:
        """Read up to a message with these words."""
        return self.read_until(lambda one: one["type"] == "message" and text in one["message"]["text"])
