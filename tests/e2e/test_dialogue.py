"""Whole dialogues over HTTP, on the shipped FAQ and catalogue, with the real Rasa."""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest

from tests.cases.attachments.samples import photo
from tests.e2e.citizen import Citizen
from tests.platform import Platform

pytestmark = pytest.mark.platform

Replies = list[dict[str, Any]]
STATION = {"lat": 22.6394, "lng": 120.3022}
LAMP = "三民區建工路415號前的路燈不亮三天了"
BUS = "公車班次太少，老人家出門很不方便"
TAX = "請問使用牌照稅是幾月繳？"
MENU = {"start:dispatch", "start:petition", "start:public_works", "start:case_lookup", "human"}


@pytest.fixture
def come(platform: Platform) -> Iterator[Callable[..., Citizen]]:
    """Citizens who come to the running platform, each in a language."""
    with httpx.Client(base_url=platform.url, timeout=60) as client:
        yield lambda language="zh-TW": Citizen(client, language)


def offered(replies: Replies) -> list[str]:
    return [option["payload"] for reply in replies for option in reply["payload"].get("options", ())]


def kinds(replies: Replies) -> list[str]:
    return [reply["kind"] for reply in replies]


def asking(replies: Replies) -> str | None:
    found: str | None = replies[-1]["payload"].get("asking")
    return found


def owner(citizen: Citizen) -> str:
    found: str = citizen.transcript()["owner"]
    return found


def field(summary: dict[str, Any], name: str) -> str:
    """A value of the read-back."""
    assert summary["kind"] == "summary", summary
    return next(row["value"] for row in summary["payload"]["fields"] if row["field"] == name)


def read_back(citizen: Citizen, kind: str = "dispatch") -> dict[str, Any]:
    """A report told so far that everything is read back."""
    if kind == "dispatch":
        replies = citizen.say(f"{LAMP}，我叫王大明，電話0912345678")
    else:
        citizen.say("我要陳情")
        replies = citizen.say(BUS)
    replies = citizen.press(offered(replies)[0])
    if asking(replies) == "place":
        replies = citizen.press("place:unknown")
    if asking(replies) == "contact":
        replies = citizen.say("王大明 0912345678")
    return replies[-1]


# Questions


@pytest.mark.parametrize(
    "language, question, in_answer",
    [
        ("zh-TW", "使用牌照稅是幾月繳", "4 月 1 日"),
        ("zh-TW", "牌照稅什麼時候要繳", "4 月 1 日"),
        ("zh-TW", "大型家具要丟哪裡", "清"),
        ("en", "when do I have to pay the vehicle licence tax", "April"),
    ],
)
def test_a_question_gets_an_answer_with_its_source(
    come: Callable[..., Citizen], language: str, question: str, in_answer: str
) -> None:
    replies = come(language).say(question)
    answer = replies[0]
    assert answer["kind"] == "answer" and in_answer in answer["text"]
    told = answer["payload"]
    assert re.match(r"https://\S+", told["source_url"])
    assert re.fullmatch(r"\d{4}-\d\d-\d\d", told["source_date"])
    assert {"faq_id", "question", "agency", "score", "older_than_3_years"} <= set(told)
    assert told["language"] == language


def test_an_unclear_question_is_cleared_up_by_a_button(come: Callable[..., Citizen]) -> None:
    citizen = come()
    replies = citizen.say("停車費")
    buttons = offered(replies)
    assert kinds(replies) == ["options"] and 2 <= len(buttons) <= 4
    assert all(button.startswith("faq:") for button in buttons) and buttons[-1] == "faq:none"
    chosen = citizen.press(buttons[0])
    assert chosen[0]["kind"] == "answer"
    assert chosen[0]["payload"]["faq_id"] == buttons[0].removeprefix("faq:")
    again = citizen.press(buttons[-1])
    assert "human" in offered(again) and not kinds(again).count("answer")


