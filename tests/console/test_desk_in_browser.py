"""The rest of the desk in a real browser: a call taken from ring to number, files, reminders, closures."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import select

from gateway.cases.models import Case
from gateway.cases.rules import Act, Role
from gateway.identity.rules import StaffRole
from tests.console.filing import act, file_case
from tests.console.test_desk_more import remind
from tests.console.test_in_browser import _fits
from tests.desk import Desk
from tests.e2e.browser import PHONE, Visit
from tests.in_process import Gateway, StandIn

pytestmark = pytest.mark.browser
SIZES = pytest.mark.parametrize("viewport", [{"width": 1280, "height": 800}, PHONE], ids=["desktop", "phone"])
PICTURES = os.environ.get("WST_PICTURES")
"""A folder for pictures of the pages, for whoever wants to look at them."""


def look_at(visit: Visit, name: str) -> None:
    """The page fits and is for everybody; its picture is kept where one is wanted."""
    _fits(visit)
    if PICTURES:
        wide = visit.page.viewport_size
        shot = Path(PICTURES) / f"{name}-{wide['width'] if wide else 0}.png"
        visit.page.screenshot(path=shot, full_page=True)


def type_in(page: Page) -> None:
    """What a citizen says at the telephone."""
    page.get_by_label("反映內容").fill("建工路巷口路面破一個大洞，機車容易摔倒")
    page.locator("#guesses button").first.click()
    page.locator("#district").select_option("三民區")
    page.get_by_label("地址").fill("建工路100號前")
    page.get_by_label("姓名").fill("陳美玲")
    page.get_by_label("電話").fill("0912345678")


@SIZES
def test_a_call_becomes_a_case(desk: Desk, viewport: dict[str, int]) -> None:
    before = file_case(desk.app)
    visit = desk.sit_down(StaffRole.OPERATOR, path="/console/cases", viewport=viewport)
    page = visit.page
    page.get_by_role("link", name="新增案件").click()
    look_at(visit, "new-case")
    page.get_by_role("button", name="確認內容").click()
    expect(page.get_by_role("alert")).to_be_visible()
    look_at(visit, "new-case-mistakes")
    type_in(page)
    page.get_by_role("button", name="確認內容").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("確認內容")
    expect(page.get_by_role("link", name=before)).to_be_visible()
    look_at(visit, "new-case-check")
    page.get_by_role("button", name="受理立案").click()
    expect(page.get_by_role("status")).to_contain_text("已立案")
    look_at(visit, "new-case-done")
    with desk.app.state.database.read() as session:
        numbers = session.scalars(select(Case.number)).all()
    assert len(numbers) == 2


@SIZES
def test_cases_are_ticked_and_given_away(desk: Desk, viewport: dict[str, int]) -> None:
    for _ in range(3):
        file_case(desk.app)
    visit = desk.sit_down(StaffRole.DISPATCHER, path="/console/cases", viewport=viewport)
    page = visit.page
    page.get_by_label("勾選本頁全部").check()
    page.locator("#to_unit").select_option("水利局")
    page.locator("#reason").fill("屬排水設施")
    look_at(visit, "bulk")
    page.get_by_role("button", name="整批分派或改分").click()
    expect(page.get_by_role("status").filter(has_text="3 件完成")).to_be_visible()
    look_at(visit, "bulk-done")


@SIZES
def test_a_photo_is_added_and_a_merge_begun(desk: Desk, viewport: dict[str, int], tmp_path: Path) -> None:
    number, other = file_case(desk.app), file_case(desk.app)
    act(desk.app, number, Act.ACCEPT, Role.SUPERVISOR)
    visit = desk.sit_down(StaffRole.SUPERVISOR, path=f"/console/cases/{number}", viewport=viewport)
    page = visit.page
    (tmp_path / "完工.txt").write_text("已修復", encoding="utf-8")
    page.locator("#files summary").click()
    page.locator("#files input[type=file]").set_input_files(tmp_path / "完工.txt")
    page.get_by_role("button", name="上傳").click()
    expect(page.locator("#files a")).to_contain_text("完工.txt")
    look_at(visit, "case-with-file")
    page.get_by_role("button", name="併入這件").click()
    expect(page.get_by_role("dialog").get_by_role("textbox").first).to_have_value(other)


def test_an_act_is_begun_and_done_without_the_mouse(desk: Desk) -> None:
    number = file_case(desk.app)
    page = desk.sit_down(StaffRole.SUPERVISOR, path=f"/console/cases/{number}").page
    expect(page.get_by_role("heading", level=1)).to_contain_text(number)
    page.keyboard.press("n")
    expect(page.get_by_role("dialog").get_by_role("textbox").first).to_be_focused()
    page.keyboard.type("已電話聯絡承辦")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_role("status")).to_be_visible()
    expect(page.get_by_text("已電話聯絡承辦")).to_be_visible()


def test_a_printed_case_shows_how_its_due_times_came_about(desk: Desk) -> None:
    number = file_case(desk.app)
    page = desk.sit_down(StaffRole.SUPERVISOR, path=f"/console/cases/{number}").page
    rule = page.get_by_text("自受理次日起算").first
    expect(rule).to_be_hidden()
    page.emulate_media(media="print")
    expect(rule).to_be_visible()
    expect(page.locator("#files details")).to_be_hidden()


@SIZES
def test_reminders_are_counted_and_read(desk: Desk, viewport: dict[str, int]) -> None:
    number = file_case(desk.app)
    remind(Gateway(desk.app, None, StandIn()), "supervisor:養工處", number)  # type: ignore[arg-type]
    visit = desk.sit_down(StaffRole.SUPERVISOR, path="/console/inbox", viewport=viewport)
    page = visit.page
    if viewport == PHONE:
        page.get_by_role("button", name="選單").click()
    expect(page.locator(".places .count")).not_to_be_empty()
    if viewport == PHONE:
        page.keyboard.press("Escape")
    look_at(visit, "inbox")
    page.get_by_role("button", name="本頁全部標示為已讀").click()
    expect(page.get_by_role("status")).to_contain_text("為已讀")
    expect(page.locator("article.unread")).to_have_count(0)


@SIZES
def test_a_closure_is_entered_and_withdrawn(desk: Desk, viewport: dict[str, int]) -> None:
    visit = desk.sit_down(StaffRole.SUPERVISOR, path="/console/closures", viewport=viewport)
    page = visit.page
    page.get_by_label("日期").fill("2026-12-01")
    page.get_by_label("時段").select_option("pm")
    page.get_by_label("原因（中文）").fill("颱風停止上班")
    page.get_by_label("原因（英文）").fill("Offices closed for a typhoon")
    page.get_by_role("button", name="登錄停止上班").click()
    expect(page.get_by_role("status")).to_contain_text("2026-12-01")
    look_at(visit, "closures")
    page.get_by_role("button", name="撤銷 2026-12-01 的停止上班").click()
    expect(page.get_by_role("cell", name="已撤銷").first).to_be_visible()
