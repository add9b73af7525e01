"""`kb …`: a contract on stdout, one line on stderr, exit codes; no running platform."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from gateway.cli_kb import kb
from gateway.settings import Settings

FAQ = [
    {"id": "x-1", "question": "寵物公園幾點開？", "answer": "全天開放。", "source_url": "https://x.example/1"}
]


def run(settings: Settings, *arguments: str) -> Result:
    return CliRunner().invoke(kb, ["--data-dir", str(settings.data_dir), *arguments])


@pytest.fixture
def empty(tmp_path: Path) -> Settings:
    """Settings of a run without an index."""
    return Settings(data_dir=tmp_path / "data")


def write_lines(path: Path, rows: list[dict[str, Any]]) -> str:
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")
    return str(path)


def test_import_reports(empty: Settings, tmp_path: Path) -> None:
    path = tmp_path / "faq.json"
    path.write_text(json.dumps([*FAQ, {"question": "?"}]), encoding="utf-8")
    result = run(empty, "import", str(path), "--source", "extra", "--json")
    assert result.exit_code == 0
    report = json.loads(result.stdout)
    assert {key: report[key] for key in ("source", "added", "changed", "unchanged", "removed")} == {
        "source": "extra",
        "added": 1,
        "changed": 0,
        "unchanged": 0,
        "removed": 0,
    }
    assert report["rejected"] == [{"row": 2, "reason": "no answer"}]
    assert "unchanged 1" in run(empty, "import", str(path), "--source", "extra").stdout


def test_search_as_json_and_as_text(shipped_settings: Settings) -> None:
    result = run(shipped_settings, "search", "車子被拖走了要去哪裡領", "-k", "3", "--json")
    found = json.loads(result.stdout)
    assert found["q"] == "車子被拖走了要去哪裡領"
    assert found["decision"] in {"answer", "clarify", "none"}
    assert len(found["results"]) == 3
    assert {"id", "question", "score", "source_url", "answer"} <= found["results"][0].keys()
    text = run(shipped_settings, "search", "車子被拖走了要去哪裡領", "-k", "3").stdout
    assert text.startswith(f"decision: {found['decision']}")
    assert len(text.splitlines()) == 4


def test_batch_keeps_order_and_depth(shipped_settings: Settings, tmp_path: Path) -> None:
    asked = ["健身房退費", "", "how do I renew a lost passport"]
    path = write_lines(tmp_path / "q.jsonl", [{"q": text} for text in asked])
    result = run(shipped_settings, "search", "--batch", path)
    assert result.exit_code == 0
    rows = [json.loads(line) for line in result.stdout.splitlines()]
    assert [row["q"] for row in rows] == asked
    assert [len(row["results"]) for row in rows] == [10, 0, 10]
    assert rows[1]["decision"] == "none"
    assert all(row.keys() == {"q", "decision", "results"} for row in rows)
    assert rows[0]["results"][0].keys() == {"id", "question", "score", "source_url"}
    scores = [hit["score"] for hit in rows[0]["results"]]
    assert scores == sorted(scores, reverse=True)


def test_eval_counts_every_question(shipped_settings: Settings, tmp_path: Path) -> None:
    inside = write_lines(
        tmp_path / "in.jsonl",
        [
            {"q": "霸凌要打哪支電話", "ids": ["edu-001"], "style": "a"},
            {"q": "沒有這題", "source_urls": ["https://city.example/no"], "style": "b"},
        ],
    )
    outside = write_lines(tmp_path / "out.jsonl", [{"q": "講個笑話"}])
    report = json.loads(run(shipped_settings, "eval", inside, "--oos", outside, "--json").stdout)
    assert report["questions"] == sum(report["decisions"].values()) == 2
    assert report["recall"]["1"] == 0.5
    assert report["by_style"]["a"]["mrr"] == 1.0
    told = report["out_of_scope"]
    assert told["questions"] == told["answered"] + told["clarified"] + told["none"] == 1
    assert "out of scope" in run(shipped_settings, "eval", inside, "--oos", outside).stdout


def test_a_run_is_kept_shown_and_compared(shipped_settings: Settings, tmp_path: Path) -> None:
    asked = [
        {"q": "霸凌要打哪支電話", "ids": ["edu-001"]},
        {"q": "我是王小明先生，電話0912345678", "ids": ["no"]},
    ]
    inside = write_lines(tmp_path / "in.jsonl", asked)
    saved, html = tmp_path / "run.json", tmp_path / "report.html"
    run(shipped_settings, "eval", inside, "--save", str(saved), "--report", str(html))
    assert "0912345678" not in saved.read_text(encoding="utf-8") + html.read_text(encoding="utf-8")
    swapped = write_lines(tmp_path / "other.jsonl", [{**asked[0], "ids": ["no"]}, asked[1]])
    told = run(shipped_settings, "eval", swapped, "--against", str(saved))
    assert "recall at 1: 0 gained, 1 lost of 2 cases in both runs" in told.stdout
    assert "# Changed: 1 cases\n霸凌要打哪支電話" in told.stdout
    found = json.loads(run(shipped_settings, "eval", swapped, "--against", str(saved), "--json").stdout)
    assert found["against"]["figures"]["recall_at_1"]["difference"] == -0.5


def test_a_run_that_cannot_be_compared_or_kept_says_so(shipped_settings: Settings, tmp_path: Path) -> None:
    inside = write_lines(tmp_path / "in.jsonl", [{"q": "霸凌要打哪支電話", "ids": ["edu-001"]}])
    other = run(shipped_settings, "eval", inside, "--against", inside, "--save", str(tmp_path / "x.json"))
    assert (other.exit_code, other.stdout) == (1, "")
    assert other.stderr.startswith("wanshitong kb: This file is no saved run")
    assert not (tmp_path / "x.json").exists()
    nowhere = run(shipped_settings, "eval", inside, "--save", str(tmp_path / "none" / "x.json"))
    assert nowhere.exit_code == 1
    assert "No such file or directory" in nowhere.stderr


@pytest.mark.parametrize(
    ("name", "content", "arguments"),
    [
        ("q.jsonl", "not json\n", ["search", "--batch"]),
        ("q.jsonl", "[1]\n", ["search", "--batch"]),
        ("q.jsonl", "", ["search", "--batch"]),
        ("q.jsonl", '{"q": "no ids"}\n', ["eval"]),
        ("faq.json", "{", ["import", "--source", "x"]),
        ("faq.json", "[]", ["import", "--source", "Bad Name"]),
    ],
)
def test_bad_input_is_one_line_and_exit_one(
    name: str, content: str, arguments: list[str], empty: Settings, tmp_path: Path
) -> None:
    path = tmp_path / name
    path.write_text(content, encoding="utf-8")
    result = run(empty, *arguments, str(path))
    assert result.exit_code == 1
    assert result.stdout == ""
    assert len(result.stderr.splitlines()) == 1
    assert result.stderr.startswith("wanshitong kb: ")
    assert not (empty.data_dir / "knowledge" / "sources").exists()


@pytest.mark.parametrize(
    "arguments",
    [["search"], ["search", "字", "--batch", "f"], ["search", "字", "-k", "0"], ["import"], ["nothing"]],
)
def test_wrong_usage_is_exit_two(arguments: list[str], empty: Settings) -> None:
    assert run(empty, *arguments).exit_code == 2


def test_a_missing_model_is_told(empty: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WST_EMBEDDING_MODEL", "/nowhere/model")
    result = run(empty, "search", "路燈")
    assert result.exit_code == 1
    assert "WST_EMBEDDING_MODEL" in result.stderr


def test_the_root_command_may_hand_its_settings_down(shipped_settings: Settings) -> None:
    result = CliRunner().invoke(kb, ["search", "路燈", "--json"], obj=shipped_settings)
    assert json.loads(result.stdout)["q"] == "路燈"


def test_a_process_of_its_own_is_quiet(shipped_settings: Settings) -> None:
    environment = {**os.environ, "WST_DATA_DIR": str(shipped_settings.data_dir), "PYTHONWARNINGS": "default"}
    ran = subprocess.run(
        [sys.executable, "-m", "gateway.cli_kb", "search", "垃圾", "--json"],
        capture_output=True,
        text=True,
        env=environment,
        check=True,
    )
    assert len(json.loads(ran.stdout)["results"]) == 10
