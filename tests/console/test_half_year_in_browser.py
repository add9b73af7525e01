"""The half-year report in a real browser: a month entered by keyboard, on a desk and on a phone."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import expect

from gateway.identity.rules import StaffRole
from gateway.reports.figures.book import Way
from gateway.reports.figures.catalogue import figures
from gateway.reports.figures.reading import read_csv
from tests.console.test_desk_in_browser import SIZES, look_at
from tests.desk import Desk, barriers
from tests.reports.figures.books import MEI
from tests.reports.half_year.conftest import FED

pytestmark = pytest.mark.browser


@SIZES
def test_a_month_is_entered_and_told(desk: Desk, viewport: dict[str, int], tmp_path: Path) -> None:
    book = desk.app.state.figure_book
    book.take(read_csv(FED.read_bytes(), figures(), book.this_month()), MEI, Way.IMPORT, of=FED.name)
    visit = desk.sit_down(
        StaffRole.RESEARCHER, path="/console/reports/half-year?from=2018-07&to=2018-12", viewport=viewport
    )
    page = visit.page
    expect(page.get_by_text("1999專線本期共處理來電434,901通※")).to_be_visible()
    for summary in page.locator("summary").all():
        summary.press("Enter")
    look_at(visit, "half-year")
    page.locator("#main").get_by_role("link", name="填報數字").click()
    page.get_by_label("1999話務", exact=True).fill("70,474")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_be_visible()
    look_at(visit, "figures-mistakes")
    page.get_by_label("資料來源").fill("話務中心107年12月月報")
    page.keyboard.press("Enter")
    expect(page.get_by_role("status")).to_contain_text("更正 1 項")
    page.locator("summary").first.press("Enter")
    expect(page.get_by_text("70,473")).to_be_visible()
    look_at(visit, "figures")
    assert barriers(page) == []
    page.locator("#main").get_by_role("link", name="半年工作報告").click()
    expect(page.get_by_text("1999專線本期共處理來電70,474通※")).to_be_visible()
    page.get_by_label("起月").fill("107年7月")
    page.get_by_role("button", name="產製").click()
    expect(page.get_by_text("434,902通※")).to_be_visible()
    with page.expect_download() as downloaded:
        page.get_by_role("link", name="ODT 文件").click()
    assert downloaded.value.suggested_filename == "half-year-201807-201812.odt"
    wrong = tmp_path / "wrong.csv"
    wrong.write_text("month,figure,value,source\n2018-13,calls,1,a\n2018-07,nobody,1,a\n", encoding="utf-8")
    page.goto(f"{desk.url}/console/reports/figures")
    page.locator("#file").set_input_files(wrong)
    page.get_by_role("button", name="匯入", exact=True).click()
    expect(page.get_by_role("alert")).to_contain_text("第 3 行")
    look_at(visit, "figures-file")
    assert visit.faults == []
    assert len(visit.hosts) == 1
