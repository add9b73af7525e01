"""The runner restarts what dies, and when it ends, however it ends, nothing is left."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.runner.keeper import LONGEST_PAUSE, STABLE_SECONDS, how_it_ended, next_pause
from gateway.settings import PROJECT_ROOT

WAIT = 20


class Runner:
    """The runner over two small programs, read line by line."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.runner.small_platform", folder],
            cwd=PROJECT_ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        self.lines: list[str] = []

    def read_until(self, pattern: str, times: int = 1) -> None:
        """Read its output until `times` more lines match."""
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.lines.append(line)
            times -= bool(re.search(pattern, line))
            if times == 0:
                return
        raise AssertionError(f"ended without {pattern!r}:\n{''.join(self.lines)}")

    def family(self) -> list[psutil.Process]:
        """Every process below the runner."""
        return psutil.Process(self.process.pid).children(recursive=True)

    def pid(self, name: str) -> int:
        """The child that runs now."""
        return int((self.folder / f"{name}.pid").read_text())


@pytest.fixture
def runner(tmp_path: Path) -> Iterator[Runner]:
    """A runner whose two programs and their workers are up."""
    started = Runner(tmp_path)
    try:
        started.read_until(r"\| worker \d+", times=2)
        yield started
    finally:
        started.process.kill()
        started.process.wait()


def nothing_left(family: list[psutil.Process]) -> bool:
    """Whether all of them end."""
    return not psutil.wait_procs(family, timeout=WAIT)[1]


def test_a_dead_child_comes_back_and_the_log_says_why(runner: Runner) -> None:
    old = runner.pid("one")
    neighbour = runner.pid("two")
    os.kill(old, signal.SIGKILL)
    runner.read_until(r"one died \(signal SIGKILL\); starting it again in 1 s")
    runner.read_until(r"one.*\| worker \d+")
    assert runner.pid("one") != old
    assert runner.pid("two") == neighbour


def test_what_a_dead_child_started_goes_with_it(runner: Runner) -> None:
    orphans = psutil.Process(runner.pid("one")).children()
    assert orphans
    os.kill(runner.pid("one"), signal.SIGKILL)
    assert nothing_left(orphans)


@pytest.mark.parametrize("stop", [signal.SIGINT, signal.SIGTERM])
def test_a_stop_leaves_no_process(runner: Runner, stop: signal.Signals) -> None:
    family = runner.family()
    assert len(family) >= 6
    runner.process.send_signal(stop)
    assert runner.process.wait(WAIT) == 0
    assert nothing_left(family)


def test_ctrl_c_reaching_the_whole_group_is_one_clean_stop(runner: Runner) -> None:
    family = runner.family()
    os.killpg(runner.process.pid, signal.SIGINT)
    assert runner.process.wait(WAIT) == 0
    assert nothing_left(family)


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux ties a process to its parent")
def test_even_kill_9_of_the_runner_leaves_no_process(runner: Runner) -> None:
    family = runner.family()
    assert len(family) >= 6
    runner.process.kill()
    runner.process.wait()
    assert nothing_left(family)


def test_a_lost_keeper_ends_the_run_with_an_error(runner: Runner) -> None:
    children = [psutil.Process(runner.pid(name)) for name in ("one", "two")]
    keeper = children[0].parent()
    assert keeper is not None
    keeper.kill()
    assert runner.process.wait(WAIT) == 1
    assert nothing_left(children)


def test_pauses_grow_to_half_a_minute() -> None:
    pauses = [next_pause(0, 0)]
    while len(pauses) < 8:
        pauses.append(next_pause(pauses[-1], 0))
    assert pauses == [1, 2, 4, 8, 16, 30, 30, 30]


@given(st.floats(0, LONGEST_PAUSE), st.floats(STABLE_SECONDS, 1e9))
def test_a_child_that_lived_a_while_is_started_again_soon(pause: float, lived: float) -> None:
    assert next_pause(pause, lived) == 1


def test_endings_are_said_in_words() -> None:
    assert how_it_ended(-9) == "signal SIGKILL"
    assert how_it_ended(3) == "exit code 3"
