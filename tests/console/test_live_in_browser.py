"""A citizen and two operators in real browsers at once: takeover, transfer, hand-back, case, rating."""

from __future__ import annotations

import httpx
import pytest
from playwright.sync_api import expect
from sqlalchemy import select

from gateway.conversations.outcome import Handoff, Outcome
from gateway.conversations.rules import Reply
from gateway.handoff.models import LineReport, ServiceRating
from gateway.handoff.replies import keep_reply
from gateway.identity.rules import StaffRole
from tests.cases.attachments.samples import ACCEPTED, picture
from tests.console.test_desk_in_browser import look_at
from tests.desk import Desk, sign_in
from tests.e2e.browser import PHONE, Visit
from tests.in_process import Conversation, StandIn

pytestmark = pytest.mark.browser
MARKUP = "<img src=x onerror=window.ran=1><script>window.ran=1</script>"
SIZES = pytest.mark.parametrize("viewport", [{"width": 1280, "height": 800}, PHONE], ids=["desktop", "phone"])


def citizen(desk: Desk, text: str = "我要找真人客服", priority: str = "normal") -> Conversation:
    """Somebody who waits for a person."""
    brain: StandIn = desk.app.state.brain
    client = httpx.Client(base_url=desk.url)
    opened = client.post("/api/v1/conversations", json={"language": "zh-TW"}).json()
    talk = Conversation(client, opened["id"], opened["token"])
    brain.thought = lambda *_: Outcome((Reply("已為您排入等候"),), handoff=Handoff("asked", priority))
    talk.say(text)
    brain.thought = brain._echo
    return talk


@SIZES
def test_from_the_queue_to_the_end(desk: Desk, viewport: dict[str, int]) -> None:
    with desk.app.state.database.write() as session:
        now = desk.app.state.handoffs.clock()
        keep_reply(session, "問候", "您好，我是{operator}，", "Hello, {operator} here. ", by="ed", now=now)
    talk = citizen(desk)
    visit = desk.sit_down(StaffRole.OPERATOR, path="/console/live", viewport=viewport)
    page = visit.page
    page.locator("#state").select_option("available")
    expect(page.locator("#queue li")).to_have_count(1)
    expect(page.locator("#offer")).to_contain_text("秒內未接會轉給下一位")
    look_at(visit, "live-queue")
    page.get_by_role("button", name="接聽").click()
    expect(page.locator("#composer")).to_be_visible()
    page.locator("#canned").select_option(label="問候")
    expect(page.locator("#words")).to_have_value("您好，我是林小美，")
    page.locator("#words").press_sequentially("請問在哪個路口？")
    page.locator("#words").press("Enter")
    expect(page.locator("#log li").last).to_contain_text("您好，我是林小美，請問在哪個路口？")
    talk.send(text="在嗎 <b>")
    expect(page.locator("#log li").last).to_contain_text("在嗎 <b>")
    talk.send(text="牌照稅什麼時候繳？")
    expect(page.locator("#log li").last).to_contain_text("牌照稅什麼時候繳？")
    expect(page.locator("#suggestions button").first).to_be_visible()
    look_at(visit, "live-talk")
    page.locator("#suggestions button").first.click()
    expect(page.locator("#log li").last.get_by_role("link")).to_be_visible()
    assert talk.read()["messages"][-1]["kind"] == "answer"
    page.locator("#note-text").fill("已說明繳納期間")
    page.get_by_role("button", name="新增", exact=True).click()
    expect(page.locator("#notes li")).to_contain_text("已說明繳納期間")
    page.get_by_role("button", name="結束").click()
    expect(page.locator("#no-talk")).to_be_visible()
    assert talk.read()["owner"] == "closed"
    assert "已說明繳納期間" not in str(talk.read())


def test_two_operators_transfer_and_hand_back(desk: Desk) -> None:
    talk = citizen(desk)
    first = desk.sit_down(StaffRole.OPERATOR, path="/console/live", username="mei").page
    second = desk.sit_down(StaffRole.OPERATOR, path="/console/live", username="hua").page
    for page in (first, second):
        page.locator("#state").select_option("available")
    first.locator("#queue button").click()
    first.get_by_role("button", name="接手", exact=True).click()
    expect(first.locator("#composer")).to_be_visible()
    expect(second.locator("#queue button")).to_have_count(0)
    first.get_by_role("button", name="轉接", exact=True).click()
    first.locator("#target").select_option("operator:hua")
    first.locator("#handing-note").fill("問水費，已查過兩次")
    first.locator("#handing-form button").click()
    expect(first.locator("#no-talk")).to_be_visible()
    second.get_by_role("button", name="接下一位").click()
    expect(second.locator("#notes li")).to_contain_text("問水費，已查過兩次")
    second.locator("#words").fill("您好，我接手為您服務")
    second.locator("#words").press("Enter")
    expect(second.locator("#log li").last).to_contain_text("我接手為您服務")
    second.get_by_role("button", name="交回智能客服").click()
    expect(second.locator("#no-talk")).to_be_visible()
    assert talk.say("謝謝")[-1]["sender"] == "bot"


def test_a_supervisor_looks_whispers_and_takes_over(desk: Desk) -> None:
    talk = citizen(desk, "真的很生氣", "emergency")
    operator = desk.sit_down(StaffRole.OPERATOR, path="/console/live", username="mei").page
    operator.get_by_role("button", name="接下一位").click()
    expect(operator.locator("#composer")).to_be_visible()
    boss = desk.sit_down(StaffRole.SUPERVISOR, path="/console/live", username="boss").page
    boss.locator("#everyone button").first.click()
    expect(boss.locator("#composer")).to_be_hidden()
    boss.locator("#note-text").fill("請先致歉")
    boss.get_by_role("button", name="新增", exact=True).click()
    expect(boss.locator("#notes li")).to_contain_text("請先致歉")
    boss.get_by_role("button", name="接管").click()
    expect(boss.locator("#composer")).to_be_visible()
    expect(operator.locator("#composer")).to_be_hidden()
    assert talk.read()["owner"] == "operator"


