"""An answer published at one process is found at the other, without a request that fails meanwhile."""

from __future__ import annotations

import time
import uuid
from collections.abc import Iterator

import httpx
import pytest
from argon2 import PasswordHasher

from gateway.audit.service import AuditTrail
from gateway.identity.passwords import Passwords
from gateway.identity.rules import StaffRole
from gateway.identity.service import IdentityService
from tests.console.people import Browser, hire
from tests.workers.pair import LOOK_EVERY, PATIENCE, Pair, Process

pytestmark = pytest.mark.postgres
BASE = "/console/answers"
TAKEN_UP = "搜尋已套用這個版本"
FORM = {
    "question": "陶藝教室怎麼報名？", "answer": "每月一日上午九時起線上報名。", "language": "zh-TW",
    "phrasings": "我想學捏陶", "source_url": "https://city.example/pots", "source_date": "2026-10-01",
}  # fmt: skip


class Desks:
    """People of the answers desk, each at a process of their own."""

    def __init__(self, pair: Pair) -> None:
        self._identity = IdentityService(
            pair.database, pair.settings, AuditTrail(pair.settings.signing_key())
        )
        self.clients: list[httpx.Client] = []

    def sit_down(self, at: Process, role: StaffRole) -> Browser:
        """Hire somebody and sign them in."""
        name = f"ed{uuid.uuid4().hex[:8]}"
        hire(self._identity, name, role)
        self.clients.append(httpx.Client(base_url=at.url, timeout=PATIENCE))
        browser = Browser(self.clients[-1])
        assert browser.sign_in(name).status_code == 303
        return browser


@pytest.fixture
def desks(pair: Pair, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desks]:
    """Desks that are left when the test ends."""
    cheap = Passwords(PasswordHasher(time_cost=1, memory_cost=64, parallelism=1))
    monkeypatch.setattr("gateway.identity.room.passwords", lambda: cheap)
    made = Desks(pair)
    yield made
    for client in made.clients:
        client.close()


def until_it_says(browser: Browser, path: str, words: str) -> None:
    """Look at the page until it says so; every look succeeds."""
    deadline = time.monotonic() + PATIENCE
    while True:
        page = browser.get(path)
        assert page.status_code == 200, page.text
        if words in page.text:
            return
        assert time.monotonic() < deadline, page.text
        time.sleep(LOOK_EVERY)


def test_what_one_process_publishes_is_found_by_the_other(pair: Pair, desks: Desks) -> None:
    mei, boss = desks.sit_down(pair.a, StaffRole.EDITOR), desks.sit_down(pair.b, StaffRole.SUPERVISOR)
    url = mei.post(f"{BASE}/new", do="save", **FORM).headers["location"]
    assert mei.post(f"{url}/acts/submit", revision=1).status_code == 303
    assert TAKEN_UP not in mei.get(url).text
    assert boss.post(f"{url}/trial").status_code == 303
    until_it_says(boss, url, "正解排第一")
    published = boss.post(f"{url}/acts/publish", revision=2, note="試算可接受")
    assert published.status_code == 303, published.text
    until_it_says(boss, url, TAKEN_UP)
    until_it_says(mei, url, TAKEN_UP)
