"""Real reports of the city, filed through the draft."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.intake.chat import chat, say

FLOOR = 0.95


@pytest.mark.city_data
def test_real_reports_need_only_an_item_and_no_contact(city_data: Path) -> None:
    file = city_data / "cases" / "kcg_open1999_text_dev.json"
    rows = json.loads(file.read_text(encoding="utf-8"))[:200]
    short = 0
    for row in rows:
        draft = chat("dispatch", [f"{row['ZipName_']}{row['address_']} {row['BeforeDesc_']}", "1"])
        short += draft.asking == "contact" and draft.district == row["ZipName_"]
    assert short / len(rows) >= FLOOR


@pytest.mark.city_data
def test_real_reports_told_piece_by_piece_reach_the_read_back(city_data: Path) -> None:
    file = city_data / "cases" / "kcg_open1999_text_dev.json"
    rows = json.loads(file.read_text(encoding="utf-8"))[:200]
    for row in rows:
        draft = chat("dispatch", [row["BeforeDesc_"]])
        for _ in range(8):
            answers = {
                "item": "1",
                "place": row["address_"] or row["ZipName_"],
                "district": row["ZipName_"],
                "description": row["BeforeDesc_"],
                "contact": "不用",
            }
            if draft.asking == "confirm":
                break
            draft = say(draft, answers[draft.asking])
        assert draft.asking == "confirm", row["FileNo_"]
