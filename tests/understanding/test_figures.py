"""The figures over messages whose outcome is known."""

from __future__ import annotations

from typing import Any

import pytest

from gateway.cases.catalogue import Catalogue
from gateway.measures.document import text
from gateway.places.service import Places
from gateway.understanding.document import document
from gateway.understanding.figures import evaluate
from gateway.understanding.judging import judge
from gateway.understanding.messages import Message
from gateway.understanding.parsing import Understood

DISPATCH, EMERGENCY = "report_dispatch", "emergency"
CASES = [
    (
        Message("甲", DISPATCH, {"district": "左營", "location": "中山路", "item": "路面坑洞"}),
        Understood(
            "甲", DISPATCH, 0.9,
            {"district": "左營區", "location": "中山路前面", "item_candidates": ["road_oil", "road_pothole"]},
        ),
    ),
    (
        Message("乙0912345678", DISPATCH, {"district": "三民區", "location": "愛河邊", "item_code": "noise"}),
        Understood("乙0912345678", EMERGENCY, 0.4, {"location": "愛河邊的車道"}),
    ),
    (Message("丙", EMERGENCY, {}), Understood("丙", EMERGENCY, 0.8, {})),
    (Message("丁", EMERGENCY, {"location": "河路"}), Understood("丁", "ask_faq", 0.3, {"location": "別路"})),
    (
        Message("戊", "query_case", {"case_no": "B-1"}),
        Understood("戊", "query_case", 0.9, {"case_no": "B-1"}),
    ),
]  # fmt: skip
ORDINARY = [Understood("問一", "ask_faq", 0.9, {}), Understood("問二", EMERGENCY, 0.5, {})]


@pytest.fixture
def report() -> dict[str, Any]:
    judged = judge(
        [message for message, _ in CASES], [found for _, found in CASES], Places.load(), Catalogue.load()
    )
    return evaluate(judged, ORDINARY, lambda words: words.replace("0912345678", "○"))


@pytest.mark.parametrize(
    ("name", "right", "count"),
    [
        ("intent_right", 3, 5),
        ("emergency_recall", 1, 2),
        ("emergency_among_messages", 1, 3),
        ("false_alarms", 1, 2),
        ("district", 1, 2),
        ("place_found", 2, 3),
        ("place_exact", 1, 3),
        ("case_number", 1, 1),
        ("item_top_1", 0, 2),
        ("item_top_3", 1, 2),
    ],
)
def test_shares(report: dict[str, Any], name: str, right: int, count: int) -> None:
    assert (report["measures"][name]["right"], report["measures"][name]["count"]) == (right, count)


def test_macro_f1_and_confusion(report: dict[str, Any]) -> None:
    # dispatch 1 of 2 and no stranger; emergency 1 of 2 and one stranger; query 1 of 1
    assert report["measures"]["macro_f1"]["value"] == pytest.approx((2 / 3 + 1 / 2 + 1) / 3, abs=1e-4)
    assert report["confusion"] == {
        "rows": [DISPATCH, EMERGENCY, "query_case"],
        "columns": [DISPATCH, EMERGENCY, "query_case", "ask_faq"],
        "counts": [[1, 1, 0, 0], [0, 1, 0, 1], [0, 0, 1, 0]],
    }
    assert report["intents"][EMERGENCY]["precision"]["value"] == 0.5


def test_a_missed_emergency_is_the_worst_miss_and_numbers_are_masked(report: dict[str, Any]) -> None:
    misses = report["misses"]
    assert [miss["q"] for miss in misses["intents"]] == ["丁", "乙○"]
    assert misses["false_alarms"] == ["問二"]
    assert [miss["found"] for miss in misses["districts"]] == [None]
    assert [miss["found"] for miss in misses["places"]] == ["別路"]
    assert [miss["found"] for miss in misses["places_longer_or_shorter"]] == ["愛河邊的車道"]
    assert [(miss["expected"], miss["found"]) for miss in misses["items"]] == [
        ("road_pothole", "road_oil, road_pothole"),
        ("noise", None),
    ]
    assert "0912345678" not in str(report)


def test_outcomes(report: dict[str, Any]) -> None:
    assert [row["outcome"] for row in report["outcomes"]] == [
        "report_dispatch, district right, place exact, item 2",
        "emergency, district wrong, place found, item not among three",
        "emergency",
        "ask_faq, place wrong",
        "query_case, case number right",
        "ordinary: ask_faq",
        "ordinary: emergency",
    ]
    assert [row["right"] for row in report["outcomes"]] == [True, False, True, False, True, None, None]


def test_the_report_is_told(report: dict[str, Any]) -> None:
    told = text(document(report, "five.jsonl"))
    assert told.startswith("Understanding\nfive.jsonl: 5 messages and 2 ordinary ones")
    assert "Ordinary messages taken for an emergency\n問二" in told
    assert "A place is exact when" in told


def test_messages_without_slots_or_ordinary_ones_make_a_report_too() -> None:
    message, found = CASES[2]
    report = evaluate(judge([message], [found], Places.load(), Catalogue.load()))
    assert report["measures"]["district"]["value"] is None
    assert "false_alarms" not in report["measures"]
    assert "emergencies recognised" in text(document(report, "one"))
