"""The catalogue and outgoing messages in a real browser: for everybody, and a change from form to version."""

from __future__ import annotations

from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect

from gateway.cases.catalogue import Catalogue
from gateway.cases.catalogue_exchange import as_file
from gateway.identity.rules import StaffRole
from gateway.outbox.models import OutboxMessage
from tests.console.test_in_browser import _fits
from tests.desk import Desk
from tests.e2e.browser import PHONE

pytestmark = pytest.mark.browser
PAGES = (
    "/console/catalogue",
    "/console/catalogue/items/gutter_cover_damage",
    "/console/catalogue/versions",
    "/console/catalogue/import",
    "/console/outbox",
)


def failed_message(desk: Desk) -> None:
    """A message that did not go out."""
    now = desk.app.state.cases.clock()
    with desk.app.state.database.write() as session:
        session.add(
            OutboxMessage(
                key="k", topic="notice.register", transport="email", recipient="ming@example.org",
                subject="D20261124-000001", payload={"title": "t", "text": "t"}, state="failed", attempts=9,
                not_before=now - timedelta(hours=30), next_attempt_at=now, created_at=now,
                last_error="ConnectionRefusedError: no answer",
            )
        )  # fmt: skip


def change_name(page: Page, name: str) -> None:
    """Type another name into the item's form and look at the difference."""
    page.goto(page.url.partition("/console")[0] + "/console/catalogue/items/road_pothole")
    page.locator("#name_zh").fill(name)
    page.get_by_role("button", name="檢視差異").click()
    expect(page.locator("#changes ins")).to_have_text(name)


@pytest.mark.parametrize("look", ["light", "dark"])
@pytest.mark.parametrize("viewport", [{"width": 1280, "height": 800}, PHONE], ids=["desktop", "phone"])
def test_every_page_is_for_everybody(desk: Desk, look: str, viewport: dict[str, int]) -> None:
    failed_message(desk)
    visit = desk.sit_down(StaffRole.SUPERVISOR, color_scheme=look, viewport=viewport)
    for path in PAGES:
        visit.page.goto(desk.url + path)
        _fits(visit)
    change_name(visit.page, "月坑")
    _fits(visit)


def test_a_change_becomes_a_version_by_hand(desk: Desk) -> None:
    page = desk.sit_down(StaffRole.SUPERVISOR, path="/console/catalogue").page
    change_name(page, "月坑")
    page.locator("#reason").fill("雨季前更名")
    page.get_by_role("button", name="發布新版本").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("月坑")
    expect(page.get_by_role("status")).to_contain_text("已發布版本")
    page.goto(f"{desk.url}/console/catalogue/versions")
    expect(page.locator("#versions tbody tr")).to_have_count(2)
    page.get_by_role("link", name="與前版差異").click()
    expect(page.locator("#changes ins")).to_have_text("月坑")


def test_a_file_is_chosen_and_its_difference_shown(desk: Desk) -> None:
    content = Catalogue.load().content
    items = (content.items[0].model_copy(update={"photo_required": True}), *content.items[1:])
    data = as_file(content.model_copy(update={"items": items}), "ods")
    page = desk.sit_down(StaffRole.ADMINISTRATOR, path="/console/catalogue/import").page
    page.locator("#file").set_input_files({"name": "new.ods", "mimeType": "", "buffer": data})
    page.get_by_role("button", name="檢視差異").click()
    expect(page.locator("#changes tbody tr")).to_have_count(1)
    page.locator("#reason").fill("年度檢討")
    page.get_by_role("button", name="發布新版本").click()
    expect(page).to_have_url(f"{desk.url}/console/catalogue/versions")


def test_ticked_messages_are_tried_again(desk: Desk) -> None:
    failed_message(desk)
    page = desk.sit_down(StaffRole.ADMINISTRATOR, path="/console/outbox").page
    page.locator("#letters tbody input[type=checkbox]").check()
    page.get_by_role("button", name="再試一次").click()
    expect(page.get_by_role("status")).to_contain_text("已將 1 則")
    expect(page.locator("#letters tbody tr")).to_contain_text("管道未設定")
