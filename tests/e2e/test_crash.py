"""`kill -9` in the middle of conversations: nothing that was acknowledged is lost or doubled."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest

from tests.e2e.citizen import Citizen
from tests.platform import Platform, prepared

pytestmark = pytest.mark.platform

REPORTS = [
    ("路燈不亮已經三天了，晚上很暗", "三民區建工路415號"),
    ("馬路有一個大坑洞，機車差點摔倒", "苓雅區四維三路2號"),
    ("公園的路樹倒了擋住人行道", "左營區博愛二路777號"),
    ("路邊有人亂倒一堆垃圾很臭", "鳳山區光復路二段132號"),
]


class Witness(httpx.Client):
    """An HTTP client that counts acknowledgements over all citizens and calls out at some of them."""

    def __init__(self, url: str) -> None:
        super().__init__(base_url=url, timeout=60, event_hooks={"response": [self._count]})
        self._lock = threading.Lock()
        self._acknowledged = 0
        self._waiting: list[tuple[int, threading.Event]] = []

    def after_further(self, acknowledgements: int) -> threading.Event:
        """An event set when that many more messages have been acknowledged."""
        event = threading.Event()
        self._waiting.append((self._acknowledged + acknowledgements, event))
        return event

    def _count(self, response: httpx.Response) -> None:
        if response.request.url.path.endswith("/messages") and response.is_success:
            with self._lock:
                self._acknowledged += 1
                for number, event in self._waiting:
                    if self._acknowledged >= number:
                        event.set()


@pytest.fixture(scope="module")
def breakable(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Platform]:
    """A platform that the tests of this file may break."""
    platform = Platform(prepared(tmp_path_factory.mktemp("crash")))
    try:
        platform.start()
        yield platform
    finally:
        platform.stop()


@pytest.mark.parametrize("victim", ["rasa", "gateway"])
def test_reports_go_on_through_a_kill(breakable: Platform, victim: str) -> None:
    with Witness(breakable.url) as client:
        citizens = [Citizen(client) for _ in REPORTS]
        for citizen in citizens:
            citizen.open_form("dispatch")
        alarms = [client.after_further(2), client.after_further(8)]
        with ThreadPoolExecutor(len(citizens)) as pool:
            filing = [
                pool.submit(citizen.file_report, text, place)
                for citizen, (text, place) in zip(citizens, REPORTS, strict=True)
            ]
            for alarm in alarms:
                assert alarm.wait(120)
                breakable.kill(victim)
            cases = [one.result() for one in filing]
        breakable.wait_until(breakable.is_ready, "everything to be healthy again")
        for citizen, case in zip(citizens, cases, strict=True):
            everything_acknowledged_is_there_once(citizen)
            assert filed_by(breakable.data_dir, citizen) == [case["number"]]
            shown = client.get(
                f"/api/v1/cases/{case['number']}", headers={"X-Verification-Code": case["verification_code"]}
            )
            assert shown.json()["number"] == case["number"]


def test_a_conversation_goes_on_after_both_were_killed(breakable: Platform) -> None:
    with Witness(breakable.url) as client:
        citizen = Citizen(client)
        assert citizen.open_form("dispatch")
        breakable.kill("rasa")
        breakable.kill("gateway")
        breakable.wait_until(breakable.is_ready, "everything to be healthy again")
        replies = citizen.say("路燈不亮，在三民區建工路415號")
        assert replies[-1]["payload"].get("asking") or replies[-1]["kind"] == "summary"
        everything_acknowledged_is_there_once(citizen)


def everything_acknowledged_is_there_once(citizen: Citizen) -> None:
    """The transcript is gapless and holds all that was acknowledged once; repeats change nothing."""
    messages = citizen.transcript()["messages"]
    assert [message["seq"] for message in messages] == list(range(1, len(messages) + 1))
    assert len({message["id"] for message in messages}) == len(messages)
    by_id = {message["id"]: message for message in messages}
    acknowledged = [one for sent in citizen.sent for one in [sent.answer["message"], *sent.answer["replies"]]]
    assert [by_id[one["id"]] for one in acknowledged] == acknowledged
    said = [message for message in messages if message["sender"] == "citizen"]
    assert [message["id"] for message in said] == [sent.answer["message"]["id"] for sent in citizen.sent]
    for sent in citizen.sent:
        again = citizen.repeat(sent)
        assert again.status_code == 200
        assert again.json() == sent.answer
    assert citizen.transcript()["messages"] == messages


def filed_by(data_dir: Path, citizen: Citizen) -> list[str]:
    """Numbers of the cases that this conversation's messages have filed, read from the database itself."""
    origins = [f"chat:{sent.answer['message']['id']}" for sent in citizen.sent]
    marks = ",".join("?" * len(origins))
    with sqlite3.connect(data_dir / "wanshitong.db") as database:
        found = database.execute(f"SELECT number FROM cases WHERE origin_key IN ({marks})", origins)  # noqa: S608
        return [row[0] for row in found]
