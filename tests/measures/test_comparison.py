"""Two runs side by side."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from gateway.measures.comparison import RunUnusable, compare, parts, read_run
from gateway.measures.document import Document, text
from gateway.measures.measure import figure, share


def run(*rights: bool | None, words: str = "q") -> dict[str, Any]:
    """A run over cases in order; `words` tells them from those of other runs."""
    judged = [right for right in rights if right is not None]
    return {
        "kind": "kb",
        "measures": {"recall_at_1": share("recall at 1", sum(judged), len(judged))},
        "outcomes": [
            {"q": f"{words}{n}", "outcome": "first" if right else "not first", "right": right}
            for n, right in enumerate(rights)
        ],
    }


def test_a_run_beside_itself_differs_in_nothing() -> None:
    same = compare(run(True, False), run(True, False))
    assert same["figures"]["recall_at_1"]["difference"] == 0
    assert (same["changed"], same["gained"], same["lost"], same["mcnemar_p"]) == ([], 0, 0, 1.0)


def test_what_was_gained_and_lost_is_named() -> None:
    found = compare(run(True, False, False, True), run(False, True, True, True))
    assert (found["gained"], found["lost"], found["pairs"]) == (2, 1, 4)
    assert [row["q"] for row in found["changed"]] == ["q0", "q1", "q2"]
    assert found["changed"][0] == {"q": "q0", "before": "first", "now": "not first"}
    low, high = found["difference_interval"]
    assert low < 0.25 < high
    told = text(Document("t", "a", tuple(parts(found, "recall at 1"))))
    assert "recall at 1: 2 gained, 1 lost of 4 cases in both runs" in told
    assert "Changed: 3 cases" in told


def test_cases_without_a_right_answer_stay_out_of_the_test_but_show_when_changed() -> None:
    before, now = run(True, None), run(True, None)
    now["outcomes"][1]["outcome"] = "answered"
    found = compare(before, now)
    assert found["pairs"] == 1
    assert [row["q"] for row in found["changed"]] == ["q1"]


def test_cases_of_one_run_alone_are_counted_and_not_paired() -> None:
    found = compare(run(True, True), run(True, words="other"))
    assert (found["pairs"], found["only_before"], found["only_now"]) == (0, 2, 1)
    assert "not compared" in text(Document("t", "a", tuple(parts(found, "x"))))


def test_the_same_words_twice_are_two_cases() -> None:
    before, now = run(True, False), run(True, True)
    for report in (before, now):
        for outcome in report["outcomes"]:
            outcome["q"] = "same"
    assert (compare(before, now)["pairs"], compare(before, now)["gained"]) == (2, 1)


def test_a_figure_that_the_earlier_run_did_not_have() -> None:
    now = run(True)
    now["measures"]["new"] = figure("new", 0.5)
    assert compare(run(True), now)["figures"]["new"]["difference"] is None


@pytest.mark.parametrize(
    "content",
    [
        "",
        "{",
        "[]",
        '{"kind": "nlu", "measures": {}, "outcomes": []}',
        '{"kind": "kb"}',
        '{"kind": "kb", "measures": {"x": 1}, "outcomes": []}',
        '{"kind": "kb", "measures": {}, "outcomes": [{"q": "?"}]}',
    ],
)
def test_a_file_that_is_no_such_run_is_refused(tmp_path: Path, content: str) -> None:
    path = tmp_path / "run.json"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(RunUnusable, match=r"run\.json"):
        read_run(path, "kb")


def test_a_run_that_is_not_there_or_not_text(tmp_path: Path) -> None:
    with pytest.raises(RunUnusable):
        read_run(tmp_path / "none.json", "kb")
    (tmp_path / "x.json").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(RunUnusable):
        read_run(tmp_path / "x.json", "kb")


def test_a_saved_run_comes_back(tmp_path: Path) -> None:
    path = tmp_path / "run.json"
    path.write_text(json.dumps(run(True)), encoding="utf-8")
    assert read_run(path, "kb") == run(True)
