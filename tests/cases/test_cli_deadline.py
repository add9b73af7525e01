"""`wanshitong deadline compute`: the due times, the working, and a clear line when it cannot."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from gateway.cli_deadline import deadline

POTHOLE = ("--item", "road_pothole", "--received", "2026-11-20T16:00")


def run(*words: str) -> tuple[int, str, str]:
    result = CliRunner().invoke(deadline, ["compute", *words])
    return result.exit_code, result.stdout, result.stderr


def test_it_shows_every_day_and_why() -> None:
    code, out, _ = run("--item", "road_pothole", "--received", "2024-02-07T16:00:00")
    assert code == 0
    assert "2024-02-09（五） 不計：農曆除夕" in out
    assert "2024-02-17（六） 第 3 日：補行上班日" in out
    assert "期限：2024-02-17（六） 17:30:00" in out
    assert "期限：2024-02-07（三） 20:00:00" in out


def test_in_english_with_the_owner_of_the_district() -> None:
    code, out, _ = run(
        "--item",
        "gutter_cover_damage",
        "--received",
        "2026-11-20T16:00",
        "--district",
        "岡山區",
        "--lang",
        "en",
    )
    assert code == 0
    assert "Owner: Gangshan District Office" in out
    assert "2026-11-21 (Sat) skipped: weekend" in out
    assert "example value" in out


def test_json_holds_the_same() -> None:
    code, out, _ = run("--item", "road_pothole", "--received", "2026-11-20T08:00:00Z", "--json")
    assert code == 0
    facts = json.loads(out)
    assert [(due["stage"], due["due_at"]) for due in facts["due"]] == [
        ("inspection", "2026-11-20T12:00:00+00:00"),
        ("completion", "2026-11-25T09:30:00+00:00"),
    ]
    assert [day["date"] for day in facts["due"][1]["working"]["skipped"]] == ["2026-11-21", "2026-11-22"]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--item", "nope", "--received", "2026-11-20"), "沒有這個案件項目。（nope）"),
        (("--item", "road_pothole", "--received", "yesterday"), "時間格式不正確"),
        (("--item", "road_pothole", "--received", "0001-01-01T00:00"), "日期超出辦公日曆的範圍"),
        (("--item", "road_pothole", "--received", "9999-12-31T23:59"), "日期超出辦公日曆的範圍"),
        (("--item", "road_pothole", "--received", "2026-11-20", "--district", "三民"), "沒有這個行政區"),
        ((*POTHOLE, "--pause", "2026-11-20T09:00"), "暫停區間格式不正確"),
        ((*POTHOLE, "--pause", "2026-11-20T09:00/2026-11-20T08:00"), "暫停區間格式不正確"),
        ((*POTHOLE, "--pause", "soon/later"), "時間格式不正確"),
        ((*POTHOLE, "--closure", "2026-13-01"), "停止上班日格式不正確"),
        ((*POTHOLE, "--closure", "2026-11-23:noon"), "停止上班日格式不正確"),
        ((*POTHOLE, "--closure", "2026-11-23:"), "停止上班日格式不正確"),
    ],
)
def test_what_it_cannot_use_is_one_line_on_stderr(words: tuple[str, ...], said: str) -> None:
    code, out, err = run(*words)
    assert (code, out) == (1, "")
    assert said in err
    assert err.count("\n") == 1


def test_pauses_and_closures_move_the_due_time_and_are_shown() -> None:
    closures = ("--closure", "2026-11-24:pm", "--closure", "2026-11-25")
    code, out, _ = run(*POTHOLE, *closures, "--pause", "2026-11-23T11:00/2026-11-23T13:00")
    assert code == 0
    assert "2026-11-24（二） 下午不計：災害停止上班；第 1 日" in out
    assert "2026-11-25（三） 不計：災害停止上班" in out
    assert "計時暫停：2026-11-23 11:00:00～2026-11-23 13:00:00" in out
    assert "期限：2026-11-27（五） 17:30:00" in out
    assert "+closures-" in out


def test_json_names_pauses_and_closures() -> None:
    code, out, _ = run(
        *POTHOLE,
        "--closure",
        "2026-11-24:am",
        "--pause",
        "2026-11-20T17:00/2026-11-20T18:00",
        "--pause",
        "2026-11-26T09:00+08:00/..",
        "--json",
    )
    assert code == 0
    inspection, completion = json.loads(out)["due"]
    assert inspection["due_at"] == "2026-11-20T13:00:00+00:00"
    assert inspection["working"]["pauses"] == [["2026-11-20T09:00:00+00:00", "2026-11-20T10:00:00+00:00"]]
    assert completion["working"]["half_days"][0]["closed"] == "am"


def test_without_an_item_it_says_what_is_needed() -> None:
    code, out, err = run("--received", "2026-11-20")
    assert (code, out) == (2, "")
    assert "--item and --received are needed, or --spec" in err


def spec(folder: Path, content: Any) -> tuple[int, list[dict[str, Any]], str]:
    file = folder / "spec.json"
    file.write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")
    code, out, err = run("--spec", str(file), "--json")
    return code, [json.loads(line) for line in out.splitlines()], err


def test_a_specification_is_answered_line_by_line(tmp_path: Path) -> None:
    hours = {str(day): [[8, 0, 12, 0], [13, 30, 17, 30]] for day in range(5)}
    rows = [
        {"start_utc": "2026-11-23 11:00", "budget_minutes": 90, "tz": "UTC", "hours": hours},
        {"created": "2021-02-20 12:00:00", "n_days": 1, "calendar_days": False, "factor": 1},
        {"filed": "2024-02-07", "working_days": 1},
    ]
    assert spec(tmp_path, rows) == (
        0,
        [{"due_utc": "2026-11-23 14:00"}, {"deadline": "2021-02-23 00:00:00"}, {"due_date": "2024-02-15"}],
        "",
    )


def test_a_bad_row_stands_on_its_line_and_the_others_are_answered(tmp_path: Path) -> None:
    good = {"filed": "2024-02-07", "working_days": 1}
    code, lines, err = spec(tmp_path, [good, {"filed": "never", "working_days": 1}, good])
    assert (code, err) == (1, "")
    assert [list(line) for line in lines] == [["due_date"], ["error"], ["due_date"]]
    assert lines[1]["error"]["code"] == "invalid_spec_row"


@pytest.mark.parametrize("content", ["{", "7", '{"rows": 7}', "[" * 100_000])
def test_a_file_that_holds_no_rows_is_one_line_on_stderr(tmp_path: Path, content: str) -> None:
    code, lines, err = spec(tmp_path, content)
    assert (code, lines) == (1, [])
    assert "期限規格必須是 JSON" in err
    assert err.count("\n") == 1