@pytest.mark.parametrize(
    "language, first, second",
    [
        ("zh-TW", "火星移民要怎麼報名", "外星人登記要找誰"),
        ("en", "how do I sign up for a move to planet Mars", "who registers visitors from outer space"),
    ],
)
def test_what_is_not_known_is_said_honestly(
    come: Callable[..., Citizen], language: str, first: str, second: str
) -> None:
    citizen = come(language)
    replies = citizen.say(first)
    assert "answer" not in kinds(replies)
    if any(button.startswith("faq:") for button in offered(replies)):
        replies = citizen.press("faq:none")
    assert {"human", "start:petition"} <= set(offered(replies))
    again = citizen.say(second)
    if any(button.startswith("faq:") for button in offered(again)):
        again = citizen.press("faq:none")
    assert "answer" not in kinds(again) and again[-1]["text"] != replies[-1]["text"]
    assert owner(citizen) == "queue"


def test_an_answer_leads_to_its_form(come: Callable[..., Citizen]) -> None:
    citizen = come()
    replies = citizen.say("紅綠燈故障時要打哪支電話通報？")
    assert replies[0]["kind"] == "answer" and "start:dispatch" in offered(replies)
    opened = citizen.press("start:dispatch")
    assert (opened[-1]["payload"]["form"], asking(opened)) == ("dispatch", "item")


def test_an_english_question_is_understood_in_a_chinese_conversation(come: Callable[..., Citizen]) -> None:
    replies = come().say("when do I have to pay the vehicle licence tax")
    assert replies[0]["kind"] == "answer" and replies[0]["payload"]["language"] == "zh-TW"


def test_each_conversation_has_its_language(come: Callable[..., Citizen]) -> None:
    chinese, english = come(), come("en")
    assert "您好" in chinese.say("你好")[0]["text"]
    assert "Hello" in english.say("hello")[0]["text"]
    assert "陳情" in chinese.press("start:petition")[-1]["text"]
    assert "petition" in english.press("start:petition")[-1]["text"]
    assert not re.search(r"[\u4e00-\u9fff]", "".join(reply["text"] for reply in english.say("cancel")))


def test_free_legal_consultation(come: Callable[..., Citizen]) -> None:
    replies = come().say("我想預約免費法律諮詢")
    assert "answer" in kinds(replies) and "律師" in replies[0]["text"]
    assert "human" in offered(replies)


def test_small_talk(come: Callable[..., Citizen]) -> None:
    citizen = come()
    assert set(offered(citizen.say("你好"))) == MENU
    assert "不客氣" in citizen.say("謝謝你")[0]["text"]
    assert "不是真人" in citizen.say("你是機器人嗎")[0]["text"]
    assert "再見" in citizen.say("再見")[0]["text"]


def test_a_yes_or_a_cancel_with_nothing_open(come: Callable[..., Citizen]) -> None:
    citizen = come()
    for words in ("取消", "對", "不對"):
        replies = citizen.say(words)
        assert set(offered(replies)) == MENU and "case" not in kinds(replies)


# Reports


def test_a_rich_first_message_is_not_asked_again(come: Callable[..., Citizen]) -> None:
    citizen = come()
    replies = citizen.say(f"{LAMP}，我叫王大明，電話0912345678")
    assert asking(replies) == "item" and "item:street_light_out" in offered(replies)
    replies = citizen.press("item:street_light_out")
    assert kinds(replies) == ["summary"]
    assert field(replies[0], "district") == "三民區"
    assert "建工路415號" in field(replies[0], "place")
    assert "王大明" in field(replies[0], "contact") and "0912345678" in field(replies[0], "contact")
    filed = citizen.press("confirm:yes")
    case = filed[-1]["payload"]
    assert kinds(filed) == ["case"]
    assert re.fullmatch(r"D\d{7}-\d{6}-\d", case["number"]) and len(case["verification_code"]) == 8
    assert case["number"] in filed[-1]["text"] and case["verification_code"] in filed[-1]["text"]
    assert (case["kind"], case["district"]) == ("dispatch", "三民區") and case["owner"]
    assert [due["stage"] for due in case["due"]] == ["inspection", "completion"]
    # It is over: the next yes files nothing.
    assert "case" not in kinds(citizen.say("對"))


