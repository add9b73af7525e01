"""What the model may change of an answer: the search's words, and the length."""

from __future__ import annotations

from dataclasses import replace
from typing import cast

import pytest

from gateway.conversations.finding import Finder
from gateway.conversations.heard import Heard
from gateway.conversations.inquiries import Inquiries
from gateway.conversations.outcome import DialogueState
from gateway.conversations.rules import Kind
from gateway.language_model.service import LanguageModel
from gateway.places.service import Places
from knowledge_base.service import KnowledgeBase
from tests.conversations.entries import TAX, TOW, Found

ASKED = "車子那個每年要繳的是什麼時候"


class Told:
    """Says the same to everything."""

    def __init__(self, question: str | None = None, short: str | None = None) -> None:
        self.question, self.short = question, short
        self.asked: list[str] = []

    def reword(self, question: str) -> str | None:
        self.asked.append(question)
        return self.question

    def shorten(self, question: str, entry: str) -> str | None:
        return self.short


def inquiries(found: Found, model: Told) -> Inquiries:
    return Inquiries(Finder(cast(KnowledgeBase, found), Places.load(), cast(LanguageModel, model)))


def test_what_was_not_found_is_searched_for_in_other_words() -> None:
    found = Found({"牌照稅": ("answer", [TAX])})
    outcome = inquiries(found, Told("使用牌照稅什麼時候繳")).answer(Heard(ASKED), DialogueState())
    (told,) = outcome.replies
    assert (told.kind, told.text) == (Kind.ANSWER, TAX.answer) and told.payload["source_url"]
    assert found.asked == [ASKED, "使用牌照稅什麼時候繳"]


def test_our_own_decision_stands_over_the_model() -> None:
    found = Found({"牌照稅": ("none", [TAX])})
    outcome = inquiries(found, Told("使用牌照稅什麼時候繳")).answer(Heard(ASKED), DialogueState())
    assert outcome.state is not None and outcome.state.failed_answers == 1


def test_a_sure_answer_asks_no_model() -> None:
    found, model = Found({"每年": ("answer", [TAX])}), Told("使用牌照稅什麼時候繳")
    inquiries(found, model).answer(Heard(ASKED), DialogueState())
    assert model.asked == []


def test_another_city_stays_another_city() -> None:
    found = Found({"牌照稅": ("answer", [TAX])})
    outcome = inquiries(found, Told("牌照稅什麼時候繳")).answer(Heard("台南的那個稅"), DialogueState())
    assert [reply.kind for reply in outcome.replies] == [Kind.OPTIONS]


@pytest.mark.parametrize("decision", ["clarify", "none"])
def test_less_certain_words_change_nothing(decision: str) -> None:
    found = Found({"每年": ("clarify", [TOW, TAX]), "牌照稅": (decision, [TAX])})  # type: ignore[dict-item]
    (asked,) = inquiries(found, Told("牌照稅")).answer(Heard(ASKED), DialogueState()).replies
    assert asked.payload["options"][0]["payload"] == "faq:tow"


def test_a_shortened_entry_is_marked_and_whole_at_a_press() -> None:
    found = Found({"每年": ("answer", [TAX])}, {"tax": replace(TAX, answer="長" * 300)})
    asked = inquiries(found, Told(short="每年 4 月"))
    part, note = asked.answer(Heard(ASKED), DialogueState()).replies
    assert part.text == "每年 4 月" and part.payload["shortened"] and part.payload["source_url"]
    assert "縮短" in note.text and note.payload["options"][0]["payload"] == "faq:tax"
    assert asked.chosen("faq:tax", "zh-TW")[0].text == "長" * 300
