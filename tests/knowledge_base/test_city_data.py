"""The city's real FAQ: everything comes in, and citizens' questions find it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from gateway.measures.measure import below_floor
from gateway.settings import Settings
from knowledge_base.evaluation import evaluate, read_questions
from knowledge_base.importers import import_file
from knowledge_base.service import KnowledgeBase
from tests.floors import floors


@pytest.mark.city_data
def test_all_rows_come_in_once(city_data: Path, tmp_path: Path) -> None:
    path = city_data / "faq" / "kcg_faq_all.json"
    report = import_file(path, "kcg", tmp_path)
    assert (report.added, report.rejected) == (1412, ())
    again = import_file(path, "kcg", tmp_path)
    assert (again.unchanged, again.added, again.changed) == (1412, 0, 0)


@pytest.mark.city_data
def test_answers_to_citizens_questions_stay_above_the_floors(city_data: Path, tmp_path: Path) -> None:
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
    assert below_floor(report["measures"], floors("kb_dev")) == []
