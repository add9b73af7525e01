"""Short questions that lean on the answer before, and questions of their own that do not."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from gateway.conversations.context import Context
from gateway.conversations.heard import Heard
from gateway.conversations.inquiries import Inquiries
from gateway.conversations.leaning import leaning, passage
from gateway.conversations.outcome import DialogueState, Outcome
from gateway.conversations.rules import Kind, Reply
from knowledge_base.entries import Language
from tests.conversations.entries import TAX, TAX_RULE, TOW, Found, finder

NOW = datetime(2026, 11, 22, 4, 0, tzinfo=UTC)


def answered(question: str, found: Found, topic: str = "tow", language: Language = "zh-TW") -> Outcome:
    said = Heard(question, language=language, context=Context(topic, topic_at=NOW))
    return Inquiries(finder(found)).answer(said, DialogueState())


@pytest.mark.parametrize(
    "question, aspect",
    [
        ("那要帶什麼證件?", "documents"),
        ("要帶身分證嗎", "documents"),
        ("what should I bring?", "documents"),
        ("要多少錢", "fee"),
        ("需要費用嗎？", "fee"),
        ("那個要付費嗎", "fee"),
        ("how much is it?", "fee"),
        ("可以代辦嗎", "agent"),
        ("那我可以請家人幫忙辦嗎", "agent"),
        ("電話幾號", "phone"),
        ("what is the phone number", "phone"),
        ("在哪裡辦", "place"),
        ("where do I go?", "place"),
        ("什麼時候截止", "deadline"),
        ("多久可以好", "duration"),
        ("要等多久", "duration"),
        ("how long does it take?", "duration"),
        ("幾點開", "hours"),
        ("可以線上申請嗎", "online"),
        ("可以刷卡嗎", "payment"),
        ("什麼人可以申請", "eligibility"),
        ("要怎麼申請", "way"),
        ("需要預約嗎", "booking"),
        ("會怎樣", "consequence"),
        ("假日有收嗎", "hours"),
    ],
)
def test_a_question_without_a_topic_leans(question: str, aspect: str) -> None:
    leans = leaning(question)
    assert leans is not None and (leans.aspect, leans.rest) == (aspect, "")


@pytest.mark.parametrize(
    "question",
    [
        "牌照稅要多少錢",
        "使用牌照稅幾月繳",
        "敬老卡要帶什麼證件",
        "大型家具要丟哪裡",
        "停車費可以刷卡嗎",
        "托嬰補助什麼人可以申請",
        "高雄市政府電話幾號",
        "1999 幾點到幾點",
        "身心障礙停車證要怎麼申請",
        "垃圾車幾點來",
        "游泳池多少錢",
        "清潔隊電話",
        "公車可以用一卡通嗎",
        "圖書館假日有開嗎",
        "路燈不亮",
        "我要陳情",
        "謝謝",
        "好",
        "how much is the house tax",
        "where is the nearest library",
        "can I park here",
        "what documents do I need to marry in Taiwan",
        "我阿公上個月過世，想請問一下火化要帶什麼證件，還有要多少錢，因為我住外縣市不太清楚",
    ],
)
def test_a_question_of_its_own_is_never_dragged(question: str) -> None:
    assert leaning(question) is None


def test_no_shipped_question_leans(shipped_questions: list[str]) -> None:
    """Of all ways to ask in the shipped FAQ, only such that name nobody but an entitled group may."""
    found = {question: leaning(question) for question in shipped_questions}
    dragged = {q: leans for q, leans in found.items() if leans is not None and leans.tells is None}
    assert len(shipped_questions) > 2000 and dragged == {}


@pytest.mark.parametrize(
    "question, told",
    [
        ("要多少錢", "移置費：汽車 1,000 元、機車 200 元。"),
        ("可以請別人代領嗎", "代領另附委託書。"),
        ("電話幾號", "洽詢電話 07-2299825 轉 337。"),
        ("那機車呢", "移置費：汽車 1,000 元、機車 200 元。"),
        ("要帶什麼", "請帶行照和駕照；代領另附委託書。"),
        ("可以刷卡嗎", "可以刷卡。"),
    ],
)
def test_the_part_of_the_entry_is_told_with_its_source(question: str, told: str) -> None:
    part, whole = answered(question, Found()).replies
    assert (part.kind, part.text) == (Kind.ANSWER, told)
    assert part.payload["source_url"] == TOW.source_url and part.payload["faq_id"] == "tow"
    assert whole.payload["options"] == [{"title": "看完整說明", "payload": "faq:tow"}]


def test_what_the_entry_does_not_say_is_said_so() -> None:
    outcome = answered("那外國人呢", Found())
    (told,) = outcome.replies
    assert told.kind is Kind.OPTIONS and "沒有提到外國人" in told.text
    assert "交通局（07-2299825 轉 337）" in told.text
    assert [one["payload"] for one in told.payload["options"]] == ["faq:tow", "human"]
    assert outcome.state == DialogueState()


def test_another_entry_on_the_matter_says_it() -> None:
    found = Found({"使用牌照稅什麼時候繳？ 逾期": ("answer", [TAX_RULE])})
    (told,) = answered("那逾期呢", found, "tax").replies
    assert told.payload["faq_id"] == "tax-late"


def test_another_matter_that_is_named_leaves_the_topic() -> None:
    found = Found({"牌照稅": ("answer", [TAX])})
    (told,) = answered("那牌照稅呢", found).replies
    assert told.payload["faq_id"] == "tax" and found.asked[0] == "牌照稅"


def test_a_sure_answer_to_the_words_alone_comes_first() -> None:
    found = Found({"機車什麼時候": ("answer", [TAX])})
    (told,) = answered("機車什麼時候繳", found).replies
    assert told.payload["faq_id"] == "tax"


def test_without_a_topic_nothing_leans() -> None:
    found = Found()
    (asked,) = Inquiries(finder(found)).answer(Heard("要多少錢"), DialogueState()).replies
    assert found.asked == [] and "哪一件事的費用" in asked.text


def test_english() -> None:
    part, whole = answered("how much is it?", Found(), language="en").replies
    assert "1,000" in part.text and whole.payload["options"][0]["title"] == "Show the whole entry"
    (told,) = answered("what about students?", Found(), language="en").replies
    assert "says nothing about students" in told.text and "Transportation Bureau (07-2299825" in told.text


def test_an_entry_of_one_sentence_is_told_whole() -> None:
    (told,) = answered("什麼時候截止", Found(), "tax").replies
    assert told.text == TAX.answer


def test_a_passage_keeps_the_order_and_words_of_the_entry() -> None:
    leans = leaning("要帶什麼")
    assert leans is not None
    assert passage("請帶護照。免費。\n另附照片兩張；謝謝。", leans) == "請帶護照。另附照片兩張。"
    assert passage("沒有提到。", leans) is None


# The context and its age


def told(id: str) -> Reply:
    return Reply("…", Kind.ANSWER, {"faq_id": id})


def test_the_entry_told_last_is_the_topic_for_three_turns_and_ten_minutes() -> None:
    context = Context().after([told("a"), told("b")], NOW, asked="fee")
    assert (context.topic, context.asked, context.turns) == ("b", "fee", 0)
    twice = context.after([], NOW).after([], NOW)
    assert twice.at(NOW).topic == "b" and twice.after([], NOW).at(NOW).topic is None
    assert context.at(NOW + timedelta(minutes=10)).topic == "b"
    assert context.at(NOW + timedelta(minutes=10, seconds=1)).topic is None
    assert twice.after([told("c")], NOW).turns == 0


def test_a_district_is_remembered_for_half_an_hour() -> None:
    context = Context().after([], NOW, district="左營區")
    assert context.after([], NOW + timedelta(minutes=30)).district == "左營區"
    assert context.at(NOW + timedelta(minutes=31)).district is None


def test_the_context_survives_its_way_through_json() -> None:
    context = Context().after([told("a")], NOW, asked="fee", district="左營區")
    assert Context.from_dict(context.to_dict()) == context
    for broken in (None, {}, {"topic": "a", "topic_at": "yesterday"}, {"turns": "many"}):
        assert Context.from_dict(broken) == Context()


def test_what_was_not_told_stays_the_topic() -> None:
    (told_nothing,) = answered("那外國人呢", Found()).replies
    context = Context("tow", topic_at=NOW, turns=2).after([told_nothing], NOW)
    assert (context.topic, context.turns) == ("tow", 0)


def test_a_second_question_of_the_same_matter_is_not_passed_over() -> None:
    found = Found({"牌照稅": ("answer", [TAX])})
    told, not_told = Inquiries(finder(found)).search(Heard("使用牌照稅是幾月繳？還有可以請人代辦嗎？"))
    assert told.payload["faq_id"] == "tax" and "沒有提到代辦" in not_told.text
    (told,) = Inquiries(finder(found)).search(Heard("使用牌照稅是幾月繳？什麼時候截止？"))
    assert told.payload["faq_id"] == "tax"


def test_a_district_of_which_less_is_said_than_was_asked() -> None:
    entry = replace(TOW, answer="請洽區公所。左營在三樓。")
    part, _ = answered("那左營的電話", Found(entries={"tow": entry})).replies
    assert part.text == "左營在三樓。"


def test_another_matter_is_asked_back_where_it_is_not_sure() -> None:
    found = Found({"牌照稅": ("clarify", [TAX, TAX_RULE])})
    (asked,) = answered("那牌照稅呢", found).replies
    assert asked.kind is Kind.OPTIONS and asked.payload["options"][0]["payload"] == "faq:tax"


def test_another_matter_that_nobody_knows_is_not_put_to_the_old_office() -> None:
    outcome = answered("那火星呢", Found())
    assert outcome.state is not None and outcome.state.failed_answers == 1
    assert "交通局" not in outcome.replies[0].text
