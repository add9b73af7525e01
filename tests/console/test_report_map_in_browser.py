"""The map of cases in a real browser: colours, months, points, duplicates, places with several, the table."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from fastapi import FastAPI
from playwright.sync_api import Page, expect

from gateway.identity.rules import StaffRole
from tests.city_history import empty_database
from tests.console.people import hire
from tests.console.test_in_browser import _fits
from tests.desk import Desk, picture, sign_in
from tests.e2e.browser import PHONE, Visitor
from tests.in_process import StandIn
from tests.served import served

__all__ = ["empty_database"]
pytestmark = [pytest.mark.browser, pytest.mark.city_data]
WIDE = {"width": 1440, "height": 960}
PICTURES = os.environ.get("WST_PICTURES")
MAP = "/console/reports/map?from=2016-09-01&to=2017-08-31"


def kept(page: Page, name: str) -> None:
    if PICTURES:
        Path(PICTURES).mkdir(parents=True, exist_ok=True)
        picture(page, name, Path(PICTURES))


def drawn(page: Page) -> None:
    """The map is there, in its colours."""
    expect(page.locator("#report-map path:not(.class-0)").first).to_be_attached()


def numbers(page: Page, column: int) -> list[str]:
    cells: list[str] = page.locator(f"#areas tbody tr td:nth-child({column})").all_inner_texts()
    return cells


@pytest.mark.parametrize("look", ["light", "dark"])
@pytest.mark.parametrize("viewport", [WIDE, PHONE], ids=["desktop", "phone"])
def test_the_map_is_for_everybody(desk: Desk, viewport: dict[str, int], look: str) -> None:
    visit = desk.sit_down(StaffRole.SUPERVISOR, path=MAP, viewport=viewport, color_scheme=look)
    page = visit.page
    drawn(page)
    kept(page, f"map-{viewport['width']}-{look}")
    _fits(visit)
    for layer in ("#layer-points", "#layer-duplicates", "#layer-spots"):
        page.locator(layer).check()
    expect(page.locator(".heap").first).to_be_visible()
    expect(page.locator("#spots li").first).to_be_visible()
    page.locator("#spots button").first.click()
    expect(page.locator("#report-map .hot").first).to_be_attached()
    kept(page, f"map-points-{viewport['width']}-{look}")
    _fits(visit)


def test_months_go_by_and_the_table_tells_the_same(desk: Desk) -> None:
    page = desk.sit_down(StaffRole.RESEARCHER, path=MAP, viewport=WIDE).page
    drawn(page)
    whole = page.locator("#areas tfoot td").first.inner_text()
    slider = page.locator("#month")
    slider.focus()
    page.keyboard.press("ArrowRight")
    expect(page.locator("#month-shown")).to_have_text("2016-09")
    expect(slider).to_have_attribute("aria-valuetext", "2016-09")
    sums = [page.locator("#areas tfoot td").first.inner_text()]
    for _ in range(11):
        page.keyboard.press("ArrowRight")
        sums.append(page.locator("#areas tfoot td").first.inner_text())
    expect(page.locator("#month-shown")).to_have_text("2017-08")
    assert sum(int(one.replace(",", "")) for one in sums) == int(whole.replace(",", ""))
    page.get_by_role("button", name="前一個月").press("Enter")
    expect(page.locator("#month-shown")).to_have_text("2017-07")
    page.locator("#play").press(" ")
    expect(page.locator("#month-shown")).to_have_text("2017-08")
    expect(page.locator("#play")).to_have_text("播放")


def test_the_table_is_sorted_by_any_column(desk: Desk) -> None:
    page = desk.sit_down(StaffRole.AUDITOR, path=MAP, viewport=WIDE).page
    drawn(page)
    head = page.locator('#areas th[data-key="overdue"]')
    head.get_by_role("button").click()
    expect(head).to_have_attribute("aria-sort", "descending")
    found = [int(one.replace(",", "")) for one in numbers(page, 4)]
    assert found == sorted(found, reverse=True)
    assert found[0] > found[-1]
    head.get_by_role("button").press("Enter")
    expect(head).to_have_attribute("aria-sort", "ascending")
    assert [int(one.replace(",", "")) for one in numbers(page, 4)] == sorted(found)


def test_villages(desk: Desk) -> None:
    path = f"{MAP}&level=village&district=三民區&measure=open"
    visit = desk.sit_down(StaffRole.SUPERVISOR, path=path, viewport=WIDE)
    drawn(visit.page)
    expect(visit.page.locator("#areas tbody tr").nth(3)).to_be_visible()
    kept(visit.page, "map-villages")
    _fits(visit)


def test_a_point_leads_to_its_case_and_a_heap_comes_closer(desk: Desk) -> None:
    page = desk.sit_down(StaffRole.SUPERVISOR, path=f"{MAP}&district=仁武區", viewport=WIDE).page
    drawn(page)
    page.locator("#layer-points").check()
    expect(page.locator("#map-told")).to_contain_text("畫面內有位置的案件")
    page.locator("#layer-spots").check()
    page.locator("#spots button").first.click()
    page.locator("#report-map .leaflet-marker-icon").first.focus()
    page.keyboard.press("Enter")
    marker = page.locator("#report-map .leaflet-marker-icon").filter(has=page.locator(".sign")).first
    link = page.locator(".leaflet-popup-content a")
    while not link.is_visible():  # unless the first one was no heap any more: again, Enter would close it
        marker.focus()
        page.keyboard.press("Enter")
    number = link.inner_text()
    link.click()
    expect(page.get_by_role("heading", level=1)).to_contain_text(number)
    page.wait_for_load_state("networkidle")


def test_without_cases_there_is_a_sentence(desk: Desk) -> None:
    page = desk.sit_down(StaffRole.SUPERVISOR, path="/console/reports/map?from=2010-01-01&to=2010-12-31").page
    expect(page.locator(".empty")).to_have_text("這個條件下沒有案件。")


def test_tiles_are_asked_for_only_where_the_settings_name_a_server(
    make_app: Callable[..., FastAPI], visitor: Visitor
) -> None:
    tiles = "http://127.0.0.1:9/{z}/{x}/{y}.png"
    app = make_app(StandIn(), map_tiles=tiles, map_attribution="© <b>市府</b>")
    with served(app) as url:
        hire(app.state.identity, "mei", StaffRole.SUPERVISOR)
        visit = visitor(url + MAP, also=("127.0.0.1:9",), viewport=WIDE)
        sign_in(visit.page, "mei")
        drawn(visit.page)
        expect(visit.page.locator(".leaflet-control-attribution")).to_have_text("© <b>市府</b>")
        expect(visit.page.locator(".leaflet-tile-container").first).to_be_attached()
        assert "127.0.0.1:9" in visit.hosts
