"""The city's real FAQ: everything comes in, and citizens' questions find it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from gateway.measures.measure import below_floor
from gateway.settings import Settings
from knowledge_base.calibration import EVALUATION_FOLDER
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


@pytest.fixture(scope="module")
def dated(city_data: Path, tmp_path_factory: pytest.TempPathFactory) -> KnowledgeBase:
    """The city's 1,338 dated entries, imported."""
    folder = tmp_path_factory.mktemp("dated")
    rows = json.loads((city_data / "faq" / "kcg_faq_all.json").read_text(encoding="utf-8"))
    path = folder / "kh.json"
    path.write_text(json.dumps([row for row in rows if row["id"].startswith("kh-")]), encoding="utf-8")
    assert import_file(path, "kcg", folder).added == 1338
    knowledge = KnowledgeBase.open(Settings(data_dir=folder))
    assert knowledge.status()["topics"] == 1338
    return knowledge


@pytest.mark.city_data
@pytest.mark.parametrize("questions", ["kb_dev", "kb_own"])
def test_answers_to_citizens_questions_stay_above_the_floors(
    dated: KnowledgeBase, city_data: Path, questions: str
) -> None:
    inside, outside = {
        "kb_dev": (city_data / "eval" / "dev_faq.jsonl", city_data / "eval" / "dev_oos.jsonl"),
        "kb_own": (EVALUATION_FOLDER / "in_scope.jsonl", EVALUATION_FOLDER / "out_of_scope.jsonl"),
    }[questions]
    report = evaluate(
        lambda text: dated.search(text, 10),
        read_questions(inside, labelled=True),
        read_questions(outside, labelled=False),
        dated.entry_at,
    )
    assert report["entries_missing"] == 0
    assert below_floor(report["measures"], floors(questions)) == []
