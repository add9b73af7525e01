"""The home page for everybody: names, sizes, contrast, motion, in both looks and both languages."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.accessibility import faint, nameless, small
from tests.e2e.browser import PHONE, Visitor

pytestmark = [pytest.mark.platform, pytest.mark.browser]


@pytest.mark.parametrize("look", ["light", "dark"])
@pytest.mark.parametrize(
    ("path", "question"), [("/", "牌照稅什麼時候繳？"), ("/?lang=en", "When is the vehicle licence tax due?")]
)
def test_everything_has_a_name_a_size_and_contrast(
    at_home: Visitor, look: str, path: str, question: str
) -> None:
    visit = at_home(path, color_scheme=look)
    _fit_for_all(visit.page)
    visit.page.locator("wst-chat summary").click()
    visit.ask(question)
    visit.ask("家裡瓦斯漏氣了")
    expect(visit.page.locator("wst-chat .numbers")).to_be_visible()
    visit.page.locator("wst-chat .place").click()
    expect(visit.page.get_by_role("dialog")).to_be_visible()
    _fit_for_all(visit.page)


@pytest.mark.parametrize("look", ["light", "dark"])
def test_a_report_and_a_refusal_can_be_read(at_home: Visitor, look: str) -> None:
    visit = at_home(color_scheme=look, viewport=PHONE)
    visit.ask("三民區建工路415號前的路燈整排都不亮")
    visit.press("路燈故障")
    visit.press("不留聯絡方式")
    _fit_for_all(visit.page)
    visit.press("確認送出")
    visit.box.fill("路" * 1001)
    visit.page.locator("#lookup button").click()
    expect(visit.page.locator("#result")).to_contain_text("路燈故障")
    _fit_for_all(visit.page)


def test_the_log_is_read_aloud_and_old_messages_are_not(at_home: Visitor) -> None:
    visit = at_home()
    expect(visit.log).to_have_attribute("aria-live", "polite")
    visit.ask("你好")
    visit.page.reload()
    expect(visit.messages("bot")).to_have_count(1)
    expect(visit.log).to_have_attribute("aria-live", "off")
    visit.ask("謝謝")
    expect(visit.log).to_have_attribute("aria-live", "polite")
    expect(visit.messages("bot").last).to_contain_text("萬事通說：")
    expect(visit.messages("citizen").last).to_contain_text("您說：")


def test_the_focus_can_be_seen(at_home: Visitor) -> None:
    visit = at_home()
    visit.box.focus()
    width, style = visit.box.evaluate(
        "(box) => [getComputedStyle(box).outlineWidth, getComputedStyle(box).outlineStyle]"
    )
    assert (width, style) == ("3px", "solid")


def test_nothing_moves_for_who_wants_no_motion(at_home: Visitor) -> None:
    visit = at_home(reduced_motion="reduce")
    moving = visit.page.locator("wst-chat .dots i").first
    assert moving.evaluate("(dot) => getComputedStyle(dot).animationName") == "none"


def _fit_for_all(page: Page) -> None:
    assert nameless(page) == []
    assert small(page) == []
    assert faint(page) == []
