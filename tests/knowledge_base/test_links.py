"""A checker's list marks official addresses; nothing is asked of any host."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from gateway.cli_kb import kb
from knowledge_base.importers import import_file, imported_entries
from knowledge_base.links import LinksUnusable, dead_links, mark_links

ONE, TWO = "https://city.example/1", "https://city.example/2"


def listed(folder: Path, text: str) -> Path:
    path = folder / "links.csv"
    path.write_text(text, encoding="utf-8")
    return path


def test_marks_stay_until_a_list_says_otherwise(tmp_path: Path) -> None:
    report = mark_links(
        listed(tmp_path, f"url,status\n{ONE},404\n{TWO},200\n\nnothing,404\n{TWO}/x,soon\n"), tmp_path, [TWO]
    )
    assert (report.dead, report.alive, report.unknown) == (1, 1, 1)
    assert [line for line, _ in report.rejected] == [5, 6]
    assert dead_links(tmp_path) == {ONE}
    mark_links(listed(tmp_path, f"{TWO},失效\n"), tmp_path)
    assert dead_links(tmp_path) == {ONE, TWO}
    mark_links(listed(tmp_path, f"﻿網址,狀態\n{ONE.replace('://', '：//')},ok\n"), tmp_path)
    assert dead_links(tmp_path) == {TWO}


@pytest.mark.parametrize("text", ["", "url,status\n", "a,b\n", '"\x00'])
def test_a_list_of_nothing_changes_nothing(tmp_path: Path, text: str) -> None:
    mark_links(listed(tmp_path, f"{ONE},404\n"), tmp_path)
    with pytest.raises(LinksUnusable):
        mark_links(listed(tmp_path, text), tmp_path)
    with pytest.raises(LinksUnusable):
        mark_links(tmp_path / "missing.csv", tmp_path)
    assert dead_links(tmp_path) == {ONE}


def test_the_command_and_the_column(tmp_path: Path) -> None:
    faq = tmp_path / "faq.json"
    rows = [
        {"id": "a", "question": "甲", "answer": "乙", "url": ONE, "link_dead": "是"},
        {"id": "b", "question": "丙", "answer": "丁", "url": TWO, "連結失效": ""},
        {"id": "c", "question": "戊", "answer": "己", "link_dead": "maybe"},
    ]
    faq.write_text(json.dumps(rows), encoding="utf-8")
    report = import_file(faq, "city", tmp_path)
    assert [one.row for one in report.rejected] == [3]
    assert [one.link_dead for one in imported_entries(tmp_path)] == [True, False]
    path = listed(tmp_path, f"{TWO},410\n{ONE}/none,404\n")
    done = CliRunner().invoke(kb, ["--data-dir", str(tmp_path), "links", str(path)])
    assert done.exit_code == 0 and "dead 2 (of no entry: 1), alive 0, rejected 0" in done.output
    wrong = CliRunner().invoke(kb, ["--data-dir", str(tmp_path), "links", str(tmp_path / "none")])
    assert wrong.exit_code == 1
