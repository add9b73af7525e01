"""The city's real FAQ: everything comes in, and citizens' questions find it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from gateway.settings import Settings
from knowledge_base.evaluation import evaluate, read_questions
from knowledge_base.importers import import_file
from knowledge_base.service import KnowledgeBase

FUSION_BASELINE = {"1": 0.45, "3": 0.71, "5": 0.82}
OUT_OF_SCOPE_ANSWERED = 0.1
WRONG_ANSWERED = 0.1


@pytest.mark.city_data
def test_all_rows_come_in_once(city_data: Path, tmp_path: Path) -> None:
    path = city_data / "faq" / "kcg_faq_all.json"
    report = import_file(path, "kcg", tmp_path)
    assert (report.added, report.rejected) == (1412, ())
    again = import_file(path, "kcg", tmp_path)
    assert (again.unchanged, again.added, again.changed) == (1412, 0, 0)


@pytest.mark.city_data
def test_citizens_questions_beat_the_fusion_baseline(city_data: Path, tmp_path: Path) -> None:
    dated = tmp_path / "kh.json"
    rows = json.loads((city_data / "faq" / "kcg_faq_all.json").read_text(encoding="utf-8"))
    dated.write_text(json.dumps([row for row in rows if row["id"].startswith("kh-")]), encoding="utf-8")
    assert import_file(dated, "kcg", tmp_path).added == 1338
    knowledge = KnowledgeBase.open(Settings(data_dir=tmp_path))
    assert knowledge.status()["topics"] == 1338
    report = evaluate(
        lambda text: knowledge.search(text, 10),
        read_questions(city_data / "eval" / "dev_faq.jsonl", labelled=True),
        read_questions(city_data / "eval" / "dev_oos.jsonl", labelled=False),
    )
    for depth, floor in FUSION_BASELINE.items():
        assert report["recall"][depth] > floor
    outside = report["out_of_scope"]
    assert outside["answered"] <= OUT_OF_SCOPE_ANSWERED * outside["questions"]
    assert report["decisions"]["wrong_answer"] <= WRONG_ANSWERED * report["questions"]
