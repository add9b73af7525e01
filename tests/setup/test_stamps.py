"""A step is done again exactly when one of its inputs has changed."""

from __future__ import annotations

from pathlib import Path

from scripts.bootstrap import stamps


def test_the_same_inputs_give_the_same_digest(tmp_path: Path) -> None:
    (tmp_path / "nlu").mkdir()
    (tmp_path / "nlu" / "a.yml").write_text("路燈不亮")
    assert stamps.digest(tmp_path, [tmp_path / "nlu"]) == stamps.digest(tmp_path, [tmp_path / "nlu"])


def test_content_names_and_facts_all_count(tmp_path: Path) -> None:
    file = tmp_path / "a.yml"
    file.write_text("一")
    first = stamps.digest(tmp_path, [tmp_path], "model-a")
    file.write_text("二")
    changed = stamps.digest(tmp_path, [tmp_path], "model-a")
    file.rename(tmp_path / "b.yml")
    renamed = stamps.digest(tmp_path, [tmp_path], "model-a")
    other_fact = stamps.digest(tmp_path, [tmp_path], "model-b")
    assert len({first, changed, renamed, other_fact}) == 4


def test_compiled_files_do_not_count(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text("x = 1")
    before = stamps.digest(tmp_path, [tmp_path])
    (tmp_path / "__pycache__").mkdir()
    (tmp_path / "__pycache__" / "a.pyc").write_bytes(b"\0")
    assert stamps.digest(tmp_path, [tmp_path]) == before


def test_a_stamp_vouches_for_one_digest_only(tmp_path: Path) -> None:
    stamp = tmp_path / "deep" / "stamp"
    assert not stamps.is_fresh(stamp, "abc")
    stamps.write(stamp, "abc")
    assert stamps.is_fresh(stamp, "abc")
    assert not stamps.is_fresh(stamp, "abd")
    stamps.clear(stamp)
    assert not stamps.is_fresh(stamp, "abc")