def files_both_ways(visit: Visit, seat: Visit) -> None:
    """A photo of the citizen and a document of the desk, seen at once, by the citizen after a reload too."""
    page, operator = visit.page, seat.page
    photo = {
        "name": "路面<img src=x onerror=window.ran=1>.jpg",
        "mimeType": "image/jpeg",
        "buffer": picture("JPEG", (640, 480)),
    }
    with page.expect_file_chooser() as chooser:
        page.get_by_role("button", name="傳送照片或檔案").click()
    chooser.value.set_files(photo)
    expect(operator.locator("#log .file img")).to_be_visible()
    assert operator.locator("#log .file img").evaluate(
        "async (one) => { await one.decode(); return one.naturalWidth }"
    )
    with operator.expect_file_chooser() as chooser:
        operator.get_by_role("button", name="傳送檔案").click()
    chooser.value.set_files(
        {"name": "說明.pdf", "mimeType": "application/pdf", "buffer": ACCEPTED["文件.pdf"]}
    )
    expect(page.get_by_role("button", name="下載 說明.pdf")).to_be_visible()
    look_at(seat, "live-files")
    page.reload()
    with page.expect_download() as download:
        page.get_by_role("button", name="下載 說明.pdf").click()
    assert download.value.suggested_filename == "說明.pdf"
    look_at(visit, "chat-files")
    page.get_by_role("button", name="放大").click()
    expect(page.get_by_role("img", name="路面")).to_be_visible()
    look_at(visit, "chat-picture")
    page.get_by_role("button", name="關閉", exact=True).click()


@SIZES
def test_a_citizen_and_an_operator_from_the_wish_to_the_rating(desk: Desk, viewport: dict[str, int]) -> None:
    brain: StandIn = desk.app.state.brain
    brain.thought = lambda *_: Outcome((Reply("已為您排入等候"),), handoff=Handoff("asked"))
    visit = desk.open("/", viewport=viewport)
    page = visit.page
    box = page.get_by_label("輸入訊息")
    box.fill("我要找真人客服")
    box.press("Enter")
    expect(page.get_by_role("status").filter(has_text="第 1 位")).to_be_visible()
    desk.hire("mei", StaffRole.OPERATOR, name=f"{MARKUP}先生")
    seat = desk.open("/console/live", viewport=viewport)
    operator = seat.page
    sign_in(operator, "mei")
    operator.get_by_role("button", name="接下一位").click()
    expect(page.get_by_role("status").filter(has_text="客服人員已接手")).to_be_visible()
    operator.locator("#words").fill("您好，已幫您查到了")
    operator.locator("#words").press("Enter")
    expect(page.get_by_text("您好，已幫您查到了")).to_be_visible()
    expect(operator.locator("#log .bubble.operator .reached")).to_have_text(" 已讀")
    box.fill("太好了")
    box.press("Enter")
    expect(page.locator(".message.citizen .seen")).to_have_text(" · 已讀")
    expect(page.get_by_text(f"客服人員{MARKUP}先生已接手")).to_be_visible()
    box.fill(MARKUP)
    box.press("Enter")
    expect(operator.locator("#log li").last).to_contain_text(MARKUP)
    files_both_ways(visit, seat)
    operator.locator("#note-text").fill(MARKUP)
    operator.get_by_role("button", name="新增", exact=True).click()
    expect(operator.locator("#notes li")).to_contain_text(MARKUP)
    assert not any(one.evaluate("window.ran") for one in (page, operator))
    assert visit.faults == seat.faults == []
    operator.get_by_role("button", name="結束").click()
    rating = page.locator("form.rating")
    expect(rating).to_be_visible()
    look_at(visit, "rating")
    rating.get_by_role("group", name="服務速度").get_by_label("5").check()
    rating.get_by_role("group", name="處理結果").get_by_label("4").check()
    rating.get_by_role("button", name="送出評分").click()
    expect(page.get_by_text("謝謝您的評分")).to_be_visible()
    with desk.app.state.database.read() as session:
        kept = session.scalars(select(ServiceRating)).one()
    assert (kept.speed, kept.result, kept.operator) == (5, 4, "mei")


def test_full_lines_are_told_before_anything_is_asked(desk: Desk) -> None:
    with desk.app.state.database.write() as session:
        session.add(LineReport(at=desk.app.state.handoffs.clock(), busy=20, total=20, reported_by="pbx"))
    page = desk.open("/").page
    expect(page.get_by_role("status").filter(has_text="電話目前忙線中")).to_be_visible()


def test_a_list_that_changes_leaves_focus_and_rows_where_they_are(desk: Desk) -> None:
    first, second = citizen(desk), citizen(desk)
    page = desk.sit_down(StaffRole.OPERATOR, path="/console/live").page
    rows = page.locator("#queue button")
    expect(rows).to_have_count(2)
    rows.nth(1).focus()
    page.evaluate("document.querySelectorAll('#queue button').forEach((one, n) => (one.dataset.was = n))")
    citizen(desk, "有人受傷，請快派人來", "emergency")
    expect(rows).to_have_count(3)
    second.send(text="我補充一句")
    expect(rows.nth(2)).to_contain_text("我補充一句")
    assert [rows.nth(n).get_attribute("data-was") for n in range(3)] == [None, "0", "1"]
    expect(rows.nth(2)).to_be_focused()
    expect(page.locator("#waiting-count")).to_have_text("3")
    assert first.read()["owner"] == "queue"
