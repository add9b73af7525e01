"""The trained model that set-up made, on labelled messages: nothing slips below its floor."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from gateway.cli_nlu import nlu
from gateway.measures.measure import below_floor
from gateway.settings import PROJECT_ROOT, Settings
from tests.floors import floors

OWN = PROJECT_ROOT / "tests" / "nlu" / "own_messages.jsonl"
ORDINARY = PROJECT_ROOT / "tests" / "nlu" / "ordinary_questions.jsonl"


def run(folder: Path, *arguments: str | Path) -> Any:
    return CliRunner().invoke(nlu, list(map(str, arguments)), obj=Settings(data_dir=folder))


def test_our_own_messages_and_a_run_beside_itself(tmp_path: Path) -> None:
    saved, html = tmp_path / "run.json", tmp_path / "report.html"
    first = run(tmp_path, "eval", OWN, "--ordinary", ORDINARY, "--save", saved, "--report", html)
    assert first.exit_code == 0, first.output
    report = json.loads(saved.read_text(encoding="utf-8"))
    assert below_floor(report["measures"], floors("nlu_own")) == []
    assert report["ordinary"] == 300
    assert "<svg" in html.read_text(encoding="utf-8")
    short = tmp_path / "short.jsonl"
    short.write_text("".join(OWN.read_text(encoding="utf-8").splitlines(keepends=True)[:3]), encoding="utf-8")
    again = run(tmp_path, "eval", short, "--against", saved, "--json")
    beside = json.loads(again.stdout)["against"]
    assert (beside["pairs"], beside["gained"], beside["lost"], beside["changed"]) == (3, 0, 0, [])
    assert beside["only_before"] == 497


@pytest.mark.city_data
def test_the_city_s_development_messages(city_data: Path, tmp_path: Path) -> None:
    told = run(tmp_path, "eval", city_data / "eval" / "dev_intents.jsonl", "--json")
    assert told.exit_code == 0, told.output
    assert below_floor(json.loads(told.stdout)["measures"], floors("nlu_dev")) == []
