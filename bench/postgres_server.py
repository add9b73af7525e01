"""A PostgreSQL server of a bench, with a data folder that may be kept between runs."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
from pathlib import Path
from typing import Any

import psycopg

from tests.platform import free_port
from tests.postgres import _programs

ACCOUNT = "postgres"
SETTINGS = {
    "shared_buffers": "2GB",
    "effective_cache_size": "8GB",
    "work_mem": "32MB",
    "maintenance_work_mem": "512MB",
    "max_wal_size": "8GB",
    "random_page_cost": "1.1",
    "jit": "off",
    "track_io_timing": "on",
}
"""What an operator would set for a server with a disk of its own; everything else is PostgreSQL's default."""


class Server:
    """A server on a free port, with `fsync` as a real one has it unless it only loads."""

    def __init__(self, folder: Path, *, loading: bool = False) -> None:
        self._folder, self._data = folder.resolve(), folder.resolve() / "data"
        self._programs = _programs()
        self._folder.mkdir(parents=True, exist_ok=True)
        if os.geteuid() == 0:
            account = pwd.getpwnam(ACCOUNT)
            os.chown(self._folder, account.pw_uid, account.pw_gid)
        if not self._data.exists():
            self._run("initdb", "-D", self._data, "-U", ACCOUNT, "-A", "trust", "-E", "UTF8", "--no-sync")
        running = self._running()
        self.port, self._mine = running or free_port(), running is None
        if running:
            return
        wanted = {**SETTINGS, "port": str(self.port), "listen_addresses": "127.0.0.1"}
        if loading:
            wanted |= {"fsync": "off", "synchronous_commit": "off", "autovacuum": "off"}
        options = " ".join(f"-c {name}={value}" for name, value in wanted.items())
        log = self._folder / "server.log"
        self._run(
            "pg_ctl",
            "-D",
            self._data,
            "-w",
            "-t",
            "300",
            "-l",
            log,
            "-o",
            f"{options} -k {self._folder}",
            "start",
        )

    def url(self, name: str) -> str:
        """The address of one of its databases."""
        return f"postgresql://{ACCOUNT}@127.0.0.1:{self.port}/{name}"

    def names(self) -> list[str]:
        """The databases that were made on it."""
        with psycopg.connect(self.url("postgres")) as connection:
            rows = connection.execute("SELECT datname FROM pg_database WHERE NOT datistemplate").fetchall()
        return sorted(name for (name,) in rows if name != "postgres")

    def fresh(self, name: str) -> str:
        """The address of an empty database of this name; what was there is dropped."""
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            connection.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
            connection.execute(f'CREATE DATABASE "{name}"')
        return self.url(name)

    def copied(self, source: str, name: str) -> str:
        """The address of a copy of a database that nobody uses at the moment."""
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            connection.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
            connection.execute(f'CREATE DATABASE "{name}" TEMPLATE "{source}" STRATEGY file_copy')
        return self.url(name)

    def stop(self) -> None:
        """End it in order, if it was started here: what is in its buffers is on disk afterwards."""
        if self._mine:
            self._run("pg_ctl", "-D", self._data, "-w", "-t", "300", "-m", "fast", "stop")

    def drop(self) -> None:
        """Its folder, once it is stopped."""
        shutil.rmtree(self._folder, ignore_errors=True)

    def _running(self) -> int | None:
        """The port of the server that already serves this folder."""
        try:
            lines = (self._data / "postmaster.pid").read_text().splitlines()
            os.kill(int(lines[0]), 0)
        except (OSError, ValueError):
            return None
        return int(lines[3])

    def _run(self, program: str, *options: object) -> None:
        # PostgreSQL refuses to run as root.
        account: dict[str, Any] = (
            {"user": ACCOUNT, "group": ACCOUNT, "extra_groups": []} if os.geteuid() == 0 else {}
        )
        done = subprocess.run(
            [str(self._programs / program), *(str(option) for option in options)],
            cwd=self._folder, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
            text=True, check=False, **account,
        )  # fmt: skip
        if done.returncode:
            raise SystemExit(f"{program} failed: {done.stderr}")
