"""The citizens' pages in a real browser: file, join, look, answer, reopen, rate, confirm a letter."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import select

from gateway.cases.rules import Act
from gateway.outbox.models import OutboxMessage
from tests.cases.life import Life
from tests.desk import Desk, barriers

PHONE = {"width": 390, "height": 844}
SIZES = [{"width": 1280, "height": 900}, PHONE]
PAGES = ["/case", "/report", "/mailbox/confirm"]


def fill_in(page: Page, story: str = "巷口路面破一個大洞") -> None:
    """A report of a hole in the road, up to the next step."""
    page.get_by_label("通報現場問題").check()
    page.get_by_label("是什麼問題？").fill("路面坑洞")
    page.get_by_role("button", name="路面坑洞").first.click()
    expect(page.locator("#item_code")).to_have_value("road_pothole")
    page.get_by_label("行政區").select_option("三民區")
    page.get_by_label("地址、路口或明顯地標").fill("建工路 100 號前")
    page.get_by_label("發生了什麼事？").fill(story)
    page.get_by_role("button", name="下一步").click()


def filed(page: Page) -> tuple[str, str]:
    """Number and code as the page shows them."""
    return page.locator("#filed-number").inner_text(), page.locator("#filed-code").inner_text()


def work(desk: Desk, number: str, *acts: Act) -> None:
    """The agency works on a case."""
    with desk.app.state.database.write() as session:
        for act in acts:
            Life(desk.app.state.cases, session).do(number, act)


def test_a_report_from_the_first_word_to_the_rating(desk: Desk) -> None:
    page = desk.open("/report", viewport=PHONE).page
    fill_in(page)
    expect(page.get_by_role("heading", name="請確認您要送出的內容")).to_be_visible()
    page.get_by_role("button", name="返回修改").click()
    expect(page.get_by_label("發生了什麼事？")).to_have_value("巷口路面破一個大洞")
    page.get_by_role("button", name="下一步").click()
    page.get_by_role("button", name="確認送出").click()
    expect(page.get_by_role("heading", name="已受理立案")).to_be_visible()
    number, code = filed(page)
    assert code not in page.url
    page.get_by_role("link", name="查看案件").click()
    expect(page.get_by_role("heading", name=number)).to_be_visible()
    page.get_by_role("button", name="補充說明").click()
    page.get_by_label("想補充什麼？").fill("旁邊還有一個洞")
    page.get_by_role("button", name="送出").click()
    expect(page.get_by_text("已送出，謝謝您。")).to_be_visible()
    work(desk, number, Act.ACCEPT, Act.REQUEST_INFO)
    page.reload()
    page.get_by_role("button", name="回覆補充資料").click()
    page.get_by_label("您的回覆").fill("靠近公園那一側")
    page.get_by_role("button", name="送出").click()
    expect(page.locator(".lead")).to_have_text("處理中")
    work(desk, number, Act.HANDLE, Act.RELEASE)
    page.reload()
    page.get_by_role("button", name="為這次服務評分").click()
    page.get_by_label("滿意", exact=True).check()
    page.get_by_role("button", name="送出").click()
    expect(page.get_by_role("button", name="為這次服務評分")).to_have_count(0)
    page.get_by_role("button", name="申請重啟").click()
    page.get_by_role("button", name="送出").click()
    expect(page.get_by_role("alert")).to_have_text("請先填寫內容。")
    page.locator("#note").fill("三天又破了")
    page.get_by_role("button", name="送出").click()
    expect(page.locator(".lead")).to_contain_text("已分派")


def test_what_another_has_reported_is_joined(desk: Desk) -> None:
    first = desk.open("/report").page
    fill_in(first)
    first.get_by_role("button", name="確認送出").click()
    expect(first.locator("#filed-number")).to_be_visible()
    number, code = filed(first)
    second = desk.open("/report").page
    fill_in(second, "路上有個洞")
    expect(second.get_by_role("heading", name="已經有人反映過相近的問題")).to_be_visible()
    second.get_by_role("button", name="加入這一件").click()
    expect(second.get_by_role("heading", name="您已加入這件案件")).to_be_visible()
    joined, own = filed(second)
    assert (joined, own != code) == (number, True)
    second.get_by_role("link", name="查看案件").click()
    expect(second.get_by_role("button", name="補充說明")).to_be_visible()
    expect(second.get_by_role("button", name="撤回案件")).to_have_count(0)


def test_a_mistake_is_shown_at_its_field_and_nothing_is_lost(desk: Desk) -> None:
    page = desk.open("/report").page
    page.get_by_label("通報現場問題").check()
    page.get_by_label("發生了什麼事？").fill("有洞")
    page.get_by_role("button", name="下一步").click()
    expect(page.locator("#item_code")).to_have_attribute("aria-invalid", "true")
    page.locator("#item_code").select_option("road_pothole")
    page.get_by_label("電話").fill("打給我")
    page.get_by_role("button", name="下一步").click()
    page.get_by_role("button", name="確認送出").click()
    expect(page.locator("#phone")).to_have_attribute("aria-invalid", "true")
    expect(page.locator("#address")).to_have_attribute("aria-invalid", "true")
    expect(page.get_by_label("發生了什麼事？")).to_have_value("有洞")


def test_a_letter_is_confirmed_by_a_button_and_not_by_the_link_alone(desk: Desk) -> None:
    page = desk.open("/report").page
    page.get_by_label("寫信給市長").check()
    page.locator("#item_code").select_option("petition_roads")
    for field, words in {
        "發生了什麼事？": "請全面重鋪", "姓名": "王小明", "電話": "0912345678",
        "電子郵件": "ming@example.org", "聯絡地址": "高雄市三民區建工路 1 號",
    }.items():  # fmt: skip
        page.get_by_label(field, exact=True).fill(words)
    page.get_by_role("button", name="下一步").click()
    page.get_by_role("button", name="確認送出").click()
    expect(page.get_by_role("heading", name="請到信箱收確認信")).to_be_visible()
    with desk.app.state.database.read() as session:
        text = session.scalars(select(OutboxMessage)).one().payload["text"]
    link = re.search(r"/mailbox/confirm#\S+", text)
    assert link is not None
    behind = desk.open(link[0]).page
    expect(behind.get_by_role("button", name="確認寄出")).to_be_visible()
    behind.get_by_role("button", name="確認寄出").click()
    expect(behind.locator("#filed-number")).to_contain_text("P")


@pytest.mark.parametrize("size", SIZES, ids=["desk", "phone"])
@pytest.mark.parametrize("path", PAGES)
def test_everybody_can_use_the_pages(desk: Desk, path: str, size: dict[str, int]) -> None:
    for language in ("zh-TW", "en"):
        visit = desk.open(f"{path}?lang={language}", viewport=size)
        page = visit.page
        expect(page.locator("#content").locator("form, section").first).to_be_visible()
        if path == "/report":
            page.locator("[name=kind]").first.check()
            expect(page.locator("#description")).to_be_visible()
        assert barriers(page) == []
        assert not visit.overflows()
        assert page.locator("html").get_attribute("lang") == ("en" if language == "en" else "zh-Hant-TW")