def test_a_dispatch_told_bit_by_bit(come: Callable[..., Citizen]) -> None:
    citizen = come()
    replies = citizen.say("我要通報路燈不亮")
    replies = citizen.press(offered(replies)[0])
    assert asking(replies) == "place"
    replies = citizen.say("建工路415號前")
    if asking(replies) == "district":
        replies = citizen.say("三民區")
    assert asking(replies) == "description"
    replies = citizen.say("整排都不亮，已經三天了")
    assert asking(replies) == "contact" and "skip:contact" in offered(replies)
    replies = citizen.press("skip:contact")
    assert "整排都不亮" in field(replies[-1], "description")
    assert kinds(citizen.press("confirm:yes")) == ["case"]


def test_photos_before_and_during_a_report_go_with_the_case(come: Callable[..., Citizen]) -> None:
    citizen = come()
    path = f"/api/v1/conversations/{citizen.id}/attachments"

    def show(name: str) -> Replies:
        sent = citizen.client.post(
            path,
            data={"client_id": str(uuid.uuid4())},
            files={"file": (name, photo())},
            headers=citizen.headers,
        )
        assert sent.status_code == 201, sent.text
        replies: Replies = sent.json()["replies"]
        return replies

    assert "start:dispatch" in offered(show("之前.jpg"))
    citizen.say(LAMP)
    assert asking(show("之後.jpg")) == "item"
    case = citizen.file_report("路燈不亮", "三民區建工路415號")
    listed = citizen.client.get(
        f"/api/v1/cases/{case['number']}/attachments",
        headers={"X-Verification-Code": case["verification_code"]},
    )
    assert [one["name"] for one in listed.json()] == ["之前.jpg", "之後.jpg"]


def test_a_shared_place_begins_a_report(come: Callable[..., Citizen]) -> None:
    citizen = come()
    replies = citizen.send(location=STATION)
    assert asking(replies) == "item"
    replies = citizen.say("路燈壞了好幾天，晚上很暗")
    replies = citizen.press(offered(replies)[0])
    assert asking(replies) == "contact"
    replies = citizen.press("skip:contact")
    assert field(replies[-1], "district") == "三民區"
    case = citizen.press("confirm:yes")[-1]
    assert (case["kind"], case["payload"]["district"]) == ("case", "三民區")


def test_a_place_is_shared_when_it_is_asked_for(come: Callable[..., Citizen]) -> None:
    citizen = come()
    replies = citizen.say("我要通報路燈不亮")
    citizen.press(offered(replies)[0])
    replies = citizen.send(location={**STATION, "label": "高雄車站前"})
    assert asking(replies) == "description"
    citizen.press("skip:description")
    replies = citizen.press("skip:contact")
    assert (field(replies[-1], "district"), field(replies[-1], "place")) == ("三民區", "高雄車站前")


def test_a_petition_needs_a_contact(come: Callable[..., Citizen]) -> None:
    citizen = come()
    citizen.say("我要陳情")
    replies = citizen.say(BUS)
    replies = citizen.press(offered(replies)[0])
    replies = citizen.press("place:unknown")
    for refusal in ("不方便留", "不想提供"):
        assert asking(replies) == "contact" and "skip:contact" not in offered(replies)
        replies = citizen.say(refusal)
    assert asking(replies) == "contact"
    citizen.say("王大明")
    replies = citizen.say("0912345678")
    assert replies[-1]["kind"] == "summary"
    case = citizen.press("confirm:yes")[-1]
    assert case["kind"] == "case" and re.fullmatch(r"P\d{7}-\d{6}-\d", case["payload"]["number"])


