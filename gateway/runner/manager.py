"""honcho's manager over kept children: prefixed lines, one stop for all of them."""

from __future__ import annotations

import os
import shlex
import signal
import threading
import time
from collections.abc import Callable
from typing import TextIO

from honcho.manager import SIGNALS, Manager
from honcho.printer import Printer

from gateway.runner.keeper import STOP_SECONDS, STOP_SIGNALS, Child, KeptProcess, end_group, system_line

ASKED_TO_STOP = {signaled["rc"] for signaled in SIGNALS.values()}


class Keepers(Manager):  # type: ignore[misc]
    """Runs one keeper per child. `loop()` returns after a signal, when everything has ended."""

    def __init__(self, output: TextIO, watch: Callable[[Keepers], None]) -> None:
        """`watch` runs in a thread of its own from the moment that everything is started."""
        super().__init__(Printer(output))
        self._watcher = threading.Thread(target=watch, args=(self,), daemon=True)
        self._process_ctor = KeptProcess
        self.stopping = threading.Event()
        self._stop_began = 0.0

    def keep(self, child: Child) -> None:
        """Add a program that is to be kept running."""
        command = shlex.join(child.command)
        process = self.add_process(child.name, command, env=dict(child.env), cwd=child.cwd)
        process.child = child
        process.runner_pid = os.getpid()

    def tell(self, text: str) -> None:
        """Print a line in the runner's own name; any thread may."""
        self.events.put(system_line(text, self._clock.now()))

    @property
    def exit_code(self) -> int:
        """After `loop()`: 0 for a stop that was asked for, 1 when a keeper itself was lost."""
        return 0 if self.returncode in ASKED_TO_STOP else 1

    def terminate(self) -> None:
        """Have every keeper end its child; each uses force where asking does not help."""
        if self.stopping.is_set():
            return
        self.stopping.set()
        self._stop_began = time.monotonic()
        for entry in self._processes.values():
            if self._gone(entry) and "pid" in entry:
                end_group(entry["pid"], signal.SIGKILL)
            entry["process"].terminate()

    def kill(self) -> None:
        """Use force on keepers that do not end; they have had time to use it on their children.

        A keeper lost in the middle of a message takes the queue's lock with it; the others wait for it.
        """
        if time.monotonic() - self._stop_began > STOP_SECONDS + 1:
            for entry in self._processes.values():
                entry["process"].kill()

    def _start(self) -> None:
        # Until a keeper has its own handlers it must not act on a signal with the runner's.
        signal.pthread_sigmask(signal.SIG_BLOCK, STOP_SIGNALS)
        try:
            super()._start()
        finally:
            signal.pthread_sigmask(signal.SIG_UNBLOCK, STOP_SIGNALS)
        self._watcher.start()

    def _all_started(self) -> bool:
        return all("pid" in entry or self._gone(entry) for entry in self._processes.values())

    def _all_stopped(self) -> bool:
        return all("returncode" in entry or self._gone(entry) for entry in self._processes.values())

    def _any_stopped(self) -> bool:
        return any("returncode" in entry or self._gone(entry) for entry in self._processes.values())

    @staticmethod
    def _gone(entry: dict[str, object]) -> bool:
        return entry["process"].exitcode is not None  # type: ignore[attr-defined]
