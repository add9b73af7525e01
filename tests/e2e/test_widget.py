"""What a citizen does on the home page, in a real browser against the real platform."""

from __future__ import annotations

import re

import httpx
import pytest
from playwright.sync_api import expect

from tests.e2e.browser import PHONE, Visit, Visitor
from tests.platform import Platform

pytestmark = [pytest.mark.platform, pytest.mark.browser]

REPORT = "三民區建工路415號前的路燈整排都不亮"
CASE_NUMBER = re.compile(r"D\d{7}-\d{6}-\d")


def test_a_question_is_answered_with_its_source_and_date(at_home: Visitor) -> None:
    visit = at_home()
    answer = visit.ask("牌照稅什麼時候繳？")
    expect(answer.get_by_text("4 月")).to_be_visible()
    source = answer.get_by_role("link", name="資料來源")
    expect(source).to_have_attribute("href", re.compile(r"^https://"))
    expect(source).to_have_attribute("rel", "noopener noreferrer")
    expect(answer.get_by_text(re.compile(r"資料日期 民國 \d+ 年 \d+ 月 \d+ 日"))).to_be_visible()
    expect(answer.get_by_text(re.compile("局"))).to_be_visible()


@pytest.mark.parametrize(
    ("starter", "answer"),
    [
        ("通報損壞或髒亂", "請簡單說明您要反映的問題"),
        ("提出陳情", "請說明您要陳情的事項"),
        ("查詢案件進度", "請輸入您的案件編號"),
        ("轉接客服人員", "等候名單"),
        ("常見問題", "資料來源"),
    ],
)
def test_the_greeting_offers_what_citizens_want_most(at_home: Visitor, starter: str, answer: str) -> None:
    visit = at_home()
    visit.page.get_by_role("button", name=starter).click()
    expect(visit.messages("bot").first).to_contain_text(answer)
    expect(visit.page.get_by_role("group", name="常用服務")).to_be_hidden()


def test_a_button_answers_once_and_then_rests(at_home: Visitor) -> None:
    visit = at_home()
    visit.ask("你好")
    asked = visit.press("提出陳情")
    expect(asked).to_contain_text("請說明您要陳情的事項")
    expect(visit.messages("citizen").last).to_contain_text("提出陳情")
    expect(visit.log.get_by_role("button", name="查詢案件進度")).to_be_disabled()


def test_who_waits_for_a_person_is_told_so(at_home: Visitor) -> None:
    visit = at_home()
    visit.ask("我要找真人客服")
    expect(visit.page.get_by_role("status").filter(has_text="已排入真人客服等候")).to_be_visible()


def test_danger_shows_the_number_as_a_call(at_home: Visitor) -> None:
    visit = at_home()
    visit.ask("家裡瓦斯漏氣了")
    alarm = visit.page.get_by_role("alert").filter(has_text="119").first
    expect(alarm.get_by_role("link", name="撥打 119")).to_have_attribute("href", "tel:119")


def test_a_report_by_keyboard_alone_becomes_a_case_that_can_be_looked_up(at_home: Visitor) -> None:
    visit = at_home()
    page = visit.page
    _tab_to(visit, "輸入訊息")
    page.keyboard.insert_text(REPORT)
    page.keyboard.press("Enter")
    _press_by_keyboard(visit, "路燈故障")
    _press_by_keyboard(visit, "不留聯絡方式")
    _press_by_keyboard(visit, "確認送出")
    card = visit.log.locator(".card").last
    expect(card).to_contain_text("案件已成立")
    expect(card).to_contain_text("處理期限")
    expect(card).to_contain_text(re.compile(r"\d+ 年 \d+ 月 \d+ 日（.）\d\d:\d\d 前"))
    found = CASE_NUMBER.search(card.inner_text())
    assert found is not None
    number = page.get_by_role("textbox", name="案件編號")
    expect(number).to_have_value(found.group())

    number.focus()
    page.keyboard.press("Tab")
    expect(page.get_by_role("textbox", name="查詢碼")).to_be_focused()
    page.keyboard.press("Enter")
    result = page.locator("#result")
    expect(result.get_by_role("heading", name=found.group())).to_be_visible()
    expect(result).to_contain_text("路燈故障")
    expect(result).to_contain_text("辦理歷程")

    page.get_by_role("textbox", name="查詢碼").fill("WRONG234")
    page.keyboard.press("Enter")
    expect(result).to_contain_text("查無此案件")
    expect(result).not_to_contain_text("路燈故障")


