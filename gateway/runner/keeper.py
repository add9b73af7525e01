"""One keeper per child: a child that dies is started again, more slowly each time, until told to stop."""

from __future__ import annotations

import contextlib
import os
import shlex
import signal
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from honcho.manager import SYSTEM_PRINTER_NAME
from honcho.printer import Message
from honcho.process import Popen, Process

from gateway.runner import tether

LONGEST_PAUSE = 30.0
STABLE_SECONDS = 60.0
STOP_SECONDS = 12
STOP_SIGNALS = {signal.SIGINT, signal.SIGTERM}


@dataclass(frozen=True)
class Child:
    """A program to keep running."""

    name: str
    command: Sequence[str]
    env: Mapping[str, str]
    cwd: Path
    pid_file: Path


def next_pause(previous: float, lived: float) -> float:
    """Seconds to wait before the next start: 1, 2, 4 … 30, and 1 again after a child that lived a minute."""
    if previous == 0 or lived >= STABLE_SECONDS:
        return 1.0
    return min(previous * 2, LONGEST_PAUSE)


def how_it_ended(code: int) -> str:
    """An exit code in words."""
    return f"signal {signal.Signals(-code).name}" if code < 0 else f"exit code {code}"


class KeptProcess(Process):  # type: ignore[misc]
    """A honcho process that ends only when its keeper gets SIGTERM."""

    child: Child
    runner_pid: int
    _running: int | None = None
    _told_to_stop = False

    def run(self, events: Any = None, ignore_signals: bool = False) -> None:
        """Keep the child running; honcho calls this in a process of its own, with signals held back."""
        self._events = events
        # Ctrl-C reaches the whole terminal group; only the runner decides what it means.
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.signal(signal.SIGTERM, self._stop)
        signal.signal(signal.SIGALRM, self._stop_by_force)
        tether.end_with_parent(self.runner_pid, signal.SIGTERM)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, STOP_SIGNALS)
        pause = 0.0
        while True:
            started = time.monotonic()
            code = self._run_once()
            if self._told_to_stop:
                break
            pause = next_pause(pause, time.monotonic() - started)
            self._tell(f"{self.name} died ({how_it_ended(code)}); starting it again in {pause:.0f} s")
            self._rest(pause)
            if self._told_to_stop:
                break
        self._send_message({"returncode": 0}, type="stop")
        if os.getppid() != self.runner_pid:
            events.cancel_join_thread()  # nobody is left to read what is still in the pipe

    def _run_once(self) -> int:
        tied = [sys.executable, "-S", "-E", tether.__file__, str(os.getpid()), *self.child.command]
        process = Popen("exec " + shlex.join(tied), env=self.env, cwd=self.cwd)
        self._running = process.pid
        if self._told_to_stop:
            self._stop()
        write_pid(self.child.pid_file, process.pid)
        self._send_message({"pid": process.pid}, type="start")
        lines = threading.Thread(target=self._pass_on, args=(process.stdout,))
        lines.start()
        code: int = process.wait()
        # A grandchild left behind would hold the port and the output; nothing of the group survives.
        end_group(process.pid, signal.SIGKILL)
        self._running = None
        lines.join()
        self.child.pid_file.unlink(missing_ok=True)
        return code

    def _pass_on(self, output: Any) -> None:
        with output:
            for line in iter(output.readline, b""):
                self._send_message(line)

    def _rest(self, seconds: float) -> None:
        until = time.monotonic() + seconds
        while not self._told_to_stop and time.monotonic() < until:
            time.sleep(0.1)

    def _stop(self, *_: object) -> None:
        self._told_to_stop = True
        if self._running is not None:
            end_group(self._running, signal.SIGTERM)
            signal.alarm(STOP_SECONDS)
        elif os.getppid() != self.runner_pid:
            os._exit(0)  # no child, no runner: nothing to wait for, not even a queue nobody reads

    def _stop_by_force(self, *_: object) -> None:
        if self._running is not None:
            end_group(self._running, signal.SIGKILL)

    def _tell(self, text: str) -> None:
        self._events.put(system_line(text, self._clock.now()))


def system_line(text: str, now: Any) -> Message:
    """A line in the runner's own name."""
    return Message(type="line", data=text, time=now, name=SYSTEM_PRINTER_NAME, colour=None)


def write_pid(path: Path, pid: int) -> None:
    """Leave the child's process id where other programs can find it."""
    draft = path.with_suffix(".draft")
    draft.write_text(f"{pid}\n")
    draft.replace(path)


def end_group(pid: int, number: signal.Signals) -> None:
    """Signal whatever is left of a child's process group."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, number)
