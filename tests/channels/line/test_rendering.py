"""How each kind of message looks in LINE."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from gateway.channels.line.rendering import letter, place_of, rendered
from gateway.conversations.transcript import MessageView
from tests.channels.line.taken import actions, sent, taken, words

BASE = "https://1999.example"
LONG = "本市牌照稅於每年四月開徵，請於期限內繳納。" * 120


def view(kind: str, text: str = "您好", /, sender: str = "bot", seq: int = 7, **payload: Any) -> MessageView:
    return MessageView(seq, "id", sender, kind, text, payload, datetime(2026, 11, 26, tzinfo=UTC))


def told(*views: MessageView, language: str = "zh-TW", base: str | None = BASE) -> list[dict[str, Any]]:
    """The messages that LINE is sent."""
    return sent(rendered(views, language, base))


def offer(*options: tuple[str, str], **more: Any) -> MessageView:
    listed = [{"title": title, "payload": payload} for title, payload in options]
    return view("options", "請問需要什麼服務？", options=listed, **more)


def test_words_are_words() -> None:
    assert told(view("text", "路燈不亮")) == [{"type": "text", "text": "路燈不亮"}]


def test_what_the_citizen_said_is_not_said_back() -> None:
    assert told(view("text", "您好", sender="citizen")) == []


def test_long_words_are_told_whole_in_several_bubbles() -> None:
    several = told(view("text", LONG))
    assert len(several) == 3
    assert "".join(one["text"] for one in several) == LONG
    assert all(one["text"].endswith("。") for one in several)


def test_the_staff_sign_what_they_write() -> None:
    (one,) = told(view("text", "我來處理", sender="operator"))
    assert one["sender"] == {"name": "1999 客服人員"}


ANSWER: dict[str, Any] = {
    "faq_id": "tax-1", "question": "牌照稅什麼時候繳？", "source_url": "https://www.kcg.gov.tw/tax",
    "agency": "稅捐稽徵處", "source_date": "2026-04-02", "older_than_3_years": False, "expired": False,
    "warning": None,
}  # fmt: skip


def test_an_answer_shows_its_source_and_date_and_can_be_voted_on() -> None:
    (one,) = told(view("answer", "每年四月。", **ANSWER))
    assert one["altText"] == "牌照稅什麼時候繳？ 每年四月。"
    assert words(one).split("\n") == [
        "牌照稅什麼時候繳？", "每年四月。", "稅捐稽徵處", "資料日期：民國 115 年 4 月 2 日",
    ]  # fmt: skip
    source, up, down = actions(one)
    assert (source["type"], source["uri"]) == ("uri", "https://www.kcg.gov.tw/tax")
    assert [up["data"], down["data"]] == ["vote:7:up", "vote:7:down"]


def test_an_answer_in_english() -> None:
    (one,) = told(view("answer", "In April.", **{**ANSWER, "agency": "Tax Office"}), language="en")
    assert "Source dated 2 Apr 2026" in words(one)


@pytest.mark.parametrize(
    "url", ["http://www.kcg.gov.tw", "javascript:alert(1)", "", None, "https://a b", "https://"]
)
def test_only_a_source_that_is_https_can_be_opened(url: str | None) -> None:
    (one,) = told(view("answer", "每年四月。", **{**ANSWER, "source_url": url}))
    assert [action["type"] for action in actions(one)] == ["postback", "postback"]


def test_what_an_answer_names_can_be_dialled_and_opened() -> None:
    text = (
        "請洽稅捐稽徵處 07-7410141 轉 123（傳真：07-7410142），免付費 0800-000-321、07-7410141，"
        "另有 07-1111111。"
        "網址 https://www.kctax.gov.tw/a?b=1。也可上 https://www.kcg.gov.tw/tax，或 http://old.example。"
    )
    (one,) = told(view("answer", text, **ANSWER))
    shown = [(action["label"], action.get("uri")) for action in actions(one)[:4]]
    assert shown == [
        ("撥打 07-7410141", "tel:077410141"),
        ("撥打 0800-000-321", "tel:0800000321"),
        ("開啟 kctax.gov.tw", "https://www.kctax.gov.tw/a?b=1"),
        ("看資料來源", "https://www.kcg.gov.tw/tax"),
    ]


def test_an_old_answer_warns_and_an_expired_one_says_it_once() -> None:
    (old,) = told(
        view("answer", "四月。", **{**ANSWER, "warning": "已超過 3 年。", "older_than_3_years": True})
    )
    assert "已超過 3 年。" in words(old)
    (over,) = told(
        view("answer", "期限已過。\n\n四月。", **{**ANSWER, "warning": "期限已過。", "expired": True})
    )
    assert words(over).count("期限已過") == 1


def test_a_long_answer_is_cut_at_a_sentence_where_the_source_has_the_rest() -> None:
    (one,) = told(view("answer", LONG, **ANSWER))
    shown = words(one).split("\n")
    assert shown[1].endswith("。")
    assert shown[2] == "（內容較長，全文請看資料來源）"
    whole = told(view("answer", LONG, **{**ANSWER, "source_url": None}))
    assert "".join(words(one) for one in whole).count("牌照稅於每年") == 120


def test_options_are_quick_replies_that_send_back_their_payload() -> None:
    (one,) = told(offer(("通報損壞或髒亂", "start:dispatch"), ("轉接客服人員", "human")))
    assert one["text"] == "請問需要什麼服務？"
    first, second = actions(one)
    assert first == {
        "type": "postback", "label": "通報損壞或髒亂", "data": "start:dispatch",
        "displayText": "通報損壞或髒亂",
    }  # fmt: skip
    assert second["data"] == "human"


def test_titles_that_must_be_cut_are_listed_in_full() -> None:
    long = "人行道鋪面破損、高低不平造成行人跌倒的危險"
    (one,) = told(offer((long, "item:pavement"), ("都不是", "item:other")))
    assert one["text"] == f"請問需要什麼服務？\n1. {long}\n2. 都不是"
    labels = [action["label"] for action in actions(one)]
    assert labels == ["1. 人行道鋪面破損、高低不平造成行人…", "2. 都不是"]
    assert actions(one)[0]["displayText"] == long


@pytest.mark.parametrize("payload", ["x" * 301, "vote:3:up", "option:1:1", "a\nb", " a", "", "🍎" * 151])
def test_a_payload_that_does_not_fit_is_named_by_its_place(payload: str) -> None:
    (one,) = told(offer(("第一", "ok"), ("第二", payload)))
    assert [action["data"] for action in actions(one)] == ["ok", "option:7:1"]
    assert place_of("option:7:1") == (7, 1)
    assert place_of("ok") is None


def test_no_more_than_thirteen_are_offered() -> None:
    (one,) = told(offer(*((f"選項{n}", f"pick:{n}") for n in range(20)), asking="place"))
    assert len(actions(one)) == 13
    assert actions(one)[0]["type"] == "location"


@pytest.mark.parametrize("kind", ["text", "options"])
def test_where_a_place_is_asked_for_the_location_comes_first(kind: str) -> None:
    options = [{"title": "沒有特定地點", "payload": "place:unknown"}] if kind == "options" else []
    (one,) = told(view(kind, "請問地點在哪裡？", form="dispatch", asking="place", options=options))
    assert actions(one)[0] == {"type": "location", "label": "傳送位置"}
    assert len(actions(one)) == 1 + len(options)


@pytest.mark.parametrize(("form", "offered"), [("dispatch", ["camera", "cameraRoll"]), ("petition", [])])
def test_photos_are_offered_while_a_damage_is_described(form: str, offered: list[str]) -> None:
    (one,) = told(view("text", "請再描述一下狀況", form=form, asking="description"))
    assert [action["type"] for action in actions(one)] == offered


def test_what_needs_a_form_of_the_web_is_not_offered() -> None:
    (one,) = told(offer(("留言給市府", "start:petition"), ("請客服回電", "call_back:ask")))
    assert [action["data"] for action in actions(one)] == ["start:petition"]
    (said,) = told(view("notice", "請填寫回電表單", sender="system", notice="call_back_form"))
    assert "1999" in said["text"]
    assert "表單" not in said["text"]


def test_a_report_is_read_back_with_what_confirms_and_changes_it() -> None:
    fields = [
        {"field": "item", "label": "項目", "value": "路燈故障"},
        {"field": "place", "label": "地點", "value": "建工路 415 號"},
        {"field": "files", "label": "附件", "value": ""},
    ]
    options = [
        {"title": "確認送出", "payload": "confirm:yes"},
        {"title": "修改地點", "payload": "edit:place"},
        {"title": "取消", "payload": "form:cancel"},
    ]
    (one,) = told(view("summary", "請確認", kind="dispatch", fields=fields, options=options))
    assert words(one).startswith("請確認以下內容\n項目\n路燈故障\n地點\n建工路 415 號\n")
    assert "附件" not in words(one)
    assert [action["data"] for action in actions(one)] == ["confirm:yes", "edit:place", "form:cancel"]
    buttons = one["contents"]["footer"]["contents"]
    assert [button["style"] for button in buttons] == ["primary", "secondary", "secondary"]
    assert one["altText"] == "請確認以下內容：項目：路燈故障；地點：建工路 415 號"


CASE = {
    "number": "D1151126-000001-3", "verification_code": "ABCD2345", "kind": "dispatch", "item": "路燈故障",
    "item_code": "street_light", "district": "三民區", "owner": "養工處",
    "due": [{"stage": "inspection", "due_at": "2026-11-26T09:30:00+00:00"},
            {"stage": "strange", "due_at": "?"}],
}  # fmt: skip


def test_a_case_shows_number_code_and_due_times_and_leads_to_its_page() -> None:
    (one,) = told(view("case", "已立案。\n其他", **CASE))
    assert one["altText"] == "案件已成立：D1151126-000001-3，查詢碼 ABCD2345"
    told_words = words(one)
    for wanted in ("D1151126-000001-3", "ABCD2345", "路燈故障", "三民區", "115 年 11 月 26 日（四）17:30 前"):
        assert wanted in told_words
    page, status, copy = actions(one)
    assert copy["clipboardText"] == "D1151126-000001-3 ABCD2345"
    assert page["uri"] == f"{BASE}/case?number=D1151126-000001-3"
    assert status["data"] == "line:case:D1151126-000001-3"
    (english,) = told(view("case", "Filed.", **CASE), language="en")
    assert "Thu, 26 Nov 2026, 17:30" in words(english)


@pytest.mark.parametrize("base", [None, "http://127.0.0.1:8000"])
def test_without_an_https_address_no_button_leads_to_our_pages(base: str | None) -> None:
    (one,) = told(view("case", "已立案。", **CASE), base=base)
    assert [action["type"] for action in actions(one)] == ["postback", "clipboard"]


def test_emergency_numbers_are_dialled_by_a_press() -> None:
    (one,) = told(
        view("notice", "請立即撥打 119。", sender="bot", notice="emergency", numbers=["119", "110"])
    )
    assert [action["uri"] for action in actions(one)] == ["tel:119", "tel:110"]
    assert one["altText"] == "請立即撥打 119。"
    assert "火警、救護" in words(one)


FILE = {"attachment_id": "abc", "name": "現場.jpg", "media_type": "image/jpeg", "size": 300_000}


def test_a_file_of_the_staff_is_shown_where_line_can_fetch_it() -> None:
    picture = view("file", "📎 現場.jpg", sender="operator", **FILE)
    (named,) = told(picture)
    assert "現場.jpg" in named["text"]
    (shown,) = sent(rendered([picture], "zh-TW", BASE, lambda name: f"{BASE}/f/{name}"))
    assert shown["type"] == "image"
    assert shown["originalContentUrl"] == f"{BASE}/f/abc"
    large = view("file", "📎", sender="operator", **{**FILE, "size": 5_000_000})
    (linked,) = sent(rendered([large], "zh-TW", BASE, lambda name: f"{BASE}/f/{name}"))
    assert actions(linked)[0]["uri"] == f"{BASE}/f/abc"
    (plain,) = sent(rendered([picture], "zh-TW", BASE, lambda name: f"http://1999.example/f/{name}"))
    assert plain["type"] == "text"


def test_quick_replies_move_under_the_last_message_of_the_last_call() -> None:
    several = [view("text", f"第 {n} 則") for n in range(6)]
    calls = taken(
        rendered([offer(("通報", "start:dispatch")), *several, offer(("轉接", "human"))], "zh-TW", BASE)
    )
    assert [len(call) for call in calls] == [5, 3]
    assert [action["data"] for action in actions(calls[-1][-1])] == ["start:dispatch", "human"]


def test_the_same_button_is_offered_once() -> None:
    (_, second) = told(offer(("轉接", "human")), offer(("轉接", "human")))
    assert len(actions(second)) == 1


def test_a_letter_has_its_title_its_words_and_its_link() -> None:
    payload = {"title": "停水通知", "text": "明日停水。", "language": "zh-TW", "link": f"{BASE}/news/1"}
    (one,) = sent(letter(payload))
    assert words(one) == "停水通知\n明日停水。"
    assert actions(one)[0]["uri"] == f"{BASE}/news/1"
    (plain,) = sent(letter({**payload, "link": None}))
    assert plain == {"type": "text", "text": "停水通知\n明日停水。"}
    (written,) = sent(letter({**payload, "link": "http://1999.example"}))
    assert written["text"].endswith("詳情：http://1999.example")


def test_a_very_long_letter_is_cut_where_its_link_goes_on() -> None:
    payload = {"title": "停水通知", "text": LONG * 3, "language": "zh-TW", "link": f"{BASE}/news/1"}
    (one,) = sent(letter(payload))
    assert words(one).endswith("（內容較長，全文請看下方連結）")
    assert len(sent(letter({**payload, "text": LONG}))) == 3