def test_the_number_can_be_copied(at_home: Visitor) -> None:
    visit = at_home(permissions=["clipboard-read", "clipboard-write"])
    visit.ask(REPORT)
    visit.press("路燈故障")
    visit.press("不留聯絡方式")
    visit.press("確認送出")
    visit.log.get_by_role("button", name="複製案件編號").click()
    expect(visit.log.get_by_role("button", name="已複製")).to_be_visible()
    assert CASE_NUMBER.fullmatch(visit.page.evaluate("navigator.clipboard.readText()"))


def test_english_from_the_first_message_on(at_home: Visitor) -> None:
    visit = at_home()
    visit.page.get_by_role("button", name="English").click()
    expect(visit.page.get_by_role("heading", name="Check a case")).to_be_visible()
    assert visit.page.evaluate("document.documentElement.lang") == "en"
    answer = visit.ask("When is the vehicle licence tax due?")
    expect(answer).to_contain_text("April")
    expect(answer).to_contain_text(re.compile(r"as of \d+ \w+ \d{4}"))


def test_another_language_leaves_the_conversation_only_after_asking(at_home: Visitor) -> None:
    visit = at_home()
    visit.ask("你好")
    switch = visit.page.get_by_role("button", name="English")
    switch.click()
    question = visit.page.get_by_role("alertdialog")
    expect(question).to_be_visible()
    visit.page.keyboard.press("Escape")
    expect(question).to_be_hidden()
    expect(visit.messages("citizen")).to_have_count(1)
    switch.click()
    question.get_by_role("button", name="切換").click()
    expect(visit.messages("citizen")).to_have_count(0)
    expect(visit.ask("hello")).to_contain_text("Hello")


def test_a_reload_goes_on_with_the_conversation(at_home: Visitor) -> None:
    visit = at_home()
    visit.ask("你好")
    visit.press("提出陳情")
    visit.page.reload()
    expect(visit.messages("citizen")).to_have_count(2)
    expect(visit.messages("bot")).to_have_count(2)
    visit.ask("鄰居半夜施工很吵，希望市府派人處理")
    assert [seq for seq, _ in _shown(visit)] == list(range(1, len(_shown(visit)) + 1))


def test_too_long_a_text_is_refused_in_words_and_kept(at_home: Visitor) -> None:
    visit = at_home()
    visit.box.fill("路" * 990)
    expect(visit.page.get_by_text("已輸入 990／1000 字")).to_be_visible()
    visit.say("路" * 1001)
    expect(visit.page.get_by_text("訊息太長了（1001／1000 字）")).to_be_visible()
    expect(visit.box).to_have_value("路" * 1001)
    expect(visit.messages("citizen")).to_have_count(0)


def test_what_the_server_refuses_is_said_in_its_words_and_can_be_taken_back(at_home: Visitor) -> None:
    visit = at_home()
    visit.say("看不見的字\u202e在這裡")
    refused = visit.page.get_by_role("alert").filter(has_text="未送出")
    expect(refused).to_contain_text("無法處理的字元")
    refused.get_by_role("button", name="刪除").click()
    expect(refused).to_be_hidden()
    expect(visit.box).to_have_value("看不見的字\u202e在這裡")


def test_markup_in_a_message_stays_text(at_home: Visitor) -> None:
    visit = at_home()
    text = "<img src=x onerror=\"document.title='hit'\"><script>document.title='hit'</script>"
    visit.ask(text)
    expect(visit.messages("citizen").last).to_contain_text(text)
    expect(visit.log.locator("img, script")).to_have_count(0)
    expect(visit.page).to_have_title("高雄市 1999 萬事通")


def test_a_place_from_the_browser_and_one_outside_the_city(at_home: Visitor) -> None:
    visit = at_home(permissions=["geolocation"], geolocation={"latitude": 22.6394, "longitude": 120.3020})
    visit.page.get_by_role("button", name="分享地點").click()
    visit.page.get_by_role("button", name="使用目前位置").click()
    expect(visit.messages("citizen").last).to_contain_text("22.63940, 120.30200")
    visit.context.set_geolocation({"latitude": 25.0375, "longitude": 121.5637})
    visit.page.get_by_role("button", name="分享地點").first.click()
    visit.page.get_by_role("button", name="使用目前位置").click()
    expect(visit.page.get_by_role("alert").filter(has_text="不在高雄市範圍內")).to_be_visible()


