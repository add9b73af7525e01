"""Questions with a place: the district's own entries first, another district's never answered."""

from __future__ import annotations

from dataclasses import replace

import pytest

from gateway.conversations.context import Context
from gateway.conversations.finding import Finder
from gateway.conversations.heard import Heard
from knowledge_base.rules import Decision
from knowledge_base.service import Hit
from tests.conversations.entries import ANYWHERE, FENGSHAN, SANMIN, TOW, Found, finder

LIST = replace(TOW, answer="三民區、左營區、鼓山區：07-1234567")
STATION = {"lat": 22.6394, "lng": 120.3022}


def search(text: str, hits: list[Hit], context: Context | None = None) -> tuple[Decision, list[str]]:
    found = Found({"": ("answer", hits)})
    result = finder(found).find(Heard(text, context=context or Context()))
    return result.decision, [hit.id for hit in result.hits]


@pytest.mark.parametrize(
    "text, hits, decision, order",
    [
        # No place: as it was found.
        ("調解要怎麼申請", [FENGSHAN, SANMIN], "answer", ["fengshan", "sanmin"]),
        # The district's own entry comes before its equals, and may be told.
        ("三民區的調解怎麼申請", [FENGSHAN, SANMIN, ANYWHERE], "answer", ["sanmin", "anywhere", "fengshan"]),
        ("三民區公所的調解", [ANYWHERE, SANMIN], "answer", ["sanmin", "anywhere"]),
        # Another's entry is never the answer; what comes instead was not judged, so it is asked.
        ("左營區的調解要怎麼申請", [FENGSHAN, ANYWHERE], "clarify", ["anywhere", "fengshan"]),
        ("我住左營，調解要怎麼申請", [FENGSHAN], "clarify", ["fengshan"]),
        # An entry for the whole city stays the answer.
        ("左營區的調解要怎麼申請", [ANYWHERE, FENGSHAN], "answer", ["anywhere", "fengshan"]),
        # Only near equals are overtaken.
        ("三民區的調解", [ANYWHERE, replace(SANMIN, score=0.1)], "answer", ["anywhere", "sanmin"]),
        # A list that mentions the district says less than an entry of its own.
        ("三民區的調解", [ANYWHERE, replace(LIST, score=0.3)], "answer", ["anywhere", "tow"]),
        ("三民區的拖吊場", [LIST, FENGSHAN], "answer", ["tow", "fengshan"]),
    ],
)  # fmt: skip
def test_the_place_decides_among_equals(
    text: str, hits: list[Hit], decision: Decision, order: list[str]
) -> None:
    assert search(text, hits) == (decision, order)


def test_here_is_where_the_citizen_said_to_be() -> None:
    there = Context(district="三民區")
    assert search("最近的調解會在哪裡", [FENGSHAN, SANMIN], there)[1] == ["sanmin", "fengshan"]
    assert search("where is the nearest mediation office", [FENGSHAN, SANMIN], there)[1][0] == "sanmin"
    assert search("調解要怎麼申請", [FENGSHAN, SANMIN], there)[1] == ["fengshan", "sanmin"]
    assert search("鳳山最近的調解會", [SANMIN, FENGSHAN], there)[1] == ["fengshan", "sanmin"]


@pytest.mark.parametrize(
    "said, district",
    [
        (Heard("我住左營"), "左營區"),
        (Heard(location=STATION), "三民區"),
        (Heard("鳳山寺在哪裡"), None),
        (Heard("左營高中怎麼去"), None),
        (Heard("你好"), None),
        (Heard(location={"lat": 25.0, "lng": 121.5}), None),
    ],
)
def test_what_is_remembered_of_a_place(said: Heard, district: str | None) -> None:
    found: Finder = finder(Found())
    assert found.stated(said) == district


@pytest.mark.parametrize(
    "text, only",
    [
        ("我住左營", True),
        ("我在鳳山區。", True),
        ("您好，我家在三民區", True),
        ("我人在前鎮這邊", True),
        ("I live in Zuoying", True),
        ("I am in Sanmin District now.", True),
        ("我在鳳山，有人昏倒了", False),
        ("我在左營高中", False),
        ("我住左營，車被拖走了", False),
        ("左營", False),
        ("我在家", False),
        ("I am in Zuoying and somebody is following me", False),
        ("", False),
    ],
)
def test_where_somebody_is_and_nothing_else(text: str, only: bool) -> None:
    assert finder(Found()).only_where(text) is only
