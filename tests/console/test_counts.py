"""The queue in figures for who oversees: over HTTP, on the page and as a file."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from gateway.identity.rules import Permission, StaffRole
from gateway.identity.views import SYSTEM
from tests.channels.test_call_back import ask, waiting
from tests.channels.test_failed_answers import NONSENSE, alone
from tests.console.people import Browser
from tests.in_process import Gateway

SignedIn = Callable[..., Browser]
API = "/api/v1/operator/counts"


@pytest.fixture
def gateway(start: Callable[..., Gateway]) -> Gateway:
    """Without Rasa."""
    return start(alone())


def around_today() -> dict[str, str]:
    today = datetime.now(ZoneInfo("Asia/Taipei")).date()
    return {"from": str(today - timedelta(days=1)), "to": str(today + timedelta(days=1))}


def test_the_same_figures_everywhere(gateway: Gateway, signed_in: SignedIn) -> None:
    waiting(gateway)
    ask(waiting(gateway))
    failed = gateway.open()
    for _ in range(2):
        failed.say(NONSENSE)
    failed.send(option="queue:leave")
    boss, days = signed_in(StaffRole.SUPERVISOR), around_today()
    told = boss.get(API, params=days).json()
    whole = told["total"]
    assert len(told["rows"]) == 3 and sum(one["entered"] for one in told["rows"]) == 3
    ways = {
        name: whole[name] for name in ("entered", "taken", "abandoned", "instead", "waiting", "calls_asked")
    }
    assert ways == {
        "entered": 3, "taken": 0, "abandoned": 1, "instead": 1, "waiting": 1, "calls_asked": 1
    }  # fmt: skip
    assert {name: count for name, count in whole["reasons"].items() if count} == {
        "asked": 2, "failed_answers": 1,
    }  # fmt: skip
    hours = boss.get(API, params={**days, "by": "hour"}).json()
    assert hours["total"]["entered"] == 3 and len(hours["rows"]) <= 2
    page = boss.get("/console/live/counts", params=days).text
    foot = re.findall(r"<strong>(.*?)</strong>", page.partition("<tfoot>")[2].partition("</tfoot>")[0])
    assert foot == ["3", "0", "0", "1", "0", "1", "1", "—", "—", "0", "0", "1", "0"]
    file = boss.get("/console/live/counts.csv", params=days)
    table = list(csv.reader(io.StringIO(file.content.decode("utf-8-sig"))))
    assert table[0][:2] == ["時間", "進入等候"] and len({len(line) for line in table}) == 1
    assert sum(int(line[1]) for line in table[1:]) == 3
    assert file.headers["cache-control"] == "no-store"


def test_a_program_that_oversees_reads_them(gateway: Gateway) -> None:
    codes = []
    for scope in (Permission.CHAT_OVERSEE, Permission.CHAT_TAKE):
        with gateway.database.write() as session:
            issued = gateway.app.state.identity.issue_token(session, scope, scopes={scope}, by=SYSTEM)
        headers = {"authorization": f"Bearer {issued.token}"}
        codes.append(gateway.client.get(API, params=around_today(), headers=headers).status_code)
    assert codes == [200, 403]


def test_days_that_cannot_be_counted(signed_in: SignedIn) -> None:
    boss = signed_in(StaffRole.SUPERVISOR)
    wrong = {"from": "2026-02-01", "to": "2026-01-01"}
    assert boss.get(API, params=wrong).json()["error"]["code"] == "invalid_input"
    assert boss.get(API).status_code == 422
    assert boss.get("/console/live/counts", params=wrong).status_code == 422
    assert boss.get("/console/live/counts.csv", params=wrong).status_code == 422
    assert boss.get("/console/live/counts", params={"from": "yesterday"}).status_code == 200
    operator = signed_in(StaffRole.OPERATOR, username="hua")
    assert operator.get(API, params=around_today()).status_code == 403
