"""The real platform, started by its own runner: Rasa, gateway, database, index."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import psutil
import pytest

from gateway.settings import PROJECT_ROOT, Settings

START_SECONDS = 240
STOP_SECONDS = 30
LOOK_EVERY = 0.2
NO_LIMITS = {
    "WST_RATE_CONVERSATION": "100000/minute",
    "WST_RATE_ADDRESS_MESSAGES": "100000/minute",
    "WST_RATE_ADDRESS_CONVERSATIONS": "100000/minute",
    "WST_RATE_CASE_LOOKUP": "100000/minute",
}


class Platform:
    """A running platform of its own: own port, own data folder, own database."""

    def __init__(self, data_dir: Path, **env: str) -> None:
        self.data_dir = data_dir
        self.log = data_dir / "platform.log"
        self._port = free_port()
        self.url = f"http://127.0.0.1:{self._port}"
        self._env = env
        self._runner: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start the runner and wait until everything is healthy."""
        with self.log.open("ab") as log:
            self._runner = subprocess.Popen(
                [Path(sys.executable).with_name("wanshitong"), "run"],
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                env={
                    **os.environ,
                    **NO_LIMITS,
                    "WST_QUIET_HOURS": "off",  # tests run at night, too
                    **self._env,
                    "WST_PORT": str(self._port),
                    "WST_DATA_DIR": str(self.data_dir),
                },
            )
        self.wait_until(self.is_ready, "the platform to be ready")

    def is_ready(self) -> bool:
        """Whether database, index and Rasa are all healthy."""
        try:
            return bool(httpx.get(f"{self.url}/readyz", timeout=10).json()["status"] == "ok")
        except httpx.HTTPError:
            return False

    def wait_until(self, true: Callable[[], bool], what: str) -> None:
        """Wait for what the running processes will bring about; fails when the runner ends first."""
        deadline = time.monotonic() + START_SECONDS
        while not true():
            assert self._runner is not None
            if self._runner.poll() is not None:
                pytest.fail(f"the runner ended (exit code {self._runner.returncode}):\n{self.tail()}")
            if time.monotonic() > deadline:
                pytest.fail(f"waited {START_SECONDS} s in vain for {what}:\n{self.tail()}")
            time.sleep(LOOK_EVERY)

    def pids(self) -> dict[str, int]:
        """Process ids of the children that are running now, by name."""
        found = {}
        for name in ("rasa", "gateway"):
            path = self.data_dir / "run" / f"{name}.pid"
            if path.exists():
                found[name] = int(path.read_text())
        return found

    def kill(self, name: str) -> None:
        """`kill -9` a child and wait until the runner has started another."""
        victim = self.pids()[name]
        os.kill(victim, signal.SIGKILL)
        self.wait_until(lambda: self.pids().get(name, victim) != victim, f"another {name}")

    def stop(self) -> None:
        """Stop as Ctrl-C does, and see to it that nothing is left."""
        if self._runner is None or self._runner.poll() is not None:
            return
        family = psutil.Process(self._runner.pid).children(recursive=True)
        self._runner.send_signal(signal.SIGINT)
        try:
            self._runner.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._runner.kill()
            raise
        _, alive = psutil.wait_procs(family, timeout=5)
        assert not alive, f"left behind: {alive}"

    def tail(self) -> str:
        """The end of what the platform printed."""
        return self.log.read_text(errors="replace")[-4000:]


def free_port() -> int:
    """A port that is free now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def prepared(data_dir: Path) -> Path:
    """A data folder with the index that set-up has built, so that a start does not build it again."""
    built = Settings().data_dir / "knowledge"
    if not built.is_dir():
        pytest.fail(f"{PROJECT_ROOT.name} is not set up: run `make setup`")
    shutil.copytree(built / "index", data_dir / "knowledge" / "index")
    return data_dir


@pytest.fixture(scope="session")
def platform(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Platform]:
    """One running platform for the whole session; tests open conversations of their own."""
    running = Platform(prepared(tmp_path_factory.mktemp("platform")))
    try:
        running.start()
        yield running
    finally:
        running.stop()


@pytest.fixture
def new_platform(tmp_path: Path) -> Iterator[Callable[..., Platform]]:
    """Makes platforms that a test may break: each started by the test, stopped at its end."""
    made: list[Platform] = []

    def make(**env: str) -> Platform:
        folder = tmp_path / f"platform-{len(made)}"
        folder.mkdir()
        made.append(Platform(prepared(folder), **env))
        return made[-1]

    yield make
    for one in made:
        one.stop()
