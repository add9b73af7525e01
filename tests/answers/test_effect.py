"""Verdicts and figures by table; what counts as worse; labels follow an entry to a new address."""

from __future__ import annotations

from dataclasses import replace

import pytest

from gateway.answers.effect import Expected, compare, expected, figures, share, verdict, worse
from knowledge_base.calibration import Labelled
from knowledge_base.corpus import topics
from knowledge_base.entries import Entry
from knowledge_base.rules import Decision
from knowledge_base.service import Hit, SearchResult

TAX = Entry("tax", "牌照稅何時繳？", "四月。", source_url="https://city.example/tax")
DOG = Entry("dog", "怎麼領養狗？", "到收容所。", source_url="https://city.example/dog")


def said(decision: Decision, *ids: str) -> SearchResult:
    hits = [
        Hit(one, f"問{one}", "", "", "", "", "", None, 1.0, "zh-TW", None, None, older_than_3_years=False)
        for one in ids
    ]
    return SearchResult(decision, hits)


@pytest.mark.parametrize(
    ("decision", "found", "ids", "outcome", "place"),
    [
        ("answer", ["a", "b"], {"a"}, "right", 0), ("answer", ["b", "a"], {"a"}, "wrong", 1),
        ("answer", ["b", "c", "d", "a"], {"a"}, "wrong", None),
        ("clarify", ["b", "c", "a"], {"a"}, "offered", 2),
        ("clarify", ["b", "c", "d", "a"], {"a"}, "missed", None), ("none", ["a"], {"a"}, "none", 0),
        ("none", [], {"a"}, "none", None), ("answer", ["a"], set(), "answered", None),
        ("clarify", ["a"], set(), "asked_back", None), ("none", [], set(), "refused", None),
    ],
)  # fmt: skip
def test_what_a_question_comes_to(
    decision: Decision, found: list[str], ids: set[str], outcome: str, place: int | None
) -> None:
    one = verdict(lambda _: said(decision, *found), Expected("問", frozenset(ids)))
    assert (one.outcome, one.place) == (outcome, place)


def test_both_corpora_are_counted_and_what_changes_is_told() -> None:
    asked = [Expected("一", frozenset("a")), Expected("二", frozenset("b")), Expected("三", frozenset())]
    present = {"一": said("answer", "a"), "二": said("clarify", "c", "b"), "三": said("none")}
    proposed = {**present, "一": said("answer", "x", "a"), "三": said("answer", "x")}
    found = compare(asked, present.__getitem__, proposed.__getitem__)
    assert found["worse"] == ["first", "right_answers", "wrong_answers", "answered_outside"]
    assert [one["question"] for one in found["changed"]] == ["一", "三"]
    assert found["before"]["inside"] == 2 and share(found["before"], "among_three") == 1.0
    assert share(found["after"], "answered_outside") == 1.0
    same = compare(asked, present.__getitem__, present.__getitem__)
    assert same["worse"] == [] and same["changed"] == []
    assert share(same["before"] | {"outside": 0}, "refused_outside") is None


def test_better_is_never_worse() -> None:
    asked = Expected("一", frozenset("a"))
    before = figures([verdict(lambda _: said("answer", "b"), asked)])
    after = figures([verdict(lambda _: said("answer", "a"), asked)])
    assert worse(before, after) == [] and worse(after, before) == [
        "first", "among_three", "right_answers", "wrong_answers",
    ]  # fmt: skip


def test_labels_follow_an_entry_to_a_new_address() -> None:
    moved = replace(TAX, source_url="https://city.example/new")
    labelled = [Labelled("牌照稅", (TAX.source_url,)), Labelled("養狗", (DOG.source_url,)), Labelled("天氣"),
                Labelled("別處", ("https://elsewhere.example/",))]  # fmt: skip
    found = expected(labelled, topics([TAX]), topics([moved, DOG]))
    assert [(one.question, sorted(one.ids)) for one in found] == [
        ("牌照稅", ["tax"]), ("養狗", ["dog"]), ("天氣", []),
    ]  # fmt: skip
