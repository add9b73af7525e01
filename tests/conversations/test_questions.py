"""Two questions in one message, and long stories that are one."""

from __future__ import annotations

import pytest

from gateway.conversations.heard import Heard
from gateway.conversations.inquiries import Inquiries
from gateway.conversations.outcome import DialogueState
from gateway.conversations.questions import beside, split
from gateway.conversations.rules import Kind
from gateway.places.service import Places
from tests.conversations.entries import TAX, TOW, Found, finder

TOW_QUESTION = "機車被拖吊要去哪裡領？"
TAX_QUESTION = "使用牌照稅是幾月繳？"

FOUR = [f"{one}補助怎麼申請？" for one in ("托嬰", "租屋", "喪葬", "學費")]


@pytest.mark.parametrize(
    "text, parts",
    [
        (f"{TOW_QUESTION}另外{TAX_QUESTION}", [TOW_QUESTION, TAX_QUESTION]),
        ("請問大型家具要丟哪裡，還有垃圾車幾點來", ["請問大型家具要丟哪裡", "垃圾車幾點來"]),
        ("敬老卡怎麼辦 順便問一下 游泳池多少錢", ["敬老卡怎麼辦", "游泳池多少錢"]),
        ("who tows cars? Also, when is the house tax due?", ["who tows cars?", "when is the house tax due?"]),
        ("另外".join(FOUR), FOUR[:3]),
    ],
)  # fmt: skip
def test_two_questions_are_told_apart(text: str, parts: list[str]) -> None:
    assert split(text) == parts


@pytest.mark.parametrize(
    "text",
    [
        "骨灰研磨要多少錢？要帶什麼證件？",
        "敬老卡要怎麼辦？另外要帶什麼？",
        "我爸爸上個月過世了，他名下有一台機車，請問要怎麼過戶？需要繳稅嗎？",
        "我住五樓，樓上鄰居半夜一直搬東西，拜託過好幾次都沒用。還有小孩跑來跑去。這樣可以檢舉嗎？",
        "公司說要資遣我，可是我才做三個月，老闆只口頭說。另外薪水也還沒給，我應該去哪裡申訴？",
        "我的車停在紅線旁邊被拖走了，旁邊明明還有別台車也停那裡。為什麼只拖我的？要去哪裡申訴？",
        "家裡長輩中風，出院後需要人照顧，我們白天都要上班。有什麼補助嗎？怎麼辦？",
        "這樣合理嗎？我要去哪裡申訴違規停車的罰單？",
        "Where does the bureau sell repaired second-hand furniture?",
        "Can an employer also apply for labor dispute mediation, or only workers?",
        "My landlord will not give the deposit back. I also paid for repairs. Where can I complain?",
        "謝謝，還有",
        "另外",
        "路燈壞了，還有人行道也破了",
    ],
)
def test_one_question_is_left_whole(text: str) -> None:
    assert split(text) == [text]


def test_questions_without_a_word_between_them_need_a_sure_answer_each() -> None:
    both = Heard(f"{TOW_QUESTION}{TAX_QUESTION}")
    found = Found({both.text: ("clarify", [TOW]), "拖吊": ("answer", [TOW]), "牌照稅": ("answer", [TAX])})
    assert [one.payload["faq_id"] for one in Inquiries(finder(found)).search(both)] == ["tow", "tax"]
    for other in (("answer", [TOW]), ("clarify", [TAX])):
        found = Found({both.text: ("clarify", [TOW]), "拖吊": ("answer", [TOW]), "牌照稅": other})  # type: ignore[dict-item]
        assert [one.kind for one in Inquiries(finder(found)).search(both)] == [Kind.OPTIONS]


def test_no_shipped_question_is_split(shipped_questions: list[str]) -> None:
    assert [one for one in shipped_questions if len(split(one)) > 1] == []


def test_each_question_gets_its_answer_with_its_source() -> None:
    found = Found({"拖吊": ("answer", [TOW]), "牌照稅": ("answer", [TAX])})
    outcome = Inquiries(finder(found)).answer(
        Heard(f"{TOW_QUESTION}另外{TAX_QUESTION}"), DialogueState("", {}, 1)
    )
    assert [(one.kind, one.payload["faq_id"]) for one in outcome.replies] == [
        (Kind.ANSWER, "tow"), (Kind.ANSWER, "tax"),
    ]  # fmt: skip
    assert outcome.state is not None and outcome.state.failed_answers == 0


def test_a_part_that_is_not_known_is_said_so() -> None:
    found = Found({"牌照稅": ("answer", [TAX])})
    first, second = Inquiries(finder(found)).search(Heard(f"{TOW_QUESTION}另外{TAX_QUESTION}"))
    assert TOW_QUESTION in first.text and "沒有可靠的資料" in first.text
    assert second.payload["faq_id"] == "tax"


def test_an_unclear_part_is_asked_back() -> None:
    found = Found({"拖吊": ("clarify", [TOW, TAX]), "牌照稅": ("answer", [TAX])})
    first, second = Inquiries(finder(found)).search(Heard(f"{TOW_QUESTION}另外{TAX_QUESTION}"))
    assert first.kind is Kind.OPTIONS and first.text.startswith(f"關於「{TOW_QUESTION}」")
    assert second.kind is Kind.ANSWER


def test_two_parts_with_one_answer_are_one_question() -> None:
    found = Found({"拖吊": ("answer", [TOW]), "牌照稅": ("answer", [TOW])})
    (told,) = Inquiries(finder(found)).search(Heard(f"{TOW_QUESTION}另外{TAX_QUESTION}"))
    assert told.payload["faq_id"] == "tow"


@pytest.mark.parametrize(
    "text, parts",
    [
        (f"建工路415號的路燈不亮，另外{TAX_QUESTION}", ("建工路415號的路燈不亮", TAX_QUESTION)),
        (f"{TAX_QUESTION}還有建工路415號的路燈不亮", ("建工路415號的路燈不亮", TAX_QUESTION)),
        # A report alone, a question alone, two questions, and a story with a place.
        ("建工路415號的路燈不亮，還有建工路300號也不亮", None),
        (TAX_QUESTION, None),
        (f"{TOW_QUESTION}另外{TAX_QUESTION}", None),
        ("我在建工路415號上班，老闆不給加班費，另外也沒給特休，可以檢舉嗎", None),
        ("我的車停在建工路415號被拖走了，另外要帶什麼證件？", None),
        (f"我很生氣，另外{TAX_QUESTION}", None),
    ],
)
def test_a_report_beside_a_question(text: str, parts: tuple[str, str] | None) -> None:
    places = Places.load()
    assert beside(text, lambda words: places.find_place(words) is not None) == parts
