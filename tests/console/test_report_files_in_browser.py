"""Files, saved reports and schedules in a browser, wide and on a phone."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from fastapi import FastAPI
from playwright.sync_api import expect

from gateway.identity.rules import StaffRole
from gateway.reports.exports.models import ReportExport
from tests.console.test_desk_in_browser import SIZES, look_at
from tests.console.test_report_files import put_samples
from tests.desk import Desk, barriers

pytestmark = pytest.mark.browser
QUERY = "from=2026-11-01&to=2026-11-25"


def put_exports(app: FastAPI) -> None:
    """One file that another process makes, and one that failed."""
    problem = {"code": "x", "zh": "製作多次中斷，請縮小範圍後再試。", "en": "Cut off.", "detail": ""}
    with app.state.database.write() as session:
        for state, told in (("running", None), ("failed", problem)):
            session.add(
                ReportExport(
                    owner="mei", report="sample", asked={"period": "last_half"}, format="ods", problem=told,
                    language="zh-TW", state=state, permission="cases.export", units=None, sealed=False,
                    rows_done=123_456, rows_total=200_000, attempts=1, created_at=datetime.now(UTC),
                    leased_until=datetime(2099, 1, 1, tzinfo=UTC),
                )
            )  # fmt: skip


@SIZES
def test_a_long_file_shows_how_far_it_is_and_is_fetched(desk: Desk, viewport: dict[str, int]) -> None:
    put_samples(desk.app)
    put_exports(desk.app)
    visit = desk.sit_down(StaffRole.SUPERVISOR, path="/console/exports", viewport=viewport)
    page = visit.page
    expect(page.get_by_role("progressbar")).to_have_attribute("value", "61")
    page.goto(f"{desk.url}/console/reports/sample/file.ods?rows=1500&{QUERY}")
    expect(page.get_by_text("檔案正在背景製作")).to_be_visible()
    # The page asks again by itself until it is there.
    fetched = page.get_by_role("link", name="下載 示範報表（ODS）")
    expect(fetched).to_be_visible()
    look_at(visit, "report-exports")
    assert barriers(page) == []
    with page.expect_download() as download:
        fetched.click()
    assert download.value.suggested_filename.endswith(".ods")
    with desk.app.state.database.write() as session:
        session.get_one(ReportExport, 1).rows_done = 180_000
    expect(page.get_by_role("progressbar")).to_have_attribute("value", "90")
    assert visit.faults == []


@SIZES
def test_a_report_is_saved_scheduled_and_stopped(desk: Desk, viewport: dict[str, int]) -> None:
    put_samples(desk.app)
    path = f"/console/reports/saved/new?report=sample&asked={QUERY.replace('&', '%26')}&then=schedule"
    visit = desk.sit_down(StaffRole.SUPERVISOR, path=path, viewport=viewport)
    page = visit.page
    page.get_by_label("名稱").fill("每月依限情形")
    page.get_by_label("期間").select_option("last_month")
    look_at(visit, "report-save")
    assert barriers(page) == []
    page.get_by_role("button", name="儲存").click()
    page.get_by_label("週期").select_option("month")
    page.get_by_label("每月寄送日").select_option("5")
    page.get_by_label("收件人").fill("不是地址")
    page.get_by_role("button", name="開始定期寄送").click()
    expect(page.get_by_role("alert")).to_contain_text("電子郵件地址")
    page.get_by_label("收件人").fill("mei@city.gov.tw\nboss@city.gov.tw")
    page.get_by_role("button", name="開始定期寄送").click()
    expect(page.get_by_text("定期寄送中")).to_be_visible()
    look_at(visit, "report-schedule")
    assert barriers(page) == []
    page.goto(f"{desk.url}/console/reports/saved")
    look_at(visit, "report-saved")
    assert barriers(page) == []
    page.get_by_role("button", name="更名與共用").click()
    page.get_by_role("dialog").get_by_label("名稱").fill("依限月報")
    page.get_by_role("dialog").get_by_role("button", name="儲存").click()
    expect(page.get_by_role("link", name="依限月報", exact=True)).to_be_visible()
    page.get_by_role("link", name="定期寄送：依限月報").click()
    page.get_by_role("button", name="停止寄送").click()
    expect(page.get_by_text("由設定人停止。")).to_be_visible()
    assert visit.faults == []
    assert visit.hosts <= {desk.url.partition("//")[2]}


@SIZES
def test_the_page_to_print_is_a_pdf_of_a4(desk: Desk, viewport: dict[str, int]) -> None:
    put_samples(desk.app)
    path = f"/console/reports/sample/file.html?rows=60&{QUERY}"
    visit = desk.sit_down(StaffRole.SUPERVISOR, path=path, viewport=viewport)
    page = visit.page
    expect(page.get_by_role("heading", level=1)).to_have_text("示範報表")
    expect(page.get_by_role("row")).to_have_count(1 + 60 + 1)
    look_at(visit, "report-print")
    assert barriers(page) == []
    pdf = page.pdf(prefer_css_page_size=True)
    assert pdf.startswith(b"%PDF-")
    assert b"/MediaBox [0 0 841" in pdf, "many columns lie across"
    assert visit.faults == []
