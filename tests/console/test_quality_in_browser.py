"""Quality sheets in a real browser: drawn, assessed by keyboard, looked at on a desk and on a phone."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from gateway.identity.rules import StaffRole
from gateway.quality.standard import standard
from tests.console.test_desk_in_browser import look_at
from tests.desk import Desk
from tests.e2e.browser import PHONE, Visit
from tests.quality.talks import CHIEF, ENDED, drawn_sheet, ended_talks, final_sheet

pytestmark = pytest.mark.browser
WIDE = {"width": 1280, "height": 800}


def look_both_ways(visit: Visit, name: str) -> None:
    """The page on a phone and on a desk."""
    for size in (PHONE, WIDE):
        visit.page.set_viewport_size(size)
        look_at(visit, name)


def type_marks(page: Page) -> None:
    """Every point by keyboard: Tab goes from points to remark to the next points."""
    page.locator(f"#points-{standard().criteria[0].code}").focus()
    for one in standard().criteria:
        expect(page.locator(f"#points-{one.code}")).to_be_focused()
        page.keyboard.type(str(one.weight - 1))
        page.keyboard.press("Tab")
        page.keyboard.type("親切，說明清楚")
        page.keyboard.press("Tab")
        if one.may_be_left_out:
            page.keyboard.press("Tab")


def test_from_the_draw_to_the_average(desk: Desk) -> None:
    state = desk.app.state
    desk.hire("hua", StaffRole.OPERATOR, name="陳阿華")
    ended_talks(state.database, "hua", 4)
    own = drawn_sheet(state.database, state.drawing, "mei", ENDED.replace(day=16), by=CHIEF)
    final_sheet(state.quality, own, 0.6, by=CHIEF)
    visit = desk.sit_down(StaffRole.SUPERVISOR, path="/console/quality/draws")
    page = visit.page
    page.locator("#first").fill("2026-10-15")
    page.locator("#last").fill("2026-10-15")
    page.locator("#size").fill("2")
    page.get_by_role("button", name="隨機抽樣").click()
    expect(page.get_by_role("status").filter(has_text="抽出 2 件")).to_be_visible()
    look_both_ways(visit, "quality-draws")
    page.goto(f"{desk.url}/console/quality?state=drawn")
    look_both_ways(visit, "quality-list")
    page.locator("tbody a").first.click()
    page.locator("#points-speed").fill("3")
    page.get_by_role("button", name="定案").click()
    expect(page.get_by_role("alert")).to_be_visible()
    look_both_ways(visit, "quality-mistakes")
    page.locator("#points-speed").fill("")
    type_marks(page)
    page.locator("#comment").fill("整體良好，結語可再完整。")
    look_both_ways(visit, "quality-sheet")
    page.get_by_role("button", name="定案").press("Enter")
    expect(page.get_by_role("status").filter(has_text="已定案：92 分")).to_be_visible()
    look_both_ways(visit, "quality-final")
    page.goto(f"{desk.url}/console/quality/operators?from=2026-10-01&to=2026-10-31")
    expect(page.locator("tbody tr")).to_have_count(2)
    look_both_ways(visit, "quality-operators")
    page.goto(f"{desk.url}/console/quality/mine")
    look_both_ways(visit, "quality-mine")
    page.locator("tbody a").click()
    page.locator("#kind").select_option("object")
    page.locator("#words").fill("案件在對話前已立案")
    look_both_ways(visit, "quality-own")
    page.get_by_role("button", name="送出回覆").click()
    expect(page.get_by_role("status").filter(has_text="已送出回覆")).to_be_visible()