def test_a_public_works_report(come: Callable[..., Citizen]) -> None:
    citizen = come()
    replies = citizen.say("我要檢舉工地施工沒有圍籬，在左營區博愛二路777號")
    assert replies[-1]["payload"]["form"] == "public_works_report"
    replies = citizen.press(offered(replies)[0])
    assert asking(replies) == "contact"
    citizen.press("skip:contact")
    case = citizen.press("confirm:yes")[-1]
    assert case["kind"] == "case" and case["payload"]["number"].startswith("W")


def test_a_report_in_english(come: Callable[..., Citizen]) -> None:
    citizen = come("en")
    replies = citizen.say("The street light at 415 Jiangong Road, Sanmin District is out")
    assert "item:street_light_out" in offered(replies)
    replies = citizen.press("item:street_light_out")
    assert asking(replies) == "contact"
    replies = citizen.say("John Smith 0912345678")
    assert field(replies[-1], "district") == "Sanmin District"
    case = citizen.press("confirm:yes")[-1]
    assert case["kind"] == "case" and "Street light" in case["payload"]["item"]
    assert "Your case is filed" in case["text"]


@pytest.mark.parametrize(
    "words, name, value",
    [
        ("電話改成07-1234567", "contact", "07-1234567"),
        ("姓名改成陳小華", "contact", "陳小華"),
        ("內容改成希望增加平日班次", "description", "希望增加平日班次"),
        ("地點改成三民區建工路415號", "place", "建工路415號"),
    ],
)
def test_any_field_is_corrected_in_words_at_the_read_back(
    come: Callable[..., Citizen], words: str, name: str, value: str
) -> None:
    citizen = come()
    before = read_back(citizen, "petition")
    after = citizen.say(words)[-1]
    assert value in field(after, name)
    for row in before["payload"]["fields"]:
        if row["field"] not in {name, "district"}:
            assert field(after, row["field"]) == row["value"]


@pytest.mark.parametrize(
    "button, answer, name, value",
    [
        ("edit:place", "鳳山區光復路二段132號", "place", "光復路二段132號"),
        ("edit:description", "整排路燈都不亮", "description", "整排路燈都不亮"),
        ("edit:contact", "陳小華 07-1234567", "contact", "07-1234567"),
    ],
)
def test_any_field_is_corrected_by_its_button(
    come: Callable[..., Citizen], button: str, answer: str, name: str, value: str
) -> None:
    citizen = come()
    read_back(citizen)
    asked = citizen.press(button)
    assert asking(asked) == name
    after = citizen.say(answer)[-1]
    assert value in field(after, name)
    assert citizen.press("confirm:yes")[-1]["kind"] == "case"


def test_the_item_is_corrected_by_its_button(come: Callable[..., Citizen]) -> None:
    citizen = come()
    before = read_back(citizen)
    replies = citizen.press("edit:item")
    others = [button for button in offered(replies) if button.startswith("item:")]
    after = citizen.press(others[1])[-1]
    assert field(after, "item") != field(before, "item")
    assert field(after, "place") == field(before, "place")


def test_a_field_is_corrected_while_another_is_asked(come: Callable[..., Citizen]) -> None:
    citizen = come()
    replies = citizen.say("鳳山區光復路二段132號前有坑洞，機車差點摔倒")
    replies = citizen.press(offered(replies)[0])
    assert asking(replies) == "contact"
    replies = citizen.say("地點錯了，應該是三民區建工路415號")
    assert asking(replies) == "contact"
    replies = citizen.press("skip:contact")
    assert (field(replies[-1], "district"), field(replies[-1], "place")) == ("三民區", "建工路415號")


@pytest.mark.parametrize("steps", range(5))
@pytest.mark.parametrize("words", ["取消", "算了不報了"])
def test_a_report_is_cancelled_at_any_point(come: Callable[..., Citizen], steps: int, words: str) -> None:
    citizen = come()
    citizen.say("我要陳情")
    if steps > 0:
        replies = citizen.say(BUS)
    if steps > 1:
        replies = citizen.press(offered(replies)[0])
    if steps > 2:
        replies = citizen.press("place:unknown")
    if steps > 3:
        assert citizen.say("王大明 0912345678")[-1]["kind"] == "summary"
    assert "已取消" in citizen.say(words)[-1]["text"]
    assert "case" not in kinds(citizen.say("對"))
    # The next report begins from nothing.
    assert asking(citizen.say("我要陳情")) == "item"


