"""Bad input to the running platform and to the command line: a clear error, and nothing changed."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import connect

from gateway.cli import main
from gateway.conversations.tokens import ConversationTokens
from tests.channels.test_refused import REFUSED
from tests.e2e.citizen import Citizen
from tests.platform import Platform

ENTRIES = [
    {
        "id": "t-1",
        "question": "市民卡遺失怎麼辦？",
        "answer": "請打 1999。",
        "agency": "測試局",
        "category": "測試",
        "language": "zh-TW",
        "source_url": "https://example.gov.tw/1",
        "source_date": "2026-01-01",
    }
]


@pytest.fixture
def client(platform: Platform) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=platform.url, timeout=60) as opened:
        yield opened


@pytest.mark.platform
def test_a_bad_message_is_refused_and_nothing_is_kept(client: httpx.Client) -> None:
    citizen = Citizen(client)
    headers = {**citizen.headers, "content-type": "application/json"}
    for name, (body, status, code) in REFUSED.items():
        refused = client.post(citizen.path, content=body, headers=headers)
        error = refused.json()["error"]
        assert (refused.status_code, error["code"]) == (status, code), name
        assert error["message"] and error["message_en"], name
        assert "default-src 'self'" in refused.headers["content-security-policy"], name
    assert citizen.transcript() == {"owner": "bot", "messages": []}
    assert citizen.say("謝謝")


@pytest.mark.platform
def test_a_body_without_end_is_cut_off(client: httpx.Client) -> None:
    citizen = Citizen(client)

    def endless() -> Iterator[bytes]:
        yield b'{"text": "'
        for _ in range(200):
            yield b"a" * 8192

    refused = client.post(citizen.path, content=endless(), headers=citizen.headers)
    assert (refused.status_code, refused.json()["error"]["code"]) == (413, "too_large")
    assert citizen.transcript()["messages"] == []


@pytest.mark.platform
def test_only_the_right_token_opens_a_conversation(client: httpx.Client, platform: Platform) -> None:
    citizen, other = Citizen(client), Citizen(client)
    body = {"client_id": str(uuid.uuid4()), "text": "一"}
    ours = ConversationTokens((platform.data_dir / "secret.key").read_bytes())
    theirs = ConversationTokens(b"guessed")
    now = datetime.now(UTC)
    for token, status in (
        (ours.issue(citizen.id, now - timedelta(seconds=1)), 401),
        (theirs.issue(citizen.id, now + timedelta(hours=1)), 401),
        (other.headers["Authorization"].removeprefix("Bearer "), 404),
    ):
        headers = {"Authorization": f"Bearer {token}"}
        assert client.get(citizen.path, headers=headers).status_code == status
        assert client.post(citizen.path, json=body, headers=headers).status_code == status
    assert citizen.transcript()["messages"] == []


@pytest.mark.platform
def test_the_socket_refuses_strangers_and_survives_nonsense(client: httpx.Client, platform: Platform) -> None:
    citizen = Citizen(client)
    token = citizen.headers["Authorization"].removeprefix("Bearer ")
    address = platform.url.replace("http", "ws", 1) + f"/api/v1/conversations/{citizen.id}/ws"
    for query, origin in (("", None), ("?token=forged", None), (f"?token={token}", "https://evil.example")):
        with pytest.raises(InvalidStatus), connect(address + query, origin=origin):
            pass
    with connect(f"{address}?token={token}", origin=platform.url) as socket:
        for frame in ("{", b"\x00\xff", "[" * 10_000, "x" * 20_000):
            socket.send(frame)
        socket.send('{"type": "ping"}')
        seen = [json.loads(socket.recv())["type"] for _ in range(6)]
        assert sorted(seen) == ["error", "error", "error", "error", "owner", "pong"]
        socket.send("x" * 100_000)
        with pytest.raises(ConnectionClosed):
            socket.recv()
    assert citizen.transcript()["messages"] == []


@dataclass
class Ended:
    """How a command ended."""

    code: object
    out: str
    err: str

    def said(self, *words: str) -> None:
        """It ended with an error that says what is wrong, and with no traceback."""
        assert self.code not in {0, None}
        assert "Traceback" not in self.err and self.out == ""
        for word in words:
            assert word in self.err, self.err


@pytest.fixture
def command(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., Ended]:
    """The command line in this process, on a data folder of its own."""

    def run(*arguments: str, **env: str) -> Ended:
        with monkeypatch.context() as changed:
            for name, value in {"WST_DATA_DIR": str(tmp_path / "data"), **env}.items():
                changed.setenv(name, value)
            changed.setattr(sys, "argv", ["wanshitong", *arguments])
            capsys.readouterr()
            code: object = None
            try:
                main()
            except SystemExit as end:
                code = end.code
            return Ended(code, *capsys.readouterr())

    return run


def started(data_dir: Path, *arguments: str, **env: str) -> Ended:
    """The command line in a process of its own, where something is expected to stop it."""
    done = subprocess.run(
        [Path(sys.executable).with_name("wanshitong"), *arguments],
        env={**os.environ, "WST_DATA_DIR": str(data_dir), **env},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    return Ended(done.returncode, done.stdout, done.stderr)


BROKEN_FILES = {
    "cut.json": b'[{"id": "t-2", "question": "a',
    "word.json": b'"hello"',
    "binary.csv": b"\xff\xfe\x00\x01\x02",
    "columns.csv": "甲,乙\n1,2\n".encode(),
    "empty.json": b"",
    "no.xlsx": b"PK\x03\x04 not a workbook",
    "no.ods": b"not a sheet",
}


def test_a_broken_faq_file_changes_nothing(tmp_path: Path, command: Callable[..., Ended]) -> None:
    good = tmp_path / "good.json"
    good.write_text(json.dumps(ENTRIES, ensure_ascii=False), encoding="utf-8")
    report = command("kb", "import", str(good), "--source", "test", "--json")
    assert json.loads(report.out)["added"] == 1
    before = snapshot(tmp_path / "data")
    for name, content in BROKEN_FILES.items():
        (tmp_path / name).write_bytes(content)
        done = command("kb", "import", str(tmp_path / name), "--source", "test", "--replace")
        done.said(name, "nothing was changed")
    command("kb", "import", str(tmp_path / "gone.json"), "--source", "test").said("gone.json")
    assert snapshot(tmp_path / "data") == before


def snapshot(folder: Path) -> dict[str, bytes]:
    """Every file below a folder, but for empty ones such as locks."""
    return {
        str(path): path.read_bytes() for path in folder.rglob("*") if path.is_file() and path.stat().st_size
    }


@pytest.mark.parametrize("name", ["serve", "run"])
def test_a_missing_model_stops_the_start(tmp_path: Path, name: str) -> None:
    started(tmp_path / "data", name, WST_EMBEDDING_MODEL="/nowhere/model").said("/nowhere/model")
    assert not (tmp_path / "data" / "wanshitong.db").exists()


def test_a_missing_model_is_said(command: Callable[..., Ended], tmp_path: Path) -> None:
    for folder in ("/nowhere/model", str(tmp_path)):
        command("kb", "search", "路燈", WST_EMBEDDING_MODEL=folder).said("WST_EMBEDDING_MODEL", folder)


def test_a_data_folder_that_cannot_be_written_is_said(tmp_path: Path, command: Callable[..., Ended]) -> None:
    # Permissions do not stop root; a file where a folder should be stops everybody.
    entries = tmp_path / "entries.json"
    entries.write_text(json.dumps(ENTRIES))
    folder = str(entries / "data")
    command("kb", "import", str(entries), "--source", "test", WST_DATA_DIR=folder).said(folder)
    command("db", "upgrade", WST_DATA_DIR=folder).said(folder)


@pytest.mark.parametrize(
    "name, value",
    [
        ("WST_PORT", "99999"),
        ("WST_PORT", "http"),
        ("WST_DATABASE_URL", "nonsense"),
        ("WST_DATABASE_URL", "oracle://a:secret@b/c"),
        ("WST_RATE_CONVERSATION", "often"),
        ("WST_TIMEZONE", "Asia/Kaohsiung"),
        ("WST_RASA_TIMEOUT_SECONDS", "0"),
    ],
)
def test_a_bad_setting_is_named(tmp_path: Path, command: Callable[..., Ended], name: str, value: str) -> None:
    ended = command("run", **{name: value})
    ended.said(f"the setting {name} cannot be used")
    assert "secret" not in ended.err
    assert not (tmp_path / "data").exists()


@pytest.mark.parametrize("content", ["{", "[]", '{"text": "a"}', '{"q": 1}', '{"q": "\\ud83d"}', "\xff", ""])
@pytest.mark.parametrize("arguments", [("kb", "search"), ("nlu", "parse")], ids=" ".join)
def test_a_bad_batch_is_refused(
    tmp_path: Path, command: Callable[..., Ended], arguments: tuple[str, ...], content: str
) -> None:
    batch = tmp_path / "batch.jsonl"
    batch.write_bytes(content.encode("latin-1"))
    command(*arguments, "--batch", str(batch)).said("batch.jsonl")


def test_a_revision_nobody_knows_is_refused(command: Callable[..., Ended]) -> None:
    command("db", "upgrade", "nothing").said("'nothing'")


@pytest.mark.parametrize(
    "item, received",
    [
        ("no_such_item", "2026-11-23T09:00:00+08:00"),
        ("road_pothole", "yesterday"),
        ("road_pothole", "2062-01-01T09:00:00+08:00"),
    ],
)
def test_a_bad_deadline_is_refused(command: Callable[..., Ended], item: str, received: str) -> None:
    command("deadline", "compute", "--item", item, "--received", received).said()
