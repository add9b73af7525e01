"""The page of all notices, and what became of those of a case."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import select, update

from gateway.cases.notices import notices
from gateway.cases.rules import Act, CallBack, Role
from gateway.identity.rules import StaffRole
from gateway.outbox.models import OutboxMessage
from gateway.outbox.preferences import Preferences, note_dead
from tests.console.filing import act, file_case, finish
from tests.console.people import Browser
from tests.desk import Desk, barriers, picture
from tests.in_process import Gateway

SignedIn = Callable[..., Browser]
PICTURES = Path(os.environ["WST_PICTURES"]) if "WST_PICTURES" in os.environ else None
MAIL = "ming@example.org"


def test_every_notice_is_shown_in_both_languages_as_it_is_sent(signed_in: SignedIn) -> None:
    page = signed_in(StaffRole.ADMINISTRATOR).get("/console/notices").text
    for name in notices():
        assert f'id="notice-{name}"' in page
    for kind in ("before", "due", "after", "escalated"):
        assert f'id="notice-reminder.{kind}"' in page
    assert "【高雄市 1999】案件 D1151124-000001-7 處理期限展延" in page
    assert "[Kaohsiung 1999] More time for case D1151124-000001-7" in page
    assert "每日彙整 115/11/24：養工處" in page
    assert "要調整或停止接收這類通知：https://1999.example.gov.tw/notices#" in page
    assert not re.search(r"作為簡訊：0 字", page)
    assert "{new_due_at}" in page, "its variables are named"


def test_how_each_notice_is_treated_is_said(signed_in: SignedIn) -> None:
    page = signed_in(StaffRole.SUPERVISOR).get("/console/notices").text

    def about(name: str) -> str:
        return page.partition(f'id="notice-{name}"')[2].partition("</details>")[0]

    assert "依法必須告知" in about("handle")
    assert "夜間等到早上" in about("handle")
    assert "民眾可以不收" in about("rating")
    assert "立即寄出" in about("mailbox_confirm")


def told(browser: Browser, number: str) -> str:
    page = browser.get(f"/console/cases/{number}").text
    return page.partition('id="messages-title"')[2].partition("</section>")[0]


def test_a_case_tells_what_became_of_each_notice(gateway: Gateway, signed_in: SignedIn) -> None:
    number = file_case(gateway.app, conversation_id="c0ffee-c0ffee")
    now = gateway.app.state.cases.clock()
    with gateway.database.write() as session:
        Preferences.opt_out(session, "email", MAIL, "answers", now)
    act(gateway.app, number, Act.ACCEPT, Role.SUPERVISOR)
    act(gateway.app, number, Act.HANDLE, Role.SUPERVISOR, note="已到場修補破損路面並重新鋪設", arrived_at=now)
    with gateway.database.write() as session:
        first = session.scalars(
            select(OutboxMessage.id).where(OutboxMessage.topic == "notice.register")
        ).one()
        session.execute(
            update(OutboxMessage)
            .where(OutboxMessage.id == first)
            .values(state="bounced", attempts=2, last_error=f"550 5.1.1 <{MAIL}>: unknown user")
        )
        note_dead(session, "email", MAIL, "550 5.1.1", now)
    act(gateway.app, number, Act.RELEASE, Role.SUPERVISOR, call_back=CallBack.SATISFIED)
    shown = told(signed_in(StaffRole.SUPERVISOR), number)
    assert MAIL not in shown
    assert "c0ffee" not in shown
    assert "已退回" in shown
    assert "m•••@example.org" in shown
    assert "試過 2 次" in shown
    assert "550 5.1.1 &lt;m•••@example.org&gt;: unknown user" in shown
    assert "收件人已取消訂閱" in shown
    assert "地址已失效（曾退信）" in shown
    assert "智能客服對話" in shown


def test_what_came_back_is_seen_to_and_an_address_is_good_again_when_somebody_says_so(
    gateway: Gateway, signed_in: SignedIn
) -> None:
    number = file_case(gateway.app)
    now = gateway.app.state.cases.clock()
    with gateway.database.write() as session:
        session.execute(
            update(OutboxMessage)
            .where(OutboxMessage.topic == "notice.register")
            .values(state="bounced", last_error="550 5.1.1")
        )
        note_dead(session, "email", MAIL, f"550 5.1.1 <{MAIL}>", now)
    finish(gateway.app, number)
    browser = signed_in(StaffRole.ADMINISTRATOR)
    page = browser.get("/console/outbox").text
    assert "已退回" in page
    assert "失效的地址" in page
    assert MAIL not in page
    assert "notice.handle" in browser.get("/console/outbox?state=withheld").text
    dead_id = re.search(r"addresses/(\d+)/revive", page)
    assert dead_id is not None
    path = f"/console/outbox/addresses/{dead_id[1]}/revive"
    assert browser.post(path).headers["location"] == "/console/outbox"
    assert browser.post(path).status_code == 404
    assert "失效的地址" not in browser.get("/console/outbox").text
    browser.post("/console/outbox/again", transport="email")
    with gateway.database.read() as session:
        row = session.scalars(select(OutboxMessage).where(OutboxMessage.topic == "notice.register")).one()
    assert (row.state, row.attempts, row.first_tried_at) == ("pending", 0, None)


@pytest.mark.browser
@pytest.mark.parametrize("size", [(1280, 900), (390, 844)])
def test_the_pages_in_a_real_browser(desk: Desk, size: tuple[int, int], tmp_path: Path) -> None:
    viewport = {"width": size[0], "height": size[1]}
    number = file_case(desk.app)
    now = desk.app.state.cases.clock()
    with desk.app.state.database.write() as session:
        session.execute(
            update(OutboxMessage)
            .where(OutboxMessage.topic == "notice.register")
            .values(state="bounced", last_error="550 5.1.1 User unknown", sent_at=now)
        )
        note_dead(session, "email", MAIL, "550 5.1.1 User unknown", now)
    finish(desk.app, number)
    folder = PICTURES or tmp_path
    staff = desk.sit_down(StaffRole.SUPERVISOR, path="/console/notices", viewport=viewport)
    staff.page.locator("#notice-extend summary").click()
    for name, path in (("notices", ""), ("outbox", "/console/outbox"), ("case", f"/console/cases/{number}")):
        if path:
            staff.page.goto(desk.url + path)
        wide = staff.page.evaluate(
            "document.documentElement.scrollWidth - document.documentElement.clientWidth"
        )
        assert wide <= 0, name
        assert barriers(staff.page) == [], name
        picture(staff.page, f"{name}-{size[0]}", folder)
    citizen = desk.open(
        f"/notices#{desk.app.state.choices.token('email', MAIL, 'progress')}", viewport=viewport
    )
    citizen.page.locator("#group-rating").uncheck()
    citizen.page.get_by_role("button", name="儲存").click()
    citizen.page.get_by_text("已儲存您的設定。").wait_for()
    assert barriers(citizen.page) == []
    picture(citizen.page, f"choices-{size[0]}", folder)
    with desk.app.state.database.read() as session:
        assert not Preferences.allows(session, "email", MAIL, "rating")
        assert Preferences.allows(session, "email", MAIL, "progress")
