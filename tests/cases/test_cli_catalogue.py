"""`wanshitong catalogue`: out, in, the difference, the versions."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from gateway.cases.catalogue import SHIPPED, Catalogue
from gateway.cli import root
from gateway.database import Database
from gateway.database.migrate import upgrade
from gateway.settings import Settings


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A data folder whose database has its tables."""
    database = Database(Settings(data_dir=tmp_path).database)
    upgrade(database)
    database.close()
    return tmp_path


def run(folder: Path, *words: str) -> Result:
    result = CliRunner().invoke(root, ["--data-dir", str(folder), "catalogue", *words])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result


def longer(file: Path) -> Path:
    """The file with another limit."""
    text = file.read_text(encoding="utf-8")
    assert "amount: 30" in text
    file.write_text(text.replace("amount: 30", "amount: 29", 1), encoding="utf-8")
    return file


@pytest.mark.parametrize("suffix", ["yml", "ods"])
def test_out_and_in_again_changes_nothing(folder: Path, suffix: str) -> None:
    file = str(folder / f"catalogue.{suffix}")
    assert "91 items" in run(folder, "export", file).output
    assert run(folder, "import", file, "--dry-run").output == "not imported (dry run): 0\n"
    refused = run(folder, "import", file, "--reason", "無")
    assert refused.exit_code == 1
    assert "no version was made" in refused.output


def test_a_change_is_shown_and_then_made(folder: Path) -> None:
    file = folder / "catalogue.yml"
    run(folder, "export", str(file))
    longer(file)
    dry = run(folder, "import", str(file), "--dry-run", "--lang", "en").output
    assert "completion limit: 30 calendar days" in dry
    assert len(run(folder, "versions").output.splitlines()) == 1
    words = ("--reason", "公告調整", "--by", "chen", "--effective", "2099-01-01T00:00")
    made = run(folder, "import", str(file), *words)
    assert made.exit_code == 0
    latest, first = (json.loads(line) for line in run(folder, "versions", "--json").output.splitlines())
    assert (latest["created_by"], latest["reason"]) == ("chen", "公告調整")
    assert latest["effective_from"] == "2099-01-01T00:00:00+08:00"
    assert first["version"] == Catalogue.load().version
    old = folder / "old.yml"
    run(folder, "export", str(old), "--version", first["version"])
    assert "amount: 30" in old.read_text(encoding="utf-8")
    early = run(folder, "import", str(old), "--reason", "再改", "--effective", "2098-01-01T00:00")
    assert early.exit_code == 1
    assert "already planned" in early.output


def test_the_shipped_folder_can_be_taken_in(folder: Path) -> None:
    assert run(folder, "import", str(SHIPPED), "--dry-run").output.endswith(": 0\n")


def test_an_item_in_words_and_as_json(folder: Path) -> None:
    zh = run(folder, "show", "road_pothole").output
    assert "路面坑洞 (road_pothole, dispatch" in zh
    assert "完成時限: 3 個工作日" in zh
    assert "completion limit: 3 working days" in run(folder, "show", "road_pothole", "--lang", "en").output
    facts = json.loads(run(folder, "show", "road_pothole", "--json").output)
    assert facts["completion"]["amount"] == 3


@pytest.mark.parametrize(
    ("words", "status", "told"),
    [
        (("show", "nothing"), 1, "no such service item"),
        (("show", "road_pothole", "--version", "x"), 1, "no such version"),
        (("export", "catalogue.txt"), 1, "expected a name that ends in"),
        (("export", "/nowhere/catalogue.yml"), 1, "No such file"),
        (("import", "missing.yml", "--dry-run"), 1, "missing.yml"),
        (("import", str(SHIPPED)), 2, "--reason is needed"),
        (("import", str(SHIPPED), "--reason", "x", "--effective", "soon"), 1, "ISO 8601"),
    ],
)
def test_what_is_wrong_is_one_line(folder: Path, words: tuple[str, ...], status: int, told: str) -> None:
    result = run(folder, *words)
    assert result.exit_code == status
    assert told in result.output


def test_the_kind_of_an_item_is_not_changed_by_a_file(folder: Path) -> None:
    file = folder / "catalogue.yml"
    run(folder, "export", str(file))
    text = file.read_text(encoding="utf-8")
    file.write_text(text.replace("  kind: dispatch\n", "  kind: public_works_report\n", 1), encoding="utf-8")
    for words in (("--dry-run",), ("--reason", "x")):
        refused = run(folder, "import", str(file), *words)
        assert refused.exit_code == 1
        assert "The code and the kind of an item cannot be changed" in refused.output
    assert len(run(folder, "versions").output.splitlines()) == 1


def test_without_tables_it_says_what_to_do(tmp_path: Path) -> None:
    result = run(tmp_path, "versions")
    assert result.exit_code == 1
    assert "wanshitong db upgrade" in result.output
