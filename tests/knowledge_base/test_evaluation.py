"""The figures over questions, with a search whose answers are known."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from gateway.measures.document import text
from knowledge_base.evaluation import Question, evaluate
from knowledge_base.evaluation.document import document
from knowledge_base.rules import Decision
from knowledge_base.service import Hit, SearchResult


def hit(id: str, score: float = 0.5, agency: str = "甲局") -> Hit:
    return Hit(
        id=id, question=f"{id} 的問題", answer="", agency=agency, agency_en="", category="", source_url="",
        source_date=date(2026, 1, 1), score=score, language="zh-TW", opens=None, valid_until=None,
        older_than_3_years=False,
    )  # fmt: skip


ENTRIES = {"a": hit("a"), "b": hit("b", agency="乙局")}
FOUND: dict[str, tuple[Decision, list[Hit]]] = {
    "直接": ("answer", [hit("a", 0.95), hit("b", 0.1)]),
    "答錯，電話0912345678": ("answer", [hit("b", 0.9), hit("a", 0.2)]),
    "問回": ("clarify", [hit("x", 0.55), hit("y"), hit("b")]),
    "問回沒有": ("clarify", [hit("x", 0.45), hit("y"), hit("z"), hit("b")]),
    "English question here": ("none", [hit("x", 1.7)]),
    "外面": ("answer", [hit("x", 0.97)]),
    "外面二": ("none", []),
}
INSIDE = [
    Question("直接", ("a",), "plain"),
    Question("答錯，電話0912345678", ("a",), "plain"),
    Question("問回", ("b",), "long"),
    Question("問回沒有", ("b",), "long"),
    Question("English question here", ("gone",), "plain"),
]
OUTSIDE = [Question("外面"), Question("外面二")]


def search(text: str) -> SearchResult:
    return SearchResult(*FOUND[text])


@pytest.fixture
def report() -> dict[str, Any]:
    return evaluate(search, INSIDE, OUTSIDE, ENTRIES.get, lambda words: words.replace("0912345678", "○"))


def test_figures_with_targets_and_intervals(report: dict[str, Any]) -> None:
    measures = report["measures"]
    assert report["recall"] == {"1": 0.2, "3": 0.6, "5": 0.8, "10": 0.8}
    assert measures["recall_at_3"]["right"] == 3
    assert measures["recall_at_1"]["met"] is False
    assert measures["wrong_answers"]["count"] == 2
    assert measures["wrong_answers"]["value"] == 0.5
    assert measures["helped"]["right"] == 2
    assert measures["out_of_scope_answered"]["value"] == 0.5
    assert measures["english_recall_at_3"]["count"] == 1
    assert report["mrr"] == pytest.approx((1 + 1 / 2 + 1 / 3 + 1 / 4) / 5, abs=1e-4)


def test_groups(report: dict[str, Any]) -> None:
    assert {name: row["questions"] for name, row in report["by_style"].items()} == {"plain": 3, "long": 2}
    assert {name: row["questions"] for name, row in report["by_agency"].items()} == {
        "甲局": 2,
        "乙局": 2,
        "": 1,
    }
    assert {name: row["questions"] for name, row in report["by_language"].items()} == {"zh-TW": 4, "en": 1}
    assert report["entries_missing"] == 1


def test_a_style_alone_tells_english_that_names_a_place_in_chinese() -> None:
    assert Question("How to 補辦身分證", ("a",), "english").language == "en"


def test_reliability_takes_every_first_entry_and_no_chance_above_one(report: dict[str, Any]) -> None:
    bins = {row["from"]: row for row in report["reliability"]["bins"]}
    assert bins[0.9]["questions"] == 4
    assert bins[0.9]["observed"] == 0.25
    assert bins[0.0]["estimated"] == 0
    assert sum(row["questions"] for row in bins.values()) == 7
    assert 0 < report["reliability"]["expected_calibration_error"] < 1


def test_the_worst_misses_say_what_was_expected_and_found(report: dict[str, Any]) -> None:
    wrong = report["misses"]["confident_and_wrong"]
    assert [row["q"] for row in wrong[:2]] == ["外面", "答錯，電話○"]
    assert wrong[1]["expected"] == "a 的問題"
    assert (wrong[1]["found_id"], wrong[1]["place"]) == ("b", 2)
    assert [row["q"] for row in report["misses"]["not_among_ten"]] == ["English question here"]


def test_nobodys_number_is_in_the_report(report: dict[str, Any]) -> None:
    assert "0912345678" not in str(report)


def test_outcomes_say_what_the_person_got(report: dict[str, Any]) -> None:
    assert [row["outcome"] for row in report["outcomes"]] == [
        "right answer, right entry among 1",
        "wrong answer, right entry among 3",
        "right offered, right entry among 3",
        "wrong offered, right entry among 5",
        "none, right entry not found",
        "out of scope: answer",
        "out of scope: none",
    ]
    assert [row["right"] for row in report["outcomes"]] == [True, False, False, False, False, None, None]


def test_the_report_is_told(report: dict[str, Any]) -> None:
    told = text(document(report, "five.jsonl"))
    assert told.startswith("FAQ search\nfive.jsonl: 5 questions and 2 out of scope")
    assert "1 questions have no expected entry in this index" in told
    assert "no such entry in this index [gone]" in told
    assert "nothing: out of scope" in told


def test_few_questions_make_a_report_too() -> None:
    report = evaluate(search, INSIDE[:1])
    assert "by_style" not in report
    assert "out_of_scope" not in report
    assert report["misses"] == {"confident_and_wrong": [], "not_among_ten": []}
    assert "recall at 1" in text(document(report, "one"))
