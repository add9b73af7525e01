"""Reports on conversations on the console: who may read them, what stands there, what is refused."""

from __future__ import annotations

import os
import re
import uuid
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy.orm import Session

from gateway.conversations.models import AskedQuestion, Conversation, ConversationEvent, Message
from gateway.conversations.rules import Leaving, Wish
from gateway.handoff.models import Handling, ServiceRating
from gateway.identity.rules import StaffRole
from gateway.reports.conversations.room import NAMES
from tests.channels.test_call_back import ask, waiting
from tests.channels.test_failed_answers import NONSENSE, alone
from tests.console.people import Browser
from tests.desk import Desk, barriers
from tests.in_process import Gateway

SignedIn = Callable[..., Browser]
BASE = "/console/reports"
PICTURES = os.environ.get("WST_PICTURES")
"""A folder for pictures of the pages, for whoever wants to look at them."""


@pytest.fixture
def gateway(start: Callable[..., Gateway]) -> Gateway:
    """Without Rasa."""
    return start(alone())


def foot(page: str) -> list[str]:
    """The cells of the last line."""
    line = page.partition("<tfoot>")[2].partition("</tfoot>")[0]
    return re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", line)


def test_each_report_has_a_page_with_its_question_figures_and_their_meaning(
    gateway: Gateway, signed_in: SignedIn
) -> None:
    ask(waiting(gateway))
    failed = gateway.open()
    failed.say(NONSENSE)
    boss = signed_in(StaffRole.SUPERVISOR)
    index = boss.get(BASE).text
    for name in NAMES:
        assert f'href="{BASE}/{name}"' in index
        page = boss.get(f"{BASE}/{name}")
        assert page.status_code == 200 and 'name="from"' in page.text
    waits = boss.get(f"{BASE}/waiting", params={"by": "reason"}).text
    assert foot(waits)[:3] == ["合計", "1", "0"] and "20 秒以內接手 ÷ 進入等候的次數" in waits
    volumes = boss.get(f"{BASE}/conversations", params={"by": "channel"}).text
    assert foot(volumes)[1] == "2" and "沒有找真人" in volumes
    topics = boss.get(f"{BASE}/unanswered").text
    assert foot(topics)[1:4] == ["2", "2", "0"]


def test_a_row_leads_to_what_it_is_made_of(signed_in: SignedIn) -> None:
    boss = signed_in(StaffRole.SUPERVISOR)
    asked = {"from": "2026-10-01", "to": "2026-11-30", "by": "month", "channel": "line"}
    page = boss.get(f"{BASE}/waiting", params=asked).text
    [month] = re.findall(r'href="(/console/reports/waiting\?from=2026-10-01[^"]*)"', page)
    assert boss.get(month.replace("&amp;", "&")).text.count('<th scope="row"><a') == 31


def test_every_usual_period_can_be_asked(signed_in: SignedIn) -> None:
    boss = signed_in(StaffRole.SUPERVISOR)
    for name in NAMES:
        usual = re.findall(r'href="(\?from=[^"]*)"', boss.get(f"{BASE}/{name}").text)
        assert len(usual) == 4
        for query in usual:
            assert boss.get(f"{BASE}/{name}{query.replace('&amp;', '&')}").status_code == 200, query


def test_what_cannot_be_asked_is_said_on_the_page(signed_in: SignedIn) -> None:
    boss = signed_in(StaffRole.SUPERVISOR)
    for asked, words in (
        ({"from": "2026-02-01", "to": "2026-01-01"}, "迄日早於起日"),
        ({"from": "2016-02-01", "to": "2026-01-01"}, "最長 366 日"),
        ({"from": "<b>"}, "日期請填西元年月日"),
        ({"by": "phase"}, "不能這樣分列"),
        ({"channel": "telegraph"}, "沒有這個對話管道"),
    ):
        page = boss.get(f"{BASE}/waiting", params=asked)
        assert page.status_code == 422 and words in page.text and "<b>" not in page.text


