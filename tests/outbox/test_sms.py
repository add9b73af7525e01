"""Text messages: recorded once whatever dies, and a city's own carrier is checked at the start."""

from __future__ import annotations

import asyncio
import json
import multiprocessing
import os
import signal
import stat
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from gateway.cli import root
from gateway.database import Database
from gateway.outbox.models import OutboxMessage
from gateway.outbox.queue import Letter
from gateway.outbox.rules import LEASE, Undeliverable
from gateway.outbox.sms.provider import SmsCarrierUnusable, open_sms_carrier
from gateway.outbox.sms.recorder import Recorder
from gateway.outbox.sms.rules import mobile_number
from gateway.outbox.worker import OutboxWorker
from gateway.settings import Settings
from tests.outbox.conftest import NOW

Put = Callable[..., None]
Rows = Callable[[], dict[str, OutboxMessage]]
TEXT = "高雄1999：案件D1151124-00001已結案。"


def letter(key: str = "notice:1", number: str = "0912345678") -> Letter:
    return Letter(1, key, "notice.release", number, {"title": "結案", "text": TEXT}, 1, NOW)


def lines(folder: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (folder / "sms.jsonl").read_text(encoding="utf-8").splitlines()]


def test_what_would_be_sent_is_written_down_for_the_owner_alone(tmp_path: Path) -> None:
    recorder = Recorder(Settings(data_dir=tmp_path))
    for key in ("notice:1", "notice:1", "notice:2"):
        asyncio.run(recorder.deliver(letter(key, "+886 912-345-678")))
    written = lines(tmp_path)
    assert [(line["key"], line["number"], line["text"], line["parts"]) for line in written] == [
        ("notice:1", "0912345678", TEXT, 1), ("notice:2", "0912345678", TEXT, 1),
    ]  # fmt: skip
    assert stat.S_IMODE((tmp_path / "sms.jsonl").stat().st_mode) == 0o600


def test_a_line_that_a_death_left_half_written_is_written_anew(tmp_path: Path) -> None:
    recorder = Recorder(Settings(data_dir=tmp_path))
    asyncio.run(recorder.deliver(letter("notice:1")))
    with (tmp_path / "sms.jsonl").open("ab") as file:
        file.write(b'{"key": "notice:2", "number": "09')
    for key in ("notice:2", "notice:1"):
        asyncio.run(recorder.deliver(letter(key)))
    assert [line["key"] for line in lines(tmp_path)] == ["notice:1", "notice:2"]


def test_many_at_once_write_whole_lines_and_none_twice(tmp_path: Path) -> None:
    recorders = [Recorder(Settings(data_dir=tmp_path)) for _ in range(2)]

    def send(number: int) -> None:
        asyncio.run(recorders[number % 2].deliver(letter(f"notice:{number % 20}")))

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(send, range(80)))
    assert sorted(line["key"] for line in lines(tmp_path)) == sorted(f"notice:{one}" for one in range(20))


def test_killed_between_writing_and_mark_it_is_there_once(
    database: Database, put: Put, rows: Rows, tmp_path: Path
) -> None:
    put("a", transport="sms", recipient="0912345678", payload={"title": "結案", "text": TEXT})
    database.close()
    spawn = multiprocessing.get_context("spawn")
    victim = spawn.Process(target=_deliver_and_die, args=(database.url, tmp_path))
    victim.start()
    victim.join()
    assert victim.exitcode == -signal.SIGKILL
    assert rows()["a"].state == "pending"
    later = NOW + LEASE + timedelta(seconds=1)
    carriers = {"sms": Recorder(Settings(data_dir=tmp_path))}
    asyncio.run(OutboxWorker(database, carriers, clock=lambda: later).deliver_due())
    assert [line["key"] for line in lines(tmp_path)] == ["a"]
    assert (rows()["a"].state, rows()["a"].attempts) == ("sent", 2)


def _deliver_and_die(url: str, folder: Path) -> None:
    class DiesAfterwards(Recorder):
        async def deliver(self, one: Letter) -> None:
            await super().deliver(one)
            os.kill(os.getpid(), signal.SIGKILL)

    carriers = {"sms": DiesAfterwards(Settings(data_dir=folder))}
    asyncio.run(OutboxWorker(Database(url), carriers, clock=lambda: NOW).deliver_due())


@pytest.mark.parametrize(
    ("written", "number"),
    [
        ("0912345678", "0912345678"), ("0912-345-678", "0912345678"), (" 0912 345 678 ", "0912345678"),
        ("+886912345678", "0912345678"), ("+886-912-345678", "0912345678"), ("(09)12345678", "0912345678"),
        ("07-3368333", None), ("073368333", None), ("1999", None), ("091234567", None), ("09123456789", None),
        ("0912345678#12", None), ("0912345678 0987654321", None), ("０９１２３４５６７８", None), ("", None),
        (None, None), ("0812345678", None),
    ],
)  # fmt: skip
def test_only_one_whole_mobile_number_is_one(written: str | None, number: str | None) -> None:
    assert mobile_number(written) == number


def test_a_landline_is_sent_nothing(tmp_path: Path) -> None:
    with pytest.raises(Undeliverable):
        asyncio.run(Recorder(Settings(data_dir=tmp_path)).deliver(letter(number="07-3368333")))
    assert not (tmp_path / "sms.jsonl").exists()


class OwnCarrier:
    """A city's own, as the documentation describes it."""

    def __init__(self, settings: Settings) -> None:
        self.folder = settings.data_dir

    async def deliver(self, letter: Letter) -> None:
        """Hand it to the provider."""


class NoCarrier:
    def __init__(self, settings: Settings) -> None:
        self.settings = settings


HERE = "tests.outbox.test_sms"


def test_the_setting_chooses_who_takes_them(tmp_path: Path) -> None:
    assert open_sms_carrier(Settings()) is None
    assert isinstance(open_sms_carrier(Settings(sms="record")), Recorder)
    own = open_sms_carrier(Settings(sms_carrier=f"{HERE}:OwnCarrier", data_dir=tmp_path))
    assert isinstance(own, OwnCarrier)
    assert own.folder == tmp_path
    assert [Settings(**given).sends_texts for given in ({}, {"sms": "record"}, {"sms_carrier": "a:B"})] == [
        False, True, True,
    ]  # fmt: skip
    with pytest.raises(ValueError, match="only one"):
        Settings(sms="record", sms_carrier="a:B")


@pytest.mark.parametrize(
    ("named", "why"),
    [
        ("no.such.module:Carrier", "ModuleNotFoundError"), (f"{HERE}:NoSuchClass", "AttributeError"),
        (f"{HERE}:NoCarrier", "async def deliver"), (f"{HERE}:letter", "async def deliver"),
    ],
)  # fmt: skip
def test_what_is_no_carrier_is_refused_in_one_line(named: str, why: str) -> None:
    with pytest.raises(SmsCarrierUnusable, match=why) as refused:
        open_sms_carrier(Settings(sms_carrier=named))
    assert named in refused.value.detail


def test_the_start_says_so_plainly(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WST_SMS_CARRIER", "not a class")
    with pytest.raises(ValueError, match="module:Class"):
        Settings()
    monkeypatch.setenv("WST_SMS_CARRIER", "no.such.module:Carrier")
    ran = CliRunner().invoke(root, ["--data-dir", str(tmp_path), "serve"])
    assert isinstance(ran.exception, SmsCarrierUnusable)
