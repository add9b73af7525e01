"""City news in real browsers: two people at the desk, a citizen at a phone, markup as text."""

from __future__ import annotations

import re

import pytest
from fastapi import FastAPI
from playwright.sync_api import Page, expect
from sqlalchemy import select

from gateway.identity.rules import StaffRole
from gateway.news.models import NewsCampaign
from gateway.news.subscriptions import subscribe, subscriptions_of
from gateway.outbox.models import OutboxMessage
from tests.console.test_desk_in_browser import SIZES, look_at
from tests.desk import Desk, barriers, sign_in
from tests.e2e.browser import PHONE, Visit

pytestmark = pytest.mark.browser
MAIL = "ming@example.org"


def take_in(app: FastAPI, count: int = 3) -> None:
    """So many subscribers of everything, one of them English, and one at LINE."""
    with app.state.database.write() as session:
        now = app.state.subscriptions.clock()
        topics = ["city_news", "events", "traffic", "disaster"]
        for one in range(count):
            subscribe(session, "email", f"a{one}@example.org", topics, [], "en" if one == 0 else "zh-TW", now)
        subscribe(session, "line", "U1", topics, ["64000050"], "zh-TW", now)


def give_address(desk: Desk) -> None:
    """The address under which citizens reach this gateway."""
    desk.app.state.news_desk.public_url = desk.url
    desk.app.state.settings.public_url = desk.url


def fill_in(page: Page) -> None:
    page.get_by_label("中文標題").fill("颱風<b>警報</b>：<script>alert(1)</script>")
    page.get_by_label("中文內容").fill("今晚 8 時起強風豪雨，請留在室內。\n低窪地區請提早撤離。")
    page.get_by_label("英文標題").fill("Typhoon warning")
    page.get_by_label("英文內容").fill("Strong wind and heavy rain from 8 pm. Please stay inside.")
    page.get_by_label("主題").select_option("disaster")
    page.get_by_label("緊急").check()
    page.locator("details.areas summary").click()
    page.get_by_label("三民區").check()


def latest_link(app: FastAPI, kind: str) -> str:
    with app.state.database.read() as session:
        query = select(OutboxMessage).where(OutboxMessage.topic == "subscription.confirm")
        text = session.scalars(query.order_by(OutboxMessage.id.desc())).first().payload["text"]  # type: ignore[union-attr]
    found = re.search(rf"\S+/news(#{kind}=\S+)", text)
    assert found
    return found[1]


@SIZES
def test_from_the_editor_to_the_stop(desk: Desk, viewport: dict[str, int]) -> None:
    take_in(desk.app)
    give_address(desk)
    visit = desk.sit_down(StaffRole.EDITOR, path="/console/news", viewport=viewport)
    page = visit.page
    page.get_by_role("link", name="撰寫訊息").click()
    page.get_by_role("button", name="儲存並預覽").click()
    expect(page.get_by_text("請填寫標題。")).to_be_visible()
    fill_in(page)
    look_at(visit, "news-edit")
    assert barriers(page) == []
    page.get_by_role("button", name="儲存並預覽").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("颱風<b>警報</b>：<script>alert(1)</script>")
    expect(page.locator(".preview")).to_have_count(4)
    expect(page.get_by_text("目前共 4 位訂閱者")).to_be_visible()
    look_at(visit, "news-draft")
    assert barriers(page) == []
    page.get_by_role("button", name="送核").click()
    expect(page.locator("#progress")).to_contain_text("待核准")
    expect(page.get_by_role("button", name="核准寄送")).to_have_count(0)
    approve_and_stop(desk, page.url, viewport)
    assert visit.faults == []


def approve_and_stop(desk: Desk, url: str, viewport: dict[str, int]) -> None:
    """Another person approves, sees the figures come by themselves, stops, and resumes."""
    desk.hire("boss", StaffRole.SUPERVISOR, name="王督導")
    boss = desk.open(url.removeprefix(desk.url), viewport=viewport)
    sign_in(boss.page, "boss")
    page = boss.page
    page.get_by_role("button", name="核准寄送").click()
    expect(page.locator("#progress .queued dd")).to_have_text("4")
    expect(page.locator("#progress")).to_contain_text("寄送中")
    page.reload()
    look_at(boss, "news-sending")
    assert barriers(page) == []
    page.get_by_label("理由").fill("時間有誤")
    page.get_by_role("button", name="停止寄送").click()
    expect(page.locator("#progress .cancelled dd")).to_have_text("4")
    look_at(boss, "news-stopped")
    page.get_by_role("button", name="恢復寄送").click()
    expect(page.locator("#progress .waiting dd")).to_have_text("4")
    page.get_by_role("link", name="回訊息清單").click()
    look_at(boss, "news-list")
    assert barriers(page) == []
    assert boss.faults == []


