"""The console in a real browser: keyboard, phone, both looks, and no barrier that axe-core knows of."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from gateway.identity.rules import StaffRole
from gateway.identity.views import SYSTEM
from tests.desk import Desk, barriers, sign_in
from tests.e2e.accessibility import faint, nameless, small
from tests.e2e.browser import PHONE, Visit

pytestmark = pytest.mark.browser

ALL_ROLES = tuple(StaffRole)
UNITS = ("養工處", "水利局")


@pytest.mark.parametrize("look", ["light", "dark"])
@pytest.mark.parametrize("viewport", [{"width": 1280, "height": 800}, PHONE], ids=["desktop", "phone"])
def test_every_page_is_for_everybody(desk: Desk, look: str, viewport: dict[str, int]) -> None:
    visit = desk.open("/console/login", color_scheme=look, viewport=viewport)
    _fits(visit)
    desk.hire("mei", *ALL_ROLES, units=UNITS)
    sign_in(visit.page, "mei")
    for path in ("/console/accounts", "/console/accounts/_new", "/console/accounts/mei", "/console/audit"):
        visit.page.goto(desk.url + path)
        _fits(visit)
    for path in ("/console/account", "/console/password", "/console/totp", "/console/nothing"):
        visit.page.goto(desk.url + path)
        _fits(visit)


def test_signing_in_and_out_by_keyboard_alone(desk: Desk) -> None:
    desk.hire("mei", StaffRole.ADMINISTRATOR)
    visit = desk.open("/console/accounts")
    page = visit.page
    expect(page.locator("#username")).to_be_focused()
    sign_in(page, "mei")
    assert page.url == f"{desk.url}/console/accounts"
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="跳到主要內容")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#main")).to_be_focused()
    page.get_by_role("link", name="林小美").focus()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_text("您已登出")).to_be_visible()


def test_sorting_and_filtering_swap_the_list_and_keep_the_address(desk: Desk) -> None:
    with desk.app.state.database.write() as session:
        for number in range(60):
            desk.app.state.identity.create_account(
                session, f"staff{number:02}", roles=[StaffRole.OPERATOR], by=SYSTEM
            )
    visit = desk.sit_down(StaffRole.ADMINISTRATOR, path="/console/accounts")
    page, rows = visit.page, visit.page.locator("tbody tr")
    page.evaluate("document.body.dataset.same = 'page'")
    heading = page.locator("#accounts-by-username")
    heading.focus()
    page.keyboard.press("Enter")
    expect(rows.first).to_contain_text("staff59")
    expect(page).to_have_url(f"{desk.url}/console/accounts?sort=-username")
    expect(heading).to_be_focused()
    page.locator("#role").select_option("administrator")
    expect(rows).to_have_count(1)
    expect(page).to_have_url(f"{desk.url}/console/accounts?role=administrator&sort=-username")
    assert page.evaluate("document.body.dataset.same") == "page"
    page.go_back()
    expect(rows).to_have_count(50)
    page.locator("#accounts").get_by_role("link", name="下一頁").click()
    expect(rows).to_have_count(11)
    page.reload()
    expect(rows).to_have_count(11)


def test_a_session_that_has_ended_leads_to_the_login_page_and_back(desk: Desk) -> None:
    visit = desk.sit_down(StaffRole.ADMINISTRATOR, path="/console/accounts")
    page = visit.page
    visit.context.clear_cookies()
    page.locator("#role").select_option("administrator")
    expect(page.locator("#password")).to_be_visible()
    sign_in(page, "mei")
    expect(page).to_have_url(f"{desk.url}/console/accounts")


def test_a_refusal_to_htmx_is_shown_at_the_top(desk: Desk) -> None:
    visit = desk.sit_down(StaffRole.ADMINISTRATOR, path="/console/accounts")
    page = visit.page
    page.locator("#accounts-by-username").evaluate("(link) => link.setAttribute('hx-get', '/console/audit')")
    page.evaluate("htmx.process(document.body)")
    page.locator("#accounts-by-username").click()
    expect(page.get_by_role("alert")).to_contain_text("沒有執行這項作業的權限")
    expect(page.locator("tbody tr")).to_have_count(1)


def test_a_dialog_opens_by_keyboard_closes_by_escape_and_gives_the_focus_back(desk: Desk) -> None:
    visit = desk.sit_down(StaffRole.ADMINISTRATOR, path="/console/accounts/mei")
    page = visit.page
    opener, dialog = page.get_by_role("button", name="重設密碼"), page.get_by_role("dialog")
    opener.focus()
    page.keyboard.press("Enter")
    expect(dialog).to_be_visible()
    assert barriers(page) == []
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    expect(opener).to_be_focused()
    opener.click()
    dialog.get_by_role("button", name="重設密碼").click()
    expect(page.locator("#one-time-password")).to_be_visible()


def test_on_a_phone_the_navigation_is_a_menu(desk: Desk) -> None:
    visit = desk.sit_down(*ALL_ROLES, path="/console/accounts", units=UNITS, viewport=PHONE)
    page = visit.page
    places = page.get_by_role("navigation", name="工作臺頁面")
    expect(places).to_be_hidden()
    page.get_by_role("button", name="選單").focus()
    page.keyboard.press("Enter")
    expect(places).to_be_visible()
    assert barriers(page) == []
    page.keyboard.press("Escape")
    expect(places).to_be_hidden()
    page.get_by_role("button", name="選單").click()
    places.get_by_role("link", name="稽核軌跡").click()
    expect(page.get_by_role("heading", name="稽核軌跡")).to_be_visible()
    assert not visit.overflows()


def test_language_and_look_change_at_once(desk: Desk) -> None:
    visit = desk.sit_down(StaffRole.ADMINISTRATOR, path="/console/accounts?role=administrator")
    page = visit.page
    page.get_by_role("button", name="English").click()
    expect(page.get_by_role("heading", name="Accounts")).to_be_visible()
    assert page.url.endswith("/console/accounts?role=administrator")
    page.get_by_role("button", name="Change appearance to dark").click()
    expect(page.locator("html")).to_have_attribute("data-look", "dark")
    assert _ground(page) == "rgb(12, 16, 19)"
    page.get_by_role("button", name="Change appearance to light").click()
    expect(page.locator("html")).to_have_attribute("data-look", "light")
    assert _ground(page) == "rgb(238, 242, 244)"
    _fits(visit)


def test_without_scripts_everything_is_still_there(desk: Desk) -> None:
    visit = desk.sit_down(StaffRole.ADMINISTRATOR, path="/console/accounts", java_script_enabled=False)
    page = visit.page
    page.locator("#accounts-by-username").click()
    assert page.url.endswith("/console/accounts?sort=-username")
    page.goto(f"{desk.url}/console/accounts/mei")
    page.locator("#reset-password button", has_text="重設密碼").click()
    expect(page.locator("#one-time-password")).to_be_visible()


def _ground(page: Page) -> str:
    colour: str = page.evaluate("getComputedStyle(document.documentElement).backgroundColor")
    return colour


def _fits(visit: Visit) -> None:
    assert barriers(visit.page) == [], visit.page.url
    assert nameless(visit.page) == []
    assert small(visit.page) == []
    assert faint(visit.page) == []
    assert not visit.overflows(), visit.page.url
