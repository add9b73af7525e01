"""Every chart in a real browser: under the strict policy, in both looks, on a phone, by keyboard."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from playwright.sync_api import expect

from gateway.identity.rules import StaffRole
from tests.console.charted import PATH, show_charts, tables
from tests.desk import Desk, barriers, picture
from tests.e2e.accessibility import faint, nameless, small
from tests.e2e.browser import PHONE, Visit

pytestmark = pytest.mark.browser
CHARTS = 7


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    """Where pictures of the pages go."""
    return Path(os.environ.get("WST_PICTURES", tmp_path))


def opened(desk: Desk, **options: object) -> Visit:
    show_charts(desk.app)
    visit = desk.sit_down(StaffRole.SUPERVISOR, path=PATH, **options)
    expect(visit.page.locator("figure.chart .drawing svg")).to_have_count(CHARTS)
    return visit


@pytest.mark.parametrize("look", ["light", "dark"])
@pytest.mark.parametrize("viewport", [{"width": 1280, "height": 800}, PHONE], ids=["desktop", "phone"])
def test_charts_are_for_everybody(desk: Desk, look: str, viewport: dict[str, int], pictures: Path) -> None:
    visit = opened(desk, color_scheme=look, viewport=viewport)
    page = visit.page
    picture(page, f"charts-{look}-{viewport['width']}", pictures)
    assert barriers(page) == []
    assert nameless(page) == [] and small(page) == [] and faint(page) == []
    assert not visit.overflows()


def test_pointing_at_a_chart_tells_the_figures_of_the_table(desk: Desk) -> None:
    page = opened(desk).page
    for name, told in (("months", "4,260"), ("heat", "（0）"), ("band", "1,319"), ("share", "%")):
        drawing = page.locator(f"#{name} .drawing")
        drawing.scroll_into_view_if_needed()
        box = drawing.bounding_box()
        assert box is not None
        before = drawing.locator("text").all_text_contents()
        page.mouse.move(box["x"] + box["width"] * 0.955, box["y"] + box["height"] * 0.5)
        page.mouse.move(box["x"] + box["width"] * 0.95, box["y"] + box["height"] * 0.5)
        said = drawing.locator("text").all_text_contents()
        assert len(said) > len(before), name
        if name != "heat":
            assert any(told in text for text in said), (name, said)


def test_nobody_is_caught_in_a_chart_by_keyboard(desk: Desk) -> None:
    page = opened(desk).page
    summaries = page.locator("figure.chart summary")
    page.locator("#bar summary").focus()
    page.keyboard.press("Enter")
    expect(page.locator("#bar details")).to_have_attribute("open", "")
    cells = page.locator("#bar tbody td").all_text_contents()
    assert cells == [f"{row.cells[1]:,}" for row in tables()["districts"].rows]
    page.keyboard.press("Tab")
    expect(page.locator("#bar .scroll")).to_be_focused()
    page.keyboard.press("Tab")
    expect(page.locator("#months summary")).to_be_focused()
    assert summaries.count() == CHARTS


def test_a_chart_follows_the_width_of_the_window_and_the_look_of_paper(desk: Desk) -> None:
    visit = opened(desk, color_scheme="dark")
    page, drawn = visit.page, visit.page.locator("#line .drawing svg")
    wide = drawn.bounding_box()
    page.set_viewport_size(PHONE)
    width = "document.querySelector('#line .drawing svg').getBoundingClientRect().width < innerWidth"
    while not page.evaluate(width):  # to wait for a function the page would have to allow eval
        continue
    narrow = drawn.bounding_box()
    assert wide and narrow and narrow["width"] < wide["width"]
    first = "document.querySelector('#months .drawing path[fill^=\"rgb\"]').getAttribute('fill')"
    dark = page.evaluate(first)
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert page.evaluate(first) != dark
    page.evaluate("dispatchEvent(new Event('afterprint'))")
    assert page.evaluate(first) == dark


def test_without_scripts_the_sentence_and_the_table_are_there(desk: Desk) -> None:
    show_charts(desk.app)
    page = desk.sit_down(StaffRole.SUPERVISOR, path=PATH, java_script_enabled=False).page
    expect(page.locator("#line-sentence")).to_contain_text("最高是 2026-11-16 1,155")
    expect(page.locator("#line tbody tr")).to_have_count(24)