def test_who_reads_no_reports_reads_none_of_these(signed_in: SignedIn) -> None:
    operator = signed_in(StaffRole.OPERATOR)
    assert {operator.get(f"{BASE}/{name}").status_code for name in NAMES} == {403}


def test_names_of_operators_only_where_they_may_be_known(signed_in: SignedIn) -> None:
    boss = signed_in(StaffRole.SUPERVISOR, units=("養工處",))
    page = boss.get(f"{BASE}/handling")
    assert '<option value="operator">' in page.text
    assert boss.get(f"{BASE}/handling", params={"by": "operator"}).status_code == 200


@pytest.fixture
def seen(desk: Desk) -> Desk:
    """A desk at which something has happened these days."""
    now = datetime.now(UTC)
    with desk.app.state.database.write() as session:
        for n in range(60):
            at = now - timedelta(hours=7 * n + 2)
            talk = asked_about(session, at, n)
            if n % 3 == 0:
                came_to_a_person(session, talk, at + timedelta(minutes=1), n)
    return desk


@pytest.mark.browser
@pytest.mark.parametrize("width", [1280, 390])
def test_they_can_be_read_at_a_desk_and_on_a_telephone(seen: Desk, width: int) -> None:
    visit = seen.sit_down(
        StaffRole.SUPERVISOR, path=f"{BASE}/conversations", viewport={"width": width, "height": 900}
    )  # fmt: skip
    for name in ("conversations", "waiting", "escalations", "bot-and-people", "handling"):
        visit.page.goto(f"{seen.url}{BASE}/{name}")
        visit.page.locator("table.report").wait_for()
        assert visit.page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
        assert barriers(visit.page) == []
        if PICTURES:
            visit.page.screenshot(path=Path(PICTURES) / f"talks-{name}-{width}.png", full_page=True)


def asked_about(session: Session, at: datetime, n: int) -> str:
    """A conversation with a question; its id."""
    talk, message = str(uuid.uuid4()), str(uuid.uuid4())
    session.add(
        Conversation(
            id=talk, channel=("web", "line")[n % 2], language="zh-TW", owner="bot", last_seq=2, state={},
            visitor=f"visitor-{n % 23}", created_at=at, updated_at=at, expires_at=at + timedelta(days=3),
        )
    )  # fmt: skip
    session.flush()
    session.add(
        Message(
            id=message, conversation_id=talk, seq=1, sender="citizen", kind="text", text="借書證怎麼辦",
            payload={}, created_at=at, answered_at=at + timedelta(seconds=1 + n % 3),
        )
    )  # fmt: skip
    decision = ("answer", "answer", "answer", "none")[n % 4]
    session.add(
        AskedQuestion(
            conversation_id=talk, message_id=message, at=at, language="zh-TW", decision=decision,
            entry=f"entry-{n % 7}", answered_by=message if decision == "answer" else None,
        )
    )  # fmt: skip
    return talk


def came_to_a_person(session: Session, talk: str, at: datetime, n: int) -> None:
    """It waits, and most are taken and served."""
    taken, ended = at + timedelta(seconds=5 + 3 * n), at + timedelta(minutes=9)
    changes = [("bot", "queue", at, list(Wish)[n % 6])]
    if n % 9:
        changes += [("queue", "operator", taken, "taken"), ("operator", "closed", ended, "ended")]
        session.add(
            Handling(
                conversation_id=talk, operator="mei", queued_at=at, taken_at=taken,
                first_reply_at=taken + timedelta(seconds=12), ended_at=ended, ending="closed",
            )
        )  # fmt: skip
        session.add(ServiceRating(conversation_id=talk, operator="mei", speed=4, result=1 + n % 5, at=ended))
    else:
        changes.append(("queue", "bot", taken, Leaving.GAVE_UP))
    for before, after, when, why in changes:
        session.add(
            ConversationEvent(
                conversation_id=talk, at=when, act="owner_changed", actor="mei", reason=why,
                detail={"from": before, "to": after},
            )
        )  # fmt: skip
