"""A citizen at a phone: a thumbs-down, the queue, and a call-back instead, which an operator makes."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from gateway.identity.rules import StaffRole
from tests.channels.test_failed_answers import KNOWN
from tests.console.test_desk_in_browser import look_at
from tests.desk import Desk
from tests.e2e.browser import PHONE, Visit
from tests.in_process import StandIn

pytestmark = pytest.mark.browser


def votes(visit: Visit) -> None:
    """By keyboard and by hand; the vote is there after a reload."""
    page = visit.page
    up = page.get_by_role("button", name="有幫助", exact=True)
    down = page.get_by_role("button", name="沒有幫助")
    up.focus()
    page.keyboard.press("Enter")
    expect(up).to_have_attribute("aria-pressed", "true")
    down.click()
    expect(down).to_have_attribute("aria-pressed", "true")
    expect(up).to_have_attribute("aria-pressed", "false")
    expect(page.get_by_text("謝謝您的意見")).to_be_visible()
    expect(page.get_by_role("button", name="換個說法再問")).to_be_in_viewport()
    look_at(visit, "citizen-thumbs")
    page.get_by_role("button", name="資料過時").click()
    page.get_by_label("簡短說明").fill("今年的日期不同")
    page.get_by_role("button", name="送出", exact=True).click()
    expect(page.get_by_text("已收到，謝謝您")).to_be_visible()
    page.reload()
    expect(down).to_have_attribute("aria-pressed", "true")


def asks_to_be_called(visit: Visit) -> None:
    """A number that cannot be called is refused and changed; the whole one is in nothing that is shown."""
    page = visit.page
    page.get_by_role("button", name="請客服回電").click()
    phone = page.get_by_label(re.compile("^電話"))
    expect(phone).to_be_focused()
    phone.fill("1999")
    page.get_by_role("button", name="下一步").click()
    page.get_by_role("button", name="確認送出").click()
    expect(page.get_by_text("請填寫可接聽的電話")).to_be_visible()
    page.get_by_role("button", name="修改").click()
    phone.fill("07-336-8333 轉 12")
    page.get_by_label("想詢問的事").fill("牌照稅")
    look_at(visit, "citizen-call-back")
    page.get_by_role("button", name="下一步").click()
    look_at(visit, "citizen-call-back-check")
    page.get_by_role("button", name="確認送出").click()
    expect(page.get_by_text("07***333")).to_be_visible()
    expect(page.get_by_role("button", name="取消回電")).to_be_visible()
    look_at(visit, "citizen-called")
    assert "3368333" not in page.locator("wst-chat").inner_text()


def test_from_a_thumbs_down_to_the_call(desk: Desk) -> None:
    brain: StandIn = desk.app.state.brain
    brain.up = False
    visit = desk.open("/", viewport=PHONE)
    page = visit.page
    page.get_by_label("輸入訊息").fill(KNOWN)
    page.get_by_label("輸入訊息").press("Enter")
    votes(visit)
    page.get_by_role("button", name="轉接客服人員").last.click()
    expect(page.get_by_text("第 1 位").first).to_be_visible()
    asks_to_be_called(visit)
    staff = desk.sit_down(StaffRole.SUPERVISOR, path="/console/call-backs")
    look_at(staff, "call-backs")
    staff.page.get_by_role("button", name="承接並顯示號碼").click()
    expect(staff.page.get_by_role("link", name="07-3368333#12")).to_be_visible()
    look_at(staff, "call-backs-taken")
    staff.page.get_by_role("link", name="查看對話").click()
    expect(staff.page.locator("#log .vote")).to_contain_text("沒有幫助")
    staff.page.goto(f"{desk.url}/console/live/counts")
    expect(staff.page.locator("tfoot")).to_contain_text("1")
    look_at(staff, "counts")
    assert visit.faults == staff.faults == []