@pytest.mark.parametrize("at", ["item", "place", "description", "contact", "confirm"])
def test_a_question_in_the_middle_is_answered_and_the_form_goes_on(
    come: Callable[..., Citizen], at: str
) -> None:
    citizen = come()
    replies = citizen.say("我要通報路燈不亮")
    answers: dict[str, dict[str, str]] = {
        "item": {"option": offered(replies)[0]},
        "place": {"text": "三民區建工路415號"},
        "description": {"text": "整排都不亮，已經三天了"},
        "contact": {"option": "skip:contact"},
        "confirm": {"option": "confirm:yes"},
    }
    for name, answer in answers.items():
        assert asking(replies) == name
        if at == name:
            aside = citizen.say(TAX)
            assert aside[0]["kind"] == "answer" and "4 月" in aside[0]["text"]
            assert asking(aside) == name
        replies = citizen.send(**answer)
    assert kinds(replies) == ["case"]


def test_the_button_of_another_form_leads_there(come: Callable[..., Citizen]) -> None:
    citizen = come()
    citizen.say("你好")
    assert citizen.press("start:dispatch")[-1]["payload"]["form"] == "dispatch"
    assert citizen.press("start:dispatch")[-1]["payload"]["form"] == "dispatch"
    assert citizen.press("start:petition")[-1]["payload"]["form"] == "petition"
    replies = citizen.say(BUS)
    assert replies[-1]["payload"]["form"] == "petition" and kinds(replies)[-1] == "options"
    assert citizen.press("start:case_lookup")[-1]["payload"]["form"] == "case_lookup"


def test_an_old_button_is_said_to_be_old(come: Callable[..., Citizen]) -> None:
    citizen = come()
    read_back(citizen)
    assert citizen.press("confirm:yes")[-1]["kind"] == "case"
    again = citizen.press("confirm:yes")
    assert "case" not in kinds(again) and "失效" in again[0]["text"]


@pytest.mark.parametrize(
    "words", ["/share_location", "/choose", "/nlu_fallback", "/restart", "/session_start"]
)
def test_typed_commands_are_words(come: Callable[..., Citizen], words: str) -> None:
    citizen = come()
    replies = citizen.say(words)
    assert replies and citizen.transcript()["messages"][0]["text"] == words
    assert not any("失效" in reply["text"] for reply in replies)
    # A command would have opened an empty form; words are heard as what the citizen says.
    assert "請簡單說明您要反映的問題" not in replies[-1]["text"]


# Danger and people


@pytest.mark.parametrize(
    "language, words, numbers",
    [
        ("zh-TW", "我家失火了", ["119"]),
        ("zh-TW", "有人昏倒了叫不醒", ["119"]),
        ("zh-TW", "隔壁先生正在打老婆", ["110", "113"]),
        ("zh-TW", "我不想活了", ["1925", "119"]),
        ("zh-TW", "家裡瓦斯漏氣", ["119"]),
        ("en", "my house is on fire", ["119"]),
    ],
)
def test_danger_gets_the_number_first_and_then_a_person(
    come: Callable[..., Citizen], language: str, words: str, numbers: list[str]
) -> None:
    citizen = come(language)
    replies = citizen.say(words)
    assert replies[0]["kind"] == "notice" and set(numbers) <= set(replies[0]["payload"]["numbers"])
    assert not any(reply["payload"].get("form") for reply in replies)
    assert owner(citizen) == "queue"


def test_danger_in_the_middle_of_a_form(come: Callable[..., Citizen]) -> None:
    citizen = come()
    replies = citizen.say("我要通報路燈不亮")
    citizen.press(offered(replies)[0])
    replies = citizen.say("等一下，我家失火了")
    assert replies[0]["payload"]["numbers"] == ["119"] and not asking(replies)
    assert owner(citizen) == "queue"
    replies = citizen.press("queue:leave")
    assert owner(citizen) == "bot" and asking(replies) == "place"
    replies = citizen.say("三民區建工路415號")
    assert asking(replies) == "description"


