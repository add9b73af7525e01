"""What stands in the way is said before anything is started."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from gateway.runner import preflight
from gateway.settings import Settings
from gateway.supervise import address, worker_names


def run(tmp_path: Path, **env: str) -> subprocess.CompletedProcess[str]:
    """`wanshitong run`, where something is expected to stop it."""
    return subprocess.run(
        [Path(sys.executable).with_name("wanshitong"), "run"],
        env={**os.environ, "WST_DATA_DIR": str(tmp_path / "data"), **env},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_a_port_in_use_is_said_and_nothing_starts(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        done = run(tmp_path, WST_PORT=str(port))
    assert done.returncode == 1
    assert f"cannot listen on 127.0.0.1 port {port}" in done.stderr
    assert "WST_PORT" in done.stderr
    assert "started" not in done.stdout
    assert not (tmp_path / "data" / "wanshitong.db").exists()


def test_a_data_folder_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    done = run(tmp_path, WST_DATA_DIR=str(tmp_path / "file" / "data"))
    assert done.returncode == 1
    assert "cannot be written to" in done.stderr


def test_one_data_folder_serves_one_run(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    with preflight.only_run_on(tmp_path / "data"):
        done = run(tmp_path)
    assert done.returncode == 1
    assert f"in use by another run (process {os.getpid()})" in done.stderr
    with preflight.only_run_on(tmp_path / "data"):
        pass


@pytest.mark.parametrize(
    ("env", "lacking"),
    [
        ({}, "the database is SQLite"),
        ({"WST_DATABASE_URL": "postgresql://nobody@127.0.0.1:9/nothing"}, "WST_REDIS_URL is not set"),
        (
            {"WST_DATABASE_URL": "postgresql://nobody@127.0.0.1:9/n", "WST_REDIS_URL": "redis://127.0.0.1:9"},
            "Redis does not answer",
        ),
    ],
)
def test_several_workers_without_what_they_share_are_refused(
    tmp_path: Path, env: dict[str, str], lacking: str
) -> None:
    done = run(tmp_path, WST_WORKERS="2", **env)
    assert done.returncode == 1
    assert lacking in done.stderr and "WST_WORKERS=1" in done.stderr and "多個閘道程序" in done.stderr
    assert not (tmp_path / "data").exists()


@pytest.mark.parametrize("url", ["http://127.0.0.1", "redis://", "unix://", "six"])
def test_what_is_no_redis_is_said(tmp_path: Path, url: str) -> None:
    with pytest.raises(ValueError, match="not redis://host:port"):
        Settings(data_dir=tmp_path, redis_url=url)


def test_several_workers_listen_on_one_port_and_a_stranger_cannot() -> None:
    with preflight.shared_socket("127.0.0.1", 0) as first:
        port = first.getsockname()[1]
        first.listen()
        with preflight.shared_socket("127.0.0.1", port) as second:
            second.listen()
            with pytest.raises(preflight.CannotStart):
                preflight.check_port("127.0.0.1", port)


def test_workers_have_names() -> None:
    assert worker_names(1) == ["gateway"]
    assert worker_names(2) == ["gateway-1", "gateway-2"]


def test_an_address_that_is_not_ours_is_said() -> None:
    with pytest.raises(preflight.CannotStart, match=r"192\.0\.2\.1"):
        preflight.check_port("192.0.2.1", 8000)


def test_a_missing_model_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(preflight, "MODELS", tmp_path)
    with pytest.raises(preflight.CannotStart, match="make setup"):
        preflight.current_model()
    (tmp_path / "current").write_text("gone.tar.gz\n")
    with pytest.raises(preflight.CannotStart, match="make setup"):
        preflight.current_model()


def test_the_reserved_port_is_rasas_alone_and_for_every_restart() -> None:
    with preflight.reserved_port() as port, preflight.reserved_port() as other:
        assert port != other
        for _ in range(2):
            with socket.create_server(("127.0.0.1", port)) as rasa:
                socket.create_connection(rasa.getsockname()).close()


@pytest.mark.parametrize(
    ("host", "url"),
    [
        ("127.0.0.1", "http://127.0.0.1:8000"),
        ("0.0.0.0", "http://127.0.0.1:8000"),  # noqa: S104 - read, not bound
        ("::", "http://[::1]:8000"),
        ("localhost", "http://localhost:8000"),
    ],
)
def test_the_printed_address_can_be_opened_here(host: str, url: str) -> None:
    assert address(Settings(host=host, port=8000)) == url
