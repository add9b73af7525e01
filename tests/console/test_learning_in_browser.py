"""What the city learns in a real browser: readable, without barriers, on a desk and on a telephone."""

from __future__ import annotations

import os
from datetime import timedelta
from pathlib import Path

import pytest

from gateway.identity.rules import StaffRole
from gateway.reports.learning import report
from tests.desk import Desk, barriers, picture
from tests.e2e.browser import PHONE
from tests.reports.learning.worlds import ZONE, put, steady

PAGES = ("emerging", "repeated-places", "seasons?by=weekday", "storms", "forecast")


@pytest.mark.browser
def test_the_pages_can_be_read_by_everybody(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(report, "PATIENCE", timedelta(seconds=60))
    last = desk.app.state.cases.clock().astimezone(ZONE).date() - timedelta(days=1)
    first, storm = last - timedelta(days=100), last - timedelta(days=60)
    near = {"district": "苓雅區", "address": "中正路12號前", "place_key": "苓雅區中正路12號"}
    put(desk.app.state.database, steady(first, last, 3))
    put(desk.app.state.database, steady(storm, storm, 60, item_code="street_tree_fallen"))
    put(desk.app.state.database, steady(last - timedelta(days=4), last, 9, item_code="noise", **near))
    visit = desk.sit_down(StaffRole.SUPERVISOR, path="/console/reports/emerging")
    folder = Path(os.environ.get("WST_PICTURES") or tmp_path)
    folder.mkdir(parents=True, exist_ok=True)
    page, size = visit.page, visit.page.viewport_size
    for name in PAGES:
        page.goto(f"{desk.url}/console/reports/{name}")
        assert page.locator("#learned table tbody tr").count() > 0
        assert barriers(page) == []
        picture(page, f"learning-{name.partition('?')[0]}", folder)
        page.set_viewport_size(PHONE)
        assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
        picture(page, f"learning-{name.partition('?')[0]}-phone", folder)
        assert size is not None
        page.set_viewport_size(size)
    assert visit.faults == []
