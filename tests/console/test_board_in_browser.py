"""The live board in a real browser: on a wall and in a hand, by a link, when the server falls silent."""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from fastapi import FastAPI
from playwright.sync_api import Page, expect

from gateway.handoff.models import LineReport
from gateway.identity.rules import StaffRole
from gateway.places.service import Places
from tests.desk import Desk, barriers, picture, sign_in
from tests.e2e.accessibility import faint, nameless, small
from tests.e2e.browser import Visit, Visitor
from tests.in_process import StandIn
from tests.platform import free_port
from tests.reports.board.standing import counted, made
from tests.served import served

pytestmark = pytest.mark.browser
WALL = {"width": 1920, "height": 1080}
HAND = {"width": 390, "height": 844}


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    """Where pictures of the pages go."""
    return Path(os.environ.get("WST_PICTURES", tmp_path))


def fill(app: FastAPI, count: int = 400) -> None:
    """Cases all over the city, and a report of the telephone system."""
    now = datetime.now(UTC)
    rows = made(count, now)
    districts = [one.zh for one in Places.load().districts]
    codes = list(app.state.cases.catalogue.items)
    for n, row in enumerate(rows):
        row.district = districts[(n * n) % len(districts)]
        row.item_code = codes[(n * n) % 12]
    with app.state.database.write() as session:
        session.add_all(rows)
        session.flush()
        session.add_all(counted(rows))
        session.add(LineReport(at=now - timedelta(minutes=3), busy=58, total=60, reported_by="pbx"))


def ask_now(page: Page) -> None:
    """Let the page ask for its figures at once."""
    page.evaluate("dispatchEvent(new Event('hashchange'))")


def looked_at(desk: Desk, path: str = "/console/board", **options: object) -> Visit:
    visit = desk.sit_down(StaffRole.SUPERVISOR, path=path, **options)
    expect(visit.page.locator("[data-figure=open]")).not_to_have_text("—")
    return visit


@pytest.mark.parametrize("look", ["light", "dark"])
@pytest.mark.parametrize(
    "viewport", [WALL, HAND, {"width": 1280, "height": 800}], ids=["wall", "hand", "desktop"]
)
def test_the_board_is_for_everybody(desk: Desk, look: str, viewport: dict[str, int], pictures: Path) -> None:
    fill(desk.app)
    visit = looked_at(desk, color_scheme=look, viewport=viewport)
    page = visit.page
    expect(page.locator("#board-hours-drawing svg")).to_be_visible()
    picture(page, f"board-{look}-{viewport['width']}", pictures)
    assert barriers(page) == []
    assert nameless(page) == [] and small(page) == [] and faint(page) == []
    assert not visit.overflows()


def test_letters_can_be_read_from_four_metres(desk: Desk, pictures: Path) -> None:
    """docs/board.md reckons how high they must be; nothing is cut off and nothing scrolls."""
    fill(desk.app, 3000)
    visit = hung_up(desk, viewport=WALL)
    page = visit.page
    picture(page, "board-wall", pictures)
    figures, labels = page.evaluate(
        """() => {
          const pen = document.createElement('canvas').getContext('2d');
          const height = (text) => (node) => {
            const style = getComputedStyle(node);
            pen.font = `${style.fontWeight} ${style.fontSize} ${style.fontFamily}`;
            const box = pen.measureText(text);
            return box.actualBoundingBoxAscent + box.actualBoundingBoxDescent;
          };
          const all = (where, text) => [...document.querySelectorAll(where)].map(height(text));
          return [all('.tile strong', '0'), all('.tile dt, .tile .note, .ranked li, .as-of', '國')];
        }"""
    )
    assert min(figures) >= 40 and min(labels) >= 28
    cut = page.evaluate(
        """() => [...document.querySelectorAll('.tile, .panel, .board')]
          .filter((one) => one.scrollWidth > one.clientWidth + 1 || one.scrollHeight > one.clientHeight + 1)
          .map((one) => one.className)"""
    )
    assert cut == []
    assert not visit.overflows()
    assert page.evaluate("document.documentElement.scrollHeight <= innerHeight")


def hung_up(desk: Desk, **options: object) -> Visit:
    """A supervisor makes a link; the screen that it is opened on."""
    visit = desk.sit_down(StaffRole.SUPERVISOR, path="/console/board/links", username="boss")
    page = visit.page
    page.locator("#name").fill("話務中心北牆")
    page.get_by_role("button", name="建立").click()
    address = page.locator("#board-address").text_content() or ""
    screen = desk.open(address.removeprefix(desk.url), **options)
    expect(screen.page.locator("[data-figure=open]")).not_to_have_text("—")
    expect(screen.page.locator("#board-hours-drawing svg")).to_be_visible()
    return screen


