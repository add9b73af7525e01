"""The public page and the page of open data in a real browser, with the city's own cases."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.city_history import empty_database
from tests.console.test_in_browser import _fits
from tests.desk import Desk, picture
from tests.e2e.browser import PHONE

__all__ = ["empty_database"]
pytestmark = [pytest.mark.browser, pytest.mark.city_data]
WIDE = {"width": 1280, "height": 900}
PICTURES = os.environ.get("WST_PICTURES")
THEN = datetime(2017, 8, 20, 2, tzinfo=UTC)


def kept(page: Page, name: str) -> None:
    if PICTURES:
        Path(PICTURES).mkdir(parents=True, exist_ok=True)
        picture(page, name, Path(PICTURES))


@pytest.fixture(autouse=True)
def then(desk: Desk) -> None:
    """It is August 2017."""
    desk.app.state.cases.clock = lambda: THEN


@pytest.mark.parametrize("look", ["light", "dark"])
@pytest.mark.parametrize("viewport", [WIDE, PHONE], ids=["desktop", "phone"])
def test_the_public_page_is_for_everybody(desk: Desk, viewport: dict[str, int], look: str) -> None:
    visit = desk.open("/city", viewport=viewport, color_scheme=look)
    page = visit.page
    expect(page.get_by_role("heading", name="處理中的派工案件在哪裡")).to_be_visible()
    expect(page.locator("#city-map .heap").first).to_be_visible()
    kept(page, f"city-{viewport['width']}-{look}")
    _fits(visit)
    page.get_by_role("button", name="English").click()
    expect(page.get_by_role("heading", name="Where dispatch cases are being worked on")).to_be_visible()
    expect(page.locator("#city-map .heap").first).to_be_visible()
    _fits(visit)
    assert visit.context.cookies() == []


def test_the_page_shows_what_the_file_says(desk: Desk) -> None:
    page = desk.open("/city", viewport=WIDE).page
    expect(page.locator("#month")).to_have_text("2017-07 受理與結案")
    found = desk.app.state.city_figures
    with desk.app.state.database.snapshot() as session:
        figures = found.figures(session, THEN)
    received = {
        line["key"]: line["received"] for line in figures["month"]["lines"] if line["dimension"] == "district"
    }
    words = {"few": "少於 5", "held": "不公開"}
    rows = page.locator('section[aria-labelledby="month"] table').first.locator("tbody tr")
    shown = {row.locator("th").inner_text(): row.locator("td").first.inner_text() for row in rows.all()}
    assert {name: words.get(str(one), str(one)) for name, one in received.items()} == {
        name: number for name, number in shown.items() if name != "全市"
    }
    assert "少於 5" in shown.values()
    assert not {"1", "2", "3", "4"} & set(shown.values())


def test_a_heap_opens_by_keyboard(desk: Desk) -> None:
    page = desk.open("/city", viewport=WIDE).page
    icon = page.locator("#city-map .leaflet-marker-icon").first
    expect(icon).to_be_visible()
    before = page.locator("#city-map .leaflet-marker-icon").all_inner_texts()
    icon.focus()
    page.keyboard.press("Enter")
    expect(page.locator("#city-map .leaflet-marker-icon").first).to_be_visible()
    closer = (
        "before => [...document.querySelectorAll('#city-map .leaflet-marker-icon')]"
        ".map((one) => one.innerText).join() !== before.join() || !!document.querySelector('.leaflet-popup')"
    )
    while not page.evaluate(closer, before):  # to wait for a function the page would have to allow eval
        continue


@pytest.mark.parametrize("viewport", [WIDE, PHONE], ids=["desktop", "phone"])
def test_the_page_of_open_data(desk: Desk, viewport: dict[str, int]) -> None:
    visit = desk.open("/opendata/", viewport=viewport)
    page = visit.page
    expect(page.get_by_role("heading", name="公開派工案件", exact=True)).to_be_visible()
    page.get_by_text("欄位", exact=True).first.click()
    expect(page.get_by_text("案件編號（固定不變）")).to_be_visible()
    kept(page, f"opendata-{viewport['width']}")
    _fits(visit)
    page.get_by_text("各月檔案").first.click()
    with page.expect_download() as download:
        page.locator('a[download="cases-2016-10.csv"]').click()
    lines = download.value.path().read_text(encoding="utf-8-sig").splitlines()
    assert lines[0].startswith("number,item_code")
    assert all("2016-10-" in line for line in lines[1:])
    page.get_by_role("button", name="English").click()
    expect(page.get_by_role("heading", name="Public dispatch cases", exact=True)).to_be_visible()
    _fits(visit)