def test_a_place_by_district_and_address(at_home: Visitor) -> None:
    visit = at_home()
    visit.page.get_by_role("button", name="分享地點").click()
    dialog = visit.page.get_by_role("dialog", name="分享地點")
    expect(dialog.get_by_role("option")).to_have_count(39)
    dialog.get_by_role("button", name="送出地點").click()
    expect(dialog.get_by_role("alert")).to_have_text("請選擇行政區或填寫地址。")
    dialog.get_by_label("行政區").select_option("三民區")
    dialog.get_by_label("地址或明顯地標").fill("建工路415號")
    dialog.get_by_role("button", name="送出地點").click()
    expect(visit.messages("citizen").last).to_contain_text("三民區 建工路415號")


def test_a_forgotten_conversation_gives_way_to_a_new_one(at_home: Visitor) -> None:
    visit = at_home()
    visit.ask("你好")
    visit.page.evaluate(
        """() => {
          const key = Object.keys(sessionStorage).find((name) => name.startsWith('wst:'));
          const kept = JSON.parse(sessionStorage.getItem(key));
          kept.conversation.token += 'x';
          sessionStorage.setItem(key, JSON.stringify(kept));
        }"""
    )
    visit.page.reload()
    expect(visit.page.get_by_text("先前的對話已過期")).to_be_visible()
    expect(visit.ask("你好")).to_contain_text("您好")


def test_a_phone_shows_everything_without_scrolling_sideways(at_home: Visitor) -> None:
    visit = at_home(viewport=PHONE, has_touch=True, is_mobile=True)
    visit.ask("牌照稅什麼時候繳？")
    assert not visit.overflows()
    visit.page.get_by_role("button", name="分享地點").click()
    expect(visit.page.get_by_role("dialog")).to_be_in_viewport(ratio=1)
    assert not visit.overflows()


@pytest.mark.parametrize(
    ("path", "sign"), [("/docs", "/api/v1/conversations"), ("/embed-example", "1999 線上客服")]
)
def test_the_other_pages_keep_to_their_policy(
    visitor: Visitor, platform: Platform, path: str, sign: str
) -> None:
    visit = visitor(platform.url + path)
    expect(visit.page.get_by_text(sign).first).to_be_visible()


def test_the_districts_are_there_to_choose_from(platform: Platform) -> None:
    found = httpx.get(f"{platform.url}/api/v1/places/districts").json()
    assert len(found) == 38
    assert {"code": "64000050", "zh": "三民區", "en": "Sanmin District"} in found


def test_the_widget_may_be_loaded_anywhere_and_only_when_changed(platform: Platform) -> None:
    first = httpx.get(f"{platform.url}/widget.js")
    assert first.headers["access-control-allow-origin"] == "*"
    again = httpx.get(f"{platform.url}/widget.js", headers={"If-None-Match": first.headers["etag"]})
    assert again.status_code == 304
    assert httpx.get(f"{platform.url}/static/widget/../../pages.py").status_code == 404
    assert httpx.get(f"{platform.url}/favicon.ico").headers["content-type"].startswith("image/svg+xml")


def _shown(visit: Visit) -> list[tuple[int, str]]:
    return [
        (int(m.get_attribute("data-seq") or 0), m.inner_text()) for m in visit.log.locator(".message").all()
    ]


def _focused(visit: Visit) -> str:
    """The name of what has the focus, in the page or inside the widget."""
    name: str = visit.page.evaluate(
        """() => {
          const outer = document.activeElement;
          const inner = outer?.shadowRoot?.activeElement ?? outer;
          return inner?.getAttribute('aria-label') ?? inner?.textContent?.trim() ?? '';
        }"""
    )
    return name


def _tab_to(visit: Visit, name: str, key: str = "Tab") -> None:
    for _ in range(40):
        if _focused(visit) == name:
            return
        visit.page.keyboard.press(key)
    pytest.fail(f"no {name!r} within 40 presses of {key}")


def _press_by_keyboard(visit: Visit, name: str) -> None:
    expect(visit.log.get_by_role("button", name=name, exact=True)).to_be_enabled()
    _tab_to(visit, name, "Shift+Tab")
    visit.page.keyboard.press("Enter")
