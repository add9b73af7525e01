"""A step that fails says which, what was tried and where the rest is; nothing half-made is left in place."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from gateway.settings import PROJECT_ROOT
from scripts.bootstrap import artefacts, console, environments


def test_a_failing_command_shows_its_last_lines(tmp_path: Path) -> None:
    with pytest.raises(console.SetupFailed) as failure:
        console.run(["sh", "-c", "echo 找不到; exit 3"], "a step", tmp_path / "step.log")
    assert "a step failed (exit code 3)" in str(failure.value)
    assert "找不到" in str(failure.value)
    assert str(tmp_path / "step.log") in str(failure.value)


def test_a_data_folder_that_cannot_be_written_stops_set_up(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    done = subprocess.run(
        [sys.executable, PROJECT_ROOT / "scripts/setup.py"],
        env={**os.environ, "WST_DATA_DIR": str(tmp_path / "file" / "data")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert "cannot be written to" in done.stderr
    assert "WST_DATA_DIR" in done.stderr


def test_a_model_that_fails_its_smoke_test_is_not_kept(tmp_path: Path) -> None:
    root = tmp_path
    (root / "bot/.venv/bin").mkdir(parents=True)
    train = '#!/bin/sh\nwhile [ "$1" != --out ]; do shift; done\nmkdir -p "$2"; touch "$2/model.tar.gz"\n'
    for name, text in (("rasa", train), ("python", "#!/bin/sh\necho untrained >&2; exit 3\n")):
        program = root / "bot/.venv/bin" / name
        program.write_text(text)
        program.chmod(0o755)
    with pytest.raises(console.SetupFailed, match="untrained"):
        artefacts.rasa_model(root)
    assert not list((root / ".cache/rasa").rglob("*.tar.gz"))
    assert not (root / ".cache/rasa/current").exists()


def test_torch_is_looked_for_where_pip_looks_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PIP_FIND_LINKS", "/somewhere/wheels https://mirror.example/wheels")
    name, options = environments.torch_sources()[0]
    assert name == "pip's own find-links"
    assert options[0] == "--no-index"
    assert options[1::2] == ["--find-links"] * 2
    assert options[2::2] == ["/somewhere/wheels", "https://mirror.example/wheels"]
    assert environments.torch_sources()[-1] == ("the package registry", [])
