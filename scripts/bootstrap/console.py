"""What the person at the terminal sees: one line per step, a sign of life in long ones, clear failures."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

HEARTBEAT_SECONDS = 10.0
TAIL_LINES = 25


class SetupFailed(Exception):
    """A step could not be done; the text says which, what was tried and how to get what is missing."""


def say(text: str) -> None:
    """One line of progress."""
    print(f"[setup] {text}", flush=True)


@contextmanager
def step(title: str) -> Iterator[None]:
    """Announce a step that has work to do, and say how long it took."""
    say(f"{title} ...")
    started = time.monotonic()
    yield
    say(f"{title}: done in {time.monotonic() - started:.1f} s")


def run(
    command: Sequence[object],
    what: str,
    log: Path,
    env: Mapping[str, str] | None = None,
    cwd: Path | None = None,
) -> None:
    """Run a command with its output in `log`, a sign of life every ten seconds, its end on failure."""
    words = [str(word) for word in command]
    log.parent.mkdir(parents=True, exist_ok=True)
    finished = threading.Event()
    with log.open("wb") as output:
        started = time.monotonic()
        process = subprocess.Popen(
            words, stdout=output, stderr=subprocess.STDOUT, env={**os.environ, **(env or {})}, cwd=cwd
        )
        beat = threading.Thread(target=_sign_of_life, args=(what, started, finished), daemon=True)
        beat.start()
        try:
            code = process.wait()
        except BaseException:
            process.terminate()
            process.wait()
            raise
        finally:
            finished.set()
            beat.join()
    if code != 0:
        raise SetupFailed(f"{what} failed (exit code {code}).\n  tried: {' '.join(words)}\n{tail(log)}")


def tail(log: Path) -> str:
    """The last lines of a log, indented, with the place of the whole of it."""
    lines = log.read_text(encoding="utf-8", errors="replace").splitlines()[-TAIL_LINES:]
    return "\n".join([f"  | {line}" for line in lines] + [f"  whole output: {log}"])


def output_of(command: Sequence[object]) -> str | None:
    """What a command prints, or None when it does not work."""
    try:
        done = subprocess.run(
            [str(word) for word in command],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            stdin=subprocess.DEVNULL,
            timeout=60,
            check=True,
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout.decode("utf-8", "replace").strip()


def fail(problem: SetupFailed) -> int:
    """Say what went wrong and give back the exit code."""
    print(f"\n[setup] FAILED: {problem}", file=sys.stderr, flush=True)
    return 1


def _sign_of_life(what: str, started: float, finished: threading.Event) -> None:
    while not finished.wait(HEARTBEAT_SECONDS):
        say(f"  {what}: {time.monotonic() - started:.0f} s so far")
