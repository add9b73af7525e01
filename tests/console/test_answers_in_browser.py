"""The answers desk in a real browser: an entry written and published, and what was asked in vain taken up."""

from __future__ import annotations

import uuid

import httpx
import pytest
from playwright.sync_api import expect

from gateway.identity.rules import StaffRole
from tests.channels.test_failed_answers import NONSENSE
from tests.console.answers import own_search
from tests.console.test_desk_in_browser import look_at
from tests.desk import Desk, sign_in
from tests.e2e.browser import PHONE, Visit

__all__ = ["own_search"]
pytestmark = [pytest.mark.browser, pytest.mark.usefixtures("own_search")]
WIDE = {"width": 1280, "height": 800}


def look_both_ways(visit: Visit, name: str) -> None:
    """The page on a phone and on a desk."""
    for size in (PHONE, WIDE):
        visit.page.set_viewport_size(size)
        look_at(visit, name)


def ask(desk: Desk, text: str) -> None:
    """A citizen asks, with Rasa away: the knowledge base is asked directly."""
    with httpx.Client(base_url=desk.url) as client:
        opened = client.post("/api/v1/conversations", json={"language": "zh-TW"}).json()
        client.post(
            f"/api/v1/conversations/{opened['id']}/messages",
            json={"client_id": str(uuid.uuid4()), "text": text},
            headers={"Authorization": f"Bearer {opened['token']}"},
        ).raise_for_status()


def test_written_by_one_and_published_by_another(desk: Desk) -> None:
    desk.hire("boss", StaffRole.SUPERVISOR, name="王主任")
    visit = desk.sit_down(StaffRole.EDITOR, path="/console/answers")
    page = visit.page
    look_both_ways(visit, "answers-list")
    page.get_by_role("link", name="新增問答").click()
    page.locator("#question").focus()
    page.keyboard.type("陶藝教室怎麼報名？")
    page.keyboard.press("Tab")
    page.keyboard.type("<b>每月一日</b>上午九時起線上報名。")
    page.keyboard.press("Tab")
    page.keyboard.type("我想學捏陶")
    page.get_by_role("button", name="預覽").click()
    expect(page.locator(".seen .said")).to_have_text("<b>每月一日</b>上午九時起線上報名。")
    look_both_ways(visit, "answers-edit")
    page.get_by_role("button", name="儲存草稿").click()
    expect(page.get_by_role("status").filter(has_text="草稿已儲存")).to_be_visible()
    page.get_by_role("button", name="送審").click()
    expect(page.get_by_text("須由其他同仁審核")).to_be_visible()
    look_both_ways(visit, "answers-entry")
    url = page.url
    other = desk.open(url.removeprefix(desk.url))
    sign_in(other.page, "boss")
    other.page.goto(url)
    other.page.get_by_role("button", name="開始試算").click()
    expect(other.page.get_by_text("正解排第一")).to_be_visible(timeout=120_000)
    look_both_ways(other, "answers-trial")
    reason = other.page.locator("#note-publish")
    if reason.count():
        reason.fill("測試用的編碼器很粗略")
    other.page.get_by_role("button", name="核定發布").click()
    expect(other.page.get_by_text("搜尋已套用這個版本")).to_be_visible(timeout=60_000)
    look_both_ways(other, "answers-published")


def test_what_was_asked_in_vain_becomes_a_phrasing(desk: Desk) -> None:
    desk.app.state.brain.up = False
    for _ in range(3):
        ask(desk, NONSENSE)
    ask(desk, f"{NONSENSE}，電話 0912345678")
    visit = desk.sit_down(StaffRole.EDITOR, path="/console/answers/unanswered")
    page = visit.page
    expect(page.get_by_role("heading", name=NONSENSE)).to_be_visible()
    look_both_ways(visit, "answers-unanswered")
    assert "0912345678" not in page.content()
    page.get_by_role("link", name="加為這則的問法").first.click()
    assert NONSENSE in page.locator("#phrasings").input_value()
    page.get_by_role("button", name="儲存草稿").click()
    expect(page.locator("ins").filter(has_text=NONSENSE)).to_be_visible()
    page.goto(f"{desk.url}/console/answers/unanswered")
    page.get_by_role("button", name="標為已處理").first.click()
    expect(page.get_by_role("status").filter(has_text="標為已處理")).to_be_visible()
    page.goto(f"{desk.url}/console/answers/stale")
    look_both_ways(visit, "answers-stale")
    page.goto(f"{desk.url}/console/answers/import")
    rows = b"entries: [{id: x-1, question: aa, answer: b}, {question: c}]"
    page.locator("#file").set_input_files({"name": "faq.yml", "mimeType": "text/yaml", "buffer": rows})
    page.get_by_role("button", name="讀取並比較").click()
    expect(page.get_by_text("新增 1、變更 0、相同 0、不匯入 1")).to_be_visible()
    look_both_ways(visit, "answers-import")
    page.goto(f"{desk.url}/console/answers/votes")
    look_both_ways(visit, "answers-votes")
