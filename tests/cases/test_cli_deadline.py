"""`wanshitong deadline compute`: the due times, the working, and a clear line when it cannot."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner

from gateway.cli_deadline import deadline


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
    ],
)
def test_what_it_cannot_use_is_one_line_on_stderr(words: tuple[str, ...], said: str) -> None:
    code, out, err = run(*words)
    assert (code, out) == (1, "")
    assert said in err
    assert err.count("\n") == 1