def read_latest(visit: Visit) -> None:
    """Markup is text, English where there is English."""
    page = visit.page
    expect(page.get_by_role("heading", name="颱風<b>警報</b>")).to_be_visible()
    page.get_by_role("button", name="English").click()
    expect(page.get_by_role("heading", name="Typhoon warning")).to_be_visible()
    look_at(visit, "citizen-news-english")
    page.get_by_role("button", name="中文").click()


@SIZES
def test_a_citizen_reads_subscribes_changes_and_leaves(desk: Desk, viewport: dict[str, int]) -> None:
    give_address(desk)
    with desk.app.state.database.write() as session:
        session.add(sent_news(desk.app))
    visit = desk.open("/", viewport=viewport)
    page = visit.page
    page.get_by_role("link", name="閱讀最新消息").click()
    read_latest(visit)
    page.get_by_label("活動").first.uncheck()
    page.get_by_label("只要特定行政區").check()
    page.get_by_label("三民區").check()
    page.get_by_role("button", name="寄確認信給我").click()
    expect(page.get_by_text("請填寫電子郵件。")).to_be_visible()
    look_at(visit, "citizen-news-mistake")
    assert barriers(page) == []
    page.get_by_label("電子郵件").fill(MAIL)
    page.get_by_role("button", name="寄確認信給我").click()
    expect(page.get_by_role("heading", name="請到信箱收確認信")).to_be_visible()
    page.goto(f"{desk.url}/news{latest_link(desk.app, 'confirm')}")
    page.reload()
    page.get_by_role("button", name="確認訂閱").click()
    expect(page.get_by_text("訂閱完成，謝謝您。")).to_be_visible()
    expect(page.locator(".lead")).to_have_text("市政新聞、交通、防災｜三民區")
    look_at(visit, "citizen-news-confirmed")
    changes_and_leaves(desk, visit)
    assert visit.faults == []
    assert {host.partition(":")[0] for host in visit.hosts} == {"127.0.0.1"}


def changes_and_leaves(desk: Desk, visit: Visit) -> None:
    """By the link of a letter: the whole city, then nothing any more; one click does the same."""
    page, app = visit.page, desk.app
    token = app.state.subscriptions._links.token("email", MAIL)
    page.goto(f"{desk.url}/news#mine={token}")
    page.reload()
    page.get_by_label("全市").check()
    page.get_by_role("button", name="儲存變更").click()
    expect(page.get_by_text("已儲存。")).to_be_visible()
    look_at(visit, "citizen-news-mine")
    assert barriers(page) == []
    page.get_by_role("button", name="取消訂閱").click()
    page.get_by_role("button", name="確定取消訂閱").click()
    expect(page.get_by_role("heading", name="已取消訂閱")).to_be_visible()
    with app.state.database.write() as session:
        assert subscriptions_of(session, "email", MAIL) is None
        subscribe(session, "email", MAIL, ["events"], [], "zh-TW", app.state.subscriptions.clock())
    page.goto(f"{desk.url}/news/unsubscribe?t={token}")
    look_at(visit, "citizen-news-unsubscribe")
    page.get_by_role("button", name="取消訂閱").click()
    expect(page.get_by_role("heading", name="已取消訂閱")).to_be_visible()
    assert barriers(page) == []
    with app.state.database.read() as session:
        assert subscriptions_of(session, "email", MAIL) is None


def sent_news(app: FastAPI) -> NewsCampaign:
    """News that has gone out."""
    now = app.state.subscriptions.clock()
    return NewsCampaign(
        revision=5, state="sent", title_zh="颱風<b>警報</b>", text_zh="今晚起強風豪雨。\n請留在室內。",
        title_en="Typhoon warning", text_en="Please stay inside.", topic="disaster", areas=1 << 5,
        transports=["email"], languages=["zh-TW", "en"], link="https://www.kcg.gov.tw/", urgent=True,
        authors=["mei"], note="", changed_by="boss", changed_at=now, started_at=now, cursor=0,
    )  # fmt: skip


def test_a_broken_link_is_told_in_words(desk: Desk) -> None:
    visit = desk.open("/news/unsubscribe?t=broken", viewport=PHONE)
    expect(visit.page.get_by_role("alert")).to_contain_text("連結不完整")
    assert barriers(visit.page) == []
