"""What must be true before anything is started, each with a sentence that says how to go on."""

from __future__ import annotations

import fcntl
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from gateway.errors import Unavailable
from gateway.settings import PROJECT_ROOT

RASA = PROJECT_ROOT / "bot/.venv/bin/python"
MODELS = PROJECT_ROOT / ".cache/rasa"


class CannotStart(Unavailable):
    """The platform was not started; nothing was changed."""

    code = "cannot_start"


def check_data_dir(folder: Path) -> None:
    """The data folder exists (made if need be) and can be written to."""
    probe = folder / f".writable-{os.getpid()}"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        probe.touch()
        probe.unlink()
    except OSError as problem:
        raise CannotStart(
            f"the data folder {folder} cannot be written to ({problem.strerror}): "
            "make it writable or name another one with WST_DATA_DIR"
        ) from problem


@contextmanager
def only_run_on(folder: Path) -> Iterator[None]:
    """Hold the data folder for this run; a second run on the same folder is refused."""
    with (folder / "run.lock").open("a+") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as problem:
            lock.seek(0)
            raise CannotStart(
                f"the data folder {folder} is in use by another run (process {lock.read().strip()}): "
                "stop that one or name another folder with WST_DATA_DIR"
            ) from problem
        lock.truncate(0)
        lock.write(f"{os.getpid()}\n")
        lock.flush()
        yield


def check_port(host: str, port: int) -> None:
    """The gateway's port is free."""
    try:
        family, kind, proto, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        with socket.socket(family, kind, proto) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
            probe.listen()
    except OSError as problem:
        raise CannotStart(
            f"cannot listen on {host} port {port} ({problem.strerror}): "
            "stop what uses it or choose another with WST_PORT (and WST_HOST)"
        ) from problem


@contextmanager
def reserved_port() -> Iterator[int]:
    """A free loopback port that nobody else is given while it is held, though Rasa may listen on it."""
    with socket.socket() as holder:
        # Bound but not listening: with SO_REUSEADDR on both sides Rasa may still take it, again and again.
        holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        holder.bind(("127.0.0.1", 0))
        yield holder.getsockname()[1]


def current_model() -> Path:
    """The trained model that set-up has made current."""
    pointer = MODELS / "current"
    model = MODELS / pointer.read_text().strip() if pointer.is_file() else None
    if model is None or not model.is_file():
        raise CannotStart("there is no trained Rasa model: run `make setup` (or `make run`)")
    return model


def check_rasa() -> None:
    """Rasa's environment is there."""
    if not RASA.is_file():
        raise CannotStart(f"Rasa is not installed in {RASA.parent.parent}: run `make setup` (or `make run`)")
