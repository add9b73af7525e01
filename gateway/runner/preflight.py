"""What must be true before anything is started, each with a sentence that says how to go on."""

from __future__ import annotations

import fcntl
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from redis import Redis, RedisError
from sqlalchemy import make_url

from gateway.errors import Unavailable
from gateway.settings import PROJECT_ROOT, Settings

RASA = PROJECT_ROOT / "bot/.venv/bin/python"
MODELS = PROJECT_ROOT / ".cache/rasa"
_REDIS_SECONDS = 3.0


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


class SeveralWorkersNeedMore(CannotStart):
    """More than one gateway process was asked for, without what they share."""

    code = "several_workers_need_more"
    zh = (
        "要同時執行多個閘道程序（WST_WORKERS 大於 1），需要 PostgreSQL（WST_DATABASE_URL）"
        "和可連線的 Redis（WST_REDIS_URL）；否則請設定 WST_WORKERS=1。"
    )
    en = (
        "More than one gateway process (WST_WORKERS above 1) need PostgreSQL (WST_DATABASE_URL) and a Redis "
        "that answers (WST_REDIS_URL); otherwise set WST_WORKERS=1."
    )

    def __init__(self, lacking: str) -> None:
        super().__init__(f"{self.zh}\n{self.en} Here: {lacking}.")


def check_workers(settings: Settings) -> None:
    """Several workers have a PostgreSQL and a Redis. Raises SeveralWorkersNeedMore."""
    if settings.workers == 1:
        return
    if make_url(settings.database).get_backend_name() == "sqlite":
        raise SeveralWorkersNeedMore("the database is SQLite")
    if settings.redis_url is None:
        raise SeveralWorkersNeedMore("WST_REDIS_URL is not set")
    try:
        with Redis.from_url(
            settings.redis_url, socket_connect_timeout=_REDIS_SECONDS, socket_timeout=_REDIS_SECONDS
        ) as redis:
            redis.ping()
    except (RedisError, OSError) as problem:
        raise SeveralWorkersNeedMore(f"Redis does not answer ({type(problem).__name__})") from problem


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


def shared_socket(host: str, port: int) -> socket.socket:
    """The gateway's socket as one of several processes: the kernel shares new connections out among those
    that live. Raises CannotStart."""
    family, kind, proto, _, address = socket.getaddrinfo(
        host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
    )[0]
    shared = socket.socket(family, kind, proto)
    try:
        for option in (socket.SO_REUSEADDR, socket.SO_REUSEPORT):
            shared.setsockopt(socket.SOL_SOCKET, option, 1)
        shared.bind(address)
    except OSError as problem:
        shared.close()
        raise CannotStart(f"cannot listen on {host} port {port} ({problem.strerror})") from problem
    return shared


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