def test_a_person_is_asked_for_and_given_up_again(come: Callable[..., Citizen]) -> None:
    citizen = come()
    replies = citizen.say("我要找真人客服")
    assert owner(citizen) == "queue" and {"queue:leave", "start:petition"} <= set(offered(replies))
    assert citizen.say("在嗎") and owner(citizen) == "queue"
    assert citizen.say(TAX)[0]["kind"] == "answer"
    assert set(offered(citizen.press("queue:leave"))) == MENU
    assert owner(citizen) == "bot"
    assert citizen.say(TAX)[0]["kind"] == "answer"


def test_a_message_is_left_while_waiting(come: Callable[..., Citizen]) -> None:
    citizen = come()
    citizen.say("轉接客服人員")
    assert owner(citizen) == "queue"
    replies = citizen.press("start:petition")
    replies = citizen.say(BUS)
    replies = citizen.press(offered(replies)[0])
    replies = citizen.press("place:unknown")
    citizen.say("王大明 0912345678")
    told = citizen.press("confirm:yes")
    assert told[-1]["kind"] == "case" and "human" in offered(told[:1])
    assert owner(citizen) == "bot"


# Looking a case up


def test_a_case_is_looked_up_in_the_chat(come: Callable[..., Citizen]) -> None:
    citizen = come()
    read_back(citizen)
    case = citizen.press("confirm:yes")[-1]["payload"]
    other = come()
    assert asking(other.say("我要查詢案件進度")) == "case_number"
    assert asking(other.say(case["number"])) == "verification_code"
    shown = other.say(case["verification_code"])[-1]["text"]
    assert case["number"] in shown and case["item"] in shown and "目前狀態" in shown
    # Everything in one message, in the same conversation.
    told = other.say(f"我要查案件 {case['number']} 查詢碼 {case['verification_code']}")
    assert case["number"] in told[-1]["text"] and "目前狀態" in told[-1]["text"]


def test_a_wrong_code_and_an_unknown_number_look_the_same(come: Callable[..., Citizen]) -> None:
    citizen = come()
    read_back(citizen)
    case = citizen.press("confirm:yes")[-1]["payload"]
    told = []
    for number, code in ((case["number"], "AAAA2222"), ("D1150101-000009-4", case["verification_code"])):
        other = come()
        other.say("我要查詢案件進度")
        other.say(number)
        told.append(other.say(code))
    assert "查無此案件" in told[0][-1]["text"] and case["item"] not in json.dumps(told)
    assert "human" in offered(told[0])


def test_numbers_that_are_not_ours(come: Callable[..., Citizen]) -> None:
    citizen = come()
    old = citizen.say("我要查案件 A-12345")
    assert "原 1999 系統" in old[-1]["text"] and "human" in offered(old)
    citizen.say("我要查詢案件進度")
    typo = citizen.say("D1151122-000001-3")
    assert "檢查碼不符" in typo[-1]["text"]
    assert "已取消" in citizen.say("取消")[-1]["text"]


# Length


def test_a_long_conversation_keeps_its_thread(come: Callable[..., Citizen]) -> None:
    citizen = come()
    replies = citizen.say("我要通報路燈不亮")
    replies = citizen.press(offered(replies)[0])
    for _ in range(126):
        aside = citizen.say(TAX)
        assert aside[0]["kind"] == "answer" and asking(aside) == "place"
    assert asking(citizen.say("三民區建工路415號")) == "description"
    citizen.press("skip:description")
    replies = citizen.press("skip:contact")
    assert field(replies[-1], "district") == "三民區"
    messages = citizen.transcript()["messages"]
    assert [message["seq"] for message in messages] == list(range(1, len(messages) + 1))
    assert sum(message["sender"] == "citizen" for message in messages) == 131