def test_a_screen_shows_the_board_by_its_link_until_the_link_ends(desk: Desk) -> None:
    fill(desk.app)
    screen = hung_up(desk)
    page = screen.page
    assert page.url == f"{desk.url}/console/board/wall?look=dark"
    assert screen.context.cookies(desk.url + "/console")[0]["name"] == "wst_form"
    assert barriers(page) == [] and nameless(page) == [] and faint(page) == []
    page.reload()
    expect(page.locator("[data-figure=open]")).not_to_have_text("—")
    page.goto(f"{desk.url}/console/cases")
    expect(page.locator("#password")).to_be_visible()
    page.goto(f"{desk.url}/console/board/wall")
    expect(page.locator("[data-figure=open]")).not_to_have_text("—")
    boss = desk.open("/console/board/links")
    sign_in(boss.page, "boss")
    boss.page.get_by_role("button", name="停用").click()
    boss.page.get_by_role("dialog").get_by_role("button", name="停用").click()
    expect(boss.page.get_by_text("「話務中心北牆」的連結已停用")).to_be_visible()
    ask_now(page)
    expect(page.locator("#board-alarm")).to_contain_text("這個看板連結已失效")
    expect(page.locator("[data-figure=open]")).to_have_text("—")
    expect(page.locator("#board-areas li")).to_have_count(0)


def test_a_screen_without_a_link_says_so(desk: Desk) -> None:
    page = desk.open("/console/board/wall").page
    expect(page.locator("#board-alarm")).to_contain_text("請用督導人員建立的完整連結")


def test_old_figures_are_said_to_be_old_and_the_board_outlives_a_restart(
    make_app: Callable[..., FastAPI], visitor: Visitor, pictures: Path
) -> None:
    port = free_port()
    first = make_app(StandIn())
    fill(first)
    with served(first, port) as url:
        visit = hung_up(Desk(first, url, visitor), viewport=WALL)
        page = visit.page
        page.clock.install()
        page.reload()
        expect(page.locator("[data-figure=open]")).not_to_have_text("—")
        shown = page.locator("[data-figure=as_of]").text_content() or ""
    alarm = page.locator("#board-alarm")
    page.clock.run_for(20_000)
    expect(alarm).to_be_hidden()
    page.clock.run_for(15_000)
    expect(alarm).to_contain_text(f"資料已停止更新：最後資料時間 {shown}")
    expect(page.locator("#board-told")).to_contain_text("資料已停止更新")
    expect(page.locator("#board")).to_have_class("board stale")
    picture(page, "board-stale", pictures)
    assert faint(page) == []
    page.clock.run_for(90_000)
    expect(alarm).to_contain_text("（2分鐘前）")
    with served(make_app(StandIn()), port):
        page.clock.run_for(11_000)
        expect(alarm).to_be_hidden()
        expect(page.locator("#board")).to_have_class("board")


def test_who_is_signed_out_is_told_so_and_led_back(desk: Desk) -> None:
    visit = looked_at(desk)
    visit.context.clear_cookies()
    ask_now(visit.page)
    expect(visit.page.locator("#board-alarm")).to_contain_text("登入已結束")
    visit.page.get_by_role("link", name="重新登入").click()
    sign_in(visit.page, "mei")
    assert visit.page.url == f"{desk.url}/console/board"


def test_the_times_are_the_servers_whatever_the_screen_believes(desk: Desk) -> None:
    visit = looked_at(desk)
    page = visit.page
    page.clock.install(time=datetime.now(UTC) + timedelta(hours=5))
    page.reload()
    expect(page.locator("#board-clock-off")).to_contain_text("相差 5小時")
    here = datetime.now(ZoneInfo("Asia/Taipei"))
    clock = page.locator("[data-figure=clock]").text_content()
    assert clock in {f"{here - timedelta(minutes=1):%H:%M}", f"{here:%H:%M}"}


def test_a_page_of_an_older_version_is_made_anew_once(desk: Desk) -> None:
    page = looked_at(desk).page
    desk.app.state.frame.assets.digest = "another"
    with page.expect_navigation():
        ask_now(page)
    expect(page.locator("[data-figure=open]")).not_to_have_text("—")
    assert "/assets/another/board.js" in page.content()


def test_the_map_shows_overdue_or_open_cases(desk: Desk) -> None:
    fill(desk.app)
    page = looked_at(desk).page
    titles = page.locator("#board path title")
    overdue = titles.all_text_contents()
    page.get_by_role("button", name="未結").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="未結")).to_have_attribute("aria-pressed", "true")
    opened = titles.all_text_contents()
    assert len(opened) == 38 and opened != overdue
    assert sum(int(text.rsplit(" ", 1)[1]) for text in opened) == int(
        page.locator("[data-figure=open]").text_content() or ""
    )
    expect(page.locator("#board path[data-depth='4']")).not_to_have_count(0)
