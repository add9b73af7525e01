"""A Python is used only if it starts, wherever it is found."""

from __future__ import annotations

from pathlib import Path

import pytest

from scripts.bootstrap import interpreters
from scripts.bootstrap.console import SetupFailed

SHIM = "#!/bin/sh\necho 'pyenv: python3.10: command not found' >&2\nexit 127\n"
WORKING = "#!/bin/sh\necho 3.10\n"


def program(path: Path, text: str) -> Path:
    """An executable script."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    path.chmod(0o755)
    return path


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine with nothing but a pyenv shim that does not start anything."""
    program(tmp_path / "shims/python3.10", SHIM)
    monkeypatch.setenv("PATH", str(tmp_path / "shims"))
    monkeypatch.setenv("PYENV_ROOT", str(tmp_path / "pyenv"))
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    return tmp_path


def test_a_dead_shim_is_passed_over_for_pyenvs_own(machine: Path) -> None:
    program(machine / "pyenv/versions/3.10.9/bin/python3.10", WORKING)
    newest = program(machine / "pyenv/versions/3.10.13/bin/python3.10", WORKING)
    assert interpreters.find(("3.10",), machine / "no-uv") == newest


def test_one_that_works_on_path_comes_first(machine: Path) -> None:
    program(machine / "pyenv/versions/3.10.13/bin/python3.10", WORKING)
    on_path = program(machine / "shims/python3.10", WORKING)
    assert interpreters.find(("3.10",), machine / "no-uv") == on_path


def test_the_wrong_version_is_not_taken(machine: Path) -> None:
    program(machine / "pyenv/versions/3.10.13/bin/python3.10", "#!/bin/sh\necho 3.9\n")
    with pytest.raises(SetupFailed):
        interpreters.find(("3.10",), machine / "no-uv")


def test_uv_is_asked_last(machine: Path) -> None:
    fetched = program(machine / "managed/python3.10", WORKING)
    uv = program(machine / "uv", f'#!/bin/sh\ntest "$2" = find && echo {fetched}\nexit 0\n')
    assert interpreters.find(("3.10",), uv) == fetched


def test_the_failure_says_what_was_tried_and_how_to_get_one(machine: Path) -> None:
    with pytest.raises(SetupFailed) as failure:
        interpreters.find(("3.10",), machine / "no-uv")
    text = str(failure.value)
    assert str(machine / "shims/python3.10") in text
    assert "pyenv install 3.10" in text
